"""The door under the real runtime, behind a host that treats requests as Azure does."""

import gzip
import hashlib
import json
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import replay
from lineage.store.files import FileStore
from tests.functions_app import KEY, running_functions

pytestmark = pytest.mark.host

PLANS = "/api/producer/execution-plans"
EVENTS = "/api/producer/execution-events"
RECORDED = [request for request in replay.load() if request.method == "POST"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def app(tmp_path_factory, store):
    settings = {"LINEAGE_STORE": str(store), "LINEAGE_MAX_BODY_BYTES": "1000000", "LINEAGE_PACKAGE_HASH": "f00dcafe"}
    with running_functions(tmp_path_factory.mktemp("host"), settings) as app:
        yield app


@pytest.fixture
def client(app):
    with app.client as client:
        yield client


def stored(store: Path, prefix: str) -> dict[str, bytes]:
    """What the folder's store has under a prefix."""
    opened = FileStore(store)
    found = {key: opened.get(key) for key in opened.list(prefix)}
    return {key: one.value for key, one in found.items() if one}


def sent(request: replay.Request) -> dict[str, Any]:
    """Body and headers as on the wire."""
    body = gzip.compress(request.body, mtime=0) if request.compressed else request.body
    return {"content": body, "headers": dict(request.headers) | {"x-functions-key": KEY}}


@pytest.mark.parametrize("path", ["/api/producer/status", "/api/producer//status", "/API/producer/status"])
def test_the_handshake(client, path):
    for answer in (client.head(path), client.get(path)):
        assert answer.status_code == 200
        assert answer.headers.get_list("absa-spline-api-version") == ["1.2"]
        assert answer.headers["absa-spline-accept-request-encoding"] == "gzip"
        assert not answer.content


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "/api/producer/status"),
        ("GET", "/api/producer/status"),
        ("POST", PLANS),
        ("POST", EVENTS),
        ("POST", "/api/databricks/mounts"),
        ("POST", "/api/health"),
        ("POST", "/api/version"),
        ("GET", "/api/anything"),
    ],
)
@pytest.mark.parametrize("key", [{}, {"headers": {"x-functions-key": "wrong"}}, {"params": {"code": "wrong"}}])
def test_no_key_no_way_in(app, store, method, path, key):
    before = len(stored(store, ""))
    answer = httpx.request(method, app.url + path, **key, trust_env=False)
    assert (answer.status_code, answer.content) == (401, b"")
    assert len(stored(store, "")) == before


def test_the_key_may_be_in_the_query(app):
    assert httpx.head(f"{app.url}/api/producer/status?code={KEY}&empty=", trust_env=False).status_code == 200


def test_health_and_version_are_for_everybody(app):
    for path in ("/api/health", "/api/version"):
        answer = httpx.get(app.url + path, trust_env=False)
        assert answer.status_code == 200
        assert answer.json()["package"] == "f00dcafe"
        assert answer.json()["version"]
    assert httpx.get(f"{app.url}/api/health", trust_env=False).json()["status"] == "ok"


def test_the_recorded_traffic_is_stored_without_the_key(client, store):
    for request in RECORDED:
        answer = client.post(request.path, **sent(request))
        assert answer.status_code == 201, answer.text
        if not request.is_event:
            assert answer.json() == json.loads(request.body)["id"]
    kept = [json.loads(value) for value in stored(store, "payloads/").values()]
    digests = {hashlib.sha256(request.body).hexdigest() for request in RECORDED}
    assert {record["sha256"] for record in kept} == digests
    assert all(record["headers"]["x-databricks-workspace-url"] for record in kept)
    secret = dict(RECORDED[0].headers)["x-functions-key"].encode()
    assert not [path for path in store.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert not [key for key, value in stored(store, "").items() if KEY.encode() in value or secret in value]


def test_a_chunked_request_arrives_empty_and_is_told_so(client, store):
    parts = iter([RECORDED[0].body[:100], RECORDED[0].body[100:]])
    answer = client.post(PLANS, content=parts, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:problem-type:lineage:empty"
    assert "Content-Length" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "fault"),
    [
        (PLANS, b"{", {}, 400, "malformed"),
        (PLANS, RECORDED[1].body, {}, 400, "wrong-route"),
        (EVENTS, RECORDED[0].body, {}, 400, "wrong-route"),
        (PLANS, b"x", {"content-encoding": "gzip"}, 400, "gzip"),
        (PLANS, gzip.compress(bytes(1_000_001)), {"content-encoding": "gzip"}, 413, "too-large"),
        (PLANS, b" " * 1_000_001, {}, 413, "too-large"),
        (PLANS, b"{}", {"content-type": "text/html"}, 415, "media-type"),
        (PLANS, b"{}", {"content-encoding": "br"}, 415, "content-encoding"),
        ("/api/producer/plans", b"{}", {}, 404, "no-route"),
        ("/api/producer/status", b"{}", {}, 405, "wrong-method"),
    ],
)
def test_what_is_refused_is_a_problem_document_and_recorded(client, store, path, content, headers, status, fault):
    before = stored(store, "refused/")
    answer = client.post(path, content=content, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith(f":{fault}")
    [new] = [value for key, value in stored(store, "refused/").items() if key not in before]
    record = json.loads(new)
    assert record["status"] == status
    assert record["reason"].startswith(fault)
    assert KEY not in new.decode()


def test_a_body_is_not_read_beyond_what_is_announced(app, store):
    host, port = app.url.removeprefix("http://").split(":")
    body = RECORDED[0].body
    head = f"POST {PLANS} HTTP/1.1\r\nHost: x\r\nx-functions-key: {KEY}\r\nConnection: close\r\n"
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + b"surplus")
        assert connection.recv(100).startswith(b"HTTP/1.1 201")


def test_wrong_settings_take_nothing_and_are_named_in_the_log(tmp_path):
    with running_functions(tmp_path, {"LINEAGE_STORE": str(tmp_path / "s"), "LINEAGE_FOLD_DATES": "perhaps"}) as app:
        with app.client as client:
            assert client.post(PLANS, **sent(RECORDED[0])).status_code == 500
            assert client.get("/api/health").status_code == 500
        assert "LINEAGE_FOLD_DATES='perhaps'" in app.output.read_text()


def test_a_store_that_fails_after_the_start_is_503(tmp_path):
    folder = tmp_path / "store"
    with running_functions(tmp_path, {"LINEAGE_STORE": str(folder)}) as app, app.client as client:
        assert client.get("/api/health").status_code == 200
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()
        folder.write_text("in the way")
        for request in RECORDED[:2]:
            answer = client.post(request.path, **sent(request))
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "30"
            assert answer.json()["type"].endswith(":store-unavailable")
