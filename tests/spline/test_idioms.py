"""What Spark makes of functions and operators is written as the query had them."""

from typing import Any

import pytest

from tests.builders import PlanBuilder
from tests.spline.seen import look

pytestmark = pytest.mark.unit

SYMBOLS = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "IntegralDivide": "/", "Pmod": "pmod", "BitwiseAnd": "&",
    "EqualTo": "=", "EqualNullSafe": "<=>", "GreaterThan": ">", "GreaterThanOrEqual": ">=", "LessThanOrEqual": "<=",
    "And": "&&", "Or": "||",
}  # fmt: skip


class Query:
    """One column over ``a``, ``b`` and ``c``."""

    def __init__(self) -> None:
        self.build = PlanBuilder()
        self.read, (self.a, self.b, self.c) = self.build.read("t", "a", "b", "c")

    def of(self, kind: str, *arguments: Any, **params: Any) -> Any:
        made = self.build.call(kind, *arguments, **params)
        if kind in SYMBOLS:
            self.build.functions[-1]["extra"]["symbol"] = SYMBOLS[kind]
        return made

    def text(self, expression: Any) -> str:
        column = self.build.alias("x", expression)
        return look(self.build.plan(self.build.project(self.read, column)[0])).columns[0].expression

    @property
    def literal(self) -> Any:
        return self.build.literal()


@pytest.mark.parametrize(
    ("kind", "title", "written"),
    [
        ("Like", "like", "a LIKE b"),
        ("ILike", "ilike", "a ILIKE b"),
        ("RLike", "rlike", "a RLIKE b"),
        ("IntegralDivide", "integraldivide", "a DIV b"),
        ("Pmod", "pmod", "pmod(a, b)"),
        ("EqualNullSafe", "equalnullsafe", "a <=> b"),
        ("Pow", "POWER", "power(a, b)"),
        ("ScalaUDF", "MASK", "MASK(a, b)"),
        ("In", "in", "a IN (b)"),
    ],
)
def test_two_arguments(kind: str, title: str, written: str) -> None:
    query = Query()
    assert query.text(query.of(kind, query.a, query.b, title=title)) == written


@pytest.mark.parametrize(
    ("kind", "title", "written"),
    [
        ("UnaryMinus", "unaryminus", "-a"),
        ("BitwiseNot", "bitwisenot", "~a"),
        ("LikeAny", "likeany", "a LIKE ANY (?)"),
        ("NotLikeAll", "notlikeall", "a NOT LIKE ALL (?)"),
        ("Extract", "extract", "a"),
        ("ExtractANSIIntervalDays", "extractansiintervaldays", "a"),
        ("CheckOverflowInTableInsert", "checkoverflowintableinsert", "a"),
        ("SPARK", "SPARK_PARTITION_ID", "spark_partition_id(a)"),
        ("Like", "like", "like(a)"),
        ("TryAdd", "try_add", "try_add(a)"),
        ("NullIf", "nullif", "a"),
        ("AssertTrue", "assert_true", "assert_true(a)"),
        ("Not", "not", "NOT a"),
        ("ArrayAggregate", "aggregate", "aggregate(a)"),
    ],
)
def test_one_argument(kind: str, title: str, written: str) -> None:
    query = Query()
    assert query.text(query.of(kind, query.a, title=title)) == written


@pytest.mark.parametrize("kind", ["Like", "TryAdd", "NullIf", "AssertTrue", "And", "Not", "ArrayAggregate", "Cast"])
def test_nothing_at_all_is_written_all_the_same(kind: str) -> None:
    query = Query()
    assert query.text(query.of(kind))


def test_function_around_the_operator_that_computes_it() -> None:
    query = Query()
    total = query.of("Add", query.a, query.b)
    assert query.text(query.of("TryAdd", total, title="try_add")) == "try_add(a, b)"
    same = query.of("EqualNullSafe", query.a, query.literal)
    assert query.text(query.of("EqualNull", same, title="equal_null")) == "equal_null(a, ?)"
    test = query.of("If", query.of("GreaterThan", query.a, query.b), query.literal, query.of("RaiseError"))
    assert query.text(query.of("AssertTrue", test, title="assert_true")) == "assert_true(a > b)"


def test_nullif_is_no_if() -> None:
    query = Query()
    test = query.of("EqualTo", query.a, query.b)
    made = query.of("If", test, query.literal, query.a)
    assert query.text(query.of("NullIf", made, title="nullif")) == "nullif(a, b)"
    assert query.text(made) == "if(a = b, ?, a)"


