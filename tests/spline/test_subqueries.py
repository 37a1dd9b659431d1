"""Sub-queries, which the plan has as a dump only."""

import json
from typing import Any

import pytest

from lineage.model import Observation
from lineage.spline.mask import mask_payload
from tests.builders import PlanBuilder, body, ref
from tests.spline.seen import codes, columns, conditional, influences, kinds, look

pytestmark = pytest.mark.unit

CUSTOMERS = "Relation spark_catalog.sales.customers[id#11L,name#12,land#13] parquet"


def dump(*lines: str) -> str:
    """A plan as Spark draws it, one operation under the other."""
    return "\n".join(f"{'   ' * (depth - 1)}+- {line}" if depth else line for depth, line in enumerate(lines))


def filtered(kind: str, plan: str, *outer: str) -> Observation:
    """``SELECT order_id FROM orders WHERE …`` with the sub-query in the condition."""
    build = PlanBuilder()
    read, (order, customer) = build.read("orders", "order_id", "customer_id")
    arguments = [customer] if outer else []
    query = build.call(kind, *arguments, plan=plan, outerAttrs=list(outer))
    condition = build.call("InSubquery", customer, query) if kind == "ListQuery" else query
    kept = build.operation("Filter", [read], None, condition=condition)
    return look(build.plan(build.project(kept, order)[0]))


def test_in_filters_by_all_its_columns() -> None:
    seen = filtered("ListQuery", dump("Project [id#11L]", "Filter (land#13 = ?)", CUSTOMERS))

    assert columns(seen) == {"order_id": {"orders.order_id"}}
    assert influences(seen) == {"filter": {"orders.customer_id", "sales.customers.id", "sales.customers.land"}}
    assert [source.table for source in seen.inputs if not source.uri] == [("sales", "customers")]
    assert "subquery-table" in codes(seen)


def test_exists_filters_by_what_it_tests_and_not_by_what_it_selects() -> None:
    text = dump(
        "Project [name#12]", "Filter ((id#11L = cast(outer(customer_id#7) as bigint)) AND (land#13 = ?))", CUSTOMERS
    )
    seen = filtered("Exists", text, "customer_id#7")

    assert influences(seen) == {"filter": {"orders.customer_id", "sales.customers.id", "sales.customers.land"}}


def test_outer_column_that_is_not_told_filters_nonetheless() -> None:
    seen = filtered("Exists", dump("Filter (id#11L = outer(customer_id#7))", CUSTOMERS), "")

    assert influences(seen) == {"filter": {"orders.customer_id", "sales.customers.id"}}


def test_what_a_scalar_subquery_drops_duplicates_by_groups() -> None:
    build = PlanBuilder()
    read, (order,) = build.read("orders", "order_id")
    text = dump("Aggregate [max(id#11L) AS m#31L]", "Deduplicate [land#13, name#12]", CUSTOMERS)
    top, _ = build.project(read, order, build.alias("m", build.call("ScalarSubquery", plan=text)))

    assert influences(look(build.plan(top))) == {"group": {"sales.customers.land", "sales.customers.name"}}


@pytest.mark.parametrize("outer", [[], ["customer_id#7", "order_id#6"]])
def test_outer_columns_of_another_number_are_not_told_apart_and_filter_nonetheless(outer: list[str]) -> None:
    build = PlanBuilder()
    read, (order, customer) = build.read("orders", "order_id", "customer_id")
    text = dump("Project [id#11L]", "Filter (land#13 = outer(order_id#6))", CUSTOMERS)
    query = build.call("Exists", customer, plan=text, outerAttrs=outer)
    kept = build.operation("Filter", [read], None, condition=query)
    seen = look(build.plan(build.project(kept, order)[0]))

    assert influences(seen) == {"filter": {"orders.customer_id", "sales.customers.land"}}


