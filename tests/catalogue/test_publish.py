"""From lineage to the catalogue: what is written, when, and what is left alone."""

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from lineage.catalogue import publish
from lineage.catalogue.draft import process_key
from lineage.catalogue.outcome import Outcome
from lineage.errors import Rejected, Unavailable
from lineage.model import AssetName, Column, Lineage, Mode, Role, Status
from lineage.receipts import State
from lineage.store.files import FileStore
from tests.catalogue.line import Line, embedded
from tests.catalogue.lineages import HOST, ORDERS, SILVER, edge, lineage, path, task

pytestmark = pytest.mark.unit


def process_of(line: Line, one: Lineage) -> Any:
    return line.entity("databricks_process", one.process.qualified_name)


def run_count(line: Line) -> str:
    return str(process_of(line, lineage())["customAttributes"]["runCount"])


def last_status(line: Line) -> str:
    return str(process_of(line, lineage())["customAttributes"]["lastStatus"])


@pytest.fixture
def windowed(tmp_path):
    made = Line(embedded(tmp_path), window=300.0)
    yield made
    made.close()


def mapping(process: dict[str, Any]) -> Any:
    return json.loads(process["attributes"]["columnMapping"])


def dump(line: Line) -> dict[Any, Any]:
    """Everything in the catalogue, names instead of guids, without times."""
    names = {guid: name for name, guid in line.everything().items()}
    volatile = {"guid", "createTime", "updateTime", "createdBy", "updatedBy", "lastModifiedTS", "version"}

    def stable(value: Any) -> Any:
        if isinstance(value, dict):
            if "guid" in value and "attributes" not in value:
                return names.get(value["guid"], value.get("displayText"))
            return {key: stable(one) for key, one in sorted(value.items()) if key not in volatile}
        if isinstance(value, list):
            return sorted((stable(one) for one in value), key=repr)
        return value

    return {name: stable(line.client.get(f"entity/guid/{guid}")["entity"]) for guid, name in names.items()}


def test_a_write_appears_with_its_hierarchy_edges_and_columns(line):
    one = lineage(rows=14, owner=task())
    (outcome,) = line.publish(one)
    process = process_of(line, one)
    assert outcome.state is State.PUBLISHED
    assert outcome.guids[one.process.qualified_name] == process["guid"]
    assert line.inputs(process) == [("azure_datalake_gen2_path", ORDERS.qualified_name)]
    assert line.outputs(process) == [("azure_datalake_gen2_path", SILVER.qualified_name)]
    assert [len(pair["ColumnMapping"]) for pair in mapping(process)] == [3, 1]
    assert process["customAttributes"]["lastRows"] == "14"
    assert process["relationshipAttributes"]["task"]["typeName"] == "databricks_notebook_task"
    silver = line.entity("azure_datalake_gen2_path", SILVER.qualified_name)
    assert silver["labels"] == ["lineage-placeholder"]
    schema = line.client.get(f"entity/guid/{silver['relationshipAttributes']['tabular_schema']['guid']}")["entity"]
    columns = {column["displayText"] for column in schema["relationshipAttributes"]["columns"]}
    assert columns == {"id", "amount", "load_ts"}


def test_each_binding_is_explained(line):
    (outcome,) = line.publish(lineage())
    by_dataset = {match["dataset"]: match for match in outcome.matches}
    assert by_dataset[ORDERS.qualified_name]["rule"] == "placeholder"
    looked_at = by_dataset[ORDERS.qualified_name]["candidates"]
    assert looked_at[0]["qualified_name"] == f"{ORDERS.qualified_name}/{{SparkPartitions}}"
    assert not any(candidate["found"] for candidate in looked_at)


def test_the_same_event_again_writes_nothing_and_reads_nothing(line):
    line.publish(lineage(rows=1))
    line.quiet()
    (outcome,) = line.publish(lineage(rows=1))
    assert outcome.state is State.UNCHANGED
    assert outcome.guids
    assert line.transport.calls == []


def test_another_instance_writes_nothing_either(line):
    line.publish(lineage(rows=1))
    line.publisher = line.another()
    line.quiet()
    assert line.publish(lineage(rows=1))[0].state is State.UNCHANGED
    assert line.transport.bulks() == []


