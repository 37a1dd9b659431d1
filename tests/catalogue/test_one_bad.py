"""One process, record or placeholder that is bad does not keep the others from being told, bound, marked or removed."""

from typing import Any

import msgspec
import pytest

from lineage.catalogue.draft import PROCESSES, process_key, process_lease
from lineage.catalogue.placeholders import Outgrown
from lineage.catalogue.publish import AGAIN
from lineage.catalogue.stale import DAY_MS, STALE_LABEL
from lineage.catalogue.upkeep import ROUND, Round, Upkeep
from lineage.errors import Forbidden, LeaseLost, SettingsError, Unavailable
from lineage.receipts import State
from lineage.settings import Settings
from tests.catalogue.line import Answer, Line, embedded
from tests.catalogue.lineages import ORDERS, SILVER, edge, lineage, path
from tests.catalogue.test_publish import process_of

pytestmark = [pytest.mark.unit, pytest.mark.long]

SCANNED = ("azure_datalake_gen2_resource_set", f"{ORDERS.qualified_name}/{{SparkPartitions}}")


def many(count: int, at: int, **facts: Any) -> list[Any]:
    columns = (edge("id", (ORDERS, "id")),)
    return [
        lineage(f"{n}-{at}", at, process=f"{n:016x}", output=path(f"gold/o{n}", "id:int"), columns=columns, **facts)
        for n in range(count)
    ]


def waiting(line: Line, count: int) -> list[str]:
    """The keys of processes whose run facts are due, in the order in which they are told."""
    line.publish(*many(count, 1_000))
    line.clock.now += 10
    line.publish(*many(count, 2_000, rows=3))
    line.clock.now += 300
    return [key for _, key in line.publisher._due.until(10**13)]


def refuse(line: Line, keys: Any, status: int) -> None:
    """Every bulk write with one of these processes, or every one, is answered ``status``."""
    names = None if keys is None else [process_name(line, key).rpartition("/")[2] for key in keys]

    def fault(request: Any, _: int) -> Any:
        write = request.method == "POST" and "/entity/bulk" in request.url
        text = request.content.decode() if write else ""
        bad = write and (names is None or any(f"processes/{name}" in text for name in names))
        return Answer(status, {"errorCode": "X", "errorMessage": "no"}) if bad else None

    line.transport.fault = fault


def process_name(line: Line, key: str) -> str:
    return str(msgspec.json.decode(line.store.get(key).value)["state"]["process"]["qualified_name"])


def due(line: Line) -> list[str]:
    return [key for _, key in line.publisher._due.until(10**13)]


@pytest.fixture
def windowed(tmp_path):
    made = Line(embedded(tmp_path), window=100.0)
    yield made
    made.close()


@pytest.mark.parametrize("status", [500, 409])
@pytest.mark.parametrize("place", [0, 4, 24])
def test_the_facts_of_all_others_are_told_and_the_bad_one_is_tried_later(windowed, status, place):
    keys = waiting(windowed, 25)
    refuse(windowed, [keys[place]], status)
    assert windowed.publisher.flush() == 24
    assert due(windowed) == [keys[place]]
    windowed.quiet()
    assert windowed.publisher.flush() == 0
    assert windowed.transport.calls == []
    windowed.transport.fault = None
    windowed.clock.now += AGAIN + 1
    assert windowed.publisher.flush() == 1
    assert due(windowed) == []


def test_many_bad_ones_end_a_sweep_and_the_sweeps_after_it_come_to_the_others(windowed):
    keys = waiting(windowed, 25)
    refuse(windowed, keys[:7], 500)
    ended = 0
    for _ in range(10):
        try:
            windowed.publisher.flush()
            break
        except Unavailable:
            ended += 1
    assert 1 <= ended <= 4
    assert set(due(windowed)) == set(keys[:7])


def test_an_outage_ends_a_sweep_after_three_failures_and_loses_nothing(windowed):
    keys = waiting(windowed, 25)
    refuse(windowed, None, 503)
    windowed.quiet()
    with pytest.raises(Unavailable):
        windowed.publisher.flush()
    assert len(windowed.transport.bulks()) <= 3 * 7, "three, each with the client's own retries"
    assert sorted(due(windowed)) == sorted(keys)
    windowed.transport.fault = None
    windowed.clock.now += AGAIN + 1
    assert windowed.publisher.flush() == 25


def test_a_missing_role_ends_a_sweep_at_once(windowed):
    keys = waiting(windowed, 25)
    refuse(windowed, None, 403)
    windowed.quiet()
    with pytest.raises(Forbidden):
        windowed.publisher.flush()
    assert len(windowed.transport.bulks()) == 1
    assert due(windowed) == keys


