"""Replays: what is done again, what is left alone, and that a rehearsal says the same and writes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import msgspec
import pytest

from lineage import records
from lineage.errors import LineageError, Rejected, Unavailable
from lineage.operate.period import Period
from lineage.operate.rehearse import Change, Forgetful, differences, rehearse
from lineage.operate.replay import Selection, Verdict, again, replay
from lineage.operate.stuck import stuck
from lineage.operate.text import rehearsal_lines, replay_lines
from lineage.operate.trace import trace
from lineage.receipts import Receipt, State
from lineage.settings import Settings
from tests.operate.operated import DAY, NOW

pytestmark = pytest.mark.unit

EVERYTHING = Selection()
PARKED = Selection(only_parked=True)


def verdicts(line, selection=EVERYTHING):
    return [one.verdict for one in replay(line.store, selection, NOW + 1)]


def rehearsed(line, selection=EVERYTHING):
    return list(rehearse(line.store, Settings(), selection, NOW + 1))


def parked(line):
    line.catalogue.failure = Rejected("no such type")
    line.one()
    line.sweep()
    assert line.receipt.state is State.PARKED
    line.catalogue.failure = None


def test_a_parked_event_is_published_by_the_sweep_after_a_replay(line):
    parked(line)
    assert line.marks == []
    assert verdicts(line, PARKED) == [Verdict.AGAIN]
    assert not line.receipt.state.final
    assert line.receipt.reason == "replayed; was parked: Rejected: no such type"
    assert line.sweep() == 0
    assert (line.receipt.state, line.receipt.attempts) == (State.PUBLISHED, 2)
    assert len(line.catalogue.published) == 1


def test_the_receipt_before_the_replay_is_kept(line):
    parked(line)
    before = line.receipt
    verdicts(line)
    line.sweep()
    verdicts(line)
    line.sweep()
    assert [one.state for one in trace(line.store, before.event).earlier] == [State.PARKED, State.PUBLISHED]
    assert trace(line.store, before.event).earlier[0] == before
    assert line.receipt.attempts == 3
    assert len(list(line.pipeline.receipts())) == 1


def test_twice_in_a_row_changes_nothing_more(line):
    line.all()
    line.sweep()
    assert set(verdicts(line)) == {Verdict.AGAIN}
    once = line.snapshot
    assert verdicts(line) == [Verdict.PENDING] * 27
    assert verdicts(line, PARKED) == [Verdict.PENDING] * 27
    assert line.snapshot == once


def test_only_parked_leaves_the_others_alone(line):
    line.all()
    line.sweep()
    before = line.snapshot
    assert verdicts(line, PARKED) == []
    assert line.snapshot == before


def test_days_before_the_period_are_left_alone(line):
    line.one()
    line.sweep()
    assert verdicts(line, Selection(Period(date(2026, 11, 23)))) == []
    assert verdicts(line, Selection(Period(date(2026, 11, 22)))) == [Verdict.AGAIN]


def test_what_is_retrying_is_left_to_the_sweep(line):
    line.catalogue.failure = Unavailable("down")
    line.one()
    line.sweep()
    before = line.snapshot
    assert verdicts(line) == [Verdict.PENDING]
    assert line.snapshot == before


def test_a_replay_that_died_before_the_mark_is_mended_by_the_next(line):
    line.one()
    line.sweep()
    verdicts(line)
    (mark,) = line.marks
    assert "mark is lost" not in stuck(line.store).events[0].reason
    line.store.delete(mark)
    assert "mark is lost" in stuck(line.store).events[0].reason
    assert verdicts(line, PARKED) == [Verdict.MENDED]
    assert line.marks == [mark]
    assert line.sweep() == 0
    assert line.receipt.state is State.PUBLISHED


def test_a_receipt_that_somebody_replaced_meanwhile_stands(line):
    line.one()
    line.sweep()
    one = line.seen
    line.rewrite(line.receipt, reason="newer")
    assert again(line.store, one, NOW) is Verdict.BUSY
    assert (line.receipt.state, line.receipt.reason) == (State.PUBLISHED, "newer")
    assert line.marks == []


def test_an_event_that_is_just_being_finished_is_left_alone(line):
    line.one()
    (mark,) = line.marks
    line.sweep()
    line.store.put(mark, b"")
    assert verdicts(line) == [Verdict.BUSY]
    assert line.receipt.state is State.PUBLISHED


def test_replays_and_sweeps_at_once_lose_nothing(line):
    line.all()
    line.sweep()
    work = [lambda: verdicts(line), line.sweep, lambda: verdicts(line), line.sweep]
    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(one) for one in work * 2]:
            done.result(60)
    verdicts(line, PARKED)
    line.sweep()
    assert line.marks == []
    assert {one.state for one in line.pipeline.receipts()} == {State.PUBLISHED, State.FAILED_RUN}
    assert len(list(line.pipeline.receipts())) == 27


@pytest.mark.parametrize("body", [None, b"{", b'{"sha256": 1}'])
def test_an_event_without_a_readable_payload_keeps_its_receipt(line, body):
    line.one()
    line.sweep()
    payload = records.EventName("", DAY, line.receipt.event).payload
    line.store.delete(payload)
    if body:
        line.store.put(payload, body)
    before = line.snapshot
    assert verdicts(line) == [Verdict.GONE]
    assert line.snapshot == before


@pytest.mark.parametrize("marked", [False, True])
def test_a_damaged_receipt_is_put_aside_and_the_event_done_again(line, marked):
    line.one()
    (mark,) = line.marks
    line.sweep()
    good = line.receipt
    line.damage()
    if marked:
        line.store.put(mark, b"")
    before = line.snapshot
    assert [one.verdict for one in rehearsed(line, PARKED)] == [Verdict.AGAIN]
    assert line.snapshot == before
    assert verdicts(line, PARKED) == [Verdict.AGAIN]
    assert line.sweep() == 0
    assert line.receipt == good
    assert line.store.get(f"replayed/{DAY}/{good.event}/unreadable.json").value == b"{not json"


def test_a_rehearsal_with_the_same_mapper_shows_no_difference_and_writes_nothing(line):
    line.all()
    line.sweep()
    before = line.snapshot
    found = rehearsed(line)
    assert [(one.verdict, one.changes) for one in found] == [(Verdict.AGAIN, ())] * 27
    assert line.snapshot == before
    assert line.marks == []


def test_a_rehearsal_shows_what_an_older_mapper_had_otherwise(line):
    line.one()
    line.sweep()
    new = line.receipt
    line.rewrite(new, outputs=("wrong",), columns=1, process="old name")
    (one,) = rehearsed(line)
    assert {change.field: (change.before, change.after) for change in one.changes} == {
        "outputs": (("wrong",), new.outputs),
        "columns": (1, new.columns),
        "process": ("old name", new.process),
    }
    text = list(rehearsal_lines([one]))
    assert "  - outputs: wrong" in text
    assert f"  + outputs: {new.outputs[0]}" in text
    assert text[-2] == "would be: 1 again; 1 would change; nothing was written"


def test_a_replay_comes_to_what_the_rehearsal_showed(line):
    line.all()
    line.sweep()
    for receipt in list(line.pipeline.receipts()):
        line.rewrite(receipt, inputs=("a", "b"), columns=999)
    told = {one.event: one.changes for one in rehearsed(line)}
    before = {receipt.event: receipt for receipt in line.pipeline.receipts()}
    verdicts(line)
    line.sweep()
    after = {receipt.event: receipt for receipt in line.pipeline.receipts()}
    assert {event: differences(before[event], after[event]) for event in before} == told
    assert all(told.values())


def test_a_rehearsal_of_a_parked_event_shows_that_it_would_be_published(line):
    parked(line)
    (one,) = rehearsed(line, PARKED)
    changes = {change.field: change for change in one.changes}
    assert changes["state"] == Change("state", State.PARKED, State.PUBLISHED)
    assert changes["reason"].after == ""
    assert line.receipt.state is State.PARKED


def test_an_event_without_a_plan_is_rehearsed_as_parked_again(line):
    line.one(plans=False)
    line.now += 49 * 3_600_000
    line.sweep()
    (one,) = rehearse(line.store, Settings(), PARKED, line.now + 3_600_000)
    assert one.changes == ()


def test_unchanged_is_no_other_end_than_published():
    one = Receipt("e", State.UNCHANGED)
    assert differences(one, msgspec.structs.replace(one, state=State.PUBLISHED)) == ()
    assert differences(one, msgspec.structs.replace(one, state=State.FAILED_RUN)) != ()


def test_the_lines_count_every_verdict(line):
    parked(line)
    done = list(replay(line.store, EVERYTHING, NOW))
    assert list(replay_lines(done)) == [f"{DAY} {line.receipt.event} parked: again", "1 again"]
    assert list(replay_lines([])) == ["no event selected"]
    assert list(rehearsal_lines([])) == ["no event selected"]


def test_the_forgetful_store_reads_through_and_forgets(line):
    line.store.put("a/1", b"below")
    memory = Forgetful(line.store)
    etag = memory.get("a/1").etag
    memory.put_all([("a/1", b"not written"), ("a/0", b"new"), ("b", b"")])
    memory.replace("a/1", b"above", etag)
    with pytest.raises(LineageError, match="not at version"):
        memory.replace("a/1", b"late", etag)
    assert list(memory.list("a/")) == ["a/0", "a/1"]
    assert memory.get("a/1").value == b"above"
    memory.delete("a/1")
    assert memory.get("a/1") is None
    assert list(memory.list("a/")) == ["a/0"]
    assert line.store.get("a/1").value == b"below"
    memory.forget()
    assert list(memory.list("")) == ["a/1"]
    with pytest.raises(LineageError), memory.lease("x"):
        pass
