"""Queries in the words of each database, through its JDBC URL: the tables by their names, the columns that they give."""

# ruff: noqa: E501 - a table is read by its rows

import pytest

from lineage.model import Source
from lineage.naming import NamingContext, name_source

pytestmark = pytest.mark.unit

URLS = {
    "oracle": ("jdbc:oracle:thin:@h:1521:S", "oracle://h:1521/S/"),
    "teradata": ("jdbc:teradata://td/DATABASE=dw", "teradata://td/"),
    "tsql": ("jdbc:sqlserver://s.database.windows.net;database=d", "mssql://s.database.windows.net/"),
    "synapse": ("jdbc:sqlserver://ws.sql.azuresynapse.net;database=pool", "mssql://ws.sql.azuresynapse.net/"),
    "snowflake": ("jdbc:snowflake://a.snowflakecomputing.com/?db=D&schema=S", "snowflake://a.snowflakecomputing.com/databases/"),
    "db2": ("jdbc:db2://h:50000/SAMPLE:currentSchema=HR;", "db2://servers/h:50000/databases/SAMPLE/schemas/"),
    "as400": ("jdbc:as400://h;libraries=LIB", "as400://h/"),
    "mysql": ("jdbc:mysql://h/d", "mysql://servers/h:3306/dbs/"),
    "bigquery": ("jdbc:bigquery://https://www.googleapis.com/bigquery/v2:443;ProjectId=p;DefaultDataset=d", "bigquery://"),
    "postgres": ("jdbc:postgresql://h/d", "postgresql://servers/h:5432/dbs/d/schemas/"),
    "redshift": ("jdbc:redshift://h:5439/dev", "redshift://h:5439/"),
    "vertica": ("jdbc:vertica://h/d", "vertica://h:5433/"),
    "trino": ("jdbc:trino://h:8080/hive/sales", "trino://h:8080/"),
    "clickhouse": ("jdbc:clickhouse://h:8123/d", "clickhouse://h:8123/"),
    "hive": ("jdbc:hive2://h:10000/d", "hive2://h:10000/"),
    "saphana": ("jdbc:sap://h:30015/?databaseName=HDB&currentSchema=S", "saphana://h:30015/HDB/"),
}  # fmt: skip
"""By SQL: a URL, and what the names of all its tables begin with."""

