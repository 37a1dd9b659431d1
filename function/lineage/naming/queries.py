"""Queries that were sent to a database, parsed; the SQL parser is imported when the first one is met."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lineage.naming.query import UNKNOWN, Names, Outputs, Query

if TYPE_CHECKING:
    from sqlglot import Token

LONGEST = 200_000
"""Characters of a query whose columns are told; of a longer one its tables are, found without parsing it."""
LONGEST_MENTION = 1_000_000
"""Characters of a query whose tables are told; a longer one names its database only."""

_PSEUDO = {
    "oracle": "ROWNUM ROWID LEVEL SYSDATE SYSTIMESTAMP USER UID ORA_ROWSCN NEXTVAL CURRVAL",
    "postgres": "CTID XMIN XMAX CMIN CMAX TABLEOID",
    "redshift": "SYSDATE",
    "bigquery": "_TABLE_SUFFIX _PARTITIONTIME _PARTITIONDATE _FILE_NAME",
    "snowflake": "METADATA$FILENAME METADATA$FILE_ROW_NUMBER METADATA$ACTION METADATA$ISUPDATE METADATA$ROW_ID",
    "tsql": "$ACTION $IDENTITY $ROWGUID",
    "db2": "NEXTVAL PREVVAL USER ROWNUM",
}
"""Reserved names that read as columns, by dialect."""
_STRUCTS = {"bigquery", "databricks", "hive", "spark", "trino", "athena", "redshift", "clickhouse", "duckdb"}
"""SQL in which ``a.b`` may be a field of the column ``a``."""
_ALL_OF = "select * from"


def parse_query(text: str, sql: str, case: str, names: Names = ()) -> Query | None:
    """Read a query, bare or as it stands in FROM: ``(select …) alias``, with joins or a WHERE behind it.

    ``sql`` is the database's SQL, ``case`` what names fold to, ``names`` what the reader calls the query's columns, in
    order, where that is known. Of a query that is too long or too much for the parser the tables are told, if any.
    ``None`` for whatever is no query that can be read. Never raises: the parser is foreign code, the text anybody's.
    """
    return (_parse if len(text) <= LONGEST else _parse_long)(text, sql, case, names)


def _parse_any(text: str, sql: str, case: str, names: Names) -> Query | None:
    text = _statement(text)
    if len(text) > LONGEST_MENTION:
        return None
    try:
        tokens = _tokens(text, sql)
    except Exception:
        return None
    try:
        return _read(tokens, text, sql, case, names) if len(text) <= LONGEST else _mentioned(tokens, sql)
    except Exception:  # what the parser raises, and a query whose columns are too many to follow
        return _mentioned(tokens, sql)


_parse, _parse_long = lru_cache(maxsize=64)(_parse_any), lru_cache(maxsize=2)(_parse_any)
"""A query is asked for several times while its write is named; few long ones are kept."""


def parse_relation(text: str, sql: str, case: str) -> Query | None:
    """As ``parse_query``, for whatever else may stand in FROM: ``orders o join customers c on …``."""
    return parse_query(" ".join((_ALL_OF, text)), sql, case)


def read_query(text: str, sql: str, case: str, names: Names = ()) -> Query | None:
    """As ``parse_query``, but what the parser raises comes through."""
    text = _statement(text)
    return _read(_tokens(text, sql), text, sql, case, names) if len(text) <= LONGEST else None


def _statement(text: str) -> str:
    text = text.strip().strip(";").strip()
    return " ".join((_ALL_OF, text)) if text.startswith("(") else text


def _tokens(text: str, sql: str) -> "list[Token]":
    """The query's tokens, without what says how to read and not what; empty for what is no query."""
    from sqlglot import TokenType

    from lineage.naming.clauses import plain

    tokens = plain(_dialect(sql).tokenize(text), text, sql)
    is_bracketed = text.startswith(f"{_ALL_OF} (")
    inner = [one.token_type for one in tokens[3 if is_bracketed else 0 :] if one.token_type is not TokenType.L_PAREN]
    return tokens if inner[:1] in ([TokenType.SELECT], [TokenType.WITH], [TokenType.VALUES]) else []


def _dialect(sql: str) -> Any:
    """The parser's dialect; the general one for SQL that it does not know."""
    from sqlglot.dialects.dialect import Dialect

    return (Dialect.get(sql) or Dialect)()


def _read(tokens: "Sequence[Token]", text: str, sql: str, case: str, names: Names) -> Query | None:
    from sqlglot import exp
    from sqlglot.optimizer.scope import build_scope

    from lineage.naming.name_references import drop_unread, put_links
    from lineage.naming.scopes import ScopeReader

    parsed = _dialect(sql).parser().parse(list(tokens), text) if tokens else []
    trees = [tree for tree in parsed if tree and not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        return None
    if _is_beyond_scopes(trees[0]):
        return _mentioned(tokens, sql)
    put_links(trees[0])
    drop_unread(trees[0])
    root = build_scope(trees[0])
    pseudo = frozenset(_PSEUDO.get(sql, "").split())
    return ScopeReader(case, pseudo, has_structs=sql in _STRUCTS).read(root, names) if root else None


def _is_beyond_scopes(tree: Any) -> bool:
    """Whether names in the query stand for what no FROM shows: ClickHouse's named values and elements of arrays."""
    from sqlglot import exp

    has_values = any(common.args.get("scalar") for common in tree.find_all(exp.CTE))
    return has_values or any(join.kind == "ARRAY" for join in tree.find_all(exp.Join))


def _mentioned(tokens: "Sequence[Token]", sql: str) -> Query | None:
    from lineage.naming.mentions import tables

    found = tables(tokens, sql)
    return Query(found, Outputs(UNKNOWN), is_read=False) if found else None
