"""A producer API for tests that answers well or badly, and keeps what it received."""

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_SECONDS = 20
DOWN, GONE = "down", "gone"
"""Phases in which nothing listens: before it was there, and afterwards."""

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Received:
    """One request: its path, headers by lower-case names, body as JSON (``None`` where it is none), and its phase."""

    path: str
    headers: dict[str, str]
    body: Any
    phase: str


def say(status: int, body: bytes = b"") -> Answer:
    """Answer so at once."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def sleep(request: BaseHTTPRequestHandler) -> None:
    """Answer well, and too late."""
    time.sleep(SLOW_SECONDS)
    say(201)(request)


def hang_up(request: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    request.close_connection = True


def token(request: BaseHTTPRequestHandler) -> None:
    """Entra's answer at ``/token``, a producer API elsewhere."""
    granted = json.dumps({"access_token": "invented-token", "expires_in": 3600, "token_type": "Bearer"}).encode()
    (say(200, granted) if request.path == "/token" else say(201))(request)


ANSWERS: dict[str, Answer] = {
    "healthy": say(201),
    "500": say(500),
    "401": say(401),
    "302": say(302),
    "slow": sleep,
    "broken": hang_up,
    "token": token,
}


class Endpoint:
    """A free port of loopback: ``phase`` names how it is answered, ``DOWN`` and ``GONE`` that nothing listens there.

    ``GET`` of ``switch/NAME`` changes how everything after it is answered; it is a port of its own, always listening.
    """

    def __init__(self, phase: str) -> None:
        self.phase = phase
        self.requests: list[Received] = []
        self._control = _listening(ThreadingHTTPServer(("127.0.0.1", 0), _control(self)))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _door(self), bind_and_activate=False)
        self._server.server_bind()
        self._port = self._server.server_address[1]
        self.switch_url = f"http://127.0.0.1:{self._control.server_port}"
        self.url = f"http://127.0.0.1:{self._port}"
        self._listens = False
        self.switch(phase)

    def switch(self, phase: str) -> None:
        """Answer differently from now on."""
        self.phase = phase
        if self._listens and phase in (DOWN, GONE):
            self._stop()
            self._server = ThreadingHTTPServer(self._server.server_address, _door(self), bind_and_activate=False)
            self._server.server_bind()  # nobody else gets the port meanwhile
        elif not self._listens and phase not in (DOWN, GONE):
            self._server.server_activate()
            _listening(self._server)
            self._listens = True

    def close(self) -> None:
        """Stop listening."""
        self._stop()
        self._control.shutdown()
        self._control.server_close()

    def of(self, phase: str) -> list[Received]:
        """What was received in a phase."""
        return [one for one in self.requests if one.phase == phase]

    def _stop(self) -> None:
        if self._listens:
            self._server.shutdown()
        self._server.server_close()
        self._listens = False


def _listening(server: ThreadingHTTPServer) -> ThreadingHTTPServer:
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


@contextmanager
def endpoint(phase: str = "healthy") -> Iterator[Endpoint]:
    """For as long as the block lasts."""
    made = Endpoint(phase)
    try:
        yield made
    finally:
        made.close()


class _Quiet(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass


def _control(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Control(_Quiet):
        def do_GET(self) -> None:
            endpoint.switch(self.path.removeprefix("/"))
            say(200)(self)

    return Control


def _door(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Door(_Quiet):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            phase = endpoint.phase
            if phase in (DOWN, GONE):
                self.close_connection = True  # a connection that was open before
                return
            headers = {name.lower(): text for name, text in self.headers.items()}
            endpoint.requests.append(Received(self.path, headers, _decoded(raw, headers), phase))
            try:
                ANSWERS[phase](self)
            except OSError:
                self.close_connection = True  # the agent has given up

    return Door


def _decoded(raw: bytes, headers: dict[str, str]) -> Any:
    text = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
    try:
        return json.loads(text)
    except ValueError:
        return None
