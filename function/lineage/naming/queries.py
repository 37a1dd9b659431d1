"""Queries that were sent to a database, parsed; the SQL parser is imported when the first one is met."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lineage.naming.query import Query

if TYPE_CHECKING:
    from sqlglot import exp

LONGEST = 200_000
"""Characters of a query that are parsed; a longer one names its database only."""

_PSEUDO = {"oracle": frozenset({"ROWNUM", "ROWID", "LEVEL", "SYSDATE", "SYSTIMESTAMP", "USER", "UID"})}
"""Reserved names that read as columns, by dialect."""
_STARTS = re.compile(r"[\s(]*(?:select|with|values)\b", re.I)
_ALL_OF = "select * from"


@lru_cache(maxsize=64)
def parse_query(text: str, sql: str, case: str) -> Query | None:
    """Read a query, bare or as it stands in FROM: ``(select …) alias``, with joins or a WHERE behind it.

    ``sql`` is sqlglot's dialect, ``case`` what names fold to. ``None`` for whatever is no query that can be read. Never
    raises: the parser is foreign code, the text anybody's.
    """
    try:
        return read_query(text, sql, case)
    except Exception:
        return None


def parse_relation(text: str, sql: str, case: str) -> Query | None:
    """As ``parse_query``, for whatever else may stand in FROM: ``orders o join customers c on …``."""
    return parse_query(" ".join((_ALL_OF, text)), sql, case)


def read_query(text: str, sql: str, case: str) -> Query | None:
    """As ``parse_query``, but what the parser raises comes through."""
    text = text.strip().strip(";").strip()
    if len(text) > LONGEST or not _STARTS.match(text):
        return None
    from sqlglot.optimizer.scope import build_scope

    from lineage.naming.scopes import ScopeReader

    tree = _parsed(" ".join((_ALL_OF, text)) if text.startswith("(") else text, sql)
    root = build_scope(tree) if tree is not None else None
    return ScopeReader(case, _PSEUDO.get(sql, frozenset())).read(root) if root else None


def _parsed(text: str, sql: str) -> "exp.Query | None":
    """The one query that the text holds, without common tables that nothing reads."""
    import sqlglot
    from sqlglot import exp

    trees = [tree for tree in sqlglot.parse(text, read=sql or None) if tree and not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        return None
    _drop_unread(trees[0])
    return trees[0]


def _drop_unread(tree: Any) -> None:
    from sqlglot import exp

    while True:
        read = {table.name.casefold() for table in tree.find_all(exp.Table) if not table.db}
        unread = [table for table in tree.find_all(exp.CTE) if table.alias.casefold() not in read]
        for table in unread:
            table.pop()
        if not unread:
            return
