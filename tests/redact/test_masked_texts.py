"""Queries, stack traces and descriptions without their literals."""

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from lineage.spline.descriptions import mask_metadata, mask_relation, mask_storage, mask_table
from lineage.spline.querytext import is_query, mask_query, mask_uri
from lineage.spline.stacktrace import mask_error

pytestmark = pytest.mark.unit

QUERIES = [
    ("tsql", "(select top 10 a, [Order Id] from dbo.T1 t where c = N'x''y' and d > '2020-01-01') q"),
    ("postgres", "(select \"Order Id\", $$s$$ || a from t where d > date '2020-01-01' and i < interval '1 day') q"),
    ("postgres", "select a::numeric(10,2) from t where x in (1, 2.5, 1e3) limit 5 offset 10"),
    ("mysql", "(select `a b` from t where c = 'x' /* a comment */ limit 1, 2) q"),
    ("oracle", "(select a from hr.emp where d >= to_date('01.01.2020', 'DD.MM.YYYY') and rownum < 10) q"),
    (
        "snowflake",
        "select a, 0x1F, count(*) from t1 join t2 on t1.token = t2.token group by 1 -- a comment\n order by 2",
    ),
    ("", "with c as (select a from t where b = true and c is null) select case when a = 'x' then 1 else 2 end from c"),
]


@pytest.mark.parametrize(("dialect", "query"), QUERIES)
def test_a_masked_query_still_reads_the_same_tables_and_columns(dialect: str, query: str):
    masked = mask_query(query)
    before, after = (sqlglot.parse_one(text, read=dialect or None) for text in (query, masked))
    for kind in (sqlglot.exp.Table, sqlglot.exp.Column, sqlglot.exp.Alias):
        assert [node.sql() for node in after.find_all(kind) if not node.find(sqlglot.exp.Literal)] == [
            node.sql() for node in before.find_all(kind) if not node.find(sqlglot.exp.Literal)
        ]
    assert {node.this for node in after.find_all(sqlglot.exp.Literal)} <= {"?", "0"}
    assert mask_query(masked) == masked


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("select 'it''s', N'x', E'y', x'1f' from t", "select '?', '?', '?', '?' from t"),
        ("select a1, t_2.b3 from t4 where c = -5", "select a1, t_2.b3 from t4 where c = -0"),
        ("select 'C:\\x', a from t", "select '?', a from t"),
        ("select 'a\\' , 's3cr3t' from t", "select '?'"),
        ("select 'unterminated from t", "select '?'"),
        ("select q'[it's s3]', nq'!s3's!', q'(a' from t", "select '?', '?', q'?' from t"),
        ('select "s3cr3t\nx" from t', "select '?' from t"),
        ("select $tag$s3$x$ cr3t$tag$ from t /* s3", "select '?' from t  "),
        ("select x$y, #tmp.a from #tmp # comment", "select x$y, #tmp.a from #tmp  "),
        ("select a[1], [b] from t", "select a[0], [b] from t"),
    ],
)
def test_literals_of_queries(query: str, masked: str):
    assert mask_query(query) == masked
    assert mask_query(masked) == masked


@pytest.mark.parametrize(
    ("uri", "masked"),
    [
        ("jdbc:sqlserver://h;database=d:dbo.T", "jdbc:sqlserver://h;database=d:dbo.T"),
        (
            "jdbc:sqlserver://h;password=x;database=d:(select a from t where b = 's3') q",
            "jdbc:sqlserver://h;password=*****;database=d:(select a from t where b = '?') q",
        ),
        ("jdbc:postgresql://h/d:select a from t where b.token = c.token and d=5", None),
        ("jdbc:x://h/d:-- s3\n select 's3' from t", "jdbc:x://h/d: \n select '?' from t"),
        ("jdbc:x://h/d:( /* s3 */ select 's3' from t) q", "jdbc:x://h/d:(   select '?' from t) q"),
        ("jdbc:x://h/d:SEL a FROM t WHERE b = 's3'", "jdbc:x://h/d:SEL a FROM t WHERE b = '?'"),
        ("jdbc:x://h/d:LOCKING ROW FOR ACCESS SEL 's3' FROM t", "jdbc:x://h/d:LOCKING ROW FOR ACCESS SEL '?' FROM t"),
        ("jdbc:x://h/d:hr.t x where b = 's3' and c = 5", "jdbc:x://h/d:hr.t x where b = '?' and c = 0"),
        ("jdbc:x://h/d:[a b].t, u where c = 's3'", "jdbc:x://h/d:[a b].t, u where c = '?'"),
        ("jdbc:mysql://h1:3306,h2:3307/db1:t1", "jdbc:mysql://h1:3306,h2:3307/db1:t1"),
        ("jdbc:x://h1/d;app=my app, v2:S1.T1", "jdbc:x://h1/d;app=my app, v2:S1.T1"),
        ("abfss://c@a/x: select 5", "abfss://c@a/x: select 5"),
    ],
)
def test_queries_behind_a_url(uri: str, masked: str | None):
    assert mask_uri(uri) == (masked or uri.replace("5", "0"))