def test_scalar_is_direct_and_its_inner_where_a_filter() -> None:
    build = PlanBuilder()
    read, (order, customer) = build.read("orders", "order_id", "customer_id")
    text = dump(
        "Aggregate [max(name#12) AS max(name)#31]",
        "Filter ((id#11L = outer(customer_id#7)) AND (land#13 = ?))",
        "SubqueryAlias c",
        CUSTOMERS,
    )
    query = build.call("ScalarSubquery", customer, plan=text, outerAttrs=["customer_id#7"])
    seen = look(build.plan(build.project(read, order, build.alias("top", query))[0]))

    assert columns(seen) == {"order_id": {"orders.order_id"}, "top": {"sales.customers.name"}}
    assert influences(seen) == {"filter": {"orders.customer_id", "sales.customers.id", "sales.customers.land"}}
    assert seen.columns[1].expression == "(SELECT max(name))"


def test_table_that_the_query_reads_too_is_one_input() -> None:
    build = PlanBuilder()
    table = {"identifier": {"table": "customers", "database": "sales"}}
    read, (identity,) = build.read("wh/customers", "id", table=table)
    text = dump("Aggregate [max(id#11L) AS m#31L]", CUSTOMERS)
    kept = build.operation(
        "Filter", [read], None, condition=build.call("EqualTo", identity, build.call("ScalarSubquery", plan=text))
    )
    seen = look(build.plan(kept))

    assert len(seen.inputs) == 1
    assert influences(seen) == {"filter": {"wh/customers.id"}}


def view(build: PlanBuilder, name: str, child: str, **params: Any) -> str:
    text = f"CatalogTable(\nTable: {name}\nCreated By: Spark \nType: VIEW\n)"
    return build.operation("View", [child], None, desc=text, isTempView=True, **params)


def test_temporary_view_that_the_query_reads_tells_where_it_lies() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    text = dump(
        "Aggregate [avg(a#11) AS m#31]",
        "Filter isnotnull(b#12)",
        "View (`v`, [a#11,b#12])",
        "Relation [a#11,b#12] parquet",
    )
    condition = build.call("GreaterThan", a, build.call("ScalarSubquery", plan=text))
    kept = build.operation("Filter", [view(build, "v", read)], [a, b], condition=condition)

    assert influences(look(build.plan(kept))) == {"filter": {"t.a", "t.b"}}


@pytest.mark.parametrize("known", ["other", "v"])
def test_relation_without_a_name_is_noted_and_not_guessed(known: str) -> None:
    """Neither a view of another name nor one with other columns is taken for it."""
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    text = dump("Project [c#11]", "View (`v`, [c#11])", "Relation [c#11] parquet")
    kept = build.operation(
        "Filter",
        [view(build, known, read)],
        [a, b],
        condition=build.call("InSubquery", a, build.call("ListQuery", plan=text)),
    )
    seen = look(build.plan(kept))

    assert influences(seen) == {"filter": {"t.a"}}
    assert len(seen.inputs) == 1
    assert "subquery-relation" in codes(seen)


def test_temporary_view_over_several_relations_is_not_guessed() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    other, (b,) = build.read("u", "b")
    both = build.operation("Join", [read, other], [a, b], condition=None)
    text = dump("Project [a#11]", "View (`v`, [a#11])", "Relation [a#11] parquet")
    condition = build.call("InSubquery", a, build.call("ListQuery", plan=text))
    seen = look(build.plan(build.operation("Filter", [view(build, "v", both)], [a, b], condition=condition)))

    assert influences(seen) == {"filter": {"t.a"}}
    assert "subquery-relation" in codes(seen)


def test_with_that_only_a_subquery_uses() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    definition = build.operation("CTERelationDef", [read], None, id=3)
    text = dump("Project [a#11]", "Filter (b#12 > ?)", "SubqueryAlias w", "CTERelationRef 3, true, [a#11, b#12], false")
    kept = build.operation(
        "Filter", [read], [a, b], condition=build.call("InSubquery", a, build.call("ListQuery", plan=text))
    )
    seen = look(build.plan(build.operation("WithCTE", [definition, kept], [a, b])))

    assert influences(seen) == {"filter": {"t.a", "t.b"}}
    assert codes(seen) == ["plan-without-event"]


