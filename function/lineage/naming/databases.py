"""Sources behind JDBC: the tables of a name or a query, or else the database."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lineage.model import AssetName, Note
from lineage.naming.context import NamingContext
from lineage.naming.databricks import shorten
from lineage.naming.dialects import Dialect
from lineage.naming.folding import fold_shard
from lineage.naming.hosts import is_workspace
from lineage.naming.identifiers import Part, split_link, split_name
from lineage.naming.jdbc import Server, canonical, read_server
from lineage.naming.jdbc_uri import Spelled
from lineage.naming.queries import parse_query, parse_relation
from lineage.naming.query import Names, Query
from lineage.naming.rule import DATASET
from lineage.naming.spelling import HIVE_CATALOGS, Spelling, hive_table, lower_segment, unity_uri

_GOES_ON = re.compile(r"\s(?:join|where|pivot|unpivot|apply)\b|,", re.I)
"""Behind a table's name: more than an alias or a hint."""
_LOWER = {"postgres", "redshift", "trino", "athena"}
"""SQL in which unquoted columns are stored in lower case; names of tables keep the case in which they are written."""
SQL_DW = {"com.databricks.spark.sqldw", "sqldw"}
"""The connector for SQL Data Warehouse tells what the host of the server does not."""


def spell_database(
    spelled: Spelled, source_format: str, context: NamingContext, names: Names = ()
) -> tuple[tuple[Spelling, ...], Query | None]:
    """A spelling for each table that is read or written, and what the query says of its columns, where it is one.

    ``names`` are those of the columns that are read, where they are known. Where no table is told, the database; a
    note says why.
    """
    server, dialect = read_server(spelled), spelled.dialect
    where = server.host or dialect.scheme
    query = _read(spelled, names)
    if query and query.tables:
        tables = [_table(dialect, server, parts, source_format, context) for parts in query.tables]
        notes = tuple(_told(query, tables, where))
        tables[0] = replace(tables[0], notes=(*tables[0].notes, *notes))
        return tuple(tables), query
    if spelled.query:
        note = Note("query-unreadable", f"a query of {where} names no table that can be read")
        return (_whole_database(dialect, server, note, source_format),), None
    parts = _name(spelled)
    if parts and not _is_temporary(dialect, parts):
        table = _table(dialect, server, parts, source_format, context)
        unread = Note("query-unreadable", f"what stands behind the name of a table in {where} cannot be read")
        is_all = spelled.literal or not _GOES_ON.search(spelled.table)
        return (table if is_all else replace(table, notes=(*table.notes, unread)),), None
    note = Note("jdbc-table-unknown", f"the table in {where} is not stated; give user and password as options")
    return (_whole_database(dialect, server, note, source_format),), None


def _told(query: Query, tables: Sequence[Spelling], where: str) -> Iterator[Note]:
    """What to know about the reading of a query."""
    if not query.is_read:
        why = f"a query of {where} cannot be parsed, or is too long: its tables are told, its columns are not"
        yield Note("query-unreadable", why)
    if query.assumed:
        names = ", ".join(shorten(tables[table].uri.rpartition("/")[2]) for table in query.assumed)
        why = f"behind * the columns of {names} are taken to be called as those of the first SELECT of the UNION"
        yield Note("columns-assumed", why)


def _read(spelled: Spelled, names: Names) -> Query | None:
    """The query, or the tables that are joined where a table's name may stand."""
    dialect = spelled.dialect
    case = dialect.case or ("lower" if dialect.sql in _LOWER else "")
    if spelled.query:
        query = parse_query(spelled.query, dialect.sql, case)
        return parse_query(spelled.query, dialect.sql, case, names) if query and query.counts and names else query
    if not spelled.literal and _GOES_ON.search(spelled.table):
        return parse_relation(spelled.table, dialect.sql, case)
    return None


def _name(spelled: Spelled) -> tuple[Part, ...]:
    """The parts of a table's name; a link as the first of them, as ``name_references`` has it."""
    linked = spelled.dialect.scheme == "oracle" and not spelled.literal
    name, link = split_link(spelled.table) if linked else (spelled.table, "")
    parts = split_name(name, literal=spelled.literal)
    return (Part(f"@{link}", quoted=True), *parts) if link and parts else parts


