"""Queries as databases let people write them, and what decides each of their columns."""

# ruff: noqa: E501 - a table is read by its rows

import pytest

from lineage.model import Column, Influence, Source
from lineage.naming import NamingContext, name_source
from lineage.naming.queries import read_query as read_or_raise
from tests.naming.queried import MADE, SAME, SUMMED, columns_of, influences_of, read, read_query

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "influences"),
    [
        ("select case when a = 1 then b end x from t", {Influence.CONDITION: {"t:a"}}),
        ("select case a when 1 then b end x from t", {Influence.CONDITION: {"t:a"}}),
        ("select case when a = 1 then case when b = 2 then c end end x from t", {Influence.CONDITION: {"t:a", "t:b"}}),
        ("select nullif(a, b) x from t", {Influence.CONDITION: {"t:a", "t:b"}}),
        ("select rank() over (partition by a order by b) x from t", {Influence.WINDOW: {"t:a", "t:b"}}),
        ("select sum(v) over w x from t window w as (partition by a order by b)", {Influence.WINDOW: {"t:a", "t:b"}}),
        (
            "select case when row_number() over (partition by a order by b) = 1 then c end x from t",
            {Influence.CONDITION: {"t:a", "t:b"}, Influence.WINDOW: {"t:a", "t:b"}},
        ),
        ("select sum(case when a > 1 then b end) x from t", {Influence.CONDITION: {"t:a"}}),
        ("select count(*) filter (where a > 1) x from t", {Influence.CONDITION: {"t:a"}}),
        ("select string_agg(a, ',' order by b) x from t", {Influence.SORT: {"t:b"}}),
        ("select x from (select case when a = 1 then b end x from t) q", {Influence.CONDITION: {"t:a"}}),
        (
            "with q as (select case when a = 1 then b end k from t) select upper(k) x from q",
            {Influence.CONDITION: {"t:a"}},
        ),
        ("select b x from t union all select case when a = 1 then c end from u", {Influence.CONDITION: {"u:a"}}),
        (
            "select case when k = 2 then 1 end x from (select case when a = 1 then b end k from t) q",
            {Influence.CONDITION: {"t:a", "t:b"}},
        ),
        ("select a = 1 as x from t", {}),
        ("select coalesce(a, b) x from t", {}),
    ],
)
def test_what_decides_a_column_is_that_columns_own(text, influences):
    assert influences_of(text, "x") == influences
    assert read(text)[2] == {}, "only a write that takes the column is influenced"


@pytest.mark.parametrize(
    ("text", "sql", "indirect"),
    [
        (
            "select a from (select a, row_number() over (partition by b order by c desc) rn from t) q where rn = 1",
            "tsql",
            {Influence.FILTER: {"t:b", "t:c"}, Influence.WINDOW: {"t:b", "t:c"}},
        ),
        (
            "select a from t qualify row_number() over (partition by b order by c) = 1",
            "snowflake",
            {Influence.FILTER: {"t:b", "t:c"}, Influence.WINDOW: {"t:b", "t:c"}},
        ),
        (
            "select a, rank() over (order by c) r from t qualify r <= 2",
            "teradata",
            {Influence.FILTER: {"t:c"}, Influence.WINDOW: {"t:c"}},
        ),
        (
            "select a from (select a, sum(v) over (partition by b) s from t) q where s > 1",
            "postgres",
            {Influence.FILTER: {"t:v", "t:b"}, Influence.WINDOW: {"t:b"}},
        ),
        (
            "select a from (select a, case when b = 1 then c end f from t) q where f = 2",
            "postgres",
            {Influence.FILTER: {"t:b", "t:c"}, Influence.CONDITION: {"t:b"}},
        ),
        ("select upper(a) x from t order by x", "postgres", {Influence.SORT: {"t:a"}}),
        ("select a, b, sum(c) s from t group by 1, 2", "postgres", {Influence.GROUP: {"t:a", "t:b"}}),
        ("select a, b, sum(c) s from t group by 2", "postgres", {Influence.GROUP: {"t:b"}}),
        ("select a, b + d, count(*), sum(c) over (partition by e) from t group by 0, 0", "postgres", {Influence.GROUP: {"t:a", "t:b", "t:d"}}),
        ("select a, b from t order by 2 desc, 9", "mysql", {Influence.SORT: {"t:b"}}),
        ("select a, b from t order by 0", "mysql", {}),
        ("select a + b k, count(*) n from t group by k", "mysql", {Influence.GROUP: {"t:a", "t:b"}}),
        ("select distinct on (a) b from t order by a, c", "postgres", {Influence.GROUP: {"t:a"}, Influence.SORT: {"t:a", "t:c"}}),
        ("select a from t union all select b from u order by a", "tsql", {Influence.SORT: {"t:a", "u:b"}}),
        ("select a from t where (b, c) in (select d, e from u where f = 1)", "postgres", {Influence.FILTER: {"t:b", "t:c", "u:d", "u:e", "u:f"}}),
        ("select a from t where b > all (select c from u)", "postgres", {Influence.FILTER: {"t:b", "u:c"}}),
        ("select t.a from t left semi join u on t.i = u.j", "databricks", {Influence.JOIN: {"t:i", "u:j"}}),
        ("select a from hr.emp where rownum < 5 and b = sysdate", "oracle", {Influence.FILTER: {"hr.emp:b"}}),
        ("select a from hr.emp connect by prior id = mgr start with mgr is null", "oracle", {Influence.JOIN: {"hr.emp:id", "hr.emp:mgr"}}),
    ],
)  # fmt: skip
def test_keys_stand_for_all_that_is_behind_them(text, sql, indirect):
    assert read(text, sql)[2] == indirect