def test_the_next_run_of_the_same_statement_writes_the_process_alone(line):
    line.publish(lineage("a", 1_000, run="r1"))
    line.quiet()
    (outcome,) = line.publish(lineage("b", 2_000, run="r2"))
    assert outcome.state is State.PUBLISHED
    (bulk,) = line.transport.bulks()
    assert [type_name for type_name, _ in bulk] == ["databricks_process"]
    assert len(line.transport.calls) == 1
    assert process_of(line, lineage())["customAttributes"]["runCount"] == "2"


def test_skipped_lineage_is_not_published(line):
    (outcome,) = line.publish(msgspec.structs.replace(lineage(), skip="an in-memory sink"))
    assert (outcome.state, outcome.reason) == (State.SKIPPED, "an in-memory sink")
    assert line.transport.calls == []
    assert line.store.values == {}


def test_a_write_that_never_succeeded_is_a_process_without_edges_or_placeholders(line):
    one = lineage(status=Status.FAILED, error="org.apache.spark.SparkException")
    (outcome,) = line.publish(one)
    assert (outcome.state, outcome.reason) == (State.FAILED_RUN, "org.apache.spark.SparkException")
    process = process_of(line, one)
    assert not process["attributes"]["inputs"]
    assert not process["attributes"]["outputs"]
    assert process["customAttributes"]["lastStatus"] == "failed"
    assert not [name for name in line.everything() if name[0] == "azure_datalake_gen2_path"]


def test_a_failure_after_a_success_keeps_the_edges(line):
    line.publish(lineage("a", 1), lineage("b", 2, run="r2", status=Status.FAILED, error="E"))
    process = process_of(line, lineage())
    assert len(line.inputs(process)) == 1
    assert process["customAttributes"]["lastStatus"] == "failed"
    assert process["customAttributes"]["lastError"] == "E"


def test_a_success_after_a_failure_draws_the_edges(line):
    line.publish(lineage("a", 1, status=Status.FAILED, error="E"), lineage("b", 2))
    process = process_of(line, lineage())
    assert len(line.inputs(process)) == 1
    assert "lastError" not in process["customAttributes"]


def test_columns_that_the_code_no_longer_has_disappear(line):
    line.publish(lineage("a", 1, run="r1"), lineage("b", 2, run="r2", columns=(edge("id", (ORDERS, "id")),)))
    assert [one["Sink"] for pair in mapping(process_of(line, lineage())) for one in pair["ColumnMapping"]] == ["id"]


def events() -> list[Lineage]:
    third = path("raw/customers", "id:int", "name:string")
    other: dict[str, Any] = {
        "process": "1111111111111111",
        "inputs": (ORDERS, third),
        "output": path("gold/value", "id", "name"),
    }
    columns = (edge("id", (ORDERS, "id"), (third, "id")), edge("name", (third, "name")))
    return [
        lineage("a", 1_000, run="r1"),
        lineage("b", 2_000, run="r1", mode=Mode.APPEND, columns=(edge("note", (ORDERS, "country")),)),
        lineage("c", 3_000, run="r2", output=msgspec.structs.replace(SILVER, columns=(Column("amount", "string"),))),
        lineage("d", 2_500, run="r2", columns=columns, **other),
        lineage("e", 3_500, run="r3", status=Status.FAILED, error="E", columns=columns, **other),
        lineage("f-i", 4_000, role=Role.INSERT, rows=9, owner=task(), process="2222222222222222"),
        lineage("f-t", 4_001, role=Role.TABLE, owner=task(), process="2222222222222222"),
    ]


@pytest.mark.long
def test_any_order_with_repetitions_ends_in_the_same_catalogue(tmp_path):
    dumps = []
    orders = [events(), list(reversed(events())), events()[3:] + events() + events()[:3]]
    orders += [list(order) for order in itertools.islice(itertools.permutations(events()), 0, 5040, 700)]
    for order in orders:
        line = Line(embedded(tmp_path))
        line.publish(*order)
        dumps.append(dump(line))
        line.close()
    assert all(one == dumps[0] for one in dumps[1:])
    assert len(dumps[0]) > 10


def test_many_at_once_end_like_one_after_the_other(tmp_path):
    one_by_one, together = Line(embedded(tmp_path)), Line(embedded(tmp_path))
    one_by_one.publish(*events())
    outcomes = together.publisher.publish_many(events())
    states = [outcome.state for outcome in outcomes if isinstance(outcome, Outcome)]
    assert states == [State.PUBLISHED] * 4 + [State.FAILED_RUN] + [State.PUBLISHED] * 2
    assert dump(together) == dump(one_by_one)
    assert len(together.transport.bulks()) < len(one_by_one.transport.bulks())
    for line in (one_by_one, together):
        line.close()