def test_joined_and_grouped_subquery_keeps_its_kinds() -> None:
    build = PlanBuilder()
    read, (order,) = build.read("orders", "order_id")
    text = (
        "Aggregate [land#13], [max(total#22) AS m#31]\n+- Join Inner, (id#11L = cust#21L)\n"
        f"   :- {CUSTOMERS}\n   +- Relation spark_catalog.sales.bills[cust#21L,total#22] parquet"
    )
    top, _ = build.project(read, order, build.alias("m", build.call("ScalarSubquery", plan=text)))
    seen = look(build.plan(top))

    assert columns(seen)["m"] == {"sales.bills.total"}
    assert influences(seen) == {
        "join": {"sales.customers.id", "sales.bills.cust"},
        "group": {"sales.customers.land"},
    }


def test_lateral_subquery_has_its_one_column() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("orders", "a")
    text = dump("SubqueryAlias x", "Aggregate [max(name#12) AS m#31]", "Filter (id#11L = outer(a#7))", CUSTOMERS)
    query = build.call("LateralSubquery", a, plan=text, outerAttrs=["a#7"])
    top = build.operation("LateralJoin", [read], [a, build.attribute("m")], right=query, condition=None)
    seen = look(build.plan(top))

    assert columns(seen) == {"a": {"orders.a"}, "m": {"sales.customers.name"}}
    assert "sales.customers.id" in influences(seen)["filter"]


def test_subquery_without_a_dump_is_noted() -> None:
    seen = filtered("ListQuery", "")
    assert influences(seen) == {"filter": {"orders.customer_id"}}
    assert "subquery-unknown" in codes(seen)


def test_dump_of_a_path_table_has_its_path() -> None:
    path = "abfss://lake@contoso.dfs.core.windows.net/silver/x"
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    text = dump("Project [b#11]", f"SubqueryAlias spark_catalog.delta.`{path}`", "Relation [b#11] parquet")
    kept = build.operation(
        "Filter", [read], None, condition=build.call("InSubquery", ref(a), build.call("ListQuery", plan=text))
    )

    assert influences(look(build.plan(kept))) == {"filter": {"t.a", "silver/x.b"}}


def test_with_that_a_subquery_within_it_reads_adds_nothing_to_itself() -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a")
    text = dump("Project [x#11]", "CTERelationRef 3, true, [x#11], false")
    made, (x,) = build.project(read, build.alias("x", build.call("ScalarSubquery", plan=text, outerAttrs=[])))
    definition = build.operation("CTERelationDef", [made], [x], id=3)
    column = build.attribute("x")
    reference = build.operation("CTERelationRef", [], [column], cteId=3)
    seen = look(build.plan(build.operation("WithCTE", [definition, reference], [column])))

    assert columns(seen) == {"x": set()}
    assert codes(seen) == ["plan-without-event", "reference-loop"]


ORDERS = "Relation spark_catalog.sales.orders[no#41L,cust#42L,state#43] parquet"


def branches(root: str, *parts: str) -> str:
    """A dump of an operation over several, each of which may have lines of its own."""
    lines = [root]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        head, *rest = part.splitlines()
        lines += [f"{'+-' if last else ':-'} {head}", *(f"{'   ' if last else ':  '}{line}" for line in rest)]
    return "\n".join(lines)


def test_union_in_a_subquery_has_the_columns_of_every_branch() -> None:
    text = branches("Union false, false", dump("Project [id#11L]", CUSTOMERS), dump("Project [cust#42L]", ORDERS))
    seen = filtered("ListQuery", text)

    assert influences(seen) == {"filter": {"orders.customer_id", "sales.customers.id", "sales.orders.cust"}}


