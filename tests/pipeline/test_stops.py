"""What stops the whole line is told at the door and loses nothing; what is ignored is skipped."""

import json

import pytest

from lineage import records
from lineage.catalogue import Outcome
from lineage.errors import Forbidden, SettingsError, StoreError
from lineage.intake import STORED_MS
from lineage.receipts import State
from lineage.standstill import STOPPED_MS
from tests.pipeline.test_pipeline import EVENT_REQUEST, HOUR, PLAN_REQUEST, Line

pytestmark = pytest.mark.unit

WRONG = SettingsError("LINEAGE_COLLECTION: there is no collection 'X'; there are: Secret (abc123)")


def line_of(tmp_path, **settings):
    line = Line(tmp_path, **settings)
    publish = line.catalogue.publish

    def skipping(lineage):
        return Outcome(State.SKIPPED, lineage.skip) if lineage.skip else publish(lineage)

    line.catalogue.publish = skipping
    return line


def one(line):
    line.plan()
    line.event()


@pytest.mark.parametrize(
    ("failure", "says"),
    [
        (WRONG, "stopped: LINEAGE_COLLECTION: there is no collection 'X'"),
        (Forbidden("POST entity/bulk: 403 at https://secret-host"), "stopped: the catalogue refuses"),
    ],
)
def test_health_says_that_nothing_is_published_and_why_and_nothing_confidential(tmp_path, failure, says):
    line = line_of(tmp_path)
    one(line)
    assert "publishing" not in line.intake.health()
    line.catalogue.failure = failure
    with pytest.raises(type(failure)):
        line.pipeline.sweep()
    told = line.intake.health()
    assert told["status"] == "ok", "payloads are stored all the same"
    assert told["publishing"].startswith(says)
    assert "ecret" not in told["publishing"]


def test_a_wrong_setting_parks_nothing_and_all_is_published_once_it_is_right(tmp_path):
    line = line_of(tmp_path)
    one(line)
    line.catalogue.failure = WRONG
    for _ in range(9):
        with pytest.raises(SettingsError):
            line.pipeline.sweep()
    assert (line.receipt.state, len(line.marks)) == (State.RETRYING, 1)
    assert "LINEAGE_COLLECTION" in line.receipt.reason
    assert "Secret (abc123)" in line.receipt.reason, "operators see what there is"
    line.catalogue.failure = None
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PUBLISHED
    assert "publishing" not in line.intake.health()


def test_what_is_skipped_does_not_end_a_stop(tmp_path):
    line = line_of(tmp_path, ignore='[{"path": "https://northwindlake.dfs.core.windows.net/bronze/other"}]')
    one(line)
    (refused,) = line.marks
    line.catalogue.failure = WRONG
    with pytest.raises(SettingsError):
        line.pipeline.process(refused)
    place = b"northwindlake.dfs.core.windows.net/orders"
    assert place in PLAN_REQUEST.body
    plan_id = "99999999-2222-5333-8444-555555555555"
    known = json.loads(PLAN_REQUEST.body)["id"]
    other = PLAN_REQUEST.body.replace(place, place.replace(b"orders", b"other"))
    line.plan(other.replace(known.encode(), plan_id.encode()))
    line.event(EVENT_REQUEST.body.replace(known.encode(), plan_id.encode()))
    (ignored,) = set(line.marks) - {refused}
    line.pipeline.process(ignored)
    assert {receipt.state for receipt in line.pipeline.receipts()} == {State.RETRYING, State.SKIPPED}
    assert line.intake.health()["publishing"].startswith("stopped: ")


def test_a_stop_is_not_told_for_ever_by_an_instance_that_is_gone(tmp_path):
    line = line_of(tmp_path)
    one(line)
    line.catalogue.failure = WRONG
    with pytest.raises(SettingsError):
        line.pipeline.sweep()
    line.now += STOPPED_MS - 1
    assert "publishing" in line.intake.health()
    with pytest.raises(SettingsError):
        line.pipeline.sweep()
    line.now += STOPPED_MS - 1
    assert "publishing" in line.intake.health(), "it is told anew while it lasts"
    line.now += 1
    assert "publishing" not in line.intake.health()


