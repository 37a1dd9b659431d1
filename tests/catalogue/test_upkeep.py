"""Rounds of upkeep: what was scanned since is bound, what is stale is marked, a bounded turn at a time."""

import logging

import pytest

from lineage.catalogue import upkeep
from lineage.catalogue.stale import STALE_LABEL
from lineage.catalogue.upkeep import ROUND, Upkeep
from lineage.errors import SettingsError, Unavailable
from lineage.settings import Settings
from tests.catalogue.line import Answer, Line, embedded
from tests.catalogue.lineages import ORDERS, SILVER, lineage, task
from tests.catalogue.test_publish import process_of

pytestmark = pytest.mark.unit

HOUR = 3600
SCANNED = ("azure_datalake_gen2_resource_set", f"{ORDERS.qualified_name}/{{SparkPartitions}}")


def of(line, **settings):
    return Upkeep(line.publisher, line.store, Settings(**settings), line.clock)


def many(line, count=5):
    some = [lineage(f"e{at}", 1_000, process=f"{at:016d}", owner=task(str(at))) for at in range(1, count + 1)]
    line.publish(*some)
    return some


def test_a_round_binds_what_was_scanned_and_marks_what_is_stale(line):
    some = many(line)
    line.load(SCANNED)
    done = of(line, stale_days=3).turn()
    assert (done.done, done.relinked, done.marked) == (True, 5, 5)
    for one in some:
        assert line.inputs(process_of(line, one)) == [SCANNED]
        assert STALE_LABEL in process_of(line, one)["labels"]
    assert line.entity(ORDERS.asset.type_name, ORDERS.qualified_name) is None
    assert line.entity(SILVER.asset.type_name, SILVER.qualified_name)


def test_the_next_round_begins_after_the_hours_and_not_before(line):
    many(line, 1)
    chores = of(line, relink_hours=6)
    assert chores.turn().done
    line.load(SCANNED)
    line.clock.now += 6 * HOUR - 1
    assert chores.turn() is None
    line.clock.now += 1
    assert chores.turn().relinked == 1


def test_zero_switches_each_off(line):
    one = many(line, 1)[0]
    line.load(SCANNED)
    assert of(line, relink_hours=0).turn() is None
    assert line.inputs(process_of(line, one)) != [SCANNED]
    assert of(line, stale_days=0).turn().marked == 0
    assert STALE_LABEL not in process_of(line, one)["labels"]


def test_a_turn_spends_no_more_than_its_share_of_the_budget_and_the_next_goes_on(line, monkeypatch):
    monkeypatch.setattr(upkeep, "_BUDGET_SECONDS", 0.25)
    some = many(line)
    line.load(SCANNED)
    chores, turns, spent = of(line, catalogue_rate=25, stale_days=0), 0, []
    while True:
        before = line.client.operations
        done = chores.turn()
        turns += 1
        spent.append(line.client.operations - before)
        if done.done:
            break
        assert turns < 20
    assert turns > 1
    assert done.relinked == 5
    assert max(spent) < 30, "the share, and what one process costs"
    for one in some:
        assert line.inputs(process_of(line, one)) == [SCANNED]


def test_a_turn_ends_by_the_clock(line, monkeypatch):
    monkeypatch.setattr(upkeep, "TURN_SECONDS", 0.0)
    many(line, 2)
    first = of(line).turn()
    assert (first.done, first.after) == (False, "")
    monkeypatch.setattr(upkeep, "TURN_SECONDS", 60.0)
    assert of(line).turn().done


def test_a_catalogue_that_fails_in_between_loses_no_place(line):
    many(line, 3)
    line.load(SCANNED)
    line.transport.fault = lambda request, number: Answer(503) if "entity/bulk?" in request.url else None
    with pytest.raises(Unavailable):
        of(line).turn()
    line.transport.fault = None
    done = of(line).turn()
    assert (done.done, done.relinked) == (True, 3)


def test_two_instances_do_not_both_work(line):
    many(line, 1)
    with line.store.lease("upkeep"):
        assert of(line).turn() is None
    assert of(line).turn().done


def test_a_damaged_record_stops_no_round(line, caplog):
    many(line, 1)
    line.store.put("processes/000.json", b"{")
    with caplog.at_level(logging.WARNING):
        assert of(line).turn().done
    assert "processes/000.json is damaged" in caplog.text


def test_a_wrong_collection_is_told_before_anything_is_published(tmp_path):
    line = Line(embedded(tmp_path), collection="Nowhere")
    with pytest.raises(SettingsError, match="LINEAGE_COLLECTION"):
        of(line, relink_hours=0).turn()
    assert ROUND not in line.store.values
    line.close()


def test_a_record_of_the_round_that_is_damaged_begins_a_new_one(line):
    many(line, 1)
    line.store.put(ROUND, b"{")
    assert of(line).turn().done