READ = [
    # Oracle: links are no tables of the database that is asked
    ("oracle", "(select a from hr.emp@sales_link) q", ["@SALES_LINK/HR/EMP"], {"a": ["EMP.A"]}),
    ("oracle", "(select e.a, d.b from emp e join dept@l.example.com d on e.i = d.i) q", ["EMP", "@L.EXAMPLE.COM/DEPT"], {"a": ["EMP.A"], "b": ["DEPT.B"]}),
    ("oracle", "(select emp.a from emp@lnk where emp.b = 1) q", ["@LNK/EMP"], {"a": ["EMP.A"]}),
    ("oracle", '(select "E"."x" from "Hr"."Emp"@"Lnk" "E") q', ["@Lnk/Hr/Emp"], {"x": ["Emp.x"]}),
    ("oracle", "hr.emp@sales_link", ["@SALES_LINK/HR/EMP"], {}),
    ("oracle", "(select e.a from hr.emp partition (p1) e, hr.dept d where e.i = d.i(+) and rownum < 5) q", ["HR/EMP", "HR/DEPT"], {"a": ["EMP.A"]}),
    ("oracle", "(select a, seq.nextval n, e.rowid r from hr.emp e) q", ["HR/EMP"], {"a": ["EMP.A"], "n": [], "r": []}),
    ("oracle", "(select q'[it's from x]' k, a from hr.emp minus select b, c from hr.dept) q", ["HR/EMP", "HR/DEPT"], {"k": [], "a": ["EMP.A"]}),
    # Teradata
    ("teradata", "(SEL a FROM dw.fact) q", ["dw/fact"], {"a": ["fact.a"]}),
    ("teradata", "SEL a FROM fact", ["dw/fact"], {"a": ["fact.a"]}),
    ("teradata", "(LOCKING ROW FOR ACCESS SELECT a FROM dw.fact) q", ["dw/fact"], {"a": ["fact.a"]}),
    ("teradata", "LOCKING TABLE dw.fact FOR ACCESS SEL a FROM dw.fact", ["dw/fact"], {"a": ["fact.a"]}),
    ("teradata", "(LOCK dw.fact IN ACCESS MODE NOWAIT LOCKING dw.dim FOR READ SEL f.a, d.b FROM dw.fact f JOIN dw.dim d ON f.i = d.i) q", ["dw/fact", "dw/dim"], {"a": ["fact.a"], "b": ["dim.b"]}),
    ("teradata", "(SEL TOP 10 a, b (FORMAT 'YYYY-MM') c, x MOD 2 m FROM fact SAMPLE 10) q", ["dw/fact"], {"a": ["fact.a"], "c": ["fact.b"], "m": ["fact.x"]}),
    # T-SQL
    ("tsql", "(select top (5) with ties [a b] from [my db]..[t] (nolock) order by b) q", ["my%20db/dbo/t"], {"a b": ["t.a b"]}),
    ("tsql", "(select t.a, u.b from t with (nolock, index(1)) inner hash join u with (nolock) on t.i = u.i option (maxdop 1)) q", ["d/dbo/t", "d/dbo/u"], {"a": ["t.a"], "b": ["u.b"]}),
    ("tsql", "(select o.a, t.b from openquery(SRV, 'select a, i from r') o join t on t.i = o.i) q", ["d/dbo/t"], {"a": ["?"], "b": ["t.b"]}),
    ("tsql", "(select a from srv.db2.dbo.t) q", ["@srv/db2/dbo/t"], {"a": ["t.a"]}),
    ("tsql", "(select #t.a, u.b from #t join u on #t.i = u.i) q", ["d/dbo/u"], {"a": ["?"], "b": ["u.b"]}),
    ("tsql", "(select a from ##t) q", ["tempdb/dbo/##t"], {"a": ["##t.a"]}),
    ("tsql", "(select x.value('(/a)[1]', 'int') v, n.c.value('@id', 'int') w from t cross apply t.doc.nodes('/a') n(c)) q", ["d/dbo/t"], {"v": ["t.x"], "w": ["t.doc"]}),
    ("tsql", "(select dbo.fn(a) v from t for system_time as of '2020-01-01') q", ["d/dbo/t"], {"v": ["t.a"]}),
    ("tsql", "(\n-- orders of today; all\nselect a, -- it's\n\tb\r\nfrom t /* ( */\n) q", ["d/dbo/t"], {"a": ["t.a"], "b": ["t.b"]}),
    ("tsql", "/* report */ select a from t;", ["d/dbo/t"], {"a": ["t.a"]}),
    ("tsql", "-- report\nselect a from t", ["d/dbo/t"], {"a": ["t.a"]}),
    ("tsql", "SELECT\ta\n\tFROM\tt", ["d/dbo/t"], {"a": ["t.a"]}),
    ("tsql", "select[a]from[t]", ["d/dbo/t"], {"a": ["t.a"]}),
    ("tsql", "/* all */ dbo.t -- of it", ["d/dbo/t"], {}),
    ("tsql", "(with c as (select a from t), d(k) as (select x from u) select c.a, d.k from c cross join d) as [q 1]", ["d/dbo/t", "d/dbo/u"], {"a": ["t.a"], "k": ["u.x"]}),
    ("tsql", "(select a from ((t join u on t.i = u.i) join v on v.j = u.j)) q", ["d/dbo/t", "d/dbo/u", "d/dbo/v"], {"a": ["?"]}),
    ("synapse", "(select r.a from openrowset(bulk 'https://x/y', format = 'PARQUET') with (a int) as r join ext.t t on t.i = r.a) q", ["pool/ext/t"], {"a": ["?"]}),
    ("synapse", "(select a from ext.t option (label = 'x')) q", ["pool/ext/t"], {"a": ["t.a"]}),
    # Snowflake
    ("snowflake", "(select t.$1 a, o.b from @db.s.stage/x (file_format => 'f') t join orders o on o.i = t.$2) q", ["D/schemas/S/tables/ORDERS"], {"a": ["?"], "b": ["ORDERS.B"]}),
    ("snowflake", "(select a from t qualify row_number() over (partition by b order by c) = 1) q", ["D/schemas/S/tables/T"], {"a": ["T.A"]}),
    ("snowflake", "(select f.value:x::string v, t.a from t, lateral flatten(input => t.arr, outer => true) f) q", ["D/schemas/S/tables/T"], {"v": ["T.ARR"], "a": ["T.A"]}),
    ("snowflake", "(select * rename (a as b) from t) q", ["D/schemas/S/tables/T"], {"b": ["T.A"], "C": ["T.C"]}),
    ("snowflake", "(select * exclude (x) replace (a + y as a) from t at(timestamp => '?'::timestamp)) q", ["D/schemas/S/tables/T"], {"a": ["T.A", "T.Y"], "C": ["T.C"]}),
    ("snowflake", "(select e from t match_recognize (partition by b order by c measures first(d) as e pattern (x+) define x as d > 1)) q", ["D/schemas/S/tables/T"], {"e": ["?"]}),
    ("snowflake", "(select jan from t pivot (sum(x) for m in ('1', '2')) as p (k, jan, feb)) q", ["D/schemas/S/tables/T"], {"jan": ["?"]}),
    ("snowflake", "(select object_construct(*) o, metadata$filename f, count(*) n from t group by all) q", ["D/schemas/S/tables/T"], {"o": ["?"], "f": [], "n": []}),
    # Db2
    ("db2", "(select a from emp with ur) q", ["HR/tables/EMP"], {"a": ["EMP.A"]}),
    ("db2", "select a from x.emp fetch first 10 rows only with ur", ["X/tables/EMP"], {"a": ["EMP.A"]}),
    ("db2", "(select a from emp for read only with cs use and keep share locks) q", ["HR/tables/EMP"], {"a": ["EMP.A"]}),
    ("db2", "(select a from emp for fetch only optimize for 20 rows) q", ["HR/tables/EMP"], {"a": ["EMP.A"]}),
    ("db2", "(with ur as (select a from emp) select a from ur with ur) q", ["HR/tables/EMP"], {"a": ["EMP.A"]}),
    ("db2", "(select current date d, a concat b c, e + 1 day f, g - 0 hours h from emp skip locked data) q", ["HR/tables/EMP"], {"d": [], "c": ["EMP.A", "EMP.B"], "f": ["EMP.E"], "h": ["EMP.G"]}),
    ("db2", "(select 'with ur' k, \"day\" from emp) q", ["HR/tables/EMP"], {"k": [], "day": ["EMP.day"]}),
    ("as400", "(select a from emp with nc) q", ["LIB/EMP"], {"a": ["EMP.A"]}),
    # MySQL
    ("mysql", "(select `a b`, t.c from `d 2`.`t` use index (i) limit 5, 10) q", ["d 2/tables/t"], {"a b": ["t.a b"], "c": ["t.c"]}),
    ("mysql", "(select a -- why\n, b # not\nfrom t lock in share mode) q", ["d/tables/t"], {"a": ["t.a"], "b": ["t.b"]}),
    ("mysql", "(select \"text\" x, if(a = 1, b, c) y, j.z from t, json_table(t.doc, '$[*]' columns (z int path '$.z')) j) q", ["d/tables/t"], {"x": [], "y": ["?"], "z": ["t.doc"]}),
    ("mysql", "(select sql_calc_found_rows a from t procedure analyse()) q", ["d/tables/t"], {"a": ["?"]}),
    # BigQuery
    ("bigquery", "(select a from `p2.x.events_*` where _table_suffix > '?') q", ["p2/x/events_*"], {"a": ["events_*.a"]}),
    ("bigquery", "(select a from x.events_20240131 union all select b from `p.x.events_20240201`) q", ["p/x/events_*"], {"a": ["events_*.a", "events_*.b"]}),
    ("bigquery", "(select t.a, item.sku s from `p-x`.ds.t, unnest(t.items) item) q", ["p-x/ds/t"], {"a": ["t.a"], "s": ["t.items"]}),
    ("bigquery", "(select * except (x) replace (a / 2 as a) from t) q", ["p/d/t"], {"a": ["t.a"], "c": ["t.c"]}),
    ("bigquery", "(select address.city c, to_json_string(t) j from t) q", ["p/d/t"], {"c": ["t.address"], "j": ["?"]}),
    ("bigquery", "`p-x.ds.t`", ["p-x/ds/t"], {}),
    # PostgreSQL, Redshift, Vertica
    ("postgres", "(select a from only hr.t) q", ["hr/tables/t"], {"a": ["t.a"]}),
    ("postgres", "(select a from only (hr.t)) q", ["hr/tables/t"], {"a": ["t.a"]}),
    ("postgres", "(select t.a, g.i, e.v from t, generate_series(1, t.n) as g(i) cross join lateral jsonb_array_elements(t.doc) as e(v)) q", ["public/tables/t"], {"a": ["t.a"], "i": ["t.n"], "v": ["t.doc"]}),
    ("postgres", "(select t.a, x.b from t left join lateral (select b from u where u.i = t.i limit 1) x on true) q", ["public/tables/u", "public/tables/t"], {"a": ["t.a"], "b": ["u.b"]}),
    ("postgres", "(select r.a, t.b from rows from (f(1), g(2)) as r(a, b), t) q", ["public/tables/t"], {"a": ["?"], "b": ["t.b"]}),
    ("postgres", "(select (x).a, row_to_json(x) j, $$u from v$$ k from t x) q", ["public/tables/t"], {"a": ["t.a"], "j": ["?"], "k": []}),
    ("postgres", "(select a from t join u using (i) as j) q", ["public/tables/t", "public/tables/u"], {"a": ["?"]}),
    ("postgres", "(select extract(year from d) y, trim(both from s) t, a is distinct from b n from x) q", ["public/tables/x"], {"y": ["x.d"], "n": ["x.a", "x.b"]}),
    ("redshift", "(select t.a, i.sku s, sysdate n from spectrum.t t, t.items i) q", ["dev/spectrum/t"], {"a": ["t.a"], "s": ["t.items"], "n": []}),
    ("redshift", "(select top 10 x.a from #tmp x join db2.s.t y on x.i = y.i qualify row_number() over (order by y.b) = 1) q", ["db2/s/t"], {"a": ["?"]}),
    ("vertica", "(select a from t limit 1 over (partition by b order by c)) q", ["d/public/t"], {"a": ["t.a"]}),
    # others
    ("trino", "(select e from t cross join unnest(arr) with ordinality as x(e, n)) q", ["hive/sales/t"], {"e": ["t.arr"]}),
    ("clickhouse", "(with (select max(a) from t) as m select m, b from u) q", ["d/t", "d/u"], {"m": ["?"]}),
    ("clickhouse", "(select e from t array join arr as e) q", ["d/t"], {"e": ["?"]}),
    ("clickhouse", "(select a from t final prewhere b = 1 settings max_threads = 1) q", ["d/t"], {"a": ["t.a"]}),
    ("hive", "(select t.a, e.x from t lateral view outer posexplode(arr) e as p, x) q", ["d/t"], {"a": ["t.a"], "x": ["t.arr"]}),
    ("saphana", "(select a from \"_SYS_BIC\".\"pkg/CV\" ('PLACEHOLDER' = ('$$A$$', 'x'), 'PLACEHOLDER' = ('$$B$$', 'y')) with hint (no_cs_join)) q", ["_SYS_BIC/pkg%2FCV"], {"a": ["pkg%2FCV.A"]}),
    ("saphana", "(select a from \"_SYS_BIC\".\"pkg/CV\" (placeholder.\"$$A$$\" => 'x')) q", ["_SYS_BIC/pkg%2FCV"], {"a": ["pkg%2FCV.A"]}),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "query", "tables", "columns"), READ)
