"""Tokens of Catalyst's texts, and what masking leaves of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.spline.catalyst import Token, TokenKind, mask_text, tokenize

pytestmark = pytest.mark.unit

FRAGMENTS = [
    *(
        "name#1",
        "order id#23L",
        "#4",
        "`a``b`",
        "`",
        "'",
        '"',
        "''",
        "\\",
        "(",
        ")",
        "[",
        "]",
        ",",
        " ",
        "\n",
        "#",
        ".",
    ),
    *("   +- ", "Filter", "SubqueryAlias", "CTERelationDef", "Relation", "NOT", "AND", "IN", "CASE", "null", "as", "?"),
    *("decimal(3,0)", "bigint", "concat(", "cast(", "s3cr3t", "-", "+", "=", ">=", "/", "@", "1000", "-5", "1.5E3"),
    *(".city", "condition:", "Update", "lambda"),
]
TEXTS = st.one_of(
    st.text(), st.lists(st.sampled_from(FRAGMENTS)).map("".join), st.lists(st.sampled_from(FRAGMENTS)).map(" ".join)
)
NAMES = st.frozensets(st.sampled_from(["name", "order id", "a,b", "s3cr3t", "?", "", "x" * 300]))


def kinds(text: str, **options) -> list[tuple[str, str]]:
    return [(token.kind.value, token.text) for token in tokenize(text, **options) if token.kind is not TokenKind.SPACE]


def attributes(text: str, **options) -> list[tuple[str, str]]:
    return [(token.name, token.id) for token in tokenize(text, **options) if token.kind is TokenKind.ATTRIBUTE]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name#1", [("name", "1")]),
        ("id#40625L", [("id", "40625")]),
        ("(a#1 = b#2)", [("a", "1"), ("b", "2")]),
        ("concat(order id#1, größe.cm#2)", [("order id", "1"), ("größe.cm", "2")]),
        ("NOT first name#3", [("first name", "3")]),
        ("Delete [condition: flag#3]", [("flag", "3")]),
        ("CASE WHEN a#1 THEN big deal ELSE last name#3 END", [("a", "1"), ("last name", "3")]),
        ("a#1 - net-total#2 + rate %#3", [("a", "1"), ("net-total", "2"), ("rate %", "3")]),
        ("count(distinct a#1) AS n#2L", [("a", "1"), ("n", "2")]),
        ("item #5#12", [("item #5", "12")]),
        ("(-a#1 * !b#2)", [("a", "1"), ("b", "2")]),
        ("a#1b, #7, b#2", [("b", "2")]),
        ("Sort [a#1 ASC NULLS FIRST, b#2 DESC NULLS LAST], true", [("a", "1"), ("b", "2")]),
        ("x\ny#1", [("y", "1")]),
        ("lambdafunction((lambda x_0#5L + lambda a b#6), lambda x_0#5L, false)", []),
        ("(lambda#5 + f(lambda, x#6))", [("lambda", "5"), ("x", "6")]),
        ("if ((a#1 = x)) b#2 else last name#3", [("a", "1"), ("b", "2"), ("last name", "3")]),
    ],
)
def test_attributes_have_the_longest_sensible_name(text: str, expected: list[tuple[str, str]]):
    assert attributes(text) == expected


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("coalesce(a - b#1, c#2)", {"a - b"}, ["a - b", "c"]),
        ("(dear customer name#1 = x)", {"customer name", "name"}, ["customer name"]),
        ("f(a, b#1)", {"a, b", "b"}, ["a, b"]),
        ("f(big AND small#1)", {"big AND small"}, ["big AND small"]),
        ("f(other name#1)", {"column"}, ["other name"]),
        ("whole#1", {"whole"}, ["whole"]),
        ("max(name#1) AS max(name)#2", {"max(name)", "name"}, ["name", "max(name)"]),
    ],
)
def test_a_known_name_wins(text: str, names: set[str], expected: list[str]):
    assert [name for name, _ in attributes(text, names=frozenset(names))] == expected


def test_a_merge_clause_falls_into_its_parts():
    clause = "Update [condition: (n#2 > 1000), actions: [`a``b` = concat(n#2, @, cast(5 as bigint))]]"
    found = " ".join(f"{kind}:{text}" for kind, text in kinds(clause) if kind != "punctuation")
    assert found == (
        "keyword:Update keyword:condition: attribute:n#2 operator:> number:1000 keyword:actions: quoted:`a``b` "
        "operator:= function:concat attribute:n#2 word:@ function:cast number:5 keyword:as type:bigint"
    )
    assert [token.name for token in tokenize(clause) if token.kind is TokenKind.QUOTED] == ["a`b"]


def test_the_id_of_an_unnamed_expression_is_kept():
    assert tokenize("f(a#1)#41")[-1] == Token(TokenKind.PUNCTUATION, "#41", "", "41")
    assert kinds("address#3.city")[-1] == ("field", ".city")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("(country#3 = DE)", "(country#3 = ?)"),
        ("concat(name#1, @contoso.com)", "concat(name#1, ?)"),
        ("concat(name#1, /, upper(name#2))", "concat(name#1, /, upper(name#2))"),
        ("cast(1000 as bigint)", "cast(? as bigint)"),
        ("cast(cast(500 as decimal(3,0)) as array<string>)", "cast(cast(? as decimal(3,0)) as array<string>)"),
        ("(id#1L + -5)", "(id#1L + ?)"),
        ("`updated_at` = 2026-11-22 14:34:43.080969", "`updated_at` = ?"),
        ("CASE WHEN (a#1 = x) THEN Smith, John ELSE name#3 END", "CASE WHEN (a#1 = ?) THEN ?, ? ELSE name#3 END"),
        ("(country#4202 IN (DE,ZA),EMEA)", "(country#4202 IN (?,?),?)"),
        ("(country#1 = IN)", "(country#1 = ?)"),
        ("(state#1 IN (OR,AND))", "(state#1 IN (?,?))"),
        ("(action#1 = Update)", "(action#1 = ?)"),
        ("call me(now)", "?(?)"),
        ("concat(it's, a#1, don't)", "concat(?, a#1, ?)"),
        ("(a#1 <=> null) AND (b#2 = true)", "(a#1 <=> null) AND (b#2 = ?)"),
        ("cast(as s3cr3t, name#1)", "cast(as ?, name#1)"),
        ("a#1.city DESC NULLS LAST", "a#1.city DESC NULLS LAST"),
        ("", ""),
        ("  s3cr3t  ", "  ?  "),
        (
            "CTERelationDef 0, false\n+- SubqueryAlias x\n  +- Filter (s#1 = PAID)\n  +- Relation d.t[s#1,n n#2L] csv",
            "CTERelationDef 0, ?\n+- SubqueryAlias x\n  +- Filter (s#1 = ?)\n  +- Relation d.t[s#1,n n#2L] ?",
        ),
    ],
)
def test_masking_keeps_structure_and_hides_literals(text: str, masked: str):
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("currency = 'EUR'", "currency = ?"),
        ("day >= date '2020-01-01' AND `x y` in (1, 2.5)", "day >= date ? AND `x y` in (?, ?)"),
        ("upper(currency) = 'it''s' OR day = \"a \\\" b\"", "upper(currency) = ? OR day = ?"),
        ("ref = 'ticket#12' and day is not null", "? = ? and day is not null"),
        ("currency = 'a\\'", "currency = ?"),
        ("t.day between 1e3 and 2L", "?.day between ? and ?"),
        ("currency = s3cr3t -- day", "currency = ? -- day"),
    ],
)
def test_sql_keeps_the_columns_that_are_known(text: str, masked: str):
    assert mask_text(text, names=frozenset({"currency", "day", "date"}), sql=True) == masked


@given(TEXTS, NAMES, st.booleans())
def test_tokens_are_the_text(text: str, names: frozenset[str], sql: bool):
    assert "".join(token.text for token in tokenize(text, names=names, sql=sql)) == text


@given(TEXTS, NAMES, st.booleans())
def test_masking_twice_is_masking_once(text: str, names: frozenset[str], sql: bool):
    once = mask_text(text, names=names, sql=sql)
    assert mask_text(once, names=names, sql=sql) == once


@given(st.lists(st.sampled_from(FRAGMENTS)), st.text("QXZ", min_size=4), st.sampled_from([", ", " = ", "(", " = '"]))
def test_a_word_between_brackets_and_operators_never_stays(before: list[str], secret: str, joint: str):
    assert secret not in mask_text("".join(before) + " AND (a#1" + joint + secret + ") AND b#2")


@given(TEXTS)
def test_masking_keeps_every_attribute(text: str):
    assert attributes(mask_text(text)) == attributes(text)


@pytest.mark.long
@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "\0",
        "`",
        "'",
        '"',
        "\\'",
        "a ",
        "#",
        "#1",
        "1",
        "a#1 ",
        "''",
        "``",
        "`a``",
        "-",
        ".",
        " ",
        "\n",
        "\n+- Filter",
        "'\\",
        "x`",
    ],
)
@pytest.mark.parametrize("sql", [False, True])
def test_a_megabyte_of_anything_is_read_once(unit: str, sql: bool):
    text = unit * (200_000 // len(unit))
    names = frozenset({"a" * 256, "a a", "n" * 100_000})
    assert "".join(token.text for token in tokenize(text, names=names, sql=sql)) == text


def texts_with_ids(value: object) -> list[str]:
    if isinstance(value, str):
        return [value] if "#" in value else []
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in texts_with_ids(item)]


def test_every_attribute_of_the_recorded_merge_is_a_column_of_it():
    with open("tests/traffic/72-delta-merge-expr/wire.json", encoding="utf-8") as file:
        bodies = [json.loads(request["body"]) for request in json.load(file)["requests"] if "plans" in request["path"]]
    plan = next(body for body in bodies if "MergeInto" in body["operations"]["write"]["name"])
    columns = {attribute["name"] for attribute in plan["attributes"]}
    found = [name for text in texts_with_ids(plan["operations"]) for name, _ in attributes(text)]
    assert len(found) >= 15
    assert set(found) <= columns
