"""What is remembered of a process does not depend on the order in which its runs are heard of."""

import itertools
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.catalogue import process_state
from lineage.catalogue.process_state import Event, ProcessState, decode, encode, merge, writes
from lineage.catalogue.process_view import view
from lineage.model import AssetName, Column, Lineage, Mode, Role, Status
from tests.catalogue.lineages import EDGES, ORDERS, SILVER, edge, lineage, path

pytestmark = pytest.mark.unit


def merged(*lineages: Lineage) -> ProcessState:
    state: ProcessState | None = None
    for one in lineages:
        state = merge(state, one)
    assert state is not None
    return state


def shown_columns(state: ProcessState) -> list[str]:
    return sorted({target.name for statement in view(state).statements for target in statement.columns})


OTHER = (edge("id", (ORDERS, "id")), edge("note", (ORDERS, "country")))


def test_a_repeated_event_changes_nothing():
    state = merged(lineage("a", 1))
    assert merge(state, lineage("a", 1)) is state


def test_a_process_shows_the_union_of_the_statements_of_its_newest_run():
    state = merged(lineage("a", 1, run="r1"), lineage("b", 2, run="r1", columns=OTHER))
    assert shown_columns(state) == ["amount", "id", "load_ts", "note"]


def test_what_the_newest_run_no_longer_has_disappears():
    state = merged(lineage("a", 1, run="r1"), lineage("b", 2, run="r1", columns=OTHER), lineage("c", 3, run="r2"))
    assert shown_columns(state) == ["amount", "id", "load_ts"]


def test_an_application_is_the_run_where_there_is_no_job_run():
    first = lineage("a", 1, run="", application="app-1")
    assert shown_columns(merged(first, lineage("b", 2, run="", application="app-2", columns=OTHER))) == ["id", "note"]
    together = merged(first, lineage("b", 2, run="", application="app-1", columns=OTHER))
    assert shown_columns(together) == ["amount", "id", "load_ts", "note"]


def test_one_statement_run_twice_is_one_statement():
    assert len(view(merged(lineage("a", 1), lineage("b", 2))).statements) == 1
    assert len(view(merged(lineage("a", 1), lineage("b", 2, mode=Mode.APPEND))).statements) == 2


def test_a_failed_run_keeps_the_edges_and_tells_its_error():
    failed = lineage("b", 2, run="r2", status=Status.FAILED, columns=OTHER, error="org.apache.spark.SparkException")
    shown = view(merged(lineage("a", 1, run="r1"), failed))
    assert shown.facts.status is Status.FAILED
    assert shown.facts.error == "org.apache.spark.SparkException"
    assert shown.facts.count == 2
    assert [target.name for target in shown.statements[0].columns] == ["id", "amount", "load_ts"]


def test_a_success_after_a_failure_clears_the_error():
    shown = view(merged(lineage("a", 1, status=Status.FAILED, error="X"), lineage("b", 2)))
    assert (shown.facts.status, shown.facts.error) == (Status.SUCCEEDED, "")


def test_a_process_that_never_succeeded_has_no_datasets():
    shown = view(merged(lineage("a", 1, status=Status.FAILED, error="X")))
    assert shown.datasets == ()
    assert shown.output is None
    assert shown.facts.count == 1


def test_the_last_run_is_the_one_with_the_greatest_timestamp():
    shown = view(merged(lineage("b", 5, run="9002", rows=7), lineage("a", 3, run="9001", rows=9)))
    assert (shown.facts.last_run, shown.facts.rows, shown.facts.count) == (5, 7, 2)
    assert shown.facts.run_link.endswith("/jobs/4711/runs/9002?o=8765432109876543")


def test_a_job_with_a_made_up_name_has_no_link():
    assert view(merged(lineage(job="ADF_factory_pipeline"))).facts.run_link == ""


def twins(
    tag: str, at: int, rows: int, mode: Mode = Mode.APPEND, application: str = "app-1"
) -> tuple[Lineage, Lineage]:
    return (
        lineage(f"{tag}-i", at, role=Role.INSERT, mode=mode, rows=rows, application=application),
        lineage(f"{tag}-t", at + 5, role=Role.TABLE, mode=mode, application=application),
    )


def test_the_halves_of_one_write_count_once_and_the_insert_has_the_metrics():
    for halves in itertools.permutations(twins("x", 10, 40)):
        facts = view(merged(*halves)).facts
        assert (facts.count, facts.rows, facts.last_run) == (1, 40, 15)


def test_halves_are_paired_one_to_one():
    events = [*twins("x", 10, 1), *twins("y", 20, 2), lineage("z", 30, role=Role.INSERT, mode=Mode.APPEND, rows=3)]
    for order in itertools.permutations(events):
        facts = view(merged(*order)).facts
        assert (facts.count, facts.rows, facts.last_run) == (3, 3, 30)


@pytest.mark.parametrize("second", [{"mode": Mode.OVERWRITE}, {"application": "app-2"}])
def test_halves_of_different_writes_are_not_paired(second):
    insert, _ = twins("x", 10, 1)
    _, table = twins("y", 10, 1, **second)
    assert view(merged(insert, table)).facts.count == 2


