"""Queries that were sent to a database: tables, columns, influences."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.model import Influence
from lineage.naming.queries import parse_query
from tests.naming.queried import MADE, SAME, SUMMED, columns_of, read, read_query

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "tables", "columns"),
    [
        ("select a, b as c from s.t", ["s.t"], {"a": {("s.t", "a", SAME)}, "c": {("s.t", "b", SAME)}}),
        ("(select a from t) q", ["t"], {"a": {("t", "a", SAME)}}),
        ("( select a from t ) as q", ["t"], {"a": {("t", "a", SAME)}}),
        ("(select a from t) SPARK_GEN_SUBQ_0", ["t"], {"a": {("t", "a", SAME)}}),
        ("select a from t;", ["t"], {"a": {("t", "a", SAME)}}),
        (
            "select upper(a) x, a || b y from t",
            ["t"],
            {"x": {("t", "a", MADE)}, "y": {("t", "a", MADE), ("t", "b", MADE)}},
        ),
        ("select sum(a) s, count(*) n from t", ["t"], {"s": {("t", "a", SUMMED)}, "n": set()}),
        (
            "select x.a, y.b from t x join u y on x.i = y.i",
            ["t", "u"],
            {"a": {("t", "a", SAME)}, "b": {("u", "b", SAME)}},
        ),
        ("select X.a from t x", ["t"], {"a": {("t", "a", SAME)}}),
        ("select a from t, u", ["t", "u"], {"a": set()}),
        ("with c as (select a k from t) select k from c", ["t"], {"k": {("t", "a", SAME)}}),
        ("with c as (select * from t) select x from u", ["u"], {"x": {("u", "x", SAME)}}),
        ("select s.k from (select upper(a) k from t) s", ["t"], {"k": {("t", "a", MADE)}}),
        ("select a from t union all select b from u", ["t", "u"], {"a": {("t", "a", SAME), ("u", "b", SAME)}}),
        ("select a from t except select b from u", ["t", "u"], {"a": {("t", "a", SAME)}}),
        ("select (select max(d) from u where u.i = t.i) m from t", ["u", "t"], {"m": {("u", "d", SUMMED)}}),
        ("select case when a = 1 then b else c end x from t", ["t"], {"x": {("t", "b", MADE), ("t", "c", MADE)}}),
        (
            "select nullif(a, b) x, coalesce(a, b) y from t",
            ["t"],
            {"x": {("t", "a", MADE)}, "y": {("t", "a", MADE), ("t", "b", MADE)}},
        ),
        ("select row_number() over (partition by a order by b) r from t", ["t"], {"r": set()}),
        ("select sum(v) over (partition by a) r from t", ["t"], {"r": {("t", "v", SUMMED)}}),
        ("select lag(v) over (partition by a order by b) r from t", ["t"], {"r": {("t", "v", MADE)}}),
        ("select 1 as one, ? as q from t", ["t"], {"one": set(), "q": set()}),
        ("select a from t where b = ? and c in (?, ?)", ["t"], {"a": {("t", "a", SAME)}}),
        (
            "with recursive r as (select id from t union all select r.id from r join u on u.p = r.id) select id from r",
            ["t", "u"],
            {"id": {("t", "id", SAME)}},
        ),
    ],
)
def test_columns_lead_to_their_tables(text, tables, columns):
    assert read(text)[:2] == (tables, columns)


@pytest.mark.parametrize(
    ("text", "indirect"),
    [
        ("select a from t where b > 1", {Influence.FILTER: {"t:b"}}),
        ("select a, sum(b) from t group by a having sum(c) > 1", {Influence.GROUP: {"t:a"}, Influence.FILTER: {"t:c"}}),
        ("select a from t order by b limit 5", {Influence.SORT: {"t:b"}}),
        ("select x.a from t x join u y on x.i = y.j", {Influence.JOIN: {"t:i", "u:j"}}),
        ("select x.a from t x join u y using (i)", {Influence.JOIN: {"t:i", "u:i"}}),
        ("select distinct a from t", {Influence.GROUP: {"t:a"}}),
        ("select a from t intersect select b from u", {Influence.JOIN: {"t:a", "u:b"}, Influence.GROUP: {"t:a"}}),
        ("select a from t where exists (select k from u where u.i = t.i)", {Influence.FILTER: {"u:k", "u:i", "t:i"}}),
        ("select a from t where b in (select k from u)", {Influence.FILTER: {"t:b", "u:k"}}),
        ("select s.k from (select k from t where f = 1) s", {Influence.FILTER: {"t:f"}}),
    ],
)
def test_influences(text, indirect):
    assert read(text)[2] == indirect


def test_star_hands_on_columns_that_are_not_listed():
    query = read_query("select t.*, u.b from t join u on t.i = u.i", "postgres", "")

    assert columns_of(query, "whatever") == [(0, "whatever")]
    assert columns_of(query, "B") == [(1, "b")]
    assert columns_of(read_query("select * from t join u on t.i = u.i", "postgres", ""), "x") is None
    assert columns_of(read_query("select a from t", "postgres", ""), "x") is None


def test_untold_columns_are_known_to_be_untold():
    query = read_query("select A, x.b, a + x.b as c from t x, u", "postgres", "")

    assert {output.name for output in query.outputs if not output.value.told} == {"A", "c"}
    assert columns_of(query, "C") == [(0, "b")]


@pytest.mark.parametrize(
    ("text", "sql", "table"),
    [
        ("SELECT TOP 5 [a] FROM [db].[dbo].[my.t] WITH (NOLOCK)", "tsql", ["db", "dbo", "my.t"]),
        ("select `a` from `shop`.`orders`", "mysql", ["shop", "orders"]),
        ('select "a" from "HR"."People"', "postgres", ["HR", "People"]),
        ("select a from hr.emp where rownum < 5", "oracle", ["hr", "emp"]),
        ("select a from dw.fact qualify row_number() over (order by b) = 1", "teradata", ["dw", "fact"]),
        ("select a:b::string from db.s.t", "snowflake", ["db", "s", "t"]),
        ("select a from db2inst1.emp fetch first 5 rows only", "", ["db2inst1", "emp"]),
    ],
)
def test_dialects(text, sql, table):
    assert [[part.text for part in parts] for parts in read_query(text, sql, "").tables] == [table]


def test_unquoted_columns_fold_as_their_database_folds_them():
    query = read_query('select Id, "Name" from t', "oracle", "upper")

    assert [(output.name, [one.column for one in output.value.direct]) for output in query.outputs] == [
        ("Id", ["ID"]),
        ("Name", ["Name"]),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "()",
        "(",
        "exec sp_who",
        "drop table x",
        "update t set a = 1",
        "insert into t select * from u",
        "(select a from",
        "garbage (x",
        "select a from t; drop table t",
        "(select a from t) q; drop table t --",
        "with",
        "x" * 300_000,
    ],
)
def test_whatever_is_no_query_gives_none(text):
    assert parse_query(text, "tsql", "") is None


@pytest.mark.timeout(30)
@pytest.mark.parametrize("depth", [10, 30, 100, 1_000, 20_000])
@pytest.mark.parametrize("opening", ["(", "(select * from ", "case when a then ", "not ", "f("])
def test_deep_nesting_ends(depth, opening):
    parse_query("select " + opening * depth + "1" + ")" * depth, "tsql", "")


SPELLING = """
    select from where a b t u s.t ( ) , * as join on = . union all with group by order case when then end else null
    [x] "y" 'z' ? 1 in exists distinct over partition lateral unnest values intersect except having using pivot
    @ # . sel locking row for access ur only rows current date + 1 day concat exclude replace rename (* into openquery