def test_placeholders_gain_columns_without_being_written_again(line):
    line.publish(lineage("a", 1))
    silver = line.entity("azure_datalake_gen2_path", SILVER.qualified_name)
    steward = {"typeName": silver["typeName"], "guid": silver["guid"]}
    attributes = {"qualifiedName": SILVER.qualified_name, "name": "Our orders", "userDescription": "checked"}
    line.client.post("entity/bulk", body={"entities": [{**steward, "attributes": attributes}]})
    line.quiet()
    line.publish(lineage("b", 2, output=msgspec.structs.replace(SILVER, columns=(Column("new", "int"),))))
    written = {name for bulk in line.transport.bulks() for _, name in bulk}
    assert written == {lineage().process.qualified_name, f"{SILVER.qualified_name}#__tabular_schema//new"}
    silver = line.entity("azure_datalake_gen2_path", SILVER.qualified_name)
    assert (silver["attributes"]["name"], silver["attributes"]["userDescription"]) == ("Our orders", "checked")


def test_a_wide_table_is_written_in_calls_of_at_most_fifty(line):
    names = [f"column_{at}" for at in range(500)]
    source, target = path("raw/wide", *names), path("silver/wide", *names)
    one = lineage(inputs=(source,), output=target, columns=tuple(edge(name, (source, name)) for name in names))
    line.publish(one)
    bulks = line.transport.bulks()
    assert all(len(bulk) <= 50 for bulk in bulks)
    assert sum(len(bulk) for bulk in bulks) == 1_000 + 7
    assert one.process.qualified_name in {name for _, name in bulks[0]}
    line.quiet()
    line.publisher = line.another()
    assert line.publish(one)[0].state is State.UNCHANGED
    assert line.transport.bulks() == []


@pytest.mark.long
def test_a_process_of_two_hundred_inputs_is_whole(line):
    inputs = tuple(path(f"raw/part_{at:03d}", "id") for at in range(200))
    one = lineage(inputs=inputs, columns=(edge("id", *[(dataset, "id") for dataset in inputs]),))
    line.publish(one)
    assert len(line.inputs(process_of(line, one))) == 200


@pytest.mark.long
def test_identical_runs_within_the_window_are_counted_and_written_once(tmp_path):
    line = Line(embedded(tmp_path), window=300.0)
    line.publish(lineage("k0", 0, run="stream"))
    line.quiet()
    states = set()
    for at in range(1, 1_000):
        line.clock.now += 0.1
        states |= {outcome.state for outcome in line.publish(lineage(f"k{at}", at * 100, run="stream"))}
    assert states == {State.UNCHANGED}
    assert line.transport.calls == []
    assert line.publisher.flush() == 0
    line.clock.now += 300
    assert line.publisher.flush() == 1
    assert process_of(line, lineage())["customAttributes"]["runCount"] == "1000"
    line.quiet()
    assert line.publisher.flush() == 0
    assert line.transport.calls == []
    line.close()


@pytest.mark.long
def test_an_hour_of_identical_events_costs_a_write_a_window(tmp_path):
    line = Line(embedded(tmp_path), window=300.0)
    for at in range(2_000):
        line.publisher.publish(lineage(f"k{at}", at * 1_800, run="stream"))
        line.clock.now += 1.8
    assert len(line.transport.bulks()) <= 12
    line.publisher.flush(everything=True)
    assert process_of(line, lineage())["customAttributes"]["runCount"] == "2000"
    line.close()


def test_what_was_counted_is_written_by_the_first_sweep_after_the_window(windowed):
    windowed.publish(lineage("a", 1), lineage("b", 2))
    windowed.clock.now += 299
    assert windowed.publisher.flush() == 0
    windowed.clock.now += 2
    assert windowed.publish(lineage("c", 3))[0].state is State.UNCHANGED
    assert run_count(windowed) == "1"
    assert windowed.publisher.flush() == 1
    assert run_count(windowed) == "3"
    assert list(windowed.store.list("due/")) == []


