"""What a column is computed from, as people read it."""

from typing import Any

import pytest

from tests.builders import PlanBuilder, ref
from tests.spline.seen import look

pytestmark = pytest.mark.unit


def texts(build: PlanBuilder, child: str, **values: Any) -> dict[str, str]:
    aliases = [build.alias(name, value) for name, value in values.items()]
    seen = look(build.plan(build.project(child, *aliases)[0]))
    return {column.name: column.expression for column in seen.columns}


def operator(build: PlanBuilder, symbol: str, left: Any, right: Any) -> Any:
    node = build.call("BinaryOperator", left, right)
    build.functions[-1]["extra"]["symbol"] = symbol
    return node


def test_names_of_fields_are_left_out_of_a_struct() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    inner = build.call("CreateNamedStruct", build.literal("x"), a, build.literal("y"), build.literal(1))
    outer = build.call("CreateNamedStruct", build.literal("inner"), inner, build.literal("b"), b)
    torn = build.call("CreateNamedStruct", build.literal("x"), a, build.literal("y"), title="named_struct")
    empty = build.call("CreateNamedStruct")

    assert texts(build, read, s=outer, torn=torn, empty=empty) == {
        "s": "struct(struct(a, ?), b)",
        "torn": "named_struct(?, a, ?)",
        "empty": "struct()",
    }


def test_rows_are_counted_with_a_star() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    values = {"n": build.call("Count", build.literal()), "m": build.call("Count", a)}
    named = {name: build.call("AggregateExpression", value) for name, value in values.items()}
    once = build.call("AggregateExpression", build.call("Count", build.literal()), isDistinct=True)

    assert texts(build, read, **named, once=once) == {"n": "count(*)", "m": "count(a)", "once": "count(DISTINCT ?)"}


def test_cast_of_a_literal_is_a_literal() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    number = build.call("Cast", build.literal(), of="double")

    assert texts(build, read, x=operator(build, ">", build.call("Cast", a, of="double"), number)) == {
        "x": "cast(a as double) > ?"
    }


def test_operators_are_those_of_sql() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    both = operator(build, "&&", a, b)

    assert texts(
        build,
        read,
        one_of=operator(build, "||", both, a),
        safe=operator(build, "<=>", a, b),
        listed=build.call("In", both, build.literal(), b),
        none=build.call("In"),
    ) == {"one_of": "(a AND b) OR a", "safe": "a <=> b", "listed": "(a AND b) IN (?, b)", "none": "? IN ()"}


def test_what_the_jvm_does_to_take_a_value_over_is_left_out() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    checked = build.call("AssertNotNull", build.call("Invoke", a))

    assert texts(build, read, x=checked, y=build.call("Invoke", a, b), z=build.call("StaticInvoke")) == {
        "x": "a",
        "y": "invoke(a, b)",
        "z": "staticinvoke()",
    }


def test_pivot_says_by_which_column() -> None:
    build = PlanBuilder()
    read, (status, amount) = build.read("t", "status", "amount")
    cell = build.call("GetArrayItem", build.call("PivotFirst", status, build.call("Sum", amount)), build.literal(0))

    assert texts(build, read, paid=cell, torn=build.call("PivotFirst")) == {
        "paid": "PIVOT(sum(amount) FOR status)[?]",
        "torn": "PIVOT( FOR )",
    }


def test_grouping_sets_are_told_apart_by_their_id() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    key, number = build.attribute("a"), build.attribute("spark_grouping_id")
    projections = [[ref(a), build.literal(0)], [build.literal(None), build.literal(1)]]
    expand = build.operation("Expand", [read], [key, number], projections=projections)

    assert texts(build, expand, level=number, k=key, more=build.call("Add", number, build.literal())) == {
        "level": "grouping_id()",
        "k": "a",
        "more": "add(grouping_id(), ?)",
    }


