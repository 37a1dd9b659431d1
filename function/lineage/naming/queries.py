"""Queries that were sent to a database, parsed; the SQL parser is imported when the first one is met."""

import re

from lineage.naming.query import Query

LONGEST = 200_000
"""Characters of a query that are parsed; a longer one names its database only."""

_ALIASED = re.compile(r"\s*(?:as\s+)?[\w\"\[\]`$#]*\s*", re.I)
_STARTS = re.compile(r"(?:select|with)\b|\(", re.I)


def parse_query(text: str, sql: str, case: str) -> Query | None:
    """Read a query, bare or as ``(select …) alias``; ``sql`` is sqlglot's dialect, ``case`` what names fold to.

    ``None`` for whatever is no query that can be read. Never raises: the parser is foreign code, the text anybody's.
    """
    try:
        return read_query(text, sql, case)
    except Exception:
        return None


def read_query(text: str, sql: str, case: str) -> Query | None:
    """As ``parse_query``, but what the parser raises comes through."""
    text = _unwrap(text)
    if len(text) > LONGEST or not _STARTS.match(text):
        return None
    import sqlglot
    from sqlglot import exp
    from sqlglot.optimizer.scope import build_scope

    from lineage.naming.scopes import ScopeReader

    tree = sqlglot.parse_one(text, read=sql or None)
    root = build_scope(tree) if isinstance(tree, exp.Query) else None
    common = frozenset(table.alias.casefold() for table in tree.find_all(exp.CTE))
    return ScopeReader(case, common).read(root) if root else None


def _unwrap(text: str) -> str:
    text = text.strip().rstrip(";")
    end = text.rfind(")")
    if text.startswith("(") and _ALIASED.fullmatch(text[end + 1 :]):
        return text[1:end].strip()
    return text
