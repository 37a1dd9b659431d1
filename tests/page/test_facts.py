import json
from typing import Any

import pytest

from lineage.page.facts import Derivation, PastRun, Statement, facts_of

pytestmark = pytest.mark.unit

A, B, OUT = "a://h/a", "b://h/b", "o://h/out"


def mapping(*pairs: tuple[str, str, str]) -> str:
    """Source dataset, source column, target column."""
    return json.dumps(
        [
            {"DatasetMapping": {"Source": dataset, "Sink": OUT}, "ColumnMapping": [{"Source": column, "Sink": target}]}
            for dataset, column, target in pairs
        ]
    )


def process(*pairs: tuple[str, str, str], custom: dict[str, str] | None = None, **statement: Any) -> dict[str, Any]:
    operations = json.dumps({"version": 1, "statements": [statement]}) if statement else ""
    attributes = {"columnMapping": mapping(*pairs), "sparkPlan": operations}
    return {"attributes": attributes, "customAttributes": custom or {}}


def derivations(entity):
    return {one.target[1]: one for one in facts_of(entity).derivations}


def test_a_column_mapping_alone_tells_pairs_but_not_how():
    facts = facts_of(process((A, "x", "y"), (B, "x", "y"), ("*", "*", "now")))
    assert facts.derivations == (
        Derivation((OUT, "y"), (((A, "x"), ""), ((B, "x"), ""))),
        Derivation((OUT, "now")),
    )
    assert facts.statements == ()


def test_kinds_follow_from_expressions_and_aggregations():
    found = derivations(
        process(
            (A, "same", "same"), (A, "old", "renamed"), (A, "n", "sum"), (A, "p", "made"), (A, "q", "made"),
            mode="append", datasets=[A], expressions={"renamed": "old", "sum": "sum(n)", "made": "p * q"},
            aggregated={"sum": [[0, "n"]]},
        )
    )  # fmt: skip
    kinds = {name: [kind for _, kind in one.sources] for name, one in found.items()}
    assert kinds == {
        "same": ["identity"],
        "renamed": ["identity"],
        "sum": ["aggregation"],
        "made": ["transformation", "transformation"],
    }
    assert found["made"].expressions == ((0, "p * q"),)


def test_conditions_are_no_sources_unless_they_are_both():
    found = derivations(
        process(
            (A, "v", "y"), (A, "c", "y"), (A, "both", "y"),
            mode="append", datasets=[A], expressions={"y": "case"}, conditions={"y": [[0, "c"], [0, "both", True]]},
        )
    )["y"]  # fmt: skip
    assert [source for source, _ in found.sources] == [(A, "v"), (A, "both")]
    assert found.influences == ((A, "c"), (A, "both"))


def test_a_column_that_only_conditions_decide_about_has_no_source():
    entity = process((A, "c", "y"), mode="append", datasets=[A], conditions={"y": [[0, "c"]]})
    assert derivations(entity)["y"] == Derivation((OUT, "y"), influences=((A, "c"),))


def test_influences_on_rows_are_by_kind():
    entity = process((A, "x", "x"), mode="merge", datasets=[A, B], indirect={"join": [[0, "id"], [1, "id"]]})
    assert facts_of(entity).statements == (Statement("merge", (("join", ((A, "id"), (B, "id"))),)),)


def test_a_missing_expression_says_nothing_where_some_were_left_out():
    cut = {"shortened": "operations: 3 expressions left out"}
    entity = process((A, "x", "x"), (A, "y", "z"), custom=cut, mode="append", expressions={"z": "upper(y)"})
    kinds = {name: one.sources[0][1] for name, one in derivations(entity).items()}
    assert kinds == {"x": "", "z": "transformation"}
    assert facts_of(entity).cut == "operations: 3 expressions left out"


def test_expressions_stay_where_the_column_mapping_was_cut():
    entity = process(mode="append", expressions={"y": "upper(x)"})
    entity["attributes"]["outputs"] = [{"guid": "1", "uniqueAttributes": {"qualifiedName": OUT}}]
    assert derivations(entity)["y"] == Derivation((OUT, "y"), expressions=((0, "upper(x)"),))


def test_runs_are_newest_first_with_links_to_each():
    link = "https://h/jobs/1/runs/9002?o=5"
    recent = [[200, "failed", None, 12, "9002"], [100, "succeeded", 7, None, "9001"], [50, "succeeded", 7, 1, ""]]
    custom = {"recentRuns": json.dumps(recent), "runLink": link, "runCount": "30", "lastError": "E", "lastStatus": "x"}
    facts = facts_of(process(custom=custom))
    assert facts.runs == (
        PastRun(200, "failed", None, 12, "E", link),
        PastRun(100, "succeeded", 7, None, "", "https://h/jobs/1/runs/9001?o=5"),
        PastRun(50, "succeeded", 7, 1, "", ""),
    )
    assert facts.run_count == 30


@pytest.mark.parametrize("at", ["2026-11-22T15:13:40.880Z", 1795360420880, "1795360420880"])
def test_the_last_run_is_known_without_the_others(at):
    said = {"lastRun": at, "lastStatus": "succeeded", "lastRows": "14", "lastDurationMs": "334"}
    assert facts_of(process(custom=said)).runs == (PastRun(1795360420880, "succeeded", 14, 334),)
    own = {"attributes": {**said, "columnMapping": "[]", "operations": '{"statements": [{"mode": "append"}]}'}}
    assert facts_of(own).runs == (PastRun(1795360420880, "succeeded", 14, 334),)
    assert facts_of(own).statements == (Statement("append"),)


def test_notes_are_some_of_all():
    facts = facts_of(process(custom={"notes": "4", "remarks": json.dumps(["one", "two"])}))
    assert (facts.notes, facts.note_count) == (("one", "two"), 4)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"columnMapping": "not json", "sparkPlan": "{"},
        {"columnMapping": "{}", "sparkPlan": "[]"},
        {"columnMapping": 7, "sparkPlan": {"statements": []}},
        {"columnMapping": '[{"DatasetMapping": null}]', "sparkPlan": '{"statements": [{"mode": 1}]}'},
        {"columnMapping": "[" * 100_000, "sparkPlan": "[" * 100_000},
        {"columnMapping": "null", "sparkPlan": '{"statements": [{"conditions": {"y": [["x"]]}}]}'},
    ],
)
def test_what_is_damaged_is_left_out(attributes):
    facts = facts_of({"attributes": attributes, "customAttributes": {"recentRuns": "{", "lastRun": "when?"}})
    assert (facts.derivations, facts.statements, facts.runs) == ((), (), ())


def test_datasets_out_of_range_are_left_out():
    entity = process((A, "x", "x"), mode="append", datasets=[A], indirect={"filter": [[0, "x"], [7, "y"], [-1, "z"]]})
    assert facts_of(entity).statements[0].indirect == (("filter", ((A, "x"),)),)


def test_a_process_without_anything_is_empty():
    assert facts_of({}).runs == ()
