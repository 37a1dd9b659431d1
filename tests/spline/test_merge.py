"""MERGE, UPDATE and DELETE: what stands in texts only."""

from typing import Any

import pytest

from lineage.model import Mode, Observation
from tests.builders import PlanBuilder, event, ref
from tests.spline.seen import codes, columns, conditional, influences, kinds, look

pytestmark = pytest.mark.unit


def merge(
    target: dict[str, int],
    source: dict[str, int],
    condition: str,
    matched: list[str],
    inserted: list[str] | None = None,
    refs: dict[str, list[str]] | None = None,
) -> Observation:
    """A MERGE of relations whose columns have these Spark ids; ``refs``: further columns that the plan has for each.

    The plan's own ids are in another order than Spark's: nothing but names and texts links them.
    """
    build = PlanBuilder()
    sources, source_ids = build.read("source", *source)
    targets, target_ids = build.read("target", *target)
    known = {f"s.{name}": identity for name, identity in zip(source, source_ids, strict=True)}
    known |= {f"t.{name}": identity for name, identity in zip(target, target_ids, strict=True)}
    output = [
        build.attribute(name, [ref(old), *(ref(known[item]) for item in (refs or {}).get(name, []))])
        for name, old in zip(target, target_ids, strict=True)
    ]
    top = build.operation(
        "MergeIntoCommand",
        [sources, targets],
        output,
        condition=condition,
        matchedClauses=matched,
        notMatchedClauses=inserted or [],
    )
    plan = build.plan(top, name="MergeIntoCommand", to="target")
    return look(plan, event(plan))


TARGET = {"id": 10, "name": 11, "mail": 12}
SOURCE = {"id": 20, "name": 21, "city": 22}


def test_computed_clauses_are_read_from_their_text() -> None:
    seen = merge(
        TARGET,
        SOURCE,
        "(id#10L = id#20L)",
        [
            "Update [condition: (city#22 = DE), actions: "
            "[`id` = id#10L, `name` = concat(name#11, x y, upper(name#21)), `mail` = mail#12]]"
        ],
        ["Insert [actions: [`id` = id#20L, `name` = lower(city#22), `mail` = null]]"],
        {"id": ["s.id"]},
    )

    assert seen.mode is Mode.MERGE
    assert columns(seen) == {
        "id": {"target.id", "source.id"},
        "name": {"target.name", "source.name", "source.city"},
        "mail": {"target.mail"},
    }
    assert kinds(seen)["mail"] == {"mail": "identity"}
    assert influences(seen) == {"join": {"target.id", "source.id"}, "condition": {"source.city"}}
    assert codes(seen) == ["merge-by-source"]
    assert [column.expression for column in seen.columns] == [
        "",
        "concat(target.name, ?, upper(source.name)) | lower(city)",
        "",
    ]


@pytest.mark.parametrize("masked", [False, True])
def test_case_and_if_in_a_clause_have_tests_and_results(masked: bool) -> None:
    literal, word = ("?", "?") if masked else ("a b", "if")
    otherwise = "?" if masked else "else"
    seen = merge(
        TARGET,
        SOURCE,
        "(id#10L = id#20L)",
        [
            f"Update [actions: [`id` = id#10L, `name` = CASE WHEN (city#22 = {literal}) THEN name#21 "
            f"ELSE {word} ((mail#12 = {literal})) {literal} {otherwise} name#11 END, `mail` = mail#12]]"
        ],
    )

    assert columns(seen)["name"] == {"target.name", "source.name"}
    assert conditional(seen) == {"name": {"source.city", "target.mail"}}
    assert influences(seen)["condition"] == {"source.city", "target.mail"}


def test_nullif_and_nvl2_in_a_clause() -> None:
    seen = merge(
        TARGET,
        SOURCE,
        "(id#10L = id#20L)",
        [
            "Update [actions: [`id` = id#10L, "
            "`name` = nullif(name#21, city#22), `mail` = nvl2(city#22, mail#12, name#11)]]"
        ],
    )

    assert columns(seen)["name"] == {"target.name", "source.name"}
    assert columns(seen)["mail"] == {"target.mail", "target.name"}
    assert conditional(seen) == {"name": {"source.name", "source.city"}, "mail": {"source.city"}}