"""
WORDS = st.sampled_from(SPELLING.split())


@settings(deadline=None)
@given(
    st.lists(WORDS, max_size=25), st.sampled_from(["tsql", "postgres", "mysql", "oracle", "snowflake", "teradata", ""])
)
def test_no_text_is_an_error(words, sql):
    parse_query("select " + " ".join(words), sql, "")


NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.recursive(
    st.one_of(NAMES, st.builds("x.{}".format, NAMES), st.just("1"), st.just("?")),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
        st.builds("sum({})".format, inner),
        st.builds("case when {} = 1 then {} else {} end".format, inner, inner, inner),
        st.builds("(select max({}) from u)".format, inner),
        st.builds("row_number() over (partition by {} order by {})".format, inner, inner),
    ),
    max_leaves=6,
)


@st.composite
def queries(draw, depth=2):
    """Valid queries of known shape: reading them never falls back on ``None``."""
    sources = ["t x", "s.u x", "t x join u y on x.a = y.a", "t x cross join (values (1)) v(k)"]
    if depth:
        sources.append(f"({draw(queries(depth - 1))}) x")
    source = draw(st.sampled_from(sources))
    selected = ", ".join(
        f"{value} as c{index}" for index, value in enumerate(draw(st.lists(SCALARS, min_size=1, max_size=3)))
    )
    start = draw(st.sampled_from(["select", "select distinct"]))
    text = f"{start} {draw(st.sampled_from([selected, 'x.*, ' + selected, '*']))} from {source}"
    if draw(st.booleans()):
        text += f" where {draw(SCALARS)} in (select {draw(NAMES)} from w)"
    if depth and draw(st.booleans()):
        text += f" {draw(st.sampled_from(['union', 'union all', 'except', 'intersect']))} {draw(queries(0))}"
    if depth == 2 and draw(st.booleans()):
        text = f"with q as ({draw(queries(0))}) {text}"
    return text


@settings(deadline=None)
@given(queries())
def test_valid_queries_are_read(text):
    query = read_query(text, "postgres", "lower")

    assert query.tables
    for output in query.outputs:
        assert output.table is None or output.table < len(query.tables)
    for origins in (*(output.value.everything() for output in query.outputs), *(each for _, each in query.indirect)):
        assert all(0 <= origin.table < len(query.tables) for origin in origins)
    assert query == read_query(text, "postgres", "lower")
