"""What is stuck: every state that is no good end, and nothing else."""

from datetime import date

import pytest

from lineage.errors import Rejected, Unavailable
from lineage.operate.period import Period
from lineage.operate.stuck import DAMAGED, UNTRIED, Stuck, StuckEvents, kind_of, stuck
from lineage.operate.text import stuck_lines
from tests.operate.operated import DAY, HOUR

pytestmark = pytest.mark.unit


def states(line):
    return [one.state for one in stuck(line.store).events]


def test_nothing_is_stuck_when_all_is_published(line):
    line.all()
    line.sweep()
    assert stuck(line.store).events == ()
    assert stuck(line.store).reasons == {}


def test_an_accepted_event_that_nothing_was_tried_with_is_told(line):
    line.one()
    (one,) = stuck(line.store).events
    assert (one.day, one.state) == (DAY, UNTRIED)


def test_an_event_whose_plan_has_not_come_waits_and_is_parked_later(line):
    line.one(plans=False)
    line.sweep()
    assert states(line) == ["waiting"]
    line.now += 50 * HOUR
    line.sweep()
    (one,) = stuck(line.store).events
    assert (one.state, one.attempts) == ("parked", 2)
    assert one.reason == "its execution plan did not come within 50 hours"


def test_one_attempt_is_one():
    def line_of(attempts):
        return list(stuck_lines(StuckEvents((Stuck(DAY, "e", "retrying", "r", attempts=attempts),), {})))

    assert line_of(0) == [f"{DAY} e retrying: r"]
    assert line_of(1) == [f"{DAY} e retrying, 1 attempt: r"]
    assert line_of(2) == [f"{DAY} e retrying, 2 attempts: r"]


def test_a_catalogue_that_is_down_leaves_the_event_retrying(line):
    line.catalogue.failure = Unavailable("throttled")
    line.one()
    line.sweep()
    (one,) = stuck(line.store).events
    assert (one.state, one.reason) == ("retrying", "Unavailable: throttled")


def test_reasons_are_counted_without_what_varies(line):
    line.catalogue.failure = Rejected("entity 1f923528-4753-5656-8d27-36538d1c82ac of 17 is wrong")
    line.all()
    line.sweep()
    assert stuck(line.store).reasons == {"parked": {"Rejected: entity # of # is wrong": 27}}


def test_a_damaged_receipt_is_told_and_keeps_no_other_from_being_read(line):
    line.all()
    line.sweep()
    first = next(line.store.list("receipts/"))
    line.store.put(first, b"\xff")
    (one,) = stuck(line.store).events
    assert one.state == DAMAGED
    assert one.event in first


def test_only_days_of_the_period_count(line):
    line.one()
    assert len(stuck(line.store, Period(date(2026, 11, 22))).events) == 1
    assert stuck(line.store, Period(date(2026, 11, 23))).events == ()
    assert stuck(line.store, Period(None, date(2026, 11, 21))).events == ()


def test_a_reason_without_numbers_is_its_own_kind():
    assert kind_of("a deadbeef cafe") == "a deadbeef cafe"
    assert kind_of("after 49 hours") == kind_of("after 1200 hours")


def test_calls_that_met_the_same_are_one_kind():
    away = "Unavailable: {}: ServiceRequestError: HTTPSConnection(host='contoso', port=443): Connection refused"
    calls = ("GET types/entitydef/name/hive_column", "POST entity/bulk")
    assert len({kind_of(away.format(call)) for call in calls}) == 1
    assert kind_of("Rejected: POST entity/bulk: 400 ATLAS-400-00-036") != kind_of("Rejected: POST entity/bulk: 404")
