"""The SQL in which a query is read, by the JDBC URL that it was sent to; and texts that nobody means well with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.model import Source
from lineage.naming import NamingContext, explain, name_source
from lineage.naming.dialects import DIALECTS
from lineage.naming.jdbc_uri import dialect_of
from lineage.naming.queries import LONGEST, LONGEST_MENTION
from lineage.naming.uri import LONGEST as LONGEST_NAME
from tests.naming.test_naming_queries import WORDS

pytestmark = pytest.mark.unit

SERVER = "jdbc:sqlserver://s.database.windows.net;database=d:"


@pytest.mark.parametrize(
    ("url", "scheme", "sql"),
    [
        ("jdbc:sqlserver://h", "sqlserver", "tsql"),
        ("JDBC:SQLServer://h", "sqlserver", "tsql"),
        ("jdbc:jtds:sqlserver://h", "sqlserver", "tsql"),
        ("jdbc:microsoft:sqlserver://h", "sqlserver", "tsql"),
        ("jdbc:datadirect:sqlserver://h", "sqlserver", "tsql"),
        ("jdbc:postgresql://h", "postgresql", "postgres"),
        ("jdbc:aws-wrapper:postgresql://h", "postgresql", "postgres"),
        ("jdbc:mysql://h", "mysql", "mysql"),
        ("jdbc:mysql:loadbalance://h", "mysql", "mysql"),
        ("jdbc:mariadb:sequential://h", "mysql", "mysql"),
        ("jdbc:oracle:thin:@h", "oracle", "oracle"),
        ("jdbc:oracle:oci8:@h", "oracle", "oracle"),
        ("jdbc:snowflake://h", "snowflakedb", "snowflake"),
        ("jdbc:redshift:iam://h", "redshift", "redshift"),
        ("jdbc:teradata://h", "teradata", "teradata"),
        ("jdbc:trino://h", "trino", "trino"),
        ("jdbc:presto://h", "trino", "trino"),
        ("jdbc:clickhouse:http://h", "clickhouse", "clickhouse"),
        ("jdbc:ch://h", "clickhouse", "clickhouse"),
        ("jdbc:vertica://h", "vertica", "postgres"),
        ("jdbc:databricks://h", "databricksdb", "databricks"),
        ("jdbc:spark://h", "databricksdb", "databricks"),
        ("jdbc:hive2://h", "hive2", "hive"),
        ("jdbc:impala://h", "hive2", "hive"),
        ("jdbc:bigquery://h", "bigquerydb", "bigquery"),
        ("jdbc:sqlite:/x", "sqlite", "sqlite"),
        ("jdbc:duckdb:/x", "duckdb", "duckdb"),
        ("jdbc:awsathena://h", "athena", "athena"),
        ("jdbc:db2://h", "db2", "db2"),
        ("jdbc:as400://h", "as400", "as400"),
        ("jdbc:sap://h", "saphana", "saphana"),
        ("jdbc:h2:mem:x", "h2", ""),
        ("jdbc:derby:x", "derby", ""),
        ("jdbc:foo://h", "foo", ""),
    ],
)
def test_dialect_of_a_sub_protocol(url, scheme, sql):
    dialect = dialect_of(url)
    assert dialect is not None
    assert (dialect.scheme, dialect.sql) == (scheme, sql)


def test_the_parser_knows_every_dialect_and_no_prefix_is_there_twice():
    import sqlglot

    prefixes = [prefix for dialect in DIALECTS for prefix in dialect.prefixes]
    assert len(set(prefixes)) == len(prefixes)
    unknown = {dialect.sql for dialect in DIALECTS if sqlglot.Dialect.get(dialect.sql) is None}
    assert unknown == {"db2", "as400", "saphana"}, "read as general SQL, but for their clauses"


@pytest.mark.parametrize(
    ("uri", "tables"),
    [
        (f"{SERVER}(select [a] from [x].[o'r]) q", ["x/o'r"]),
        ("jdbc:mysql://h/d:(select `a` from `o r`) q", ["o r"]),
        ("jdbc:oracle:thin:@db:1521:S:(select a from hr.emp where rownum < 5) q", ["HR/EMP"]),
        ('jdbc:oracle:thin:@db:1521:S:(select a from hr."Emp") q', ["HR/Emp"]),
        ("jdbc:snowflake://a.snowflakecomputing.com/?db=D&schema=S:(select a:b::int from t) q", ["T"]),
        ("jdbc:postgresql://h/d:(select a::int from s.t where b ~ 'x') q", ["t"]),
        ("jdbc:bigquery://h;ProjectId=p;DefaultDataset=d:(select a from `p.x.t`) q", ["x/t"]),
        ("jdbc:hive2://h/d:(select a from t lateral view explode(b) e as c) q", ["t"]),
    ],
)
def test_queries_are_read_in_the_sql_of_their_database(uri, tables):
    naming = name_source(Source(uri), NamingContext())
    assert not naming.notes
    names = [dataset.qualified_name.replace("/tables/", "/") for dataset in naming.datasets]
    assert all(
        name.endswith("/" + table.replace(" ", "%20") if "mssql" in name else table)
        for name, table in zip(names, tables, strict=True)
    )


@pytest.mark.parametrize(
    "query",
    [
        "(select",
        "(select a from t))",
        "(select a from t; drop table t)",
        "(exec sp_who)",
        "(select a from openrowset(bulk 'x', format = 'parquet') r) q",
        "(select 1) q",
        "(values (1)) q",
        "(select a from dbo.fn(1)) q",
        "(select '\ud800' from) q",
        "(select a from t where b = '\x00) q",
    ],
    ids=range(10),
)
@pytest.mark.timeout(60)
def test_a_query_without_a_readable_table_names_its_database(query):
    answer = explain({"uri": SERVER + query})
    assert (answer["type_name"], answer["qualified_name"]) == ("azure_sql_db", "mssql://s.database.windows.net/d")
    assert [note["code"] for note in answer["notes"]] == ["query-unreadable"]


@pytest.mark.long
@pytest.mark.parametrize(
    "query",
    [
        "(select " + "(" * 500 + "a" + ")" * 500 + " from t) q",
        "(select a from " + "(select a from " * 300 + "t" + ") x" * 300 + ") q",
        "(" + "select a from t union all " * 20_000 + "select a from t) q",
        "(select a from t where b in (" + ",".join("0" for _ in range(400_000)) + ")) q",
        "(select parse(d as date using 'en') w from dbo.t with (nolock)) q",
    ],
    ids=["brackets", "levels", "branches", "values", "syntax"],
)
@pytest.mark.timeout(60)
def test_a_query_beyond_the_parser_names_its_tables(query):
    naming = name_source(Source(SERVER + query), NamingContext())
    assert [dataset.qualified_name for dataset in naming.datasets] == ["mssql://s.database.windows.net/d/dbo/t"]
    assert [note.code for note in naming.notes] == ["query-unreadable"]
    assert naming.query is not None
    assert not naming.query.value("a").told
    assert len(str(explain({"uri": SERVER + query}))) < 2_000


def test_a_query_beyond_all_limits_names_its_database():
    query = "(select a from t where b in (" + ",".join("0" for _ in range(LONGEST_MENTION // 2)) + ")) q"
    assert len(query) > LONGEST_MENTION > LONGEST
    answer = explain({"uri": SERVER + query})
    assert answer["qualified_name"] == "mssql://s.database.windows.net/d"
    assert [note["code"] for note in answer["notes"]] == ["query-unreadable"]


@settings(deadline=None)
@given(st.lists(WORDS, max_size=20), st.sampled_from([dialect.prefixes[0] for dialect in DIALECTS]))
def test_no_query_is_an_error_and_none_ends_in_a_name(words, prefix):
    text = " ".join(words)
    for uri in (f"jdbc:{prefix}://h:1/d:(select {text}) q", f"jdbc:{prefix}://h:1/d:t {text}"):
        naming = name_source(Source(uri), NamingContext())
        assert naming.datasets
        for dataset in naming.datasets:
            assert len(dataset.qualified_name) <= LONGEST_NAME + 17


SECRET = "Pa55"
SECRETS = [
    f"jdbc:sqlserver://h;database=d;user=u;password={SECRET}:t",
    f"jdbc:sqlserver://h;database=d;user=u;password={{{SECRET};x}};:(select a from t) q",
    f"jdbc:postgresql://u:{SECRET}@h/d:t",
    f"jdbc:postgresql://h/d?user=u&password={SECRET}:t join u on t.a = u.a",
    f"jdbc:mysql://u:{SECRET}@(host=h,port=1)/d:t",
    f"jdbc:oracle:thin:u/{SECRET}@h:1521:S:t",
    f"jdbc:databricks://h:443/d;AuthMech=3;UID=token;PWD={SECRET}:t",
    f"jdbc:h2:mem:x;password={SECRET}:t",
    f"jdbc:foo:bar://u:{SECRET}@h/d:t",
    f"Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey={SECRET};EntityPath=h",
    f"mongodb://u:{SECRET}@h,h2/d.c",
    f"abfss://u:{SECRET}@c@a.dfs.core.windows.net/x",
    f"https://b.s3.amazonaws.com/k?X-Amz-Signature={SECRET}",
]


@pytest.mark.parametrize("uri", SECRETS)
def test_no_secret_is_in_a_name_a_step_or_a_note(uri):
    assert SECRET not in str(explain({"uri": uri}))