@pytest.mark.parametrize("operation", ["Intersect false", "IntersectAll true", "Except false", "ExceptAll true"])
def test_set_operations_and_distinct_in_a_scalar_subquery_keep_their_kinds(operation: str) -> None:
    build = PlanBuilder()
    read, (order,) = build.read("orders", "order_id")
    both = branches(operation, dump("Project [id#11L]", CUSTOMERS), dump("Project [cust#42L]", ORDERS))
    text = "Aggregate [max(id#11L) AS m#51L]\n" + "\n".join(
        f"{'+- ' if number == 0 else '   '}{line}" for number, line in enumerate(both.splitlines())
    )
    top, _ = build.project(read, order, build.alias("m", build.call("ScalarSubquery", plan=text)))
    seen = look(build.plan(top))

    assert columns(seen)["m"] == {"sales.customers.id"}
    groups = {} if "All" in operation else {"group": {"sales.customers.id"}}
    assert influences(seen) == {"join": {"sales.customers.id", "sales.orders.cust"}} | groups
    assert "subquery-unknown" not in codes(seen)


def test_with_inside_of_a_subquery_is_its_own() -> None:
    defined = dump(
        "CTERelationDef 0, false", "SubqueryAlias d", "Project [id#11L AS i#31L, name#12 AS n#32]", CUSTOMERS
    )
    used = dump("Aggregate [max(n#32) AS m#33]", "SubqueryAlias d", "CTERelationRef 0, true, [i#31L, n#32], false")
    build = PlanBuilder()
    read, (order,) = build.read("orders", "order_id")
    query = build.call("ScalarSubquery", plan=branches("WithCTE", defined, used))
    seen = look(build.plan(build.project(read, order, build.alias("m", query))[0]))

    assert columns(seen)["m"] == {"sales.customers.name"}
    assert codes(seen) == ["plan-without-event", "subquery-table"]


def test_subquery_in_a_subquery_is_set_apart_from_the_rows() -> None:
    inner = dump("Aggregate [avg(no#41L) AS a#52]", ORDERS)
    kept = branches("Filter (cast(id#11L as double) > scalar-subquery#53 [])", inner, CUSTOMERS)
    text = "Project [name#12]\n" + "\n".join(
        f"{'+- ' if number == 0 else '   '}{line}" for number, line in enumerate(kept.splitlines())
    )
    build = PlanBuilder()
    read, (order,) = build.read("orders", "order_id")
    top, _ = build.project(read, order, build.alias("m", build.call("ScalarSubquery", plan=text)))
    for _ in range(2):
        seen = look(build.plan(top))
        assert columns(seen)["m"] == {"sales.customers.name"}
        assert influences(seen) == {"filter": {"sales.customers.id", "sales.orders.no"}}


def test_column_that_is_called_like_a_subquery_is_a_column() -> None:
    listed = "Relation spark_catalog.sales.lists[list#71L,exists#72] parquet"
    text = "Project [name#12]\n" + "\n".join(
        f"{'+- ' if number == 0 else '   '}{line}"
        for number, line in enumerate(branches("Join Inner, (list#71L = id#11L)", listed, CUSTOMERS).splitlines())
    )
    seen = filtered("ListQuery", text)

    assert influences(seen)["filter"] >= {"sales.lists.list", "sales.customers.id", "sales.customers.name"}


def test_generator_in_a_subquery() -> None:
    text = dump("Project [word#61]", "Generate explode(split(name#12, ?, ?)), false, [word#61]", CUSTOMERS)
    seen = filtered("ListQuery", text)

    assert influences(seen) == {"filter": {"orders.customer_id", "sales.customers.name"}}


def test_union_in_a_subquery_whose_branches_differ_is_noted() -> None:
    other = dump("Project [cust#42L, no#41L]", ORDERS)
    seen = filtered("ListQuery", branches("Union false, false", dump("Project [id#11L]", CUSTOMERS), other))

    assert "subquery-unknown" in codes(seen)


def test_with_that_a_subquery_reads_and_the_plan_does_not_tell_is_noted() -> None:
    seen = filtered("ListQuery", dump("Project [i#31L]", "CTERelationRef 7, true, [i#31L, n#32], false"))

    assert influences(seen) == {"filter": {"orders.customer_id"}}
    assert "subquery-relation" in codes(seen)


