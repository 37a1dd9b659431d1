"""Tables that a query mentions, found without parsing it."""

# ruff: noqa: E501 - a table is read by its rows

import pytest
import sqlglot
from hypothesis import given, settings

from lineage.naming.mentions import tables
from lineage.naming.queries import read_query
from tests.naming.test_naming_queries import queries

pytestmark = pytest.mark.unit


def _mentioned(text, sql="postgres"):
    return [".".join(part.text for part in parts) for parts in tables(sqlglot.tokenize(text, read=sql or None), sql)]


@pytest.mark.parametrize(
    ("text", "sql", "names"),
    [
        ("select a from t", "postgres", ["t"]),
        ("select a from s.t x, u as y, v", "postgres", ["s.t", "u", "v"]),
        ("select a from t x join s.u on x.i = u.i left join v using (i, j), w where a in (1, 2)", "postgres", ["t", "s.u", "v", "w"]),
        ("select a from (select b from t) q, u", "postgres", ["t", "u"]),
        ("select a from ((t join u on t.i = u.i) join v on v.i = u.i)", "postgres", ["t", "u", "v"]),
        ("select a from t where b in (select c from u) union all select d from v order by x, y", "postgres", ["t", "u", "v"]),
        ("with c as (select a from t), d (k, l) as (select b, c from u) select * from c, D, e", "postgres", ["t", "u", "e"]),
        ("with c as not materialized (select a from t) select * from c join s.c on 1 = 1", "postgres", ["t", "s.c"]),
        ("with recursive r as (select a from t union all select a from r) select * from r", "postgres", ["t"]),
        ("select extract(year from d), trim(both 'x' from s), substring(a from 1 for 2), a is distinct from b from t", "postgres", ["t"]),
        ("select (select max(a) from u), b from t group by a, b having c > 1 limit 5", "postgres", ["u", "t"]),
        ("select a from f(1) x, lateral (select b from u) y, unnest(c) z, only v, table(g(2)) w", "postgres", ["u", "v"]),
        ("select 'from x', a from t -- from y\n where b = 'join z' /* from w */", "postgres", ["t"]),
        ('select a from "S"."T x" "from"', "postgres", ["S.T x"]),
        ("select a from [d b]..[t] (nolock) join u with (nolock, index(i)) on 1 = 1 cross apply v", "tsql", ["d b..t", "u", "v"]),
        ("select a from t for system_time as of 'x'", "tsql", ["t"]),
        ("select a from #t, @v, u", "tsql", ["u"]),
        ("select a from srv.db.dbo.t option (maxdop 1)", "tsql", ["srv.db.dbo.t"]),
        ("select a from `p.d.t`, x.y", "bigquery", ["p.d.t", "x.y"]),
        ("select a from proj-x.d.t, u", "bigquery", ["u"]),
        ("select a from @stage/x s, t", "snowflake", ["t"]),
        ("select a from lib/emp", "", []),
        ("exec sp_who", "tsql", []),
        ("delete from t", "postgres", []),
        ("select a from t; drop table u", "postgres", []),
        ("select a from (t", "postgres", []),
        ("select a from t)", "postgres", []),
        ("select a from", "postgres", []),
        ("select a from s.", "postgres", []),
        ("", "postgres", []),
    ],
)  # fmt: skip
def test_names_behind_from_are_tables(text, sql, names):
    assert _mentioned(text, sql) == names


@settings(deadline=None)
@given(queries())
def test_tables_are_those_of_the_parsed_query(text):
    parsed = {".".join(part.text for part in parts) for parts in read_query(text, "postgres", "").tables}

    assert parsed <= set(_mentioned(text)), "only there common tables that nothing reads are dropped"
    assert set(_mentioned(text)) <= {"t", "u", "s.u", "w"}