@pytest.mark.parametrize(
    ("text", "sql", "tables", "columns"),
    [
        # common tables, by name and by case
        ("with t as (select a from t) select a from t", "tsql", ["t"], {"a": {("t", "a", SAME)}}),
        ("with t as (select a from s.u) select a from t", "tsql", ["s.u"], {"a": {("s.u", "a", SAME)}}),
        ("with T as (select a from u) select a from t", "postgres", ["u"], {"a": {("u", "a", SAME)}}),
        ("with t as (select a from u) select a from s.t", "postgres", ["s.t"], {"a": {("s.t", "a", SAME)}}),
        ("with c(k) as (select a from t) select k from c", "postgres", ["t"], {"k": {("t", "a", SAME)}}),
        ("with a as (select x from t), b as (select * from a), c as (select * from u) select x from b", "postgres", ["t"], {"x": {("t", "x", SAME)}}),
        ("select k from (with c as (select a k from t) select k from c) q", "postgres", ["t"], {"k": {("t", "a", SAME)}}),
        (
            "with r as (select id from t union all select r.id from r join u on u.p = r.id) select id from r",
            "tsql", ["t", "u"], {"id": {("t", "id", SAME)}},
        ),
        # sub-queries, column lists, joins in brackets
        ("select q.x from (select a, b from t) as q(x, y)", "postgres", ["t"], {"x": {("t", "a", SAME)}}),
        ("(select a from t) q left join u on q.a = u.i where q.a > 1", "postgres", ["t", "u"], {"a": {("t", "a", SAME)}}),
        ("((select a from t) union all (select b from u)) q", "postgres", ["t", "u"], {"a": {("t", "a", SAME), ("u", "b", SAME)}}),
        ("select e.name, m.name boss from emp e left join emp m on e.mgr = m.id", "tsql", ["emp"], {"name": {("emp", "name", SAME)}, "boss": {("emp", "name", SAME)}}),
        ("select s1.t.a x, s2.t.a y from s1.t join s2.t on s1.t.i = s2.t.i", "tsql", ["s1.t", "s2.t"], {"x": {("s1.t", "a", SAME)}, "y": {("s2.t", "a", SAME)}}),
        ("select i, n from t join (select j i, count(*) n from u group by j) q using (i)", "postgres", ["u", "t"], {"i": {("t", "i", SAME)}, "n": set()}),
        ("select i from t right join u using (i)", "postgres", ["t", "u"], {"i": {("u", "i", SAME)}}),
        ("select i from t full join u using (i)", "postgres", ["t", "u"], {"i": {("t", "i", SAME), ("u", "i", SAME)}}),
        ("select a, b, a x from t union all select c, d, e from u", "tsql", ["t", "u"], {"a": {("t", "a", SAME), ("u", "c", SAME)}, "b": {("t", "b", SAME), ("u", "d", SAME)}, "x": {("t", "a", SAME), ("u", "e", SAME)}}),
        ("select a, b from t union all by name select B, c a from u", "snowflake", ["t", "u"], {"a": {("t", "a", SAME), ("u", "c", SAME)}, "B": {("t", "b", SAME), ("u", "B", SAME)}}),
        ("select a, a from t union all select b, c from u", "tsql", ["t", "u"], {"a": {("t", "a", SAME), ("u", "c", SAME)}}),
        # turned, applied, generated
        ("select k, [x], [y] from (select k, b, c from t) s pivot (sum(c) for b in ([x], [y])) p", "tsql", ["t"], {"k": {("t", "k", SAME)}, "x": {("t", "c", SUMMED)}, "y": {("t", "c", SUMMED)}}),
        ("select p.k, p.x from t pivot (max(c) for b in (x)) p", "tsql", ["t"], {"k": {("t", "k", SAME)}, "x": {("t", "c", SUMMED)}}),
        ("select k, col, val from t unpivot (val for col in (a, b)) u", "tsql", ["t"], {"k": {("t", "k", SAME)}, "col": set(), "val": {("t", "a", SAME), ("t", "b", SAME)}}),
        ("select t.a, x.b from t outer apply (select top 1 u.b from u where u.i = t.i order by u.d) x", "tsql", ["u", "t"], {"a": {("t", "a", SAME)}, "b": {("u", "b", SAME)}}),
        ("select t.a, x.value from t cross apply string_split(t.tags, ',') x", "tsql", ["t"], {"a": {("t", "a", SAME)}, "value": {("t", "tags", MADE)}}),
        ("select j.v from t cross apply openjson(t.doc) with (v int '$.v') j", "tsql", ["t"], {"v": {("t", "doc", MADE)}}),
        ("select x.e from t cross join lateral (select u.e from u where u.i = t.i) x", "postgres", ["u", "t"], {"e": {("u", "e", SAME)}}),
        ("select e from t cross join unnest(t.arr) as x(e)", "trino", ["t"], {"e": {("t", "arr", MADE)}}),
        ("select f.value v from t, lateral flatten(input => t.a) f", "snowflake", ["t"], {"v": {("t", "a", MADE)}}),
        ("select v.k, t.a from t cross join (values (1), (2)) v(k)", "postgres", ["t"], {"k": set(), "a": {("t", "a", SAME)}}),
        ("select x.a.b.c v from t x", "bigquery", ["t"], {"v": {("t", "a", SAME)}}),
        # names as they are written
        ("select [a b] from [db].[s].[t.x]", "tsql", ["db.s.t.x"], {"a b": {("db.s.t.x", "a b", SAME)}}),
        ("select a from db..t", "tsql", ["db..t"], {"a": {("db..t", "a", SAME)}}),
        ("select a from ##t", "tsql", ["##t"], {"a": {("##t", "a", SAME)}}),
        ("select a from srv.db.dbo.t", "tsql", ["srv.db.dbo.t"], {"a": {("srv.db.dbo.t", "a", SAME)}}),
        ("select `a b`, t.c from `shop`.`t x` as t", "mysql", ["shop.t x"], {"a b": {("shop.t x", "a b", SAME)}, "c": {("shop.t x", "c", SAME)}}),
        ("select a from `proj-x`.ds.t", "bigquery", ["proj-x.ds.t"], {"a": {("proj-x.ds.t", "a", SAME)}}),
        # hints, comments, ends
        ("select a from t with (nolock, index(ix)) option (maxdop 1, recompile)", "tsql", ["t"], {"a": {("t", "a", SAME)}}),
        ("select /*+ parallel(t 4) */ a from t -- why\n where b = 1 /* x */ ;; ", "oracle", ["t"], {"a": {("t", "a", SAME)}}),
        (";with c as (select a from t) select a from c", "tsql", ["t"], {"a": {("t", "a", SAME)}}),
        ("select sql_no_cache a from t use index (i) limit 5", "mysql", ["t"], {"a": {("t", "a", SAME)}}),
        ("select a x from t for system_time as of '?'", "tsql", ["t"], {"x": {("t", "a", SAME)}}),
        ("select decode(a, 1, b, 2, c, d) x from t", "oracle", ["t"], {"x": {("t", "b", MADE), ("t", "c", MADE), ("t", "d", MADE)}}),
        ("select nvl2(a, b, c) x, iif(a > 1, b, c) y from t", "oracle", ["t"], {"x": {("t", "b", MADE), ("t", "c", MADE)}, "y": {("t", "b", MADE), ("t", "c", MADE)}}),
        ("select top (10) percent a = b, c as d from t", "tsql", ["t"], {"a": {("t", "b", SAME)}, "d": {("t", "c", SAME)}}),
    ],
)  # fmt: skip
def test_habits_of_databases(text, sql, tables, columns):
    found = read(text, sql)
    assert found[0] == tables
    assert {name: found[1].get(name) for name in columns} == columns
    assert all(read_query(text, sql, "").value(name).told for name in columns)


