"""Sources of connectors that the harvester has no plugin for, from the text of their Spark relation.

``SqlDWRelation(…,jdbc:sqlserver://…,dbo.Dim)`` tells a URL and a table; others at least a URI. What the text does not
tell stays unknown. Read is a text that somebody gives as a source's URI, with all that is in it. The relations of a
plan are read where the plan is (``spline/relations.py``), from the little that masking leaves of them, so that a
stored plan gives what the sent one did; tests keep both alike.
"""

import re

from lineage.model import Source
from lineage.naming.identifiers import is_table
from lineage.naming.jdbc_uri import take_apart

_RELATION = re.compile(r"\s*(?P<name>[A-Za-z][\w.$]*)\s*[(\[]")
_JDBC = re.compile(r"jdbc:[a-z0-9]+:(?:\{[^}]{0,200}\}|[^\s,)\]}>])+", re.I)
_URI = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}:/[^\s,;)\]}>]+", re.I)
_NEXT = re.compile(r"\s*,\s*([^,()]{1,600}?)\s*[,)]")
_OPTION = re.compile(
    r"(?P<key>dbtable|query|url|kustocluster|kustodatabase|kustotable|sfurl|sfdatabase|sfschema"
    r"|spark\.cosmos\.\w+|kafka\.bootstrap\.servers|subscribe|topic)\s*(?:=|->|:)\s*(?P<value>[^\s,)\]}]+)",
    re.I,
)
_FORMATS = {"sqldwrelation": "com.databricks.spark.sqldw"}


def relation_name(text: str) -> str:
    """The class name of a relation's text (``SqlDWRelation(…)``); empty when ``text`` is none."""
    match = _RELATION.match(text)
    return match["name"] if match else ""


def read_relation(text: str) -> Source | None:
    """The source that a relation's text tells of; ``None`` where it tells none."""
    name = relation_name(text)
    if not name:
        return None
    source_format = _FORMATS.get(name.rpartition(".")[2].lower(), "")
    options = tuple(sorted({match["key"].lower(): match["value"] for match in _OPTION.finditer(text)}.items()))
    jdbc = _JDBC.search(text)
    if jdbc:
        return _jdbc(jdbc.group(), text[jdbc.end() :], source_format, options)
    uri = _URI.search(text)
    if uri:
        return Source(uri.group(), source_format, options=_but_url(options))
    known = {key for key, _ in options} - {"query", "dbtable", "topic", "subscribe"}
    return Source("", source_format, options=options) if known else None


def _jdbc(url: str, behind: str, source_format: str, options: tuple[tuple[str, str], ...]) -> Source:
    spelled, behind_it = take_apart(url, {}), _NEXT.match(behind)
    is_next = behind_it is not None and is_table(behind_it[1])
    named = {key for key, _ in options} & {"dbtable", "query"}
    if not named and (is_next or not (spelled and spelled.table)):
        arguments = (argument.strip(" )]") for argument in behind[:2_000].split(","))
        table = next((argument for argument in arguments if argument and is_table(argument)), "")
        options = (*options, ("dbtable", table)) if table else options
    return Source(url, source_format, options=(*_but_url(options), ("url", url)))


def _but_url(options: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in options if pair[0] != "url")