@pytest.mark.parametrize("line", ["MapElements x", "? ?"])
def test_operation_of_a_subquery_that_nobody_knows_is_noted(line: str) -> None:
    seen = filtered("ListQuery", dump("Project [id#11L]", line, CUSTOMERS))

    assert "subquery-unknown" in codes(seen)
    assert "sales.customers.id" in influences(seen)["filter"]


def lateral(plan: str, *new: str) -> Observation:
    """``FROM orders, LATERAL (…)`` with the columns ``new``; its one outer column is ``a#7``."""
    build = PlanBuilder()
    read, (a, b) = build.read("orders", "a", "b")
    query = build.call("LateralSubquery", a, plan=plan, outerAttrs=["a#7"])
    output = [a, b, *map(build.attribute, new)]
    return look(build.plan(build.operation("LateralJoin", [read], output, right=query, condition=None)))


def test_condition_of_a_lateral_join_joins() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("orders", "a", "b")
    query = build.call(
        "LateralSubquery", a, plan=dump("Project [outer(a#7) AS c#31]", "OneRowRelation"), outerAttrs=["a#7"]
    )
    c = build.attribute("c")
    condition = build.call("EqualTo", b, c)
    seen = look(build.plan(build.operation("LateralJoin", [read], [a, b, c], right=query, condition=condition)))

    assert influences(seen) == {"join": {"orders.a", "orders.b"}}


def test_columns_of_a_lateral_subquery_are_told_apart() -> None:
    text = dump(
        "SubqueryAlias x",
        "Aggregate [max(name#12) AS m#31, count(1) AS n#32L, first(outer(a#7)) AS f#33]",
        "Filter (id#11L = outer(a#7))",
        CUSTOMERS,
    )
    seen = lateral(text, "m", "n", "f")

    assert columns(seen) == {
        "a": {"orders.a"},
        "b": {"orders.b"},
        "m": {"sales.customers.name"},
        "n": set(),
        "f": {"orders.a"},
    }
    assert influences(seen) == {"filter": {"sales.customers.id", "orders.a"}}


def test_what_a_lateral_subquery_merely_selects_filters_nothing() -> None:
    seen = lateral(dump("SubqueryAlias x", "Project [(outer(a#7) * ?) AS d#31]", "OneRowRelation"), "d")

    assert columns(seen)["d"] == {"orders.a"}
    assert influences(seen) == {}


def test_lateral_generator_comes_from_the_column_outside() -> None:
    text = dump("SubqueryAlias w", "Generate explode(split(outer(a#7), ?, ?)), false, [col#31]", "OneRowRelation")

    assert columns(lateral(text, "col"))["col"] == {"orders.a"}


NUMBERED = (
    "windowspecdefinition(land#13, id#11L DESC NULLS LAST, "
    "specifiedwindowframe(RowFrame, unboundedpreceding$(), currentrow$()))"
)


def selected(plan: str) -> list[Observation]:
    """``SELECT order_id, (…) AS v FROM orders``: as the agent sends it, and masked."""
    build = PlanBuilder()
    read, (order,) = build.read("orders", "order_id")
    query = build.call("ScalarSubquery", plan=plan, outerAttrs=[])
    sent = build.plan(build.project(read, order, build.alias("v", query))[0])
    return [look(sent), look(json.loads(mask_payload(body(sent), keep_literals=False)))]


@pytest.mark.parametrize(
    ("function", "sources"),
    [
        ("row_number()", set()),
        ("rank(id#11L)", set()),
        ("dense_rank(id#11L)", set()),
        ("percent_rank(id#11L)", set()),
        ("lag(name#12, -1, null)", {"sales.customers.name"}),
        ("plus(name#12)#55", {"sales.customers.name"}),
    ],
)
def test_what_a_window_function_of_a_subquery_is_over_is_its_window(function: str, sources: set[str]) -> None:
    window = f"Window [{function} {NUMBERED} AS n#40], [land#13], [id#11L DESC NULLS LAST]"
    for seen in selected(dump("Aggregate [max(n#40) AS m#31]", window, CUSTOMERS)):
        assert columns(seen)["v"] == sources
        assert influences(seen) == {"window": {"sales.customers.land", "sales.customers.id"}}
        assert conditional(seen) == {}