def test_a_wrong_setting_ends_a_sweep_at_once(windowed):
    keys = waiting(windowed, 3)
    windowed.publisher.collections.default = "Nowhere"
    windowed.publisher.collections._placement = None
    with pytest.raises(SettingsError):
        windowed.publisher.flush()
    assert due(windowed) == keys


def test_a_process_that_is_published_elsewhere_keeps_its_mark(windowed):
    keys = waiting(windowed, 12)
    lease = windowed.store.lease

    def held(name: str, **options: Any) -> Any:
        if name == process_lease(keys[3]):
            raise LeaseLost(name)
        return lease(name, **options)

    windowed.store.lease = held
    assert windowed.publisher.flush() == 11
    assert due(windowed) == [keys[3]]
    windowed.store.lease = lease
    assert windowed.publisher.flush() == 1


def test_a_failed_flush_of_everything_keeps_facts_that_were_not_due_yet(windowed):
    windowed.publish(*many(2, 1_000))
    windowed.clock.now += 10
    windowed.publish(*many(2, 2_000, rows=3))
    keys = due(windowed)
    refuse(windowed, keys[:1], 500)
    assert windowed.publisher.flush(everything=True) == 1
    windowed.transport.fault = None
    windowed.clock.now += AGAIN + 1
    assert windowed.publisher.flush() == 1
    assert due(windowed) == []


def test_a_damaged_record_is_skipped_by_all_that_looks_at_records(windowed, caplog):
    keys = waiting(windowed, 25)
    windowed.store.put(keys[0], b"{damaged")
    assert windowed.publisher.flush() == 24
    assert due(windowed) == []
    windowed.load(SCANNED)
    assert windowed.publisher.relink() == 24
    assert f"the record {keys[0]} is damaged" in caplog.text
    assert windowed.store.get(keys[0]).value == b"{damaged"


def test_a_damaged_record_is_begun_anew_by_a_run(line, caplog):
    line.publish(lineage("a", 1))
    before = line.everything()
    key = process_key(lineage().process.qualified_name)
    line.store.put(key, b"{damaged")

    (outcome,) = line.publish(lineage("b", 2, rows=7))
    assert outcome.state is State.PUBLISHED
    assert f"the record {key} is damaged" in caplog.text
    process = process_of(line, lineage())
    assert (process["customAttributes"]["runCount"], process["customAttributes"]["lastRows"]) == ("1", "7")
    assert line.outputs(process) == [(SILVER.asset.type_name, SILVER.qualified_name)]
    assert line.everything() == before


def test_a_damaged_entry_of_a_placeholder_is_written_anew_unless_a_scan_took_it_over(line, caplog):
    line.publish(lineage("a", 1))
    for key in list(line.store.list("assets/")):
        line.store.put(key, b"{damaged")
    line.load((SILVER.asset.type_name, SILVER.qualified_name, {}, {"description": "by the scanner", "name": "Orders"}))
    line.publisher = line.another()

    line.publish(lineage("b", 2, name="renamed"))
    assert "is damaged" in caplog.text
    assert line.entity(SILVER.asset.type_name, SILVER.qualified_name)["attributes"]["name"] == "Orders"
    assert process_of(line, lineage())["attributes"]["name"] == "renamed"


def upkeep(line: Line, **settings: Any) -> Upkeep:
    return Upkeep(line.publisher, line.store, Settings(**{"stale_days": 0, **settings}), line.clock)


def kept(line: Line) -> Round:
    return msgspec.json.decode(line.store.get(ROUND).value, type=Round)


@pytest.mark.parametrize("status", [500, 409])
def test_a_process_that_is_refused_does_not_keep_the_round(line, status):
    some = many(6, 1_000)
    line.publish(*some)
    Outgrown(line.store).put(path("gone").asset)
    line.load(SCANNED)
    keys = sorted(line.store.list(PROCESSES))
    refuse(line, keys[:1], status)
    done = upkeep(line).turn()
    assert (done.done, done.relinked) == (True, 5)
    bound = {process_key(one.process.qualified_name): line.inputs(process_of(line, one)) for one in some}
    assert [key for key, inputs in bound.items() if inputs != [SCANNED]] == keys[:1]
    assert Outgrown(line.store).marks() == []
    assert line.entity(ORDERS.asset.type_name, ORDERS.qualified_name), "one still uses it"


def test_more_bad_ones_in_a_row_than_an_outage_is_told_from_are_passed_by_in_the_end(line):
    line.publish(*many(8, 1_000))
    line.load(SCANNED)
    keys = sorted(line.store.list(PROCESSES))
    refuse(line, keys[1:5], 500)
    chores = upkeep(line)
    for _ in range(2):
        with pytest.raises(Unavailable):
            chores.turn()
    done = chores.turn()
    assert (done.done, done.relinked) == (True, 4)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_short_outage_loses_no_process(line, count):
    line.publish(*many(count, 1_000))
    line.load(SCANNED)
    refuse(line, None, 503)
    with pytest.raises(Unavailable):
        upkeep(line).turn()
    line.transport.fault = None
    done = upkeep(line).turn()
    assert (done.done, done.relinked) == (True, count)


