"""Where a dataset lives, read from its qualified name: for people, who know containers and databases, not URIs."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """``kind`` chooses the icon; ``container`` is what people group by (``silver · northwindlake``); ``path`` is the
    rest of the name inside it."""

    kind: str
    container: str
    path: str


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    pattern: re.Pattern[str]
    container: str


def _row(kind: str, pattern: str, container: str) -> _Row:
    return _Row(kind, re.compile(pattern, re.DOTALL), container)


_ROWS = (
    _row("files", r"https://onelake\.[^/]+/(?P<a>[^/]+)/(?P<b>[^/]+?)(?:\.Lakehouse)?/(?P<path>.+)", "{b} · {a}"),
    _row("files", r"https://(?P<a>[^./]+)\.(?:[^./]+\.)*?(?:dfs|blob)\.[^/]+/(?P<b>[^/]+)/?(?P<path>.*)", "{b} · {a}"),
    _row("database", r"https://(?P<a>[^./]+)\.[^/]*kusto\.[^/]+/(?P<b>[^/]+)/?(?P<path>.*)", "{b} · {a}"),
    _row("documents", r"https://(?P<a>[^./]+)\.documents\.[^/]+/dbs/(?P<b>[^/]+)/colls/(?P<path>.+)", "{b} · {a}"),
    _row("table", r"databricks://[^/]+/catalogs/(?P<a>[^/]+)/schemas/(?P<b>[^/]+)/\w+/(?P<path>.+)", "{a}.{b}"),
    _row("table", r"(?P<b>[^/@]+)\.(?P<path>[^/@.]+)@(?P<a>[^/@.]+)[^/@]*", "{b} · {a}"),
    _row(
        "database",
        r"\w+://servers/(?P<a>[^/]+)/(?:dbs|databases)/(?P<b>[^/]+)/(?:schemas/(?P<c>[^/]+)/)?tables/(?P<path>.+)",
        "{b}.{c} · {a}",
    ),
    _row(
        "database",
        r"\w+://(?P<a>[^/.]+)[^/]*/databases/(?P<b>[^/]+)/schemas/(?P<c>[^/]+)/\w+/(?P<path>.+)",
        "{b}.{c} · {a}",
    ),
    _row(
        "database",
        r"(?:mssql|mysql|mariadb|postgresql|oracle|teradata)://(?P<a>[^/.:]+)[^/]*/(?P<b>.+?)/(?:(?P<c>[^/]+)/)?(?P<path>[^/]+)",
        "{b}.{c} · {a}",
    ),
    _row("stream", r"(?:kafka|eventhubs?|pulsar)://(?P<a>[^/]*)/(?P<path>.+)", "{a}"),
    _row("files", r"adl://(?P<a>[^./]+)[^/]*/(?P<path>.+)", "{a}"),
    _row("files", r"(?P<b>dbfs|file)://(?P<a>[^./]+)[^/]*/(?P<path>.+)", "{b} · {a}"),
    _row("files", r"(?P<b>s3a?|gs|hdfs|viewfs)://(?P<a>[^/]+)/(?P<path>.+)", "{a} · {b}"),
    _row("other", r"(?P<b>[\w+.-]+)://(?P<a>[^/]*)/(?P<path>.+)", "{a} · {b}"),
    _row("other", r"(?P<path>.*)", ""),
)
"""The first that matches; the last one always does."""


def place_of(qualified_name: str) -> Place:
    """Any text is a place; what is not understood is shown as it is."""
    for row in _ROWS:
        found = row.pattern.fullmatch(qualified_name)
        if found:
            parts = {name: text or "" for name, text in found.groupdict().items()}
            container = row.container.format(**parts).replace(". ·", " ·")
            return Place(row.kind, container, parts["path"].strip("/"))
    return Place("other", "", qualified_name)  # pragma: no cover - the last row matches everything


def last_part(path: str) -> str:
    """The readable end of a path: without the tokens of a resource set, never empty for a path that is not."""
    parts = [part for part in path.split("/") if part and not re.fullmatch(r"\{\w+\}", part)]
    return parts[-1] if parts else path
