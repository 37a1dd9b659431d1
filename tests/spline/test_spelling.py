"""Catalyst's texts as people write them, masked or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.spline.catalyst import mask_text
from lineage.spline.spelling import spell
from lineage.spline.texts import tokens_of

pytestmark = pytest.mark.unit

NO_NAMES = frozenset[str]()


def spelled(text: str) -> str:
    return spell(tokens_of(text, NO_NAMES))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("(a#1 + cast(2 as double))", "a + ?"),
        ("((a#1 + b#2) * c#3)", "(a + b) * c"),
        ("cast(cast(3 as decimal(3,0)) as decimal(22,2))", "?"),
        ("cast(a#1 as decimal(22,2))", "cast(a as decimal(22,2))"),
        ("cast(a#1 as array<struct<q:decimal(3,0),s:int>>)", "cast(a as array<struct<q:decimal(3,0),s:int>>)"),
        ("concat(a#1, /, upper(b#2))", "concat(a, ?, upper(b))"),
        ("nullif(a#1,)", "nullif(a, ?)"),
        ("f()", "f()"),
        ("named_struct(x, a#1, y, upper(who#2.addr.zip))", "struct(a, upper(who.addr.zip))"),
        ("named_struct(a#1, b#2)", "named_struct(a, b)"),
        ("(isnotnull(a#1))", "a IS NOT NULL"),
        ("coalesce(isnull(a#1), true)", "coalesce(a IS NULL, ?)"),
        ("filter(a#1, lambdafunction((lambda x#2.qty > b#3), lambda x#2, false))", "filter(a, x -> x.qty > b)"),
        (
            "aggregate(a#1, 0, lambdafunction((lambda s#2 + lambda x#3), lambda s#2, lambda x#3, false))",
            "aggregate(a, ?, (s, x) -> s + x)",
        ),
        (
            "transform(a#1, lambdafunction(a#1[lambda indexVar#3], lambda elementVar#2, lambda indexVar#3, false))",
            "a",
        ),
        (
            "cast(transform(null, lambdafunction(null[lambda indexVar#3], lambda elementVar#2, lambda indexVar#3, "
            "false)) as array<struct<sku:string,qty:int>>)",
            "null",
        ),
        ("date_format(cast(current_date(Some(Etc/UTC)) as timestamp), yyyy, Some(Etc/UTC))",
         "date_format(cast(current_date() as timestamp), ?)"),
        ("checkoverflowintableinsert(cast(a#1 as int), x)", "cast(a as int)"),
        ("CASE WHEN (a#1 = DE) THEN b#2 ELSE c#3 END", "CASE WHEN a = ? THEN b ELSE c END"),
        ("(CASE WHEN (a#1 = (b#2 + 1)) THEN (c#3) END + 1)", "CASE WHEN a = (b + ?) THEN c END + ?"),
        ("CASE (a#1)", "CASE (a)"),
        ("a#1[0]", "a[?]"),
        ("concat(a#1, b#2, ... 4 more fields)", "concat(a, b, …)"),
        ("greatest(a#1, (b#2", "greatest(a, (b"),
        ("a#1)) + (b#2", "a)) + (b"),
        ("lambdafunction(a#1)", "lambdafunction(a)"),
        ("cast()", "cast()"),
        ("struct()", "struct()"),
    ],
)  # fmt: skip
def test_text_is_written_alike_before_and_after_it_is_masked(text: str, written: str) -> None:
    assert spelled(text) == written
    assert spelled(mask_text(text)) == written


@pytest.mark.parametrize("depth", [10_000])
@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("(", ")"),
        ("f(", ")"),
        ("cast(", " as int)"),
        ("struct(x, ", ")"),
        ("CASE WHEN (", ") THEN b#2 END"),
        ("transform(", ", lambdafunction(a#1, lambda x#2, false))"),
    ],
)
def test_depth_is_no_matter(opening: str, closing: str, depth: int) -> None:
    assert "a" in spelled(opening * depth + "a#1" + closing * depth)


PIECES = [
    "a#1", "lambda x#2", "(", ")", "[", "]", ",", " ", "cast(", " as int", "struct(", "named_struct(", "transform(",
    "lambdafunction(", "CASE", " WHEN ", " THEN ", " END", "isnull(", "count(", "null", "Some(", "... 3 more fields",
    ".b.c", "'", "/", "DE",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_torn_text_is_written_somehow_and_always_alike(text: str) -> None:
    tokens = tokens_of(text, NO_NAMES)
    assert isinstance(spell(tokens), str)
    assert spell(tokens) == spell(tokens)
