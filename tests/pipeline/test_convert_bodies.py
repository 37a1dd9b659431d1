"""Several plans under one id in a recording: which of them an event speaks of; and requests in any order."""

import json
import random
from pathlib import Path

import pytest

from lineage.convert import as_json
from lineage.naming import NamingContext
from lineage.recording import Recording
from tests.builders import LAKE, PlanBuilder, event

pytestmark = pytest.mark.unit


def plan(to):
    build = PlanBuilder()
    read, _ = build.read("in", "a")
    return build.plan(read, to=to)


FIRST, SECOND = plan("first"), plan("second")


def written(*posted):
    """The output's folder and the codes of the notes of each write."""
    recording = Recording.of("\n".join(map(json.dumps, posted)).encode())
    writes = recording.convert(lambda one: NamingContext(workspace_url=one.context.workspace_url))
    assert recording.faults == []
    return [(write.output.uri.removeprefix(f"{LAKE}/"), [note.code for note in write.notes]) for write in writes]


def test_an_event_speaks_of_the_last_body_before_it():
    told = written(FIRST, event(FIRST, 1), SECOND, event(FIRST, 2))
    assert told == [("first", ["plan-ambiguous"]), ("second", ["plan-ambiguous"])]


def test_an_event_before_all_bodies_speaks_of_the_first():
    assert written(event(FIRST), FIRST, SECOND) == [("first", ["plan-ambiguous"])]


def test_a_body_that_comes_again_is_not_a_newer_one():
    assert written(FIRST, SECOND, FIRST, event(FIRST)) == [("second", ["plan-ambiguous"])]
    assert written(FIRST, FIRST, event(FIRST)) == [("first", [])]


def test_bodies_without_an_event_are_one_write_of_unknown_outcome():
    assert written(FIRST, SECOND) == [("second", ["plan-without-event", "plan-ambiguous"])]


@pytest.mark.parametrize("job", ["19-ctas-parquet", "54-stream-foreachbatch", "56-medallion-one-session", "c35-many"])
def test_the_order_of_requests_changes_nothing(job):
    requests = json.loads(Path(f"tests/traffic/{job}/wire.json").read_bytes())["requests"]

    def told(some):
        recording = Recording.of(json.dumps(some).encode())
        writes = recording.convert(lambda one: NamingContext(workspace_url=one.context.workspace_url))
        return [json.dumps(as_json(write)) for write in writes]

    expected = told(requests)
    assert expected
    for seed in range(3):
        shuffled = requests.copy()
        random.Random(seed).shuffle(shuffled)
        assert told(shuffled) == expected
