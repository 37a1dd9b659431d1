"""The door with the intake that really stands behind it: damaged traffic is taken or refused, never a fault of ours."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from lineage.intake import Intake
from lineage.receive import create_app
from lineage.settings import Settings
from lineage.store.files import FileStore
from lineage.store.queue import NoQueue
from tests.receive.knock import JSON_1_2, Answer, knock

ROOT = Path(__file__).parents[2]
CANARY = "canary-7d1f"
PLANS = "/api/producer/execution-plans"
EVENTS = "/api/producer/execution-events"
PLAN_1_0 = {
    "id": "p",
    "operations": {"write": {"id": 0, "outputSource": "abfss://a@b/c", "append": True, "childIds": []}},
}

SMALL = [
    (request["path"], json.loads(request["body"]))
    for path in sorted((ROOT / "tests/traffic").glob("*/wire.json"))
    for request in json.loads(path.read_bytes())["requests"]
    if request["method"] == "POST" and len(request["body"]) < 6000
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return FileStore(str(tmp_path_factory.mktemp("door")))


@pytest.fixture(scope="module")
def app(store):
    return create_app(Intake(store, NoQueue(), Settings()), max_body_bytes=10_000_000)


def check(answer: Answer) -> None:
    assert answer.status == 201 or 400 <= answer.status < 500, answer.body
    if answer.status >= 400:
        assert answer.header("content-type") == ["application/problem+json"]
        assert CANARY.encode() not in answer.body, answer.body


def positions(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside, in order."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for key, item in inner for one in positions(item, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = copy.deepcopy(value)
    target = changed
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = new
    return changed


DAMAGE = st.binary(max_size=10) | st.just(b'"') | st.just(b"{[" * 600)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        -1,
        10**30,
        1e300,
        "",
        CANARY,
        f"{CANARY}\x00\ud800/../..//\U0001f600",
        "/" * 3000,
        [],
        {},
        [[]],
        {CANARY: CANARY},
        [{CANARY: [CANARY]}],
        [None],
        {"__exprId": CANARY},
    ]
)


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_the_place_of_another(app: ASGIApp, data: st.DataObject):
    path, payload = data.draw(st.sampled_from([*SMALL, (PLANS, PLAN_1_0)]))
    for _ in range(data.draw(st.integers(1, 3))):
        payload = replaced(payload, data.draw(st.sampled_from(positions(payload))), data.draw(ODD))
    route = data.draw(st.sampled_from([path, path, PLANS, EVENTS, "/databricks/mounts"]))
    check(_accepting_204(knock(app, "POST", route, json.dumps(payload).encode(), JSON_1_2)))


def _accepting_204(answer: Answer) -> Answer:
    answer.status = 201 if answer.status == 204 else answer.status
    return answer


@given(st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_in_the_place_of_others(app: ASGIApp, data: st.DataObject):
    path, payload = data.draw(st.sampled_from(SMALL))
    body = bytearray(json.dumps(payload).encode())
    at = data.draw(st.integers(0, len(body)))
    body[at : at + data.draw(st.integers(0, 20))] = data.draw(
        st.binary(max_size=10) | st.just(b'"') | st.just(b"{[" * 600)
    )
    check(knock(app, "POST", path, bytes(body), JSON_1_2))


@pytest.mark.parametrize(
    ("route", "body", "fault"),
    [
        (PLANS, b"[" * 100_000, "malformed"),
        (PLANS, b'{"id":"x","operations":' + b'{"write":' * 100_000, "malformed"),
        (PLANS, b'{"id":"x","operations":{"write":{"id":"op-0","params":' + b"[" * 900 + b"]" * 900 + b"}}}", None),
        (EVENTS, b'[{"planId":"x","timestamp":1,"extra":' + b"[" * 100_000, "malformed"),
        (EVENTS, b'[{"planId":"x","timestamp":99999999999999999999999}]', None),
        (EVENTS, b'[{"planId":"x","timestamp":"soon"}]', "malformed"),
        (EVENTS, b'[{"planId":3,"timestamp":1}]', "malformed"),
        (EVENTS, json.dumps(PLAN_1_0).encode(), "wrong-route"),
        (PLANS, b'{"planId":"x","timestamp":1}', "wrong-route"),
        (PLANS, b'{"id":"\\ud800","operations":{"write":{"id":"op-0","outputSource":"a","append":true}}}', None),
        ("/api/databricks/mounts", b'{"mounts":[5]}', "malformed"),
        ("/api/databricks/mounts", b"[]", "malformed"),
    ],
    ids=range(12),
)
def test_hard_bodies_have_a_defined_answer(app, route, body, fault):
    answer = knock(app, "POST", route, body, JSON_1_2)
    check(answer)
    if fault:
        assert answer.json["type"].endswith(f":{fault}"), answer.json


def test_one_bad_event_in_an_array_refuses_the_whole_and_names_it(app, store):
    before = list(store.list("payloads/events/"))
    body = b'[{"planId":"a","timestamp":1},{"planId":"b"}]'
    answer = knock(app, "POST", EVENTS, body, JSON_1_2)
    assert answer.status == 400
    assert "[1]" in answer.json["path"] or "[...]" in answer.json["path"]
    assert list(store.list("payloads/events/")) == before


def test_a_refusal_is_kept_without_the_body(app, store):
    before = set(store.list("refused/"))
    knock(app, "POST", PLANS, json.dumps({"id": CANARY}).encode(), JSON_1_2 | {"x-functions-key": "invented"})
    [new] = set(store.list("refused/")) - before
    record = json.loads(store.get(new).value)
    assert record["reason"].startswith("malformed: ")
    assert (record["status"], record["path"], record["size"]) == (400, "/producer/execution-plans", len(CANARY) + 10)
    assert "invented" not in json.dumps(record)
    assert CANARY not in json.dumps(record)