def test_window_of_a_lateral_subquery_is_its_window() -> None:
    window = f"Window [row_number() {NUMBERED} AS n#40], [land#13], [id#11L DESC NULLS LAST]"
    seen = lateral(dump("Project [name#12, n#40]", window, CUSTOMERS), "name", "n")

    assert columns(seen)["n"] == set()
    assert influences(seen) == {"window": {"sales.customers.land", "sales.customers.id"}}


def test_filter_of_an_aggregate_in_a_subquery_is_a_condition() -> None:
    for seen in selected(dump("Aggregate [sum(id#11L) FILTER (WHERE (land#13 = DE)) AS s#31L]", CUSTOMERS)):
        assert columns(seen)["v"] == {"sales.customers.id"}
        assert conditional(seen) == {"v": {"sales.customers.land"}}


def test_function_that_is_called_filter_is_no_clause() -> None:
    text = (
        "Project [filter(split(name#12, x, -1), lambdafunction((lambda x#70 = land#13), lambda x#70, false)) AS s#31]"
    )
    for seen in selected(dump(text, CUSTOMERS)):
        assert columns(seen)["v"] == {"sales.customers.name", "sales.customers.land"}


def test_aggregates_of_a_subquery_are_aggregations_and_their_keys_are_not() -> None:
    text = dump("Aggregate [land#13, upper(name#12)], [{}]", CUSTOMERS)
    expected = {
        "(max(id#11L) + 1) AS m#31": {"id": "aggregation"},
        "land#13": {"land": "identity"},
        "upper(name#12) AS u#32": {"name": "transformation"},
        "max(name#12) AS u#33": {"name": "aggregation"},
    }
    for part, kind in expected.items():
        assert [kinds(seen)["v"] for seen in selected(text.format(part))] == [kind, kind]


WIDE = "Relation spark_catalog.sales.wide[a#101,b#102L,c#103,... 3 more fields] parquet"


def test_columns_that_a_relation_leaves_out_have_the_ids_that_follow() -> None:
    text = dump("Project [e#105]", "Filter ((f#106 > ?) AND (b#102L = ?))", WIDE)
    seen = filtered("ListQuery", text)

    wide = {f"sales.wide.{column}" for column in "bef"}
    assert influences(seen) == {"filter": {"orders.customer_id", *wide}}
    assert codes(seen) == ["plan-without-event", "subquery-table"]


@pytest.mark.parametrize(
    "relation",
    [
        WIDE.replace("c#103", "c#109"),
        WIDE.replace("3 more", "2 more"),
        "Relation spark_catalog.sales.wide[... 6 more fields] parquet",
    ],
)
def test_a_column_that_no_list_can_have_is_noted_and_not_guessed(relation: str) -> None:
    seen = filtered("ListQuery", dump("Project [f#106]", relation))

    assert influences(seen) == {"filter": {"orders.customer_id"}}
    assert codes(seen) == ["cut-list", "plan-without-event", "subquery-table"]


def test_a_column_behind_a_cut_list_of_computed_ones_is_noted() -> None:
    text = dump("Project [z#301]", "Project [id#11L, (id#11L + ?) AS y#300L, ... 1 more fields]", CUSTOMERS)
    seen = filtered("ListQuery", text)

    assert influences(seen) == {"filter": {"orders.customer_id"}}
    assert [note.text for note in seen.notes if note.code == "cut-list"] == ["z: left out of the text of a sub-query"]


def test_lambda_in_a_cut_sub_query_is_no_missing_column() -> None:
    text = dump("Project [exists(c#103, lambdafunction((lambda x#7 > ?), lambda x#7, false)) AS z#301]", WIDE)

    assert "cut-list" not in codes(filtered("ListQuery", text))