def test_insert_sees_the_source_alone() -> None:
    same = {"id": 20, "name": 21, "mail": 22}
    seen = merge(
        TARGET,
        same,
        "(id#10 = id#20)",
        ["Delete [condition: (mail#12 = ?)]"],
        ["Insert [condition: (mail#22 = ?), actions: [`id` = id#20, `name` = upper(name#21), `mail` = mail#22]]"],
    )

    assert columns(seen)["name"] == {"target.name", "source.name"}
    assert influences(seen) == {"join": {"target.id", "source.id"}, "condition": {"target.mail", "source.mail"}}
    assert codes(seen) == ["merge-by-source"]


def test_what_the_plan_has_for_a_column_tells_whose_it_is() -> None:
    same = {"id": 20, "name": 21, "mail": 22}
    seen = merge(
        TARGET,
        same,
        "(id#10 = id#20)",
        ["Update [condition: (mail#22 = ?), actions: [`id` = id#20, `name` = name#21, `mail` = mail#22]]"],
        refs={"id": ["s.id"], "name": ["s.name"], "mail": ["s.mail"]},
    )

    assert columns(seen)["mail"] == {"target.mail", "source.mail"}
    assert influences(seen)["condition"] == {"source.mail"}


def test_ids_in_a_row_tell_whose_a_name_is() -> None:
    same = {"id": 20, "name": 21, "only_here": 22}
    seen = merge(
        {"id": 10, "name": 11, "mail": 12},
        same,
        "(id#10 = id#20)",
        [
            "Update [condition: (name#11 = only_here#22), actions: "
            "[`id` = id#10, `name` = lower(name#21), `mail` = mail#12]]"
        ],
    )

    assert columns(seen)["name"] == {"target.name", "source.name"}
    assert influences(seen)["condition"] == {"target.name", "source.only_here"}


def test_id_that_is_far_from_the_targets_is_the_sources() -> None:
    seen = merge(TARGET, SOURCE, "(mail#12 = name#21)", ["Delete"])

    assert influences(seen) == {"join": {"target.mail", "source.name"}}


def test_ambiguous_name_is_noted_and_not_guessed() -> None:
    same = {"id": 20, "name": 21}
    seen = merge({"id": 10, "name": 11}, same, "(id#10 = id#20)", ["Delete [condition: (name#21 = ?)]"])

    assert influences(seen) == {"join": {"target.id", "source.id"}}
    assert "ambiguous-reference" in codes(seen)


def test_clause_that_is_cut_short_still_tells_what_is_whole() -> None:
    seen = merge(TARGET, SOURCE, "(id#10 = id#20)", ["Update [actions: [`id`, `name` = city#22, mail#12]]"])

    assert columns(seen)["name"] == {"target.name", "source.city"}
    assert columns(seen)["id"] == {"target.id"}


def test_merge_with_one_side_is_noted() -> None:
    build = PlanBuilder()
    target, (identity,) = build.read("target", "id")
    top = build.operation("MergeIntoCommand", [target], [build.attribute("id", [ref(identity)])], condition="?")
    seen = look(build.plan(top, name="MergeIntoCommand", to="target"))

    assert columns(seen) == {"id": {"target.id"}}
    assert "merge-without-sides" in codes(seen)


def test_hidden_clauses_are_noted() -> None:
    build = PlanBuilder()
    source, _ = build.read("source", "id")
    target, (identity,) = build.read("target", "id")
    top = build.operation(
        "MergeIntoCommand", [source, target], [build.attribute("id", [ref(identity)])], condition="(id#1 = id#2)"
    )
    plan = build.plan(top, name="MergeIntoCommand", to="target")
    metrics = {"numTargetRowsInserted": 2, "numTargetRowsUpdated": 3, "numTargetRowsNotMatchedBySourceDeleted": 1}
    told = "by WHEN NOT MATCHED BY SOURCE: plans do not contain these clauses"
    seen = look(plan, event(plan, extra={"writeMetrics": metrics}))

    assert [note.text for note in seen.notes] == [f"rows were deleted {told}"]
    assert seen.run.rows == 5

    metrics["numTargetRowsNotMatchedBySourceUpdated"] = 1
    seen = look(plan, event(plan, extra={"writeMetrics": metrics}))
    assert [note.text for note in seen.notes] == [f"rows were updated and deleted {told}"]


def rewritten(name: str, **params: Any) -> Observation:
    build = PlanBuilder()
    read, _ = build.read("t", "id", "name", "land")
    alias = build.operation("SubqueryAlias", [read], None, identifier="spark_catalog.delta.`abfss://x/t`")
    return look(build.plan(alias, name=name, to="t", params=params))


