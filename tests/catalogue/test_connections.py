"""The client over real sockets: answers that break off, come late, or are compressed."""

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from azure.core.pipeline.transport import RequestsTransport

from lineage.catalogue.client import AtlasClient
from lineage.errors import Unavailable


def impatient() -> Any:
    """Waits a quarter of a second for an answer, and not at all before it asks again."""
    transport = RequestsTransport(connection_timeout=1, read_timeout=0.25)
    transport.sleep = lambda duration: None
    return transport


class Moody(BaseHTTPRequestHandler):
    """Fails the first two calls of each path in the way that the path says."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[dict[str, int]] = {}

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen[self.path] = self.seen.get(self.path, 0) + 1
        kind = self.path.rpartition("/")[2]
        if self.seen[self.path] <= 2 or kind.startswith("always"):
            getattr(self, kind.removeprefix("always-"))()
        else:
            self.fine(b'{"fine":true}')

    def fine(self, body: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def broken(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"entities": [')
        self.close_connection = True

    def reset(self) -> None:
        self.close_connection = True

    def slow(self) -> None:
        time.sleep(0.6)
        self.close_connection = True

    def zipped(self) -> None:
        self.fine(gzip.compress(b'{"fine":true}'), Content_Encoding="gzip")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def made() -> Iterator[AtlasClient]:
    Moody.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    client = AtlasClient(f"http://127.0.0.1:{server.server_port}/api/atlas/v2", transport=impatient(), retries=3)
    yield client
    client.close()
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


@pytest.mark.parametrize("kind", ["broken", "reset", "slow", "zipped"])
def test_a_call_is_repeated_until_its_answer_is_whole(made, kind):
    assert made.post(kind, body={"entities": []}) == {"fine": True}
    assert made.operations == (1 if kind == "zipped" else 3)


@pytest.mark.parametrize("kind", ["always-broken", "always-reset", "always-slow"])
def test_what_never_answers_is_unavailable(made, kind):
    with pytest.raises(Unavailable):
        made.post(kind, body={"entities": []})
    assert made.operations == 4


def test_nobody_listening_is_unavailable():
    client = AtlasClient("http://127.0.0.1:9/api/atlas/v2", transport=impatient(), retries=1)
    with pytest.raises(Unavailable):
        client.post("entity/bulk")
    client.close()