def test_new_content_does_not_wait_for_the_window(windowed):
    windowed.publish(lineage("a", 1))
    changed = lineage("b", 2, columns=(edge("id", (ORDERS, "amount")),))
    assert windowed.publish(changed)[0].state is State.PUBLISHED
    assert run_count(windowed) == "2"


def test_a_run_long_after_the_last_one_is_shown_by_the_next_sweep(windowed):
    windowed.publish(lineage("a", 1))
    windowed.clock.now += 86_400
    windowed.publish(lineage("b", 86_400_000))
    assert windowed.publisher.flush() == 1
    assert process_of(windowed, lineage())["customAttributes"]["lastRun"].startswith("1970-01-02")


def test_a_failure_does_not_wait_for_the_window_and_neither_does_its_end(windowed):
    windowed.publish(lineage("a", 1))
    windowed.clock.now += 61
    assert windowed.publish(lineage("b", 2, status=Status.FAILED, error="E"))[0].state is State.FAILED_RUN
    assert last_status(windowed) == "failed"
    windowed.clock.now += 61
    windowed.publish(lineage("c", 3))
    assert last_status(windowed) == "succeeded"


def test_a_process_that_fails_and_succeeds_by_turns_is_written_once_a_minute(windowed):
    for at in range(600):
        status = Status.FAILED if at % 2 else Status.SUCCEEDED
        windowed.publish(lineage(f"k{at}", at * 1_000, status=status, error="E" if at % 2 else ""))
        windowed.publisher.flush()
        windowed.clock.now += 1
    assert len(windowed.transport.bulks()) <= 11
    windowed.clock.now += 300
    windowed.publisher.flush()
    assert (last_status(windowed), run_count(windowed)) == ("failed", "600")


@pytest.mark.parametrize("later", [0, 30, 301, 86_400])
def test_a_repeated_run_costs_nothing_when_it_comes_and_one_operation_a_process_in_the_end(windowed, later):
    def run(key: str, at: int) -> list[Lineage]:
        return [
            lineage(
                f"{key}{number}",
                at,
                process=f"{number:016x}",
                inputs=(path(f"raw/in_{number}", "id"),),
                output=path(f"silver/out_{number}", "id"),
                columns=(),
            )
            for number in range(20)
        ]

    windowed.publish(*run("a", 1))
    windowed.clock.now += later
    before = windowed.client.operations
    assert {outcome.state for outcome in windowed.publish(*run("b", 2))} == {State.UNCHANGED}
    assert windowed.client.operations == before
    windowed.clock.now += 301
    assert windowed.publisher.flush() == 20
    assert windowed.client.operations == before + 20


def test_one_sweep_writes_so_many_and_the_next_ones_the_rest(windowed, monkeypatch):
    monkeypatch.setattr(publish, "FLUSHED", 12)
    for run in range(2):
        for at in range(30):
            windowed.publish(lineage(f"{run}-{at}", run, process=f"{at:016x}"))
    windowed.clock.now += 301
    assert [windowed.publisher.flush() for _ in range(4)] == [12, 12, 6, 0]
    assert list(windowed.store.list("due/")) == []


@pytest.mark.parametrize("mark", ["due/0123.json", "due/0000000000001-0123.json", "due/", "due/x-y", "due/-"])
def test_flush_survives_a_mark_without_a_record(line, mark):
    line.store.put(mark, b"")
    assert line.publisher.flush() == 0
    assert list(line.store.list("due/")) == []


def test_a_mark_that_came_too_early_writes_nothing_and_goes(windowed):
    windowed.publish(lineage("a", 1), lineage("b", 2))
    (mark,) = windowed.store.list("due/")
    early = f"due/{1:013d}-{mark.partition('-')[2]}"
    windowed.store.put(early, b"")
    assert windowed.publisher.flush() == 0
    assert list(windowed.store.list("due/")) == [mark]


def test_a_record_of_an_older_version_is_due_at_once(windowed):
    windowed.publish(lineage("a", 1), lineage("b", 2))
    key = process_key(lineage().process.qualified_name)
    filed = json.loads(windowed.store.values[key])
    del filed["published"]["status"]
    windowed.store.put(key, json.dumps({**filed, "due": True}).encode())
    (mark,) = windowed.store.list("due/")
    windowed.store.delete(mark)
    windowed.store.put("due/" + key.removeprefix("processes/"), b"1000")
    windowed.clock.now += 61
    assert windowed.publisher.flush() == 1
    assert run_count(windowed) == "2"
    assert list(windowed.store.list("due/")) == []