def test_a_table_command_never_belongs_to_a_later_insert():
    table = Event("t", 1, "r", Mode.APPEND, role=Role.TABLE)
    insert = Event("i", 2, "r", Mode.APPEND, role=Role.INSERT)
    assert [[event.key for event in write] for write in writes([insert, table])] == [["t"], ["i"]]


TABLE = msgspec.structs.replace(
    path("databricks://m1/catalogs/main/schemas/s/tables/orders", "id:int", type_name="databricks_table"),
    place=SILVER.asset,
)


def test_output_is_called_by_its_table_whoever_wrote_last():
    named = {"output": TABLE, "name": "orders: raw/orders → main.s.orders"}
    table = lineage("t", 15, role=Role.TABLE, **named)
    by_path = [lineage(key, at, role=Role.INSERT) for key, at in (("i", 10), ("j", 20))]
    for order in itertools.permutations([table, *by_path]):
        shown = view(merged(*order))
        assert shown.output is not None
        assert (shown.output.asset, shown.process.name) == (TABLE.asset, named["name"])
        assert shown.facts.count == 2


def test_newer_name_of_a_table_replaces_the_older():
    newer = msgspec.structs.replace(TABLE, asset=AssetName("databricks_table", TABLE.qualified_name + "_v2"))
    for order in itertools.permutations([lineage("a", 1, output=newer), lineage("b", 0, output=TABLE)]):
        shown = view(merged(*order))
        assert shown.output is not None
        assert shown.output.asset == newer.asset


def history() -> list[Lineage]:
    """Everything at once: runs that overlap, statements that go, twins, failures, a retyped column."""
    return [
        lineage("a", 10, run="r1", output=TABLE, name="by table"),
        lineage("b", 20, run="r1", columns=OTHER),
        lineage("c", 30, run="r2", status=Status.FAILED, error="E1"),
        *twins("x", 40, 5),
        lineage(
            "d", 60, run="r2", columns=OTHER, output=msgspec.structs.replace(SILVER, columns=(Column("id", "bigint"),))
        ),
        lineage("e", 60, run="r3", columns=EDGES[:1], name="renamed"),
    ]


def test_every_order_ends_in_the_same_state():
    expected = encode(merged(*history()))
    for order in itertools.permutations(history()):
        assert encode(merged(*order)) == expected


@given(st.data())
def test_every_order_with_repetitions_ends_in_the_same_state(data):
    events = history()
    chosen = data.draw(st.lists(st.sampled_from(events), max_size=12))
    order = data.draw(st.permutations(events + chosen))
    assert encode(merged(*order)) == encode(merged(*events))


def test_an_event_that_is_converted_anew_replaces_what_it_said():
    state = merged(lineage("a", 1), lineage("b", 2, run="r2"), lineage("b", 2, run="r2", columns=OTHER))
    assert shown_columns(state) == ["id", "note"]
    assert view(state).facts.count == 2


def test_an_event_that_is_converted_anew_leaves_the_same_statement_of_others():
    state = merged(lineage("a", 1), lineage("b", 2), lineage("b", 2, columns=OTHER))
    assert shown_columns(state) == ["amount", "id", "load_ts", "note"]


def test_the_state_stays_small_and_the_count_exact_in_order():
    state = merged(*[lineage(f"k{at}", at, run=f"r{at // 10}") for at in range(1_000)])
    assert len(state.events) == process_state.WRITES
    assert len(state.runs) == process_state.RUNS
    assert view(state).facts.count == 1_000
    assert len(encode(state)) < 60_000
    assert merge(state, lineage("k3", 3)) is state


def test_a_shuffle_within_what_is_remembered_is_counted_exactly():
    events = [lineage(f"k{at}", at) for at in range(process_state.WRITES)]
    random.Random(7).shuffle(events)
    assert view(merged(*events)).facts.count == process_state.WRITES


def test_statements_of_one_run_are_bounded_and_the_newest_stay_in_any_order():
    events = [
        lineage(f"k{at}", at, columns=(edge(f"c{at}", (ORDERS, "id")),)) for at in range(process_state.STATEMENTS + 20)
    ]
    backwards = merged(*reversed(events))
    assert shown_columns(backwards) == sorted(f"c{at}" for at in range(20, process_state.STATEMENTS + 20))
    assert encode(backwards) == encode(merged(*events))


def test_columns_of_a_dataset_add_up_and_take_the_newest_type():
    old = lineage("a", 1, output=msgspec.structs.replace(SILVER, columns=(Column("x", "int"), Column("y", "int"))))
    new = lineage("b", 2, output=msgspec.structs.replace(SILVER, columns=(Column("x", "string"), Column("y"))))
    for order in ((old, new), (new, old)):
        output = view(merged(*order)).output
        assert output is not None
        assert {Column("x", "string"), Column("y", "int")} <= set(output.columns)


def test_a_state_survives_storage():
    state = merged(*history())
    assert decode(encode(state)) == state
    assert decode(encode(state)).process.owner == state.process.owner


def test_a_state_of_an_older_version_is_read():
    """Fields that did not exist then have their defaults."""
    stored = msgspec.json.decode(encode(merged(lineage("a", 1))))
    for name in ("horizon", "forgotten", "workspace_id", "host"):
        stored.pop(name, None)
    assert view(decode(msgspec.json.encode(stored))).facts.count == 1


def test_a_damaged_state_is_told():
    with pytest.raises(msgspec.DecodeError):
        decode(b'{"version": 1}')
