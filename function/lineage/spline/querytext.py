"""Queries that were sent to a database (``dbtable``, ``query``, behind a JDBC URL): SQL of any dialect."""

import re

from lineage.redact import redact_text

_TOKEN = re.compile(
    r"""
      (?P<comment>--[^\n]*+|/\*.*?(?:\*/|\Z)|\#[ \t][^\n]*+)
    | (?P<dollar>\$(?P<tag>\w{0,30})\$.*?(?:\$(?P=tag)\$|\Z))
    | (?P<marked>\bN?Q'(?:
          \[.{0,999}?\]|\{.{0,999}?\}|\(.{0,999}?\)|<.{0,999}?>|(?P<mark>[^\s\[\]{}()<>']).{0,999}?(?P=mark)
      )')
    | (?P<string>(?:\b(?:[NXBEU]|U&))?'(?:[^'\\]|''|\\(?!'))*+'(?!')|(?:\b(?:[NXBEU]|U&))?'.*+)
    | (?P<double>"(?:[^"\\]|""|\\(?!"))*+"|".*+)
    | (?P<name>`[^`]*`|\[[^\W\d][^\[\]'"]*\]|[^\W\d][\w$\#@]*+)
    | (?P<number>(?:0x[0-9A-F]+|[0-9]+(?:\.[0-9]*)?(?:E[-+]?[0-9]+)?|\.[0-9]+(?:E[-+]?[0-9]+)?)[\w$\#@]*+)
    | (?P<rest>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
DOUBLE_QUOTED_TEXTS = re.compile(r"jdbc:(?:mysql|mariadb|hive2|spark|databricks|bigquery|clickhouse)", re.IGNORECASE)
"""JDBC URLs of databases for which double quotes hold texts."""
_IDENTIFIER = re.compile(r"\"[^\"\n\\]{1,128}\"")
_COMMENTS = r"(?:\s|--[^\n]{0,2000}+\n|/\*(?:[^*]|\*(?!/)){0,2000}+\*/)*+"
_STARTS = r"(?:select|with|sel|locking|lock)(?=[\s*\"'\[`(/@-])"
_PART = r"(?:\[[^\]]{1,128}\]|\"[^\"]{1,128}\"|`[^`]{1,128}`|[^\W\d][\w$\#@]{0,127}+)"
_NAME = rf"{_PART}(?:\.{_PART}){{0,3}}(?:\s+(?:as\s+)?{_PART})?"
_JOINED = rf"{_NAME}\s*(?:,|\s(?:where|join|inner|left|right|full|cross|natural|outer)\s)"
"""A table with more behind it than an alias or a hint."""
_QUERY = re.compile(rf"{_COMMENTS}(?:\(|{_STARTS}|{_JOINED})", re.IGNORECASE)
_BEHIND_URL = re.compile(rf":(?={_COMMENTS}(?:\({_COMMENTS}(?:{_STARTS}|\()|{_STARTS})|{_JOINED})", re.IGNORECASE)
TEXT, NUMBER = "'?'", "0"


def is_query(text: str) -> bool:
    """Whether ``text`` is a query, or a table with a join or a condition behind it, rather than a table's name."""
    return _QUERY.match(text) is not None or " '" in text


def mask_query(text: str, *, double_quoted_texts: bool = False) -> str:
    """``text`` with ``'?'`` for texts, ``0`` for numbers and a blank for comments: still SQL. Idempotent.

    What double quotes hold is a name, or a text where ``double_quoted_texts`` says so. A backslash before a quote means
    one thing here and another there: from such a text on, all is masked.
    """
    return _TOKEN.sub(lambda match: _masked(match, double_quoted_texts), text)


def mask_uri(uri: str) -> str:
    """A source's URI without secrets; the query that may follow a JDBC URL is masked."""
    query = _BEHIND_URL.search(uri) if uri[:5].lower() == "jdbc:" else None
    if query is None:
        return redact_text(uri)
    texts = DOUBLE_QUOTED_TEXTS.match(uri) is not None
    return redact_text(uri[: query.start()]) + query[0] + mask_query(uri[query.end() :], double_quoted_texts=texts)


def _masked(match: re.Match[str], texts: bool) -> str:
    kind, text = match.lastgroup, match[0]
    if kind == "double":
        return text if not texts and _IDENTIFIER.fullmatch(text) else TEXT
    return _REPLACED.get(kind or "", text)


_REPLACED = {"comment": " ", "dollar": TEXT, "marked": TEXT, "string": TEXT, "number": NUMBER}