def test_a_missing_role_ends_a_turn_at_once(line):
    line.publish(*many(3, 1_000))
    line.load(SCANNED)
    refuse(line, None, 403)
    line.quiet()
    with pytest.raises(Forbidden):
        upkeep(line).turn()
    assert (len(line.transport.bulks()), kept(line).after) == (1, "")


def test_a_label_that_is_refused_does_not_keep_the_round(line):
    some = many(4, 1_000)
    line.publish(*some)
    line.clock.now += 400 * DAY_MS / 1000
    keys = sorted(line.store.list(PROCESSES))
    bad = next(one for one in some if process_key(one.process.qualified_name) == keys[0])
    guid = process_of(line, bad)["guid"]
    line.transport.fault = lambda request, _: Answer(400) if f"{guid}/labels" in request.url else None
    done = upkeep(line, stale_days=1).turn()
    assert (done.done, done.marked) == (True, 3)
    assert STALE_LABEL not in process_of(line, bad)["labels"]


def test_a_process_that_is_published_elsewhere_is_not_taken_for_another_instance(line):
    line.publish(*many(4, 1_000))
    line.load(SCANNED)
    keys = sorted(line.store.list(PROCESSES))
    lease = line.store.lease

    def held(name: str, **options: Any) -> Any:
        if name == process_lease(keys[0]):
            raise LeaseLost(name)
        return lease(name, **options)

    line.store.lease = held
    done = upkeep(line).turn()
    assert done is not None
    assert (done.done, done.relinked) == (True, 3)


def test_a_damaged_mark_and_a_placeholder_that_cannot_be_read_do_not_keep_the_round(line):
    outgrown = Outgrown(line.store)
    line.publish(*many(1, 1_000))
    for at in range(5):
        outgrown.put(path(f"gone/{at}").asset)
    line.store.put("outgrown/0.json", b"")
    bad = outgrown.asset(outgrown.marks()[1])
    last = f"gone%2F{bad.qualified_name.rpartition('/')[2]}"
    line.transport.fault = lambda request, _: Answer(500) if request.method == "GET" and last in request.url else None
    assert upkeep(line).turn().done
    assert [outgrown.asset(mark) for mark in outgrown.marks()] == [None, bad]


def test_removing_placeholders_is_bounded_as_well_and_goes_on_where_it_stood(line):
    outgrown = Outgrown(line.store)
    line.publish(*many(1, 1_000))
    process: dict[str, Any] = {"qualifiedName": "adf://copy", "name": "copy", "outputs": []}
    used = [path(f"used/{at}") for at in range(40)]
    line.load(*[(one.asset.type_name, one.qualified_name) for one in used])
    for one in used:
        guid = line.entity(one.asset.type_name, one.qualified_name)["guid"]
        line.client.put(f"entity/guid/{guid}/labels", body=["lineage-placeholder"])
        outgrown.put(one.asset)
    names = [
        {"typeName": one.asset.type_name, "uniqueAttributes": {"qualifiedName": one.qualified_name}} for one in used
    ]
    body = {"typeName": "Process", "guid": "-1", "attributes": {**process, "inputs": names}}
    line.client.post("entity/bulk", body={"entities": [body]})
    chores, spent, turns = upkeep(line, catalogue_rate=0.5), [], 0
    while True:
        before = line.client.operations
        done = chores.turn()
        spent.append(line.client.operations - before)
        turns += 1
        if done.done:
            break
        assert turns < 10
        assert kept(line).outgrown
    assert turns > 1
    assert max(spent) < 30 + 10, "the share, and what one placeholder costs"
    assert len(outgrown.marks()) == 40, "somebody else uses them: they are looked at again"


def test_a_turn_that_is_killed_among_the_placeholders_does_not_do_the_processes_again(line):
    line.publish(*many(3, 1_000))
    Outgrown(line.store).put(path("gone").asset)
    chores = upkeep(line)
    find, put = line.client.find, line.store.put

    def killed(*_: Any) -> Any:
        line.store.put = put_nothing
        raise KeyboardInterrupt

    def put_nothing(key: str, value: bytes) -> str:
        raise KeyboardInterrupt

    line.publisher.writer.remove = killed
    with pytest.raises(KeyboardInterrupt):
        chores.turn()
    line.store.put, line.client.find = put, find
    assert kept(line).after == sorted(line.store.list(PROCESSES))[-1]