def test_with_that_is_cut_short_has_its_columns_by_their_place() -> None:
    build = PlanBuilder()
    read, (a, b, c) = build.read("t", "a", "b", "c")
    definition = build.operation("CTERelationDef", [read], None, id=3)
    text = dump("Project [a#11]", "Filter (c#13 > ?)", "CTERelationRef 3, true, [a#11, ... 2 more fields], false")
    condition = build.call("InSubquery", a, build.call("ListQuery", plan=text))
    kept = build.operation("Filter", [read], [a, b, c], condition=condition)
    seen = look(build.plan(build.operation("WithCTE", [definition, kept], [a, b, c])))

    assert influences(seen) == {"filter": {"t.a", "t.c"}}
    assert codes(seen) == ["plan-without-event"]


def test_hive_table_is_known_by_its_name() -> None:
    relation = (
        "HiveTableRelation [`spark_catalog`.`sales`.`by_land`, org.apache.LazySimpleSerDe, "
        "Data Cols: [id#11, ... 2 more fields], Partition Cols: [land#14]]"
    )
    seen = filtered("ListQuery", dump("Project [id#11]", "Filter ((land#14 = ?) AND (b#13 = ?))", relation))

    table = {f"sales.by_land.{column}" for column in ("id", "land", "b")}
    assert influences(seen) == {"filter": {"orders.customer_id", *table}}
    assert codes(seen) == ["plan-without-event", "subquery-table"]


def joined_view(relations: str) -> Observation:
    """``SELECT a FROM v WHERE a > (SELECT max(d) FROM v)``, where ``v`` joins ``t`` and ``u``."""
    build = PlanBuilder()
    left, (a, b) = build.read("t", "a", "b")
    right, (c, d) = build.read("u", "c", "d")
    join = build.operation("Join", [left, right], [a, b, c, d], joinType="CROSS", condition=None)
    text = f"Aggregate [max(d#14) AS m#31]\n+- View (`v`, [a#11,d#14])\n   +- Join Cross\n{relations}"
    condition = build.call("GreaterThan", a, build.call("ScalarSubquery", plan=text))
    return look(build.plan(build.operation("Filter", [view(build, "v", join)], [a], condition=condition)))


def test_view_of_a_join_that_the_query_reads_tells_where_each_relation_lies() -> None:
    seen = joined_view("      :- Relation [a#11,b#12] parquet\n      +- Relation [c#13,d#14] parquet")

    assert influences(seen) == {"filter": {"t.a", "u.d"}}
    assert codes(seen) == ["plan-without-event"]


@pytest.mark.parametrize(
    "relations",
    [
        "      :- Relation [c#13,d#14] parquet\n      +- Relation [a#11,b#12] parquet",
        "      +- Relation [c#13,d#14] parquet",
    ],
)
def test_view_of_other_relations_is_another(relations: str) -> None:
    seen = joined_view(relations)

    assert influences(seen) == {"filter": {"t.a"}}
    assert "subquery-relation" in codes(seen)


@pytest.mark.parametrize(
    ("kind", "plan", "written"),
    [
        ("ScalarSubquery", dump("Aggregate [land#13], [max(outer(a#7)) AS m#31]", CUSTOMERS), "(SELECT max(a))"),
        ("ScalarSubquery", dump("Sort [n#3 ASC]", "Aggregate [count(1) AS n#3]", CUSTOMERS), "(SELECT count(*))"),
        ("LateralSubquery", dump("Project [id#11L, name#12]", CUSTOMERS), "(subquery)"),
        ("ScalarSubquery", dump("Union", "Project [id#11L]", CUSTOMERS), "(SELECT id)"),
        ("ScalarSubquery", "Union\n:- Project [id#11L]\n+- Project [id#12L]", "(subquery)"),
        ("ScalarSubquery", "", "(subquery)"),
        ("Exists", dump("Project [1 AS x#3]", CUSTOMERS), "EXISTS (subquery)"),
    ],
)  # fmt: skip
def test_expression_tells_the_one_value_that_a_sub_query_selects(kind: str, plan: str, written: str) -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a")
    seen = look(build.plan(build.project(read, build.alias("x", build.call(kind, plan=plan)))[0]))

    assert seen.columns[0].expression == written