def test_a_query_is_read_as_its_database_reads_it(sql, query, tables, columns):
    url, start = URLS[sql]

    naming = name_source(Source(f"{url}:{query}"), NamingContext())

    names = list(dict.fromkeys(dataset.qualified_name for dataset in naming.datasets))
    if sql == "oracle":
        tables = [table if "/" in table else f"/{table}" for table in tables]
    assert names == [f"{start}{table}".replace("S//", "S/") for table in tables]
    assert {name: _sources(naming, name) for name in columns} == columns


def _sources(naming, column):
    assert naming.query is not None
    value = naming.query.value(column)
    tables = [dataset.qualified_name.rpartition("/")[2] for dataset in naming.datasets]
    return [f"{tables[one.table]}.{one.column}" for one in sorted(value.direct)] + ([] if value.told else ["?"])


@pytest.mark.parametrize(
    ("sql", "asked"),
    [
        ("tsql", "(select a from openquery(SRV, 'select a from t')) q"),
        ("tsql", "(select a from #t) q"),
        ("tsql", "(select a from @t) q"),
        ("tsql", "#t"),
        ("tsql", "tempdb..#t"),
        ("tsql", "set nocount on; select a from t"),
        ("tsql", "(exec sp_who) q"),
        ("snowflake", "(select $1 from @stage) q"),
        ("snowflake", "(select a from table(my_function(1))) q"),
        ("postgres", "(select a from dblink('c', 'select a from r') as d(a int)) q"),
        ("postgres", "(select a from f(1) as (a int)) q"),
        ("bigquery", "(select a from external_query('p.eu.c', 'select a from t')) q"),
        ("db2", "(select a from final table (insert into t values (1))) q"),
        ("as400", "(select a from lib/emp) q"),
    ],
)
def test_what_is_no_table_of_the_database_is_never_called_one(sql, asked):
    url, _ = URLS[sql]

    naming = name_source(Source(f"{url}:{asked}"), NamingContext())

    assert [dataset.rule.rpartition("_")[2] for dataset in naming.datasets] in (["database"], ["db"], ["project"])
    assert {note.code for note in naming.notes} <= {"query-unreadable", "jdbc-table-unknown"}


