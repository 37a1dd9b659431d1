"""Sources behind JDBC: the tables of a name or a query, or else the database."""

from dataclasses import replace

from lineage.model import AssetName, Note
from lineage.naming.dialects import Dialect
from lineage.naming.identifiers import Part, split_name
from lineage.naming.jdbc import Server, Spelled, canonical, read_server
from lineage.naming.queries import parse_query
from lineage.naming.query import Query
from lineage.naming.rule import DATASET
from lineage.naming.spellings import Spelling

SQL_DW = {"com.databricks.spark.sqldw", "sqldw"}
"""The connector for SQL Data Warehouse tells what the host of the server does not."""


def spell_database(spelled: Spelled, source_format: str) -> tuple[tuple[Spelling, ...], Query | None]:
    """A spelling for each table that is read or written, and what the query says of its columns, where it is one.

    Where no table is told, the database; a note says why.
    """
    server = read_server(spelled)
    dialect = spelled.dialect
    if spelled.query:
        case = dialect.case or ("lower" if dialect.sql in {"postgres", "redshift"} else "")
        query = parse_query(spelled.query, dialect.sql, case)
        if query and query.tables:
            return tuple(_table(dialect, server, parts, source_format) for parts in query.tables), query
        note = Note("query-unreadable", f"a query of {server.host or dialect.scheme} names no table that can be read")
        return (_whole_database(dialect, server, note, source_format),), None
    parts = split_name(spelled.table, literal=spelled.literal)
    if parts:
        return (_table(dialect, server, parts, source_format),), None
    text = f"the table in {server.host or dialect.scheme} is not stated; give user and password as options"
    note = Note("jdbc-table-unknown", text)
    return (_whole_database(dialect, server, note, source_format),), None


def _table(dialect: Dialect, server: Server, parts: tuple[Part, ...], source_format: str) -> Spelling:
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


def _whole_database(dialect: Dialect, server: Server, note: Note, source_format: str) -> Spelling:
    uri = _connector(canonical(dialect, server, ()), source_format)
    return Spelling(uri, notes=(note,), steps=(note.text,))


def _connector(uri: str, source_format: str) -> str:
    return uri.replace("sqlserver://", "sqldw://", 1) if source_format.lower() in SQL_DW else uri