@pytest.mark.parametrize("where", ["processes/", "assets/", "due/"])
def test_dying_between_the_catalogue_and_the_record_does_no_harm(tmp_path, where):
    quiet, line = Line(embedded(tmp_path), window=60.0), Line(embedded(tmp_path), window=60.0)
    some = [lineage("a", 1), lineage("b", 2, columns=(edge("note", (ORDERS, "country")),)), lineage("c", 3)]
    quiet.publish(*some)
    quiet.publisher.flush(everything=True)

    class Killed(BaseException):
        pass

    def die(key):
        if key.startswith(where):
            line.store.on_write = None
            raise Killed

    for one in some:
        line.store.on_write = die
        try:
            line.publisher.publish(one)
        except Killed:
            line.publisher = line.another()
            line.publisher.publish(one)
    line.store.on_write = None
    line.publisher.flush(everything=True)
    assert dump(line) == dump(quiet)
    for each in (quiet, line):
        each.close()


def test_two_threads_publish_one_process(line):
    some = [lineage(f"k{at}", at, run=f"r{at % 3}", rows=at) for at in range(40)]
    others = [line.publisher, line.another()]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda at: others[at % 2].publish(some[at]), range(40)))
    assert {outcome.state for outcome in outcomes} <= {State.PUBLISHED, State.UNCHANGED}
    process = process_of(line, lineage())
    assert process["customAttributes"]["runCount"] == "40"
    assert process["customAttributes"]["lastRows"] == "39"
    assert len(line.everything()) == len(set(line.everything().values()))


def test_eight_threads_make_one_placeholder_and_one_hierarchy(tmp_path):
    line = Line(embedded(tmp_path))
    line.store = FileStore(tmp_path / "store")
    publishers = [line.another() for _ in range(8)]
    barrier = threading.Barrier(8)

    def work(at):
        barrier.wait(timeout=30)
        for number in range(4):
            columns = (edge(f"c{at}", (ORDERS, f"s{at}")),)
            one = lineage(f"k{at}-{number}", number, process=f"{at}{number}" * 4, columns=columns, owner=task())
            publishers[at].publish(one)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    created = [name for bulk in line.transport.bulks() for name in bulk]
    for name in (("azure_datalake_gen2_path", ORDERS.qualified_name), ("databricks_workspace", f"databricks://{HOST}")):
        assert created.count(name) == 1
    schema = line.entity("tabular_schema", f"{ORDERS.qualified_name}#__tabular_schema")
    names = {column["displayText"] for column in schema["relationshipAttributes"]["columns"]}
    assert names == {"id", "amount", "country", *(f"s{at}" for at in range(8))}
    line.close()


def test_leases_are_taken_in_sorted_order_and_only_for_what_is_new(line):
    line.publish(lineage("a", 1))
    assets = [name for name in line.store.held if name.startswith("asset-")]
    assert assets == sorted(assets)
    assert len(assets) == 4
    line.store.held.clear()
    line.publish(lineage("b", 2))
    assert [name.split("-")[0] for name in line.store.held] == ["process"]


def test_a_record_that_another_wrote_meanwhile_is_not_overwritten(line):
    """The lease ran out while the catalogue was slow, and somebody else published a newer run."""
    line.publish(lineage("a", 1))
    key = process_key(lineage().process.qualified_name)
    newer = lineage("c", 3, rows=3)

    def overtake(request, number):
        if request.method == "POST" and "/entity/bulk" in request.url:
            line.transport.after = None
            stale = line.store.values[key]
            line.store._leases.clear()
            line.another().publish(newer)
            assert line.store.values[key] != stale

    line.transport.after = overtake
    with pytest.raises(Exception, match="processes/"):
        line.publisher.publish(lineage("b", 2, rows=2))
    line.publish(lineage("b", 2, rows=2))
    facts = process_of(line, lineage())["customAttributes"]
    assert (facts["lastRows"], facts["runCount"]) == ("3", "3")


def test_the_collection_is_named_in_every_write(tmp_path):
    app = embedded(tmp_path)
    line = Line(app, collection="abc123")
    url = "http://catalogue.test/account/collections/abc123"
    line.transport.ask("PUT", url, b'{"friendlyName": "Lineage"}')
    line.publish(lineage())
    assert all(
        "collectionId=abc123" in path
        for _, path, _ in line.transport.calls
        if "/entity/bulk?" in path and "attr" not in path
    )
    assert line.entity("databricks_process", lineage().process.qualified_name)["collectionId"] == "abc123"
    line.close()