def _linked(dialect: Dialect, parts: tuple[Part, ...]) -> tuple[str, tuple[Part, ...]]:
    """The link that a name leads through, and the name behind it."""
    if len(parts) > 1 and parts[0].quoted and parts[0].text.startswith("@"):
        return parts[0].text[1:], parts[1:]
    return (parts[0].text, parts[1:]) if dialect.scheme == "sqlserver" and len(parts) == 4 else ("", parts)


def _table(
    dialect: Dialect, server: Server, parts: tuple[Part, ...], source_format: str, context: NamingContext
) -> Spelling:
    if dialect.scheme == "databricksdb" and is_workspace(server.host):
        return _in_databricks(server, parts, context)
    link, parts = _linked(dialect, parts)
    if link:
        note = Note("linked-server", f"{parts[-1].text} lies behind {link}: which database that is, is not told")
        return Spelling(_connector(canonical(dialect, server, parts, link), source_format), unsure=True, notes=(note,))
    parts = _written(dialect, parts, context)
    uri = _connector(canonical(dialect, server, parts), source_format)
    unsure = bool(dialect.default_database) and not server.database and len(parts) < 3
    label = "" if dialect.parts else ".".join(part.text for part in parts[-2:])
    spelling = Spelling(uri, label=label, unsure=unsure)
    if dialect.scheme != "sqlserver":
        unfolded = canonical(replace(dialect, case=""), server, parts)
        return replace(spelling, variants=(unfolded,) if unfolded != uri else ())
    variants = (uri,) if " " in uri else ()
    without = AssetName(DATASET, uri.replace(f"{dialect.scheme}:", "mssql:", 1).replace("/master/", "/", 1))
    return replace(spelling, uri=uri.replace(" ", "%20"), variants=variants, others=(without,) if unsure else ())


_TEMPORARY = {"sqlserver", "redshift"}
"""Databases in which ``#t`` is a table of one session."""


def _is_temporary(dialect: Dialect, parts: tuple[Part, ...]) -> bool:
    name = parts[-1].text
    return dialect.scheme in _TEMPORARY and name.startswith("#") and not name.startswith("##")


def _written(dialect: Dialect, parts: tuple[Part, ...], context: NamingContext) -> tuple[Part, ...]:
    """The parts as the database takes them: BigQuery's quotes may be around all of them, and of its tables by day
    (``events_20240131``, ``events_*``, ``t$20240131``) all are one; SQL Server's ``##t`` are in one place."""
    if dialect.scheme == "sqlserver" and parts[-1].text.startswith("##"):
        return (Part("tempdb"), Part("dbo"), parts[-1])
    if dialect.scheme != "bigquerydb":
        return parts
    if len(parts) == 1 and parts[0].quoted:
        parts = tuple(Part(part, quoted=True) for part in parts[0].text.split(".") if part) or parts
    return (*parts[:-1], Part(fold_shard(parts[-1].text, dates=context.fold_dates), parts[-1].quoted))


def _in_databricks(server: Server, parts: tuple[Part, ...], context: NamingContext) -> Spelling:
    """The same name as where a workspace reads its own table; without any catalogue it is the Hive metastore's."""
    names = [part.text for part in parts[-3:]]
    schema = names[-2] if len(names) > 1 and names[-2] else server.schema or "default"
    catalog = names[-3] if len(names) > 2 else server.database
    if not catalog or catalog.lower() in HIVE_CATALOGS:
        return replace(hive_table(server.host, schema, names[-1]), unsure=not catalog)
    uri = unity_uri(context, server.host, [lower_segment(name) for name in (catalog, schema, names[-1])])
    return Spelling(uri, unsure=not context.metastore_id)


def _whole_database(dialect: Dialect, server: Server, note: Note, source_format: str) -> Spelling:
    uri = _connector(canonical(dialect, server, ()), source_format)
    return Spelling(uri, notes=(note,), steps=(note.text,))


def _connector(uri: str, source_format: str) -> str:
    return uri.replace("sqlserver://", "sqldw://", 1) if source_format.lower() in SQL_DW else uri
