"""Whatever comes, the answer is 2xx or a 4xx problem document, nothing is raised, and no body is quoted."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.receive.knock import EVENT, EVENTS, JSON_1_2, PLAN, Answer, MemoryIntake, door, knock

pytestmark = pytest.mark.unit

PATHS = st.sampled_from(
    [
        "/api/producer/execution-plans",
        "/producer/execution-events",
        "/api//databricks/mounts/",
        "/api/producer/status",
        "/health",
        "/version",
    ]
)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "FOO"])
LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
CONTENT_TYPES = st.sampled_from(
    [
        "application/json",
        "application/vnd.absa.spline.producer.v1.1+json",
        "text/html",
        "application/vnd.absa.spline.producer.v9+json",
    ]
)
HEADERS = st.lists(
    st.one_of(
        st.tuples(st.just("content-type"), CONTENT_TYPES | LATIN),
        st.tuples(st.just("content-encoding"), st.sampled_from(["gzip", "identity", "br", ""]) | LATIN),
        st.tuples(st.just("content-length"), st.integers(-5, 10**25).map(str) | LATIN),
        st.tuples(st.just("x-databricks-cluster-id"), LATIN),
        st.tuples(st.text(st.characters(codec="ascii"), min_size=1, max_size=20), LATIN),
    ),
    max_size=5,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "planId", "operations", "timestamp", "mounts"]) | st.text(), inner, max_size=4
        )
    ),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode())
SEEDS = st.sampled_from([PLAN, EVENT, EVENTS, b'{"mounts":{"/mnt/a":"abfss://a@b.dfs.core.windows.net/"}}'])


@st.composite
def damaged(draw):
    """A good body with a few bytes replaced, removed or repeated."""
    body = bytearray(draw(SEEDS | JSON))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(len(body) - 1, 0)))
        body[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=6))
    return bytes(body)


BODIES = st.one_of(st.binary(max_size=300), JSON, SEEDS, damaged())
SENT = st.one_of(BODIES, BODIES.map(gzip.compress), damaged().map(gzip.compress).map(lambda body: body[:-3] + b"abc"))


def check(answer: Answer) -> None:
    assert 200 <= answer.status < 300 or 400 <= answer.status < 500
    if answer.status >= 400:
        assert answer.header("content-type") == ["application/problem+json"]
        problem = answer.json
        assert problem["status"] == answer.status
        assert {"type", "title", "detail", "instance"} <= problem.keys()
        assert len(answer.body) < 4096
    for name, value in answer.headers:
        assert "\n" not in name + value


@given(
    METHODS,
    PATHS | st.text(max_size=40).map(lambda text: "/" + text),
    st.lists(SENT, max_size=3),
    HEADERS,
    st.booleans(),
)
@settings(max_examples=300, deadline=None)
def test_any_request(method, path, parts, headers, leaves):
    check(knock(door(MemoryIntake()), method, path, parts, headers, leaves=leaves))


@given(PATHS, SENT)
@settings(max_examples=300, deadline=None)
def test_any_body(path, body):
    intake = MemoryIntake()
    coding = {"content-encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
    answer = knock(door(intake), "POST", path, body, JSON_1_2 | coding)
    check(answer)
    accepted = len(intake.plans + intake.events + intake.mounts)
    assert (accepted, len(intake.refusals)) == ((1, 0) if answer.status < 300 else (0, 1))


@given(SEEDS, st.integers(1, 60), st.sampled_from(["identity", "gzip"]))
@settings(max_examples=100, deadline=None)
def test_any_cut_into_messages_is_the_same(body, size, coding):
    sent = gzip.compress(body) if coding == "gzip" else body
    parts = [sent[start : start + size] for start in range(0, len(sent), size)]
    answers = [
        knock(door(MemoryIntake()), "POST", "/producer/execution-plans", one, JSON_1_2 | {"content-encoding": coding})
        for one in ([sent], parts)
    ]
    assert answers[0].status == answers[1].status
    assert answers[0].body == answers[1].body