def test_names_that_are_no_words_are_quoted() -> None:
    build = PlanBuilder()
    left, (one, other) = build.read("sales 2019.csv", "id", "net amount")
    right, (two,) = build.read("verkäufe.csv", "id")
    join = build.operation("Join", [left, right], [one, other, two])

    assert texts(build, join, x=build.call("Add", one, two), y=build.call("Abs", other)) == {
        "x": "add(`sales 2019`.id, verkäufe.id)",
        "y": "abs(`net amount`)",
    }


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("raw/telemetry/2024/03/16", "telemetry"),
        ("raw/telemetry/2024-03-16/", "telemetry"),
        ("raw/telemetry/20240316", "telemetry"),
        ("raw/telemetry/year=2024/month=03", "telemetry"),
        ("raw/telemetry/2024-03.csv", "telemetry"),
        ("raw/telemetry/2024_q1.csv", "`2024_q1`"),
        ("abfss://lake@contoso.dfs.core.windows.net/t//2024", "t"),
        ("2024:2025", "`2025`"),
    ],
)
def test_dataset_is_called_by_the_folder_that_names_it(path: str, name: str) -> None:
    build = PlanBuilder()
    left, (a,) = build.read(path, "x")
    right, (b,) = build.read("other", "x")
    join = build.operation("Join", [left, right], [a, b])

    assert texts(build, join, sum=build.call("Add", a, b)) == {"sum": f"add({name}.x, other.x)"}


def staff(build: PlanBuilder) -> tuple[str, list[str]]:
    """One table joined with itself and with another: the columns ``salary`` and ``name`` of each."""
    reads = [build.read(path, "salary", "name") for path in ("staff", "staff", "old")]
    inner = build.operation("Join", [reads[0][0], reads[1][0]], [*reads[0][1], *reads[1][1]])
    columns = [column for _, read in reads for column in read]
    return build.operation("Join", [inner, reads[2][0]], columns), columns


def test_reads_of_one_dataset_are_numbered_where_an_expression_takes_from_several() -> None:
    build = PlanBuilder()
    join, (mine, name, theirs, boss, old, _) = staff(build)

    assert texts(
        build,
        join,
        gap=build.call("Subtract", theirs, mine),
        grown=build.call("Subtract", mine, old),
        twice=build.call("Add", mine, mine),
        said=build.call("Concat", build.call("Upper", theirs), boss),
        both=build.call("Concat", name, build.call("Subtract", mine, theirs)),
        other=build.call("Concat", name, theirs),
        who=name,
    ) == {
        "gap": "subtract(staff#2.salary, staff#1.salary)",
        "grown": "subtract(staff.salary, old.salary)",
        "twice": "add(staff.salary, staff.salary)",
        "said": "concat(upper(staff.salary), staff.name)",
        "both": "concat(staff#1.name, subtract(staff#1.salary, staff#2.salary))",
        "other": "concat(staff#1.name, staff#2.salary)",
        "who": "staff.name",
    }


def test_reads_are_numbered_as_they_stand_in_the_query_whatever_their_order_in_the_plan() -> None:
    build = PlanBuilder()
    join, (mine, _, theirs, *_) = staff(build)
    build.reads.reverse()

    assert texts(build, join, gap=build.call("Subtract", theirs, mine)) == {
        "gap": "subtract(staff#2.salary, staff#1.salary)"
    }


def test_union_of_reads_of_one_dataset_is_not_numbered() -> None:
    build = PlanBuilder()
    (left, (a,)), (right, (b,)) = build.read("t", "a"), build.read("t", "a")
    united = build.attribute("a", [build.call("Union", a, b)])
    union = build.operation("Union", [left, right], [united])

    assert texts(build, union, x=build.call("Upper", united), y=united) == {"x": "upper(a)", "y": "a"}


def test_unions_of_unions_are_written_as_one() -> None:
    build = PlanBuilder()
    reads = [build.read(name, name) for name in "abc"]
    (a,), (b,), (c,) = [output for _, output in reads]
    first = build.attribute("u", [build.call("Union", a, b)])
    inner = build.operation("Union", [reads[0][0], reads[1][0]], [first])
    second = build.attribute("u", [build.call("Union", c, first, a)])
    union = build.operation("Union", [reads[2][0], inner, reads[0][0]], [second])

    assert texts(build, union, x=second) == {"x": "c | a | b"}


