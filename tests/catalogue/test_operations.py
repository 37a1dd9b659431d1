"""What our processes say beside the column mapping, so that a reader gets back exactly what was converted."""

import json
from typing import Any

import msgspec
import pytest

from lineage.catalogue.binding import Binding
from lineage.catalogue.entities import compose, run_facts
from lineage.catalogue.operations import operations
from lineage.catalogue.process_state import NOTE_CHARACTERS, NOTES, merge
from lineage.catalogue.process_view import RECENT, view
from lineage.catalogue.vocabulary import Vocabulary
from lineage.model import AssetName, Influence, Kind, Lineage, Note, Status
from lineage.page.facts import facts_of
from tests.catalogue.lineages import ORDERS, SILVER, edge, lineage

pytestmark = pytest.mark.unit

SCANNED = AssetName("azure_datalake_gen2_resource_set", ORDERS.qualified_name + "/{SparkPartitions}")


def shown(*writes: Lineage):
    state = None
    for write in writes:
        state = merge(state, write)
    assert state is not None
    return view(state)


def bindings(**scanned: Any) -> dict[str, Binding]:
    return {
        ORDERS.qualified_name: scanned.get("orders", Binding(ORDERS.asset)),
        SILVER.qualified_name: Binding(SILVER.asset),
    }


def statements(*writes: Lineage, **scanned: Any) -> list[dict[str, Any]]:
    found = json.loads(operations(shown(*writes), bindings(**scanned), []))
    assert found["version"] == 1
    return list(found["statements"])


def test_aggregated_sources_are_told_apart():
    made = edge("amount", (ORDERS, "amount", Kind.AGGREGATION), (ORDERS, "id"), expression="sum(amount) + id")
    [one] = statements(lineage(columns=(made,)))
    assert one["aggregated"] == {"amount": [[0, "amount"]]}
    assert "conditions" not in one


def test_a_condition_that_is_a_source_as_well_says_so():
    made = edge("amount", (ORDERS, "amount"), influences=[(ORDERS, "amount"), (ORDERS, "country")])
    [one] = statements(lineage(columns=(made,)))
    assert one["conditions"] == {"amount": [[0, "amount", True], [0, "country"]]}


def test_a_condition_that_another_statement_has_as_a_source_says_so():
    decided = edge("amount", (ORDERS, "id"), influences=[(ORDERS, "country")])
    direct = edge("amount", (ORDERS, "country"))
    both = statements(lineage("a", 1, columns=(decided,)), lineage("b", 2, columns=(direct,)))
    assert [one["conditions"] for one in both if "conditions" in one] == [{"amount": [[0, "country", True]]}]


def test_datasets_and_columns_are_called_as_the_assets_that_they_are_bound_to():
    scanned = Binding(SCANNED, scanned=True, columns=("ID", "AMOUNT", "COUNTRY"))
    write = lineage(indirect=((Influence.JOIN, edge("x", (ORDERS, "id")).sources),))
    [one] = statements(write, orders=scanned)
    assert one["datasets"] == [SCANNED.qualified_name]
    assert one["conditions"] == {"amount": [[0, "COUNTRY"]]}
    assert one["indirect"] == {"join": [[0, "ID"]]}


def test_what_is_read_back_is_what_was_converted():
    columns = (
        edge("id", (ORDERS, "id")),
        edge("total", (ORDERS, "amount", Kind.AGGREGATION), expression="sum(amount)"),
        edge("flag", (ORDERS, "id", Kind.TRANSFORMATION), influences=[(ORDERS, "country")], expression="case"),
        edge("load_ts"),
    )
    composition = compose(shown(lineage(columns=columns)), bindings(), vocabulary())
    facts = facts_of(composition.process.entity)
    read = {
        one.target[1]: (
            {(source[1], str(kind)) for source, kind in one.sources},
            {influence[1] for influence in one.influences},
        )
        for one in facts.derivations
    }
    assert read == {
        "id": ({("id", "identity")}, set()),
        "total": ({("amount", "aggregation")}, set()),
        "flag": ({("id", "transformation")}, {"country"}),
        "load_ts": (set(), set()),
    }
    assert [run.status for run in facts.runs] == ["succeeded"]


def vocabulary() -> Vocabulary:
    usual = frozenset({"columnMapping", "sparkPlan", "path", "type"})
    names = (ORDERS.asset.type_name, "databricks_notebook", "databricks_workspace", "databricks_process", "column")
    return Vocabulary(dict.fromkeys((*names, "tabular_schema"), usual))


def test_kinds_go_last_and_modes_stay():
    many = tuple(edge(f"column_{at}", influences=[(ORDERS, "country")]) for at in range(3_000))
    cuts: list[str] = []
    text = operations(shown(lineage(columns=many)), bindings(), cuts)
    assert json.loads(text)["statements"] == [{"mode": "overwrite", "datasets": [ORDERS.qualified_name]}]
    assert cuts == ["operations: indirect influences left out", "operations: kinds of sources left out"]


def test_the_last_runs_are_newest_first_as_many_as_fit():
    writes = [lineage(f"e{at}", at, run=str(9000 + at), rows=at) for at in range(1, RECENT + 5)]
    recent = json.loads(run_facts(shown(*writes).facts)["recentRuns"])
    assert recent[0] == [RECENT + 4, "succeeded", RECENT + 4, None, str(9000 + RECENT + 4)]
    assert [run[0] for run in recent] == sorted((run[0] for run in recent), reverse=True)
    long = [lineage(f"e{at}", at, run="9" * 90) for at in range(1, 9)]
    text = run_facts(shown(*long).facts)["recentRuns"]
    assert len(text) <= 500
    assert len(json.loads(text)) == 4


def test_a_failed_run_is_among_the_last():
    writes = lineage("a", 1, run="9001"), lineage("b", 2, run="9002", status=Status.FAILED, error="E")
    recent = json.loads(run_facts(shown(*writes).facts)["recentRuns"])
    assert [(run[1], run[4]) for run in recent] == [("failed", "9002"), ("succeeded", "9001")]


def test_notes_are_kept_in_words_bounded():
    notes = tuple(Note("code", f"note {at} " + "x" * 400) for at in range(9))
    facts = run_facts(shown(msgspec.structs.replace(lineage(), notes=notes)).facts)
    kept = json.loads(facts["remarks"])
    assert facts["notes"] == 9
    assert 1 <= len(kept) <= NOTES
    assert all(len(note) <= NOTE_CHARACTERS for note in kept)
    assert len(facts["remarks"]) <= 500


def test_columns_keep_their_order_whatever_order_events_come_in():
    first, second = lineage("a", 1), lineage("b", 2, columns=(edge("note", (ORDERS, "country")),))
    outputs = [shown(*order).output for order in ((first, second), (second, first))]
    assert outputs[0] == outputs[1]
    assert outputs[0] is not None
    assert [column.name for column in outputs[0].columns][:3] == ["id", "amount", "load_ts"]