def test_between_is_two_comparisons_of_one_value() -> None:
    query = Query()
    at_least = query.of("GreaterThanOrEqual", query.a, query.literal)
    at_most = query.of("LessThanOrEqual", query.a, query.b)
    other = query.of("LessThanOrEqual", query.c, query.b)
    assert query.text(query.of("And", at_least, at_most)) == "a BETWEEN ? AND b"
    assert query.text(query.of("And", at_least, other)) == "a >= ? AND c <= b"
    assert query.text(query.of("And", at_most, at_least)) == "a <= b AND a >= ?"


def test_negated() -> None:
    query = Query()
    for kind, written in {"EqualTo": "a <> ?", "In": "a NOT IN (?)", "Like": "a NOT LIKE ?"}.items():
        assert query.text(query.of("Not", query.of(kind, query.a, query.literal))) == written
    either = query.of("Or", query.of("GreaterThan", query.a, query.b), query.of("IsNull", query.c))
    assert query.text(query.of("Not", either)) == "NOT (a > b OR c IS NULL)"


def test_parentheses_are_where_they_tell_something() -> None:
    query = Query()
    total = query.of("Add", query.of("Add", query.a, query.b), query.c)
    assert query.text(total) == "a + b + c"
    assert query.text(query.of("Add", query.a, query.of("Add", query.b, query.c))) == "a + (b + c)"
    assert query.text(query.of("Subtract", query.of("Subtract", query.a, query.b), query.c)) == "(a - b) - c"
    assert query.text(query.of("Multiply", total, query.c)) == "(a + b + c) * c"
    assert query.text(query.of("GreaterThan", total, query.a)) == "a + b + c > a"
    positive, equal = query.of("GreaterThan", query.a, query.b), query.of("EqualTo", query.b, query.c)
    both = query.of("And", positive, equal)
    assert query.text(query.of("Or", both, query.of("Or", positive, equal))) == "(a > b AND b = c) OR (a > b OR b = c)"
    assert query.text(query.of("EqualTo", positive, equal)) == "(a > b) = (b = c)"


def test_a_cast_of_a_literal_is_a_literal() -> None:
    query = Query()
    value = query.literal
    for name in ("decimal(3,0)", "decimal(22,2)", "string"):
        value = query.of("Cast", value, of=name)
    assert query.text(query.of("Add", query.a, value)) == "a + ?"
    assert query.text(query.of("Cast", query.a, of="string")) == "cast(a as string)"


def test_lambda_and_the_last_step_that_spark_adds() -> None:
    query = Query()
    state, x, identity = (query.of("NamedLambdaVariable", name=name) for name in ("acc", "x", "id"))
    step = query.of("LambdaFunction", query.of("Add", state, x), state, x)
    last = query.of("LambdaFunction", identity, identity)
    folded = query.of("ArrayAggregate", query.a, query.literal, step, last, title="aggregate")
    assert query.text(folded) == "aggregate(a, ?, (acc, x) -> acc + x)"
    doubled = query.of("LambdaFunction", query.of("Multiply", identity, query.literal), identity)
    folded = query.of("ArrayAggregate", query.a, query.literal, step, doubled, title="aggregate")
    assert query.text(folded) == "aggregate(a, ?, (acc, x) -> acc + x, id -> id * ?)"


def test_grouping_is_a_bit_of_the_grouping_id() -> None:
    query = Query()
    identity = query.build.attribute("spark_grouping_id")
    bit = query.of("BitwiseAnd", query.of("ShiftRight", identity, query.literal, title="shiftright"), query.literal)
    assert query.text(query.of("Cast", bit, of="tinyint")) == "grouping()"
    bit = query.of("BitwiseAnd", query.of("ShiftRight", query.a, query.literal, title="shiftright"), query.literal)
    assert query.text(query.of("Cast", bit, of="tinyint")) == "cast(shiftright(a, ?) & ? as tinyint)"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("class jobs.Order", "Order(a, b)"),
        ("class scala.Tuple2", "(a, b)"),
        ("class a.Outer$Inner$1", "object(a, b)"),
        ("?", "object(a, b)"),
        (None, "object(a, b)"),
    ],
)
def test_object_of_the_jvm(name: Any, written: str) -> None:
    query = Query()
    made = query.of("objects.NewInstance", query.a, query.b, title="newinstance", cls=name)
    assert query.text(made) == written
    unset = query.of("IsNull", query.a)
    assert query.text(query.of("If", unset, query.literal, made)) == written


def test_aggregator_of_objects_has_its_input_alone() -> None:
    query = Query()
    kind = "org.apache.spark.sql.execution.aggregate.ComplexTypedAggregateExpression"
    reference = query.of("BoundReference", title="boundreference")
    assert query.text(query.of(kind, query.a, reference, title="reduceaggregator")) == "reduceaggregator(a)"