def test_update_sets_columns_by_position() -> None:
    seen = rewritten(
        "UpdateCommand",
        condition="(land#3 = DE)",
        updateExpressions=["id#1L", "CASE WHEN (id#1L > 3) THEN upper(name#2) ELSE land#3 END", "land#3"],
    )

    assert seen.mode is Mode.UPDATE
    assert columns(seen) == {"id": {"t.id"}, "name": {"t.name", "t.land"}, "land": {"t.land"}}
    assert conditional(seen) == {"name": {"t.id"}}
    assert influences(seen) == {"filter": {"t.land"}, "condition": {"t.id"}}


def test_fields_of_structs_in_a_text_are_their_column() -> None:
    seen = rewritten(
        "UpdateCommand",
        condition="(land#3.code = DE)",
        updateExpressions=["id#1L", "named_struct(a, concat(name#2.a, ?), b, land#3.code)", "land#3"],
    )

    assert columns(seen)["name"] == {"t.name", "t.land"}
    assert influences(seen) == {"filter": {"t.land"}}
    assert seen.columns[1].expression == "struct(concat(name.a, ?), land.code)"


def test_variable_of_a_lambda_is_no_column_even_by_a_columns_name() -> None:
    """As ``transform(name, id -> id + land)`` is sent."""
    function = "lambdafunction((lambda id#9L + land#3), lambda id#9L, false)"
    seen = rewritten("UpdateCommand", updateExpressions=["id#1L", f"transform(name#2, {function})", "land#3"])

    assert columns(seen)["name"] == {"t.name", "t.land"}
    assert seen.columns[1].expression == "transform(name, id -> id + land)"
    assert codes(seen) == ["plan-without-event"]


def test_delete_keeps_every_column_and_filters() -> None:
    seen = rewritten("DeleteCommand", condition="((land#3 = DE) AND (id#1L > 3))")

    assert seen.mode is Mode.DELETE
    assert columns(seen) == {name: {f"t.{name}"} for name in ("id", "name", "land")}
    assert influences(seen) == {"filter": {"t.land", "t.id"}}
    assert influences(rewritten("DeleteCommand", condition="true")) == {}


def test_text_that_names_no_column_is_noted() -> None:
    seen = rewritten("DeleteCommand", condition="(elsewhere#99 = 1)")

    assert influences(seen) == {}
    assert "unknown-reference" in codes(seen)


def test_names_are_the_same_in_whatever_case_a_text_has_them() -> None:
    """Spark writes a column as the query does: one id may stand in a text by several names."""
    seen = merge(
        TARGET,
        {"Id": 20, "Name": 21, "city": 22},
        "(ID#10L = id#20L)",
        ["Update [actions: [`id` = id#10L, `name` = concat(NAME#11, ?, name#21), `mail` = mail#12]]"],
        ["Insert [actions: [`id` = ID#20L, `name` = null, `mail` = null]]"],
        {"id": ["s.Id"]},
    )

    assert influences(seen)["join"] == {"target.id", "source.Id"}
    assert columns(seen)["name"] == {"target.name", "source.Name"}
    assert codes(seen) == ["merge-by-source"]


def test_column_that_only_the_clauses_name_is_a_new_one_of_the_target() -> None:
    seen = merge(
        TARGET,
        SOURCE,
        "(id#10L = id#20L)",
        ["Update [actions: [`id` = id#20L, `name` = name#21, `mail` = mail#12, `city` = city#22]]"],
        ["Insert [actions: [`id` = id#20L, `name` = name#21, `mail` = null, `city` = upper(city#22)]]"],
        {"id": ["s.id"], "name": ["s.name"]},
    )

    assert list(columns(seen)) == ["id", "name", "mail", "city"]
    assert columns(seen)["city"] == {"source.city"}
    assert kinds(seen)["city"] == {"city": "transformation"}
    assert seen.columns[-1].type == "int"


def test_text_tells_the_sides_of_a_merge_apart_where_a_name_alone_does_not() -> None:
    seen = merge(
        {"id": 10, "amount": 11, "note": 12, "more": 13},
        {"id": 20, "amount": 21, "city": 22},
        "(id#10L = id#20L)",
        [
            "Update [condition: none, actions: [`id` = id#10L, `amount` = greatest(amount#11, AMOUNT#21), "
            "`note` = concat(note#12, city#22), `more` = amount#21]]"
        ],
        ["Insert [actions: [`id` = id#20L, `amount` = amount#21, `note` = city#22, `more` = city#22]]"],
        {"amount": ["s.amount"], "more": ["s.amount", "s.city"]},
    )

    assert [column.expression for column in seen.columns] == [
        "",
        "greatest(target.amount, source.AMOUNT)",
        "concat(note, city) | city",
        "source.amount | city",
    ]
