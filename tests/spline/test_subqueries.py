"""Sub-queries, which the plan has as a dump only."""

from typing import Any

import pytest

from lineage.model import Observation
from tests.builders import PlanBuilder, ref
from tests.spline.seen import codes, columns, influences, look

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
    assert seen.columns[1].expression == "(subquery)"


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
