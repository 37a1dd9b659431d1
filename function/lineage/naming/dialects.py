"""The kinds of databases that JDBC URLs lead to, and how each spells its URL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of database is spelled.

    ``separators`` part the URL's properties; ``database`` and ``schema`` are properties (lower case) that name them;
    ``parts`` is 3 where a table lives in a schema, 2 where not, 0 where the name is taken as it is; ``case`` is what
    unquoted names fold to; ``sql`` is its SQL by sqlglot's name, where that knows it. ``place_is_schema``: the URL's
    path is a schema.
    """

    scheme: str
    prefixes: tuple[str, ...]
    port: str = ""
    separators: str = "?&"
    database: tuple[str, ...] = ()
    schema: tuple[str, ...] = ()
    default_schema: str = ""
    default_database: str = ""
    parts: int = 3
    case: str = ""
    sql: str = ""
    user_is_schema: bool = False
    place_is_schema: bool = False


DIALECTS = (
    Dialect(
        "sqlserver",
        ("sqlserver", "mssql"),
        port="1433",
        separators=";",
        database=("database", "databasename", "initial catalog"),
        default_schema="dbo",
        default_database="master",
        sql="tsql",
    ),
    Dialect(
        "postgresql",
        ("postgresql", "postgres", "pgsql"),
        port="5432",
        schema=("currentschema",),
        default_schema="public",
        sql="postgres",
    ),
    Dialect("mysql", ("mysql", "mariadb"), port="3306", parts=2, sql="mysql"),
    Dialect("oracle", ("oracle",), port="1521", case="upper", sql="oracle", user_is_schema=True),
    Dialect(
        "db2",
        ("db2",),
        port="50000",
        separators=":;",
        schema=("currentschema",),
        case="upper",
        sql="db2",
        user_is_schema=True,
    ),
    Dialect("teradata", ("teradata",), port="1025", separators="/,", database=("database",), parts=2, sql="teradata"),
    Dialect(
        "snowflakedb",
        ("snowflake",),
        port="443",
        database=("db", "database", "sfdatabase"),
        schema=("schema", "sfschema"),
        default_schema="PUBLIC",
        case="upper",
        sql="snowflake",
    ),
    Dialect("redshift", ("redshift", "redshift:iam"), port="5439", default_schema="public", sql="redshift"),
    Dialect("trino", ("trino", "presto"), port="8080", parts=0, sql="trino"),
    Dialect("clickhouse", ("clickhouse", "ch"), parts=2, sql="clickhouse"),
    Dialect("vertica", ("vertica",), port="5433", default_schema="public", sql="postgres"),
    Dialect(
        "saphana",
        ("sap",),
        database=("databasename",),
        schema=("currentschema",),
        case="upper",
        sql="saphana",
        user_is_schema=True,
    ),
    Dialect("as400", ("as400",), separators=";", database=("libraries",), parts=2, case="upper", sql="as400"),
    Dialect("hive2", ("hive2", "impala"), port="10000", separators=";?", parts=2, case="lower", sql="hive"),
    Dialect(
        "databricksdb",
        ("databricks", "spark"),
        port="443",
        separators=";?",
        database=("conncatalog",),
        schema=("connschema",),
        default_schema="default",
        case="lower",
        sql="databricks",
        place_is_schema=True,
    ),
    Dialect(
        "bigquerydb",
        ("bigquery",),
        separators=";?",
        database=("projectid",),
        schema=("defaultdataset",),
        sql="bigquery",
    ),
    Dialect("sqlite", ("sqlite",), parts=0, sql="sqlite"),
    Dialect("duckdb", ("duckdb",), parts=0, sql="duckdb"),
    Dialect("athena", ("awsathena", "athena"), separators=";", parts=0, case="lower", sql="athena"),
)
