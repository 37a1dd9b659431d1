"""A query as it is read, with its tables by their names."""

from lineage.model import Kind
from lineage.naming.queries import read_query as read_or_raise
from lineage.naming.query import Query

SAME, MADE, SUMMED = Kind.IDENTITY, Kind.TRANSFORMATION, Kind.AGGREGATION


def read_query(text: str, sql: str, case: str) -> Query:
    query = read_or_raise(text, sql, case)
    assert query is not None
    return query


def columns_of(query: Query, column: str) -> list[tuple[int, str]] | None:
    value = query.value(column)
    return None if not (value.told or value.direct) else [(one.table, one.column) for one in sorted(value.direct)]


def read(text, sql="postgres", case=""):
    query = read_query(text, sql, case)
    tables = [".".join(part.text for part in parts) for parts in query.tables]
    columns = {
        output.name: {(tables[one.table], one.column, one.kind) for one in output.value.direct}
        for output in query.outputs
        if not output.is_star
    }
    return tables, columns, _influences(tables, query.indirect)


def _influences(tables, influences):
    return {kind: {f"{tables[one.table]}:{one.column}" for one in origins} for kind, origins in influences}


def influences_of(text, column, sql="postgres"):
    """What decides the value of one output."""
    query = read_query(text, sql, "")
    tables = [".".join(part.text for part in parts) for parts in query.tables]
    return _influences(tables, query.value(column).influences)
