"""What a period came to."""

from datetime import date

import pytest

from lineage.errors import Rejected
from lineage.operate.period import Period
from lineage.operate.report import report
from lineage.operate.text import report_lines
from lineage.receipts import State

pytestmark = pytest.mark.unit

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))


def test_the_recording_is_counted_by_state_with_its_failures(line):
    line.all()
    line.sweep()
    found = report(line.store, NOVEMBER)
    assert (found.first, found.last, found.runs) == ("2026-11-01", "2026-11-30", 27)
    assert found.states == {"published": 25, "failed run": 2}
    assert [(one.run_id, one.reason) for one in found.failed] == [
        ("9001", "org.apache.spark.SparkException"),
        ("9002", "org.apache.spark.SparkException"),
    ]
    assert found.without_reads == found.skipped == found.unmapped == found.refused == {}
    assert found.notes == {"merge-by-source": 2}


def test_each_kind_of_end_has_its_count(line):
    line.all()
    line.sweep()
    one, two, three, four, *_ = sorted(line.pipeline.receipts(), key=lambda receipt: receipt.event)
    line.rewrite(one, state=State.SKIPPED, reason="an in-memory sink")
    line.rewrite(two, state=State.UNCHANGED, inputs=(), outputs=("lake/target",), notes=())
    line.rewrite(three, state=State.PUBLISHED, notes=(("unmapped", "odps:{1}:{2}"), ("unmapped", "odps:{1}:{2}")))
    line.rewrite(four, state=State.PARKED, reason="Rejected: 17 is wrong", inputs=())
    found = report(line.store, NOVEMBER)
    assert found.skipped == {"an in-memory sink": 1}
    assert found.without_reads == {"lake/target": 1}
    assert found.unmapped == {"odps:{1}:{2}": 2}
    assert found.parked == {"Rejected: # is wrong": 1}
    assert sum(found.states.values()) == found.runs == 27
    text = "\n".join(report_lines(found))
    for part in ("runs of 2026-11-01 to 2026-11-30", "odps:{1}:{2}", "lake/target", "failed: "):
        assert part in text


def test_what_was_accepted_and_not_tried_is_a_run_seen(line):
    line.one()
    assert report(line.store, NOVEMBER).states == {"received": 1}


def test_refused_bodies_are_counted_by_status_path_and_reason(line):
    for size in (1, 2):
        line.intake.refuse(
            reason=f"{size} bytes of no JSON", status=400, path="/x", size=size, sha256=f"{size}" * 64, headers={}
        )
    line.store.put("refused/2026-11-23/0-damaged.json", b"?")
    found = report(line.store, NOVEMBER)
    assert found.refused == {"400 /x: # bytes of no JSON": 2, "its record cannot be read": 1}
    assert found.runs == 0


def test_the_days_at_both_ends_belong_to_the_period(line):
    line.one()
    line.sweep()
    day = date(2026, 11, 22)
    assert report(line.store, Period(day, day)).runs == 1
    assert report(line.store, Period(date(2026, 11, 1), date(2026, 11, 21))).runs == 0
    assert report(line.store, Period(date(2026, 11, 23), date(2026, 11, 30))).runs == 0


def test_a_damaged_receipt_is_counted_and_hides_no_other(line):
    line.all()
    line.catalogue.failure = Rejected("no")
    line.sweep()
    line.store.put(next(line.store.list("receipts/")), b"")
    assert report(line.store, NOVEMBER).states == {"parked": 26, "damaged": 1}


def test_an_empty_period_says_so_and_nothing_else(line):
    assert list(report_lines(report(line.store, NOVEMBER))) == [
        "runs of 2026-11-01 to 2026-11-30 (UTC days, both included): 0"
    ]
