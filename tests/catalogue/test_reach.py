"""The look at the catalogue: what it meets on the way is told in words of our own, and nothing else is."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from lineage.catalogue import reach as room
from lineage.catalogue.reach import reach
from lineage.settings import Settings
from tests.catalogue.line import embedded
from tests.receive.served import served

SECRET = "c2VjcmV0LXNpZ25hdHVyZQ"


@contextlib.contextmanager
def answering(status: int, body: bytes, headers: dict[str, str]) -> Iterator[int]:
    """A server that answers every GET and HEAD so; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if self.command == "GET" else b"")

        do_HEAD = do_GET  # noqa: N815 - the server's spelling

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def listening() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def asked(base: str, **settings):
    return reach(Settings(catalogue=f"{base}/api/atlas/v2", **settings))


def test_a_catalogue_that_answers_is_reached(tmp_path):
    app = embedded(tmp_path)
    with served(app) as port:
        assert asked(f"http://127.0.0.1:{port}") == {"host": "127.0.0.1", "reached": True}
    app.state.database.close()


@pytest.mark.parametrize(
    ("status", "fault"),
    [(401, "refuses"), (403, "refuses"), (404, "elsewhere"), (429, "throttled"), (302, "elsewhere"), (503, "down")],
)
def test_an_answer_is_told_by_its_status_and_nothing_that_it_says(status, fault):
    body = json.dumps({"errorMessage": f"sig={SECRET}"}).encode()
    with answering(status, body, {"Location": f"https://login.test/?code={SECRET}"}) as port:
        found = asked(f"http://127.0.0.1:{port}")
    assert (found["reached"], found["fault"]) == (False, fault)
    assert str(status) in found["says"]
    assert SECRET not in json.dumps(found)


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"[]", b'{"name": "Another"}', b""])
def test_what_answers_200_and_is_no_catalogue_is_not_taken_for_one(body):
    with answering(200, body, {}) as port:
        found = asked(f"http://127.0.0.1:{port}")
    assert (found["reached"], found["fault"]) == (False, "elsewhere")


def test_without_an_answer_the_way_is_told(monkeypatch):
    monkeypatch.setattr(room, "READ", 0.3)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        refused = asked(f"http://127.0.0.1:{closed.getsockname()[1]}")
    with listening() as port:
        silent = asked(f"http://127.0.0.1:{port}")
    with answering(200, b"", {}) as port:
        plain = asked(f"https://127.0.0.1:{port}")
    unknown = asked("http://catalogue.invalid")
    met = [one["fault"] for one in (refused, silent, plain, unknown)]
    assert met == ["refused", "silence", "tls", "dns"]
    assert unknown["host"] == "catalogue.invalid"


class Credential:
    def __init__(self, error=None):
        self.error = error

    def get_token(self, *_, **__):
        if self.error:
            raise self.error
        return AccessToken(SECRET, 4102444800)


def test_the_token_is_part_of_the_way():
    settings = Settings(catalogue="https://catalogue.invalid/api/atlas/v2", catalogue_auth="entra")
    refused = reach(settings, credential=Credential(ClientAuthenticationError(f"client_secret={SECRET}")))
    assert (refused["reached"], refused["fault"]) == (False, "token")
    given = reach(settings, credential=Credential())
    assert given["fault"] == "dns"
    assert SECRET not in json.dumps([refused, given])


@pytest.mark.parametrize(
    "settings", [{"catalogue_auth": "kerberos"}, {"catalogue_auth": "entra", "catalogue": "http://x/api/atlas/v2"}]
)
def test_settings_that_are_wrong_are_told_without_their_values(settings):
    found = reach(Settings(**settings))
    assert (found["reached"], found["fault"]) == (False, "settings")
    assert "kerberos" not in json.dumps(found)
