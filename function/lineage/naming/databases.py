"""Sources behind JDBC: the tables of a name or a query, or else the database."""

import re
from dataclasses import replace

from lineage.model import AssetName, Note
from lineage.naming.context import NamingContext
from lineage.naming.dialects import Dialect
from lineage.naming.hosts import is_workspace
from lineage.naming.identifiers import Part, split_name
from lineage.naming.jdbc import Server, Spelled, canonical, read_server
from lineage.naming.queries import parse_query, parse_relation
from lineage.naming.query import Query
from lineage.naming.rule import DATASET
from lineage.naming.spelling import HIVE_CATALOGS, Spelling, hive_table, lower_segment, unity_uri

_GOES_ON = re.compile(r"\s(?:join|where|pivot|unpivot|apply)\b|,", re.I)
"""Behind a table's name: more than an alias or a hint."""
_LOWER = {"postgres", "redshift", "trino", "athena"}
"""SQL in which unquoted columns are stored in lower case; names of tables keep the case in which they are written."""
SQL_DW = {"com.databricks.spark.sqldw", "sqldw"}
"""The connector for SQL Data Warehouse tells what the host of the server does not."""


def spell_database(
    spelled: Spelled, source_format: str, context: NamingContext
) -> tuple[tuple[Spelling, ...], Query | None]:
    """A spelling for each table that is read or written, and what the query says of its columns, where it is one.

    Where no table is told, the database; a note says why.
    """
    server, dialect = read_server(spelled), spelled.dialect
    where = server.host or dialect.scheme
    query = _read(spelled)
    if query and query.tables:
        return tuple(_table(dialect, server, parts, source_format, context) for parts in query.tables), query
    if spelled.query:
        note = Note("query-unreadable", f"a query of {where} names no table that can be read")
        return (_whole_database(dialect, server, note, source_format),), None
    parts = split_name(spelled.table, literal=spelled.literal)
    if parts:
        table = _table(dialect, server, parts, source_format, context)
        unread = Note("query-unreadable", f"what stands behind the name of a table in {where} cannot be read")
        is_all = spelled.literal or not _GOES_ON.search(spelled.table)
        return (table if is_all else replace(table, notes=(*table.notes, unread)),), None
    note = Note("jdbc-table-unknown", f"the table in {where} is not stated; give user and password as options")
    return (_whole_database(dialect, server, note, source_format),), None


def _read(spelled: Spelled) -> Query | None:
    """The query, or the tables that are joined where a table's name may stand."""
    dialect = spelled.dialect
    case = dialect.case or ("lower" if dialect.sql in _LOWER else "")
    if spelled.query:
        return parse_query(spelled.query, dialect.sql, case)
    if not spelled.literal and _GOES_ON.search(spelled.table):
        return parse_relation(spelled.table, dialect.sql, case)
    return None


def _table(
    dialect: Dialect, server: Server, parts: tuple[Part, ...], source_format: str, context: NamingContext
) -> Spelling:
    if dialect.scheme == "databricksdb" and is_workspace(server.host):
        return _in_databricks(server, parts, context)
    uri = _connector(canonical(dialect, server, parts), source_format)
    unsure = bool(dialect.default_database) and not server.database and len(parts) < 3
    label = "" if dialect.parts else ".".join(part.text for part in parts[-2:])
    linked = Note("linked-server", f"server {parts[0].text} of a four-part name is left out")
    spelling = Spelling(uri, label=label, unsure=unsure, notes=(linked,) if len(parts) > 3 else ())
    if dialect.scheme != "sqlserver":
        unfolded = canonical(replace(dialect, case=""), server, parts)
        return replace(spelling, variants=(unfolded,) if unfolded != uri else ())
    variants = (uri,) if " " in uri else ()
    without = AssetName(DATASET, uri.replace(f"{dialect.scheme}:", "mssql:", 1).replace("/master/", "/", 1))
    return replace(spelling, uri=uri.replace(" ", "%20"), variants=variants, others=(without,) if unsure else ())


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