def test_made_up_rows_of_a_union_are_left_out_where_others_tell_more() -> None:
    build = PlanBuilder()
    empty, (a, b) = build.read("", "a", "b")
    build.reads[-1]["inputSources"] = []
    build.reads.clear()
    build.other.append({"id": empty, "name": "LogicalRDD", "output": [a, b]})
    read, (c,) = build.read("t", "c")
    day, literal = build.alias("day", build.literal("2024-03-16"))
    right, _ = build.project(read, c, (day, literal))
    united = [build.attribute(name, [build.call("Union", one, two)]) for name, one, two in (("a", a, c), ("b", b, day))]
    union = build.operation("Union", [empty, right], united)

    assert texts(build, union, x=united[0], y=united[1]) == {"x": "c", "y": "b"}


def test_datasets_that_are_called_alike_have_before_them_what_they_are_in() -> None:
    build = PlanBuilder()
    places = ("crm/orders", "erp/orders", "erp/days/2024", "x/erp/stock", "y/erp/stock")
    reads = [build.read(place, "id") for place in places]
    named = [build.read("", "id", table={"identifier": f"`spark_catalog`.`{schema}`.`t`"}) for schema in ("a", "b-c")]
    for read in build.reads[-2:]:
        read["inputSources"] = []
    columns = [column for _, output in (*reads, *named) for column in output]
    join = build.operation("Join", [read for read, _ in (*reads, *named)], columns)

    assert texts(build, join, x=build.call("Concat", *columns))["x"] == (
        "concat(`crm/orders`.id, `erp/orders`.id, days.id, `x/erp/stock`.id, `y/erp/stock`.id, a.t.id, `b-c`.t.id)"
    )


def test_datasets_that_nothing_tells_apart_keep_the_longest_name() -> None:
    build = PlanBuilder()
    reads = [build.read(f"{bucket}://b/p/q/t", "id") for bucket in ("s3", "gs")]
    columns = [column for _, output in reads for column in output]
    join = build.operation("Join", [read for read, _ in reads], columns)

    assert texts(build, join, x=build.call("Concat", *columns))["x"] == "concat(`p/q/t`.id, `p/q/t`.id)"


def test_order_that_spark_adds_to_array_sort_is_left_out() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    left, right = (build.call("NamedLambdaVariable", name=name) for name in ("left", "right"))
    nulls = operator(build, "&&", build.call("IsNull", left), build.call("IsNull", right))
    build.functions[-1]["extra"]["simpleClassName"] = "And"
    spark = build.call("LambdaFunction", build.call("If", nulls, build.literal(), build.literal()), left, right)
    own = build.call("LambdaFunction", operator(build, "-", left, right), left, right)

    assert texts(
        build,
        read,
        natural=build.call("ArraySort", a, spark, title="array_sort"),
        own=build.call("ArraySort", a, own, title="array_sort"),
        torn=build.call("ArraySort", a, title="array_sort"),
    ) == {"natural": "array_sort(a)", "own": "array_sort(a, (left, right) -> left - right)", "torn": "array_sort(a)"}


def test_columns_of_a_generator_that_makes_several_are_told_apart() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    both = [build.attribute(name) for name in ("no", "my item")]
    pairs = build.operation("Generate", [read], [a, *both], generator=build.call("PosExplode", a))
    one = build.attribute("word")
    words = build.operation("Generate", [pairs], [a, *both, one], generator=build.call("Explode", both[1]))
    named = build.attribute("again", [build.alias("x", ref(both[0]))[1]])

    assert texts(build, words, no=both[0], more=build.call("Upper", named), word=one) == {
        "no": "posexplode(a).no",
        "more": "upper(posexplode(a).no)",
        "word": "explode(posexplode(a).`my item`)",
    }


def test_length_checks_of_char_and_varchar_are_left_out() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    padded = build.call("StaticInvoke", a, build.literal(), functionName="readSidePadding")
    checked = build.call("StaticInvoke", padded, build.literal(), functionName="varcharTypeWriteSideCheck")

    assert texts(build, read, x=build.call("Upper", checked)) == {"x": "upper(a)"}
