"""The agent's recorded requests over real HTTP, compressed as on the wire, and what no client library sends."""

import gzip
import hashlib
import http.client
import json
import socket
import time
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.receive.knock import EVENTS, PLAN, MemoryIntake, door
from tests.receive.served import served

ROOT = Path(__file__).parents[2]
RECORDINGS = [ROOT / "demo/recording.json", *sorted((ROOT / "tests/traffic").glob("*/wire.json"))]


def _requests(path: Path) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = json.loads(path.read_bytes())["requests"]
    return requests


def _send(connection: http.client.HTTPConnection, recorded: dict[str, Any]) -> tuple[int, Message, bytes]:
    body = (recorded["body"] or "").encode()
    sent = gzip.compress(body) if recorded["original_content_encoding"] == "gzip" else body
    headers = {name: value for name, value in recorded["headers"] if name not in ("Content-Length", "Host")}
    connection.request(recorded["method"], recorded["path"], sent or None, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


@pytest.fixture(scope="module")
def running():
    intake = MemoryIntake()
    with served(door(intake, max_body_bytes=10**7)) as port:
        yield intake, port


@pytest.fixture
def intake(running):
    for kept in vars(running[0]).values():
        if isinstance(kept, list):
            kept.clear()
    return running[0]


@pytest.fixture
def port(running, intake):
    return running[1]


def test_there_is_traffic_of_every_kind():
    sent = [request for path in RECORDINGS for request in _requests(path)]
    assert {request["original_content_encoding"] for request in sent} >= {"gzip", None}
    types = {value for request in sent for name, value in request["headers"] if name == "Content-Type"}
    assert {f"application/vnd.absa.spline.producer.v{version}+json" for version in ("1.1", "1.2")} <= types


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.parent.name)
def test_all_that_the_agent_sent_is_taken_as_it_was(path, port, intake):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    plans, events = [], []
    for recorded in _requests(path):
        status, headers, body = _send(connection, recorded)
        if recorded["path"].endswith("/status"):
            assert (status, headers.get_all("ABSA-Spline-API-Version")) == (200, ["1.2"])
            continue
        assert status == 201, body
        decoded = json.loads(recorded["body"])
        if recorded["path"].endswith("plans"):
            assert json.loads(body) == decoded["id"]
            plans.append(recorded["body"].encode())
        else:
            assert len(json.loads(body)) == len(decoded)
            events.append(recorded["body"].encode())
    connection.close()
    assert (intake.plans, intake.events) == (plans, events)
    assert not intake.refusals
    for kept in intake.headers:
        assert "x-functions-key" not in kept


def _raw(port: int, sent: bytes) -> tuple[int, bytes]:
    """The answer to ``sent``, bytes on the wire."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def test_a_chunked_request_is_taken_where_the_server_reads_it(port, intake):
    head = b"POST /api/producer/execution-plans HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (PLAN[:9], PLAN[9:])) + b"0\r\n\r\n"
    assert _raw(port, head + chunks)[0] == 201
    assert intake.plans == [PLAN]


def test_fewer_bytes_than_announced_are_refused_and_recorded(port, intake):
    head = b"POST /api/producer/execution-events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(EVENTS) + 5)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head + EVENTS)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    deadline = time.monotonic() + 30
    while not intake.refusals and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not intake.events
    assert [record["sha256"] for record in intake.refusals] == [hashlib.sha256(EVENTS).hexdigest()]


def test_more_bytes_than_announced_are_not_part_of_the_body(port, intake):
    head = b"POST /api/producer/execution-plans HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    status, _ = _raw(port, head % len(PLAN) + PLAN + b"surplus")
    assert status == 201
    assert intake.plans == [PLAN]


def test_a_large_body_is_answered_although_it_is_not_read_to_its_end(port, intake):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/api/producer/execution-plans", b"x" * 10_000_001, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["type"].endswith(":too-large")
    connection.request("HEAD", "/api/producer/status")
    assert connection.getresponse().status == 200
    connection.close()
    assert len(intake.refusals) == 1


def test_a_head_of_the_status_has_no_body(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(2):  # a stray body would be taken for the next answer
        connection.request("HEAD", "/api/producer//status")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    connection.close()
