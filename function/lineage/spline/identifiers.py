"""Table identifiers of the catalogue in all the shapes that plans have them in."""

import re

from lineage.spline.wire import Params, text_of

PART = re.compile(r"`((?:[^`]|``)*)`|([^.`]+)")
SESSION_CATALOG = "spark_catalog"
"""Spark's own name for the catalogue that has no name: it is no part of a table's identity."""


def table_name(params: Params) -> tuple[str, ...]:
    """The catalogue identifier that ``params`` has for a table, outermost part first; empty where it has none.

    ``{"table": {"identifier": {"table": "t", "database": "db", "catalog": "c"}}}`` or ``{… "identifier": "c.db.t"}``,
    parts quoted with backquotes where need be. A path in the place of a table (``delta.`abfss://…` ``) is none.
    """
    table = params.get("table")
    if not isinstance(table, dict):
        return ()
    identifier = table.get("identifier")
    if isinstance(identifier, dict):
        parts = [text_of(identifier.get(key)) for key in ("catalog", "database", "table")]
    else:
        parts = split_identifier(text_of(identifier))
    named = tuple(part for part in parts if part)
    if not named or "/" in named[-1]:
        return ()
    return named[1:] if named[0] == SESSION_CATALOG and len(named) > 1 else named


def split_identifier(text: str) -> list[str]:
    """``main.`a.b`.t`` → ``main``, ``a.b``, ``t``."""
    return [quoted.replace("``", "`") or plain for quoted, plain in PART.findall(text)]