def _united(text, names=(), sql="tsql"):
    """Each column with its sources, told or not; and the tables whose columns are taken to be called the same."""
    query = read_or_raise(text, sql, "", tuple(names))
    tables = [".".join(part.text for part in parts) for parts in query.tables]
    columns = {
        name: {f"{tables[one.table]}.{one.column}" for one in query.value(name).direct}
        | (set() if query.value(name).told else {"?"})
        for name in names or "abxy"
    }
    return columns, [tables[table] for table in query.assumed], query.counts


@pytest.mark.parametrize(
    ("text", "columns", "assumed"),
    [
        # as many * in the same place: they stand for as many columns
        ("select * from t union all select * from u", {"x": {"t.x", "u.x"}}, ["u"]),
        ("select * from t union select * from u", {"x": {"t.x", "u.x"}}, ["u"]),
        ("select * from t union all select * from u union all select * from v", {"x": {"t.x", "u.x", "v.x"}}, ["u", "v"]),
        ("select * from t union all select * from t where a = 1", {"x": {"t.x"}}, []),
        ("select 1 s, t.* from t union all select b, u.* from u", {"s": {"u.b"}, "x": {"t.x", "u.x"}}, ["u"]),
        ("select x from (select * from t union all select * from u) q where y = 1", {"x": {"t.x", "u.x"}}, ["u"]),
        ("select q.x, v.y from (select * from t union all select * from u) q join v on q.i = v.i", {"x": {"t.x", "u.x"}, "y": {"v.y"}}, ["u"]),
        ("with q as (select * from t union all select * from u) select sum(x) x, y from q group by y", {"x": {"t.x", "u.x"}, "y": {"t.y", "u.y"}}, ["u"]),
        ("select * from t union all (select * from u union all select * from v)", {"x": {"t.x", "u.x", "v.x"}}, ["u", "v"]),
        ("select * from openquery(s, 'q') union all select * from u", {"x": {"u.x", "?"}}, ["u"]),
        # * against a list: the names of the columns tell the places
        ("select a, b from t union all select * from u", {"a": {"t.a", "u.a"}, "b": {"t.b", "u.b"}}, ["u"]),
        ("select * from t union all select a, b from u", {"x": {"t.x", "u.a"}, "y": {"t.y", "u.b"}}, []),
        ("select *, 1 z from t union all select a, b, c from u", {"x": {"t.x", "u.a"}, "y": {"t.y", "u.b"}, "z": {"u.c"}}, []),
        ("select s, t.* from t union all select u.*, k from u", {"s": {"t.s", "u.s"}, "x": {"t.x", "u.x"}, "y": {"t.y", "u.k"}}, ["u"]),
        ("select * from (select * from t union all select a, b from u) q", {"x": {"t.x", "u.a"}, "y": {"t.y", "u.b"}}, []),
        ("with q as (select * from t union all select a, b from u) select * from q", {"x": {"t.x", "u.a"}, "y": {"t.y", "u.b"}}, []),
        ("select a, b from t union all select * from (select * from u union all select c, d from v) q", {"a": {"t.a", "u.a", "v.c"}, "b": {"t.b", "u.b", "v.d"}}, ["u"]),
        ("select * from t intersect select * from u", {"x": {"t.x"}, "y": {"t.y"}}, []),
        # what cannot be counted
        ("select t.*, u.* from t join u on t.i = u.i union all select a, b, c from v", {"x": {"?"}, "y": {"?"}, "z": {"?"}}, []),
        ("select t.*, u.* from t join u on t.i = u.i union all select * from v", {"x": {"?"}, "y": {"?"}}, []),
        ("select * from t union all select 1", {"x": {"t.x", "?"}, "y": {"t.y", "?"}}, []),
        ("select * from t union all select a, b, c, d from u", {"x": {"t.x", "?"}, "y": {"t.y", "?"}}, []),
        ("select * from (select * from t union all select a, b from u) q(x, y)", {"x": {"?"}, "y": {"?"}}, []),
        ("with q(x, y) as (select * from t union all select a, b from u) select * from q", {"x": {"?"}, "y": {"?"}}, []),
        ("select s, t.* from t union all select u.*, k from u", {"x": {"t.x", "?"}, "s": {"t.s", "?"}}, []),
        ("select y, x from (select a, b from t union all select * from u) q", {"y": {"?"}, "x": {"?"}}, []),
    ],
)  # fmt: skip
def test_unions_behind_a_star_go_by_position_where_it_can_be_counted(text, columns, assumed):
    assert _united(text, columns)[:2] == (columns, assumed)


