"""One event followed from the door to the catalogue."""

from itertools import pairwise

import pytest

from demo import replay as recording
from lineage import records
from lineage.operate.events import NoSuchEvent
from lineage.operate.text import trace_lines
from lineage.operate.trace import trace
from tests.operate.operated import ASSET, DAY

pytestmark = pytest.mark.unit


def test_a_published_event_is_followed_to_its_guid(line):
    line.one()
    line.sweep()
    found = trace(line.store, line.receipt.event)
    _, event = recording.load()[:2]
    assert found.event.sha256 == records.sha256(event.body)
    assert line.store.get(found.event.key)
    assert [plan.sha256 for plan in found.plans] == [records.sha256(recording.load()[0].body)]
    assert found.plan_id == line.receipt.plan_id
    assert found.receipt == line.receipt
    assert not found.pending
    text = "\n".join(trace_lines(found))
    for part in (found.event.sha256, found.plan_id, ASSET, "guid-of-the-process", "scanned asset", "exact"):
        assert part in text


def test_the_start_of_a_key_is_enough_while_it_is_the_only_one(line):
    line.all()
    keys = sorted(key.rpartition("/")[2].removesuffix(".json") for key in line.store.list(records.EVENTS))
    assert trace(line.store, keys[0]).key == keys[0]
    assert trace(line.store, keys[0][:-1]).key == keys[0]
    with pytest.raises(NoSuchEvent, match="no event starts with ''"):
        trace(line.store, "")
    shared = next(a[:9] for a, b in pairwise(keys) if a[:9] == b[:9])
    with pytest.raises(NoSuchEvent, match="events start with"):
        trace(line.store, shared)


def test_a_key_that_another_one_starts_with_is_meant_itself(line):
    line.store.put(f"{records.EVENTS}{DAY}/abc.json", b"")
    line.store.put(f"{records.EVENTS}{DAY}/abcd.json", b"")
    assert trace(line.store, "abc").key == "abc"


def test_an_unknown_event_is_an_error(line):
    with pytest.raises(NoSuchEvent, match="no event starts with 'nobody'"):
        trace(line.store, "nobody")


def test_an_event_before_its_plan_and_before_its_first_attempt(line):
    line.one(plans=False)
    (mark,) = line.marks
    found = trace(line.store, records.EventName.from_mark(mark).key)
    assert found.pending
    assert found.receipt is None
    assert found.plans == ()
    assert "which has not come" in "\n".join(trace_lines(found))


def test_a_payload_that_is_gone_and_a_receipt_that_is_damaged_are_notes(line):
    line.one()
    line.sweep()
    key = line.receipt.event
    line.store.delete(records.EventName("", DAY, key).payload)
    assert "gone" in trace(line.store, key).notes[0]
    assert trace(line.store, key).plan_id == line.receipt.plan_id
    line.damage()
    assert len(trace(line.store, key).notes) == 2


def test_texts_from_outside_cannot_move_the_cursor(line):
    line.one()
    line.sweep()
    line.rewrite(line.receipt, reason="a\x1b[2Jb\nc\u202ed", process_name="\x07\x1b]0;x")
    text = "".join(trace_lines(trace(line.store, line.receipt.event)))
    assert not {"\x1b", "\x07", "\u202e", "\n"} & set(text)
