"""The sweep where there is much to do or nobody to do it with: it ends in time, and everything has its turn."""

import json
from contextlib import nullcontext

import pytest

from lineage import records
from lineage.catalogue import Outcome
from lineage.errors import LeaseLost, SettingsError, Unavailable
from lineage.receipts import State
from lineage.sweep import AWAY, SWEEP_MS
from tests.catalogue.line import Answer, embedded
from tests.catalogue.line import Line as CatalogueLine
from tests.pipeline.test_pipeline import EVENT_REQUEST, HOUR, Line

pytestmark = pytest.mark.unit

FIRST = json.loads(EVENT_REQUEST.body)[0]


def event(line, number, **fields):
    one = {**FIRST, "timestamp": FIRST["timestamp"] + number * 1000, **fields}
    line.event(json.dumps([one]).encode())


@pytest.fixture
def line(tmp_path):
    line = Line(tmp_path)
    line.plan()
    for number in range(12):
        event(line, number)
    return line


class Attempts:
    """Stands before a catalogue: counts, lets time pass, fails for some."""

    def __init__(self, line, fails=lambda lineage: False, seconds=0):
        self.line, self.fails, self.seconds, self.seen = line, fails, seconds, []
        self._publish, line.catalogue.publish = line.catalogue.publish, self

    def __call__(self, lineage):
        self.seen.append(lineage.run.timestamp)
        self.line.now += self.seconds * 1000
        if self.fails(lineage):
            raise Unavailable("503", status=503)
        return self._publish(lineage)


def test_in_an_outage_a_sweep_tries_a_few_and_the_next_one_goes_on_from_there(line):
    tried = Attempts(line, lambda lineage: True)
    for sweeps in range(1, 5):
        assert line.pipeline.sweep() == 12
        assert len(tried.seen) == sweeps * AWAY
    assert len(set(tried.seen)) == 12, "each had its turn"
    tried.fails = lambda lineage: False
    assert line.pipeline.sweep() == 0


def test_a_catalogue_that_is_away_now_and_then_ends_no_sweep(line):
    tried = Attempts(line, lambda _: len(tried.seen) % 2)
    assert line.pipeline.sweep() == 6
    assert len(tried.seen) == 12


def test_a_new_instance_goes_on_where_the_former_one_ended(line, tmp_path):
    tried = Attempts(line, lambda lineage: True)
    line.pipeline.sweep()
    another = Line(tmp_path)
    again = Attempts(another, lambda lineage: True)
    another.pipeline.sweep()
    assert not set(tried.seen) & set(again.seen)


def test_some_that_always_fail_keep_no_other_from_its_end(line):
    bad = {FIRST["timestamp"] + number * 1000 for number in range(5)}
    tried = Attempts(line, lambda lineage: lineage.run.timestamp in bad)
    for _ in range(4):
        left = line.pipeline.sweep()
    assert left == 5
    assert len(line.catalogue.published) == 7
    assert set(tried.seen) >= bad


def test_a_sweep_ends_in_time_and_the_rest_comes_next(line):
    tried = Attempts(line, seconds=60)
    assert line.pipeline.sweep() == 12 - SWEEP_MS // 60_000
    assert len(tried.seen) == SWEEP_MS // 60_000
    assert [line.pipeline.sweep(), line.pipeline.sweep()] == [4, 0]
    assert len(set(tried.seen)) == len(tried.seen) == 12


def test_run_facts_are_written_though_no_event_can_be(line):
    Attempts(line, lambda lineage: True)
    line.pipeline.sweep()
    assert line.catalogue.flushed == 1


def test_run_facts_that_fail_keep_no_event_waiting_and_are_told(line):
    def flush():
        raise Unavailable("500", status=500)

    line.catalogue.flush = flush
    with pytest.raises(Unavailable, match="500"):
        line.pipeline.sweep()
    assert line.marks == []


def test_run_facts_that_take_long_leave_time_for_the_events(line):
    def flush():
        line.now += SWEEP_MS * 2

    line.catalogue.flush = flush
    assert line.pipeline.sweep() == 0


def test_events_that_wait_take_one_look_and_no_write(tmp_path):
    line = Line(tmp_path)
    for number in range(5):
        event(line, number)
    assert line.pipeline.sweep() == 5
    read, written = [], []
    get, replace = line.store.get, line.store.replace
    line.store.get = lambda key: read.append(key) or get(key)
    line.store.replace = lambda key, *rest: written.append(key) or replace(key, *rest)
    line.now += HOUR
    assert line.pipeline.sweep() == 5
    assert written == []
    assert not [key for key in read if key.startswith("payloads/")]
    line.plan()
    assert line.pipeline.sweep() == 0
    assert {receipt.state for receipt in line.pipeline.receipts()} == {State.PUBLISHED}


def test_those_that_wait_do_not_hide_that_the_catalogue_is_away(line):
    for number in range(12, 60):
        event(line, number, planId=f"{number:08x}-4753-5656-8d27-36538d1c82ac")
    tried = Attempts(line, lambda lineage: True)
    assert line.pipeline.sweep() == 60
    assert len(tried.seen) == AWAY


@pytest.mark.parametrize("value", [b"", b"\xff", b"pending/zzz", b"zzz"])
def test_where_the_last_one_ended_may_be_damaged(line, value):
    line.store.put(records.SWEPT, value)
    assert line.pipeline.sweep() == 0


def test_who_was_overtaken_does_not_undo_the_receipt(tmp_path):
    line = Line(tmp_path)
    line.plan()
    line.event()
    (mark,) = line.marks
    attempts = []

    def publish(lineage):
        attempts.append(lineage)
        if len(attempts) == 1:
            line.pipeline.process(mark)  # another instance, meanwhile
            raise LeaseLost("held by another")
        return Outcome(State.PUBLISHED)

    line.catalogue.publish = publish
    assert line.pipeline.sweep() == 0
    assert (len(attempts), line.receipt.state) == (2, State.PUBLISHED)


FAULTS = {
    "refused types": lambda request, number: (
        Answer(400, {"errorCode": "ATLAS-400-00-01A"})
        if request.method == "POST" and "typedefs" in request.url
        else None
    ),
    "another host": lambda request, number: Answer(404, b"<html>not found</html>"),
    "a sign-in": lambda request, number: Answer(302, b"", Location="https://login.test/"),
}


@pytest.mark.parametrize(
    ("fault", "stops"), [(fault, name == "refused types") for name, fault in FAULTS.items()], ids=FAULTS
)
def test_what_is_wrong_with_the_whole_line_parks_no_event(tmp_path, fault, stops):
    line, catalogue = Line(tmp_path / "store"), CatalogueLine(embedded(tmp_path))
    line.plan()
    line.event()
    catalogue.transport.fault = fault
    line.pipeline.publisher = catalogue.publisher
    for _ in range(7):
        with pytest.raises(SettingsError) if stops else nullcontext():
            assert line.pipeline.sweep() == 1
    assert ("the catalogue refuses the types" in line.intake.health().get("publishing", "")) is stops
    assert (line.receipt.state, len(line.marks)) == (State.RETRYING, 1)
    catalogue.transport.fault = None
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PUBLISHED
    assert "publishing" not in line.intake.health()
    catalogue.close()