def test_a_union_says_that_it_could_tell_more_by_names():
    assert _united("select * from t union all select a, b from u")[2]
    assert _united("select a, b from t union all select * from u")[0] == {
        "a": {"t.a", "?"}, "b": {"t.b", "?"}, "x": {"?"}, "y": {"?"},
    }  # fmt: skip
    assert not _united("select * from t union all select * from u")[2]
    assert not _united("select a from t union all select b from u")[2]


def test_a_reader_s_columns_tell_the_places_of_a_union():
    uri = "jdbc:postgresql://h/d:(select * from a union all select k, v from b) q"
    columns = (Column("id", "int"), Column("name", "string"))

    naming = name_source(Source(uri, columns=columns), NamingContext())

    assert [[column.name for column in dataset.columns] for dataset in naming.datasets] == [["id", "name"], ["k", "v"]]
    assert not naming.notes
    same = name_source(Source(uri.replace("k, v", "*"), columns=columns), NamingContext())
    assert [note.code for note in same.notes] == ["columns-assumed"]


def test_functions_in_from_are_no_tables():
    for text in (
        "select a from dbo.fn(1)",
        "select a from openquery(srv, 'select a from t')",
        "select value from string_split('a,b', ',')",
    ):
        query = read_query(text, "tsql", "")
        assert query.tables == ()
    assert not read_query("select t.a, x.b from t cross apply dbo.fn(t.i) x", "tsql", "").value("b").told


@pytest.mark.parametrize("clause", ["for json path", "for json auto, root('x')", "for xml path('row')"])
def test_for_json_is_one_text_of_all_columns(clause):
    query = read_query(f"select a, b c from t {clause}", "tsql", "")
    value = query.value("JSON_F52E2B61-18A1-11d1-B105-00805F49916B")
    assert value.told
    assert {(one.column, one.kind) for one in value.direct} == {("a", MADE), ("b", MADE)}


def test_columns_that_the_database_names_are_found_by_position():
    query = read_query("select max(a), b, count(*) from t group by b", "postgres", "lower").called(
        ["max", "b", "count"]
    )
    assert [columns_of(query, name) for name in ("max", "b", "count")] == [[(0, "a")], [(0, "b")], []]
    other = read_query("select max(a), b from t", "postgres", "lower")
    assert other.called(["b", "max"]) == other, "the order is another one: nothing can be told by it"
    assert other.called(["max", "b", "c"]) == other
