"""OpenLineage's identifiers (namespace, name, symlinks) → the same ``Source`` that Spline's URIs become.

What the naming specification says and what emitters of different versions send differ; both are read here.
"""

import re
from collections.abc import Iterable, Mapping

from lineage.model import Source
from lineage.naming.dialects import DIALECTS
from lineage.naming.identifiers import split_name
from lineage.naming.jdbc_uri import LITERAL_NAME
from lineage.naming.uri import FILE_SCHEMES, clean, scheme_of

UNNAMED_QUERY = "COMPLEX"
"""What emitters send for a query that they cannot name."""

_JDBC_SCHEMES = {
    "mssql": "sqlserver",
    "fabric-warehouse": "sqlserver",
    "postgres": "postgresql",
    **{dialect.scheme: dialect.prefixes[0] for dialect in DIALECTS if dialect.scheme != "snowflakedb"},
    **dict.fromkeys(("mariadb", "presto"), "mysql"),
}
"""Namespaces that are JDBC URLs without ``jdbc:``."""

_UNITY_API = re.compile(
    r"(?:unity-?catalog://(?:https?://)?|https?://(?=[^/]+/api/2\.\d/unity-catalog/?$))"
    r"(?P<host>[^/]+)(?:/api/2\.\d/unity-catalog)?/?",
    re.I,
)
"""Unity Catalog by its own address, as emitters write it."""
_TABLE_SCHEMES = {"unitycatalog", "unity-catalog", "hive", "databricks"}


def source_of(namespace: str, name: str, symlinks: Iterable[Mapping[str, str]] = ()) -> Source:
    """The source behind an identifier. A ``TABLE`` symlink gives the catalogue's name, a ``LOCATION`` one the path."""
    namespace, name = clean(namespace), clean(name)
    links = [{key: clean(str(value)) for key, value in link.items()} for link in symlinks]
    location = next((link for link in links if link.get("type", "").upper() == "LOCATION"), None)
    table = next((_table(link) for link in links if link.get("type", "TABLE").upper() == "TABLE" and _table(link)), ())
    if location and scheme_of(f"{namespace}:") in _TABLE_SCHEMES:
        return Source(_encoded(_join(location.get("namespace", ""), location.get("name", ""))), table=_parts(name))
    source = _source(namespace, name)
    if table and not source.options:
        return Source(_encoded(source.uri), table=table)
    return source


def _source(namespace: str, name: str) -> Source:
    unity = _UNITY_API.fullmatch(namespace)
    namespace = f"unitycatalog://{unity['host']}" if unity else namespace
    text = namespace.removeprefix("jdbc:")
    scheme = scheme_of(f"{text}:")
    jdbc = _JDBC_SCHEMES.get(scheme)
    if jdbc:
        url = f"jdbc:{jdbc}{text[len(scheme) :].rstrip(':')}"
        return Source(url, options=() if name == UNNAMED_QUERY else ((LITERAL_NAME, name),))
    if name == UNNAMED_QUERY:
        return Source(namespace)
    if scheme == "snowflake" and "?" in text:
        return Source(f"jdbc:{text}", options=((LITERAL_NAME, name),))
    if scheme in {"unity-catalog", "databricks"}:
        namespace = "unitycatalog" + namespace[len(scheme) :]
    return Source(_join(namespace, name))


def _join(namespace: str, name: str) -> str:
    """``scheme:[//authority]/name``; a path without a namespace stays a path."""
    if not namespace:
        return name
    scheme = scheme_of(f"{namespace}:")
    if "://" not in namespace and scheme and namespace.rstrip(":/").lower() == scheme:
        mark = ":/" if scheme in FILE_SCHEMES else "://" if scheme == "bigquery" else ":"
        return f"{scheme}{mark}{name.lstrip('/')}"
    return f"{namespace.rstrip('/') if not namespace.endswith('://') else namespace}/{name.lstrip('/')}"


def _table(link: Mapping[str, str]) -> tuple[str, ...]:
    name = link.get("name", "")
    return () if "/" in name else _parts(name)


def _parts(name: str) -> tuple[str, ...]:
    parts = tuple(part.text for part in split_name(name, literal=True) if part.text)
    return parts if 0 < len(parts) < 4 else ()


def _encoded(uri: str) -> str:
    """OpenLineage's paths are decoded, catalogue locations are taken for encoded: one encoding ahead."""
    return uri.replace("%", "%25")
