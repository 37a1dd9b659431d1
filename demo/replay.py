"""Send a recording to a server as the agent did: the same requests, headers and compression."""

import gzip
import http.client
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

RECORDING = Path(__file__).parent / "recording.json"

_OF_THE_CONNECTION = frozenset({"host", "connection", "content-length", "accept-encoding", "accept"})


@dataclass(frozen=True, slots=True)
class Request:
    """One recorded request; ``body`` is decoded, ``compressed`` says how it travelled."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    compressed: bool

    @property
    def is_event(self) -> bool:
        """Whether it is an execution event (else a plan or the status probe)."""
        return self.path.endswith("/execution-events")


def load(path: Path = RECORDING) -> list[Request]:
    """The requests of a recording, in order."""
    return [_request(entry) for entry in msgspec.json.decode(path.read_bytes())["requests"]]


def _request(entry: Mapping[str, Any]) -> Request:
    return Request(
        method=entry["method"],
        path=entry["path"],
        headers=tuple((key, value) for key, value in entry["headers"] if key.lower() not in _OF_THE_CONNECTION),
        body=(entry["body"] or "").encode(),
        compressed=entry["original_content_encoding"] == "gzip",
    )


def send(host: str, port: int, requests: Sequence[Request]) -> Iterator[tuple[Request, int]]:
    """Send each and yield it with the status of its answer; one connection, as the agent's."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        for request in requests:
            body = gzip.compress(request.body, mtime=0) if request.compressed else request.body
            connection.request(request.method, request.path, body or None, dict(request.headers))
            answer = connection.getresponse()
            answer.read()
            yield request, answer.status
    finally:
        connection.close()