def test_nothing_of_ours_is_ever_sent_for_a_scanned_asset(line):
    scanned = ("azure_datalake_gen2_path", ORDERS.qualified_name)
    line.load((*scanned, {}, {"description": "by the scanner"}))
    before = line.entity(*scanned)
    line.publish(*events())
    assert all(scanned not in bulk for bulk in line.transport.bulks())
    assert line.entity(*scanned)["attributes"] == before["attributes"]


def test_what_others_wrote_of_the_hierarchy_is_referred_to_and_left_alone(line):
    one = lineage(owner=task())
    job, workspace = one.process.owner.parent, one.process.owner.parent.parent
    scanned = [(owner.asset.type_name, owner.asset.qualified_name) for owner in (workspace, job)]
    line.load(*[(*name, {}, {"name": "as the scan calls it"}) for name in scanned])
    before = [line.entity(*name) for name in scanned]
    line.publish(one)
    line.clock.now += 86_400
    renamed = msgspec.structs.replace(job, name="renamed since")
    owner = msgspec.structs.replace(one.process.owner, parent=renamed)
    line.publish(lineage(owner=owner, at=one.run.timestamp + 86_400_000))
    after = [line.entity(*name) for name in scanned]
    assert all(name not in bulk for name in scanned for bulk in line.transport.bulks())
    assert [(one["attributes"], one["labels"]) for one in after] == [
        (one["attributes"], one["labels"]) for one in before
    ]
    ours = line.entity(one.process.owner.asset.type_name, one.process.owner.asset.qualified_name)
    assert ours["relationshipAttributes"]["job"]["guid"] == after[1]["guid"]


def test_what_is_refused_for_good_is_told_and_not_counted(line):
    line.transport.fault = lambda request, number: None
    one = lineage(output=msgspec.structs.replace(SILVER, asset=AssetName(SILVER.asset.type_name, "")))
    with pytest.raises(Rejected):
        line.publisher.publish(one)
    assert not [key for key in line.store.values if key.startswith("processes/")]


def test_nothing_is_counted_while_the_catalogue_is_down(line):
    def down(request, number):
        raise Unavailable("down")

    line.transport.fault = down
    with pytest.raises(Unavailable):
        line.publisher.publish(lineage())
    assert line.store.values == {}
    line.transport.fault = None
    assert line.publish(lineage())[0].state is State.PUBLISHED
    assert process_of(line, lineage())["customAttributes"]["runCount"] == "1"


TABLE = msgspec.structs.replace(
    path("databricks://m1/catalogs/main/schemas/s/tables/orders", "id:int", type_name="databricks_table"),
    name="main.s.orders",
    place=SILVER.asset,
    alternates=(SILVER.asset,),
)


def halves(night: int) -> list[Lineage]:
    """One write of a table of Unity Catalog: the insert knows its path, the table command its name."""
    return [
        lineage(f"i{night}", night, run=f"r{night}", role=Role.INSERT, rows=40),
        lineage(
            f"t{night}", night + 5, run=f"r{night}", role=Role.TABLE, output=TABLE, name="orders: a → main.s.orders"
        ),
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_halves_that_call_the_output_otherwise_are_one_process_into_the_table(line, backwards):
    first = halves(1)
    line.publish(*(reversed(first) if backwards else first))
    line.publisher.remove_outgrown()

    process = process_of(line, first[0])
    assert process["attributes"]["name"] == "orders: a → main.s.orders"
    assert line.outputs(process) == [(TABLE.asset.type_name, TABLE.qualified_name)]
    assert (process["customAttributes"]["runCount"], process["customAttributes"]["lastRows"]) == ("1", "40")
    assert not [name for name in line.everything() if name[1].startswith(SILVER.qualified_name)]


def test_second_night_of_such_a_write_changes_no_name(line):
    line.publish(*halves(1))
    line.publisher.remove_outgrown()
    before = line.everything()
    told = []
    for one in halves(100):
        line.publish(one)
        process = process_of(line, one)
        told.append((process["attributes"]["name"], line.outputs(process)))

    assert len(set(map(str, told))) == 1
    assert line.everything() == before
