"""``make record``: play the notebooks against a receiver that keeps requests; write ``recording.json`` anew."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lineage.convert import as_json
from lineage.model import Lineage
from lineage.naming import NamingContext
from lineage.recording import convert_recording

RUN_FACTS = ("run", "notes")
"""What differs from run to run, of a write as JSON."""


class Receiver:
    """A producer API that keeps what it receives, in order, for as long as the block lasts."""

    def __init__(self, host: str, port: int) -> None:
        self.requests: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer((host, port), _door(self.requests, threading.Lock()))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _door(requests: list[dict[str, Any]], lock: threading.Lock) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            """Say nothing: what came is in the recording."""

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with lock:
                requests.append(_entry(len(requests), self, raw))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Door


def _entry(seq: int, request: BaseHTTPRequestHandler, raw: bytes) -> dict[str, Any]:
    encoding = request.headers.get("Content-Encoding")
    body = gzip.decompress(raw) if encoding == "gzip" else raw
    return {
        "seq": seq,
        "at_ms": time.time_ns() // 1_000_000,
        "method": request.command,
        "path": request.path,
        "headers": [list(header) for header in request.headers.items()],
        "original_content_encoding": encoding,
        "wire_body_bytes": len(raw),
        "decoded_body_bytes": len(body),
        "body": body.decode(),
    }


def write(path: Path, requests: list[dict[str, Any]]) -> list[str]:
    """Write the recording; what it changes against the one that was there, a line a write."""
    fresh = json.dumps({"requests": requests}, indent=1)
    before = path.read_bytes() if path.exists() else b'{"requests": []}'
    changes = list(_changes(_writes(before), _writes(fresh.encode())))
    path.write_text(fresh, encoding="utf-8")
    return changes


def _writes(recording: bytes) -> dict[str, dict[str, Any]]:
    """The lineage of each write, without what differs from run to run, by run, process and place in the run."""
    found: dict[str, dict[str, Any]] = {}
    converted = convert_recording(recording, lambda seen: NamingContext(workspace_url=seen.context.workspace_url))
    for lineage in sorted(converted, key=lambda each: each.run.timestamp):
        key, twin = _key(lineage), 2
        while key in found:
            key, twin = f"{_key(lineage)} ({twin})", twin + 1
        found[key] = {name: value for name, value in as_json(lineage).items() if name not in RUN_FACTS}
    return found


def _key(lineage: Lineage) -> str:
    return f"run {lineage.context.run_id or 'interactive'}: {lineage.process.name}"


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    for key in sorted(before.keys() | after.keys()):
        if key not in after:
            yield f"gone     {key}"
        elif key not in before:
            yield f"new      {key}"
        elif differing := [name for name in after[key] if after[key][name] != before[key].get(name)]:
            yield f"changed  {key}: {', '.join(differing)}"