@pytest.mark.parametrize(
    ("prepared", "query"),
    [
        ("(SELECT * INTO #TempTable FROM (SELECT * FROM tbl) t)", "SELECT * FROM #TempTable"),
        ("select id, v into #TempTable from tbl;\n", "(select #temptable.id from #TempTable where v > 1) q"),
        ("WITH c AS (SELECT * FROM tbl)", "SELECT id FROM c"),
        ("with c as (select * from tbl)", "(select id from c) q"),
    ],
)
def test_what_a_query_is_prepared_with_is_looked_through(prepared, query):
    options = (("preparequery", prepared), ("query", query), ("url", URLS["tsql"][0]))

    naming = name_source(Source(f"{URLS['tsql'][0]}:{query}", options=options), NamingContext())

    assert [dataset.qualified_name for dataset in naming.datasets] == ["mssql://s.database.windows.net/d/dbo/tbl"]
    assert _sources(naming, "id") == ["tbl.id"]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("select t.a from t join u using (i) join v using (i)", {"t.i", "u.i", "v.i"}),
        ("select t.a from t join u using (i) join v using (j)", {"t.i", "u.i", "v.j"}),
        ("select t.a from t join u on t.x = u.y join v using (j)", {"t.x", "u.y", "v.j"}),
        ("select t.a from (t join u on t.x = u.y) join v on v.z = t.z", {"t.x", "u.y", "v.z", "t.z"}),
        ("select t.a from ((t join u on t.x = u.y) join v on v.z = u.z)", {"t.x", "u.y", "v.z", "u.z"}),
    ],
)
def test_joins_in_brackets_and_keys_of_several_joins(text, columns):
    naming = name_source(Source(f"{URLS['postgres'][0]}:({text}) q"), NamingContext())

    assert naming.query is not None
    tables = [dataset.name.rpartition(".")[2] for dataset in naming.datasets]
    [(kind, origins)] = naming.query.indirect
    assert kind == "join"
    assert {f"{tables[one.table]}.{one.column}" for one in origins} == columns