@pytest.mark.parametrize("jump", [-365 * 24 * HOUR, 365 * 24 * HOUR])
def test_a_stop_is_told_though_the_clock_was_set(tmp_path, jump):
    line = line_of(tmp_path)
    one(line)
    line.catalogue.failure = WRONG
    for change in (0, jump):
        line.now += change
        with pytest.raises(SettingsError):
            line.pipeline.sweep()
        assert "publishing" in line.intake.health(), change


def test_health_says_that_nothing_can_be_stored(tmp_path):
    line = line_of(tmp_path)
    assert line.intake.health()["status"] == "ok"
    put = line.store.put

    def full(key, value):
        raise StoreError("no space left")

    line.store.put = full
    line.now += STORED_MS - 1
    assert line.intake.health()["status"] == "ok", "a write a moment ago succeeded"
    for change in (1, -2 * HOUR):
        line.now += change
        with pytest.raises(StoreError, match="no space left"):
            line.intake.health()
    line.store.put = put
    assert line.intake.health()["status"] == "ok", "a failure is not remembered"


def test_health_writes_once_a_minute_however_often_it_is_asked(tmp_path):
    line = line_of(tmp_path)
    written = []
    put = line.store.put
    line.store.put = lambda key, value: written.append(key) or put(key, value)
    for _ in range(120):
        line.intake.health()
        line.now += STORED_MS // 60
    assert written == [records.STORED] * 2


@pytest.mark.parametrize("value", [b"", b"?", b"\xff", b"99999999999999999999 x", b"-1 x"])
def test_a_damaged_note_at_the_door_hides_nothing(tmp_path, value):
    line = line_of(tmp_path)
    line.store.put(records.STOPPED, value)
    assert line.intake.health()["status"] == "ok"


def test_upkeep_that_is_refused_is_told_too(tmp_path):
    line = line_of(tmp_path)

    def turn():
        raise WRONG

    line.pipeline.turn = turn
    with pytest.raises(SettingsError):
        line.pipeline.upkeep()
    assert "LINEAGE_COLLECTION" in line.intake.health()["publishing"]


@pytest.mark.parametrize("failure", [WRONG, Forbidden("POST entity/bulk: 403", status=403)])
def test_run_facts_that_are_refused_are_told_too(tmp_path, failure):
    line = line_of(tmp_path)

    def flush():
        raise failure

    line.catalogue.flush = flush
    with pytest.raises(type(failure)):
        line.pipeline.sweep()
    assert line.intake.health()["publishing"].startswith("stopped: ")


def test_upkeep_that_fails_otherwise_stops_nothing(tmp_path):
    line = line_of(tmp_path)

    def turn():
        raise StoreError("away")

    line.pipeline.turn = turn
    with pytest.raises(StoreError):
        line.pipeline.upkeep()
    assert "publishing" not in line.intake.health()


@pytest.mark.parametrize(
    "rule",
    ['{"notebook": "/Repos/data/*"}', '{"path": "https://northwindlake.dfs.core.windows.net/bronze"}'],
)
def test_an_ignored_write_is_skipped_with_its_rule_on_the_receipt(tmp_path, rule):
    line = line_of(tmp_path, ignore=f"[{rule}]")
    one(line)
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.SKIPPED
    assert line.receipt.reason.startswith("ignored by rule ")
    assert line.catalogue.published == []
    assert line.receipt.outputs == ("https://northwindlake.dfs.core.windows.net/bronze/orders",)


def test_an_ignored_input_is_left_out_with_a_note(tmp_path):
    line = line_of(tmp_path, ignore='[{"path": "abfss://landing@northwindlake.dfs.core.windows.net"}]')
    one(line)
    line.pipeline.sweep()
    assert line.receipt.state is State.PUBLISHED
    assert line.receipt.inputs == ()
    assert line.receipt.columns == 0
    assert [code for code, _ in line.receipt.notes] == ["input-ignored"]
