"""Spline's ``<jdbc url>:<table or query>`` taken apart.

The text is clean but for its line ends: comments of SQL end with a line. Users and passwords stay in the URL, which
``jdbc.py`` reads.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lineage.naming.dialects import DIALECTS, Dialect
from lineage.naming.identifiers import is_table
from lineage.naming.uri import clean

LITERAL_NAME = "table"
"""Option that holds a table's name as a name, where ``dbtable`` holds a piece of SQL."""

_BY_PREFIX = {prefix: dialect for dialect in DIALECTS for prefix in dialect.prefixes}
_SUBPROTOCOL = re.compile(r"jdbc:(?P<first>[A-Za-z][A-Za-z0-9+.\-]+)(?::(?P<second>[A-Za-z0-9+.\-]+))?", re.I)
_BRACED = re.compile(r"=\{(?:[^}]|\}\}){0,256}\}")
_COMMENTS = r"(?:\s|--[^\n]{0,2000}+\n|/\*(?:[^*]|\*(?!/)){0,2000}+\*/)*+"
_ASKS = (
    r"(?:\(|(?:select|with)(?=[\s*\"'\[`(/@-])|sel\s(?=.{1,2000}?\bfrom\s)"
    r"|lock(?:ing)?\s(?:\s*[\w.$\"]+){1,3}?\s+(?:for|in)\s)"
)
"""How a query starts; Teradata has short words and locks."""
_LINE_ENDS = re.compile(r"[\t-\r]+")
_COMMENTED = re.compile(_COMMENTS)
_ASKED = re.compile(_ASKS, re.I | re.S)
_QUERY = re.compile(rf":{_COMMENTS}(?={_ASKS})", re.I | re.S)
_TRIES = 16
"""So many colons from the end are tried as the one before the table."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """Spline's URI in its parts: the dialect, the URL, and what was asked for (a name or a query, or neither)."""

    dialect: Dialect
    url: str
    table: str = ""
    query: str = ""
    literal: bool = False


def dialect_of(url: str) -> Dialect | None:
    """The dialect of a JDBC URL; for a sub-protocol that is not known one of its name and the commonest habits.

    A driver that wraps another names it second: ``jdbc:aws-wrapper:postgresql://…``.
    """
    match = _SUBPROTOCOL.match(url)
    if not match:
        return None
    first, second = match["first"].lower(), (match["second"] or "").lower()
    known = _BY_PREFIX.get(f"{first}:{second}") or _BY_PREFIX.get(first) or _BY_PREFIX.get(second)
    return known or Dialect(first, (first,), separators=";?&", database=("database", "databasename"), parts=0)


def take_apart(uri: str, options: Mapping[str, str]) -> Spelled | None:
    """Part the URL from the table. The options ``url``, ``dbtable`` and ``query`` win over the text of the URI.

    They are the only way to the table where masking a password swallowed it
    (``jdbc:…;password=*****``).
    """
    dialect = dialect_of(uri)
    if dialect is None:
        return None
    asked = options.get("dbtable", "").strip() or options.get("query", "").strip()
    if options.get(LITERAL_NAME):
        return Spelled(dialect, clean(uri), clean(options[LITERAL_NAME]), literal=True)
    url, rest = _split(uri, dialect)
    if asked:
        url = options.get("url") or (uri[: -len(asked) - 1] if uri.endswith(f":{asked}") else url)
    asked = _uncommented(asked or rest)
    if _ASKED.match(asked):
        return Spelled(dialect, clean(url), query=_prepared(options.get("preparequery", ""), asked))
    return Spelled(dialect, clean(url), table=clean(_LINE_ENDS.sub(" ", asked)))


def _uncommented(text: str) -> str:
    """The text without the blanks and comments that it starts with."""
    start = _COMMENTED.match(text)
    return text[start.end() :] if start else text


_INTO = re.compile(r"\sinto\s+(#{1,2}[\w$]{1,128})(?=\s)", re.I)


def _prepared(common: str, query: str) -> str:
    """The query behind what Spark's ``prepareQuery`` puts before it: common tables, or a SELECT INTO a temporary."""
    common = common.strip().rstrip("; \n")
    into = _INTO.search(common)
    if into:
        made, name = common[: into.start()] + common[into.end() :], f"[prepared {into[1].strip('#')}]"
        query = re.sub(rf"{re.escape(into[1])}(?![\w$#])", name, query, flags=re.I)
        common = f"with {name} as ({made})"
    if not re.match(r"with\s", common, re.I):
        return query
    return " ".join((common, "select * from", query) if query.startswith("(") else (common, query))


def _split(uri: str, dialect: Dialect) -> tuple[str, str]:
    masked = mask_braces(uri)
    query = _QUERY.search(masked)
    if query:
        return uri[: query.start()], uri[query.end() :].strip()
    at = len(masked)
    for _ in range(_TRIES):
        at = masked.rfind(":", 0, at)
        if at < 0:
            break
        asked = _uncommented(uri[at + 1 :])
        if is_table(asked, linked=dialect.scheme == "oracle"):
            return uri[:at], asked.strip()
    return uri, ""


def mask_braces(text: str) -> str:
    """The text with braced values made of ``x``, so that no separator is seen in them; same length."""
    return _BRACED.sub(lambda match: "=" + "x" * (len(match.group()) - 1), text)