def test_names_of_tables_are_no_queries():
    names = ["dbo.T", "selections", "with_x", "[a b].c", "", "t x", "t as x", "t with (nolock)", "a.b.c.d"]
    assert not any(map(is_query, names))
    queries = [
        "(select 1) q",
        " SELECT a from b",
        "with x as (select 1) select * from x",
        "-- c\nselect 1",
        "select'x'",
    ]
    queries += ["/* c */ (select 1) q", "SEL a FROM t", "t where a = 1", "t x join u on t.a = 'b'", "t, u where a = 5"]
    assert [text for text in queries if not is_query(text)] == []


TRACE = """org.apache.spark.SparkException: Job aborted due to s3cr3t
second line with s3cr3t
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.f(QueryExecutionErrors.scala:775)
\tat java.base/java.lang.Thread.run(Thread.java:840) ~[?:1.8.0]
\tat a.Generated$1.processNext(Unknown Source)
\t... 17 more
Caused by: a.b.PythonException: Traceback (most recent call last):
  File "/Workspace/Users/s3cr3t@contoso.com/50 failed-udf.py", line 7, in boom
    raise ValueError("s3cr3t " + str(x))
  File "<stdin>", line 1, in <module>
ValueError: s3cr3t

Driver stacktrace:
Suppressed: java.lang.X: s3cr3t
at s3cr3t (in prose)"""
MASKED_TRACE = """org.apache.spark.SparkException: ?
?
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.f(QueryExecutionErrors.scala:775)
\tat java.base/java.lang.Thread.run(Thread.java:840) ~[?:1.8.0]
\tat a.Generated$1.processNext(Unknown Source)
\t... 17 more
Caused by: a.b.PythonException: ?
  File "50 failed-udf.py", line 7, in boom
?
  File "<stdin>", line 1, in <module>
ValueError: ?

Driver stacktrace:
Suppressed: java.lang.X: ?
?"""


def test_of_an_error_classes_and_frames_stay():
    assert mask_error(TRACE) == MASKED_TRACE
    assert mask_error(TRACE.replace("\n", "\r\n")).replace("\r", "") == MASKED_TRACE


@pytest.mark.parametrize(
    ("error", "masked"),
    [
        ("java.lang.NullPointerException", "java.lang.NullPointerException"),
        ("java.lang.NullPointerException: null", "java.lang.NullPointerException: ?"),
        ("AnalysisException: Table s3cr3t not found", "AnalysisException: ?"),
        ("no class at all: s3cr3t", "?"),
        ("SECRET: s3cr3t", "?"),
        ("", ""),
    ],
)
def test_short_errors(error: str, masked: str):
    assert mask_error(error) == masked


@given(st.one_of(st.text(), st.lists(st.sampled_from([*TRACE.split("\n"), "?", "\n", "a.B", ": "])).map("\n".join)))
def test_masking_an_error_twice_is_masking_it_once(text: str):
    once = mask_error(text)
    assert mask_error(once) == once


TABLE = """CatalogTable(
Catalog: spark_catalog
Database: sales
Table: v1
Owner: s3cr3t
Created By: Spark 3.5.3
Type: VIEW
Comment: s3cr3t
View Text: SELECT order_id AS id
FROM t WHERE email = 's3cr3t'
View Query Output Columns: [id, dbl]
Table Properties: [a=s3cr3t]
Location: abfss://c@a/p?sig=s3cr3t
Schema: root
 |-- id: integer (nullable = true)
 |-- address: struct (nullable = true)
 |    |-- city: string (nullable = true)
)"""


def test_of_a_table_structure_and_place_stay():
    masked = mask_table(TABLE)
    assert "s3cr3t" not in masked
    assert "WHERE" not in masked
    kept = [
        line for line in TABLE.split("\n") if line.startswith(("Cat", "Dat", "Tab", "Typ", "View Q", "Sch", " |", ")"))
    ]
    assert set(kept) - {"Table Properties: [a=s3cr3t]"} <= set(masked.split("\n"))
    assert "Location: abfss://c@a/p?*****" in masked
    assert mask_table(masked) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "SqlDWRelation(x,jdbc:sqlserver://h;database=d;password=s3,dbo.Dim,Map(a -> s3))",
            "SqlDWRelation(jdbc:sqlserver://h;database=d;password=*****,dbo.Dim)",
        ),
        ("CDFRelation(Snapshot(path=dbfs:/x/_delta_log, min={\"b\":\"s3\"}))", "CDFRelation(dbfs:/x/_delta_log)"),
        ("JDBCRelation(dbo.T) [numPartitions=1]", "JDBCRelation(dbo.T)"),
        ("Other(s3 cr3t)", "Other()"),
        ("", "?()"),
    ],
)  # fmt: skip
def test_of_a_relation_its_places_stay(text: str, masked: str):
    assert mask_relation(text) == masked
    assert mask_relation(masked).replace("?", "") == masked.replace("?", "")


def test_of_properties_and_metadata_keys_stay_at_most():
    assert (
        mask_storage("Storage(Location: dbfs:/x, Storage Properties: [a=s3, b=c])")
        == "Storage(Location: dbfs:/x, Storage Properties: [?])"
    )
    assert mask_metadata('{"spark.timeWindow":true,"comment":"s3"}') == '{"spark.timeWindow":"?","comment":"?"}'
    assert [mask_metadata(text) for text in ("", "{", "[1]", "5", "[" * 100_000)] == ["?"] * 5
