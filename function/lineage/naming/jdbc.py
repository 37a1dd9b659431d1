"""JDBC URLs in all dialects, read and written in one canonical form.

The canonical form is ``scheme://host[:port]/database[/schema]/table``; a ``/`` inside a name is ``%2F``. Users and
passwords are read over and never kept, but for the user that names Oracle's or Db2's default schema.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lineage.naming.dialects import DIALECTS, Dialect
from lineage.naming.hosts import database_host, is_azure_sql, snowflake_host
from lineage.naming.identifiers import Part, fold_case, split_name
from lineage.naming.jdbc_uri import Spelled, mask_braces
from lineage.naming.uri import clean, decode_once, drop_secrets, generic_uri, lower

_KNOWN = {dialect.scheme for dialect in DIALECTS}
_SUBPROTOCOL_ONLY = re.compile(r"jdbc:[A-Za-z0-9+.\-]+:?", re.I)
_ADDRESS = re.compile(r"(?:address=)?\(", re.I)
_DECODED = {"postgresql", "mysql", "redshift", "vertica"}
"""Databases whose drivers take the URL's path for percent-encoded."""
_HERE = {"", ".", "(local)"}
"""Ways to write the machine itself."""


@dataclass(frozen=True, slots=True)
class Server:
    """What a JDBC URL says. ``instance`` is SQL Server's; empty means not said."""

    host: str
    port: str = ""
    database: str = ""
    schema: str = ""
    instance: str = ""
    user: str = ""


def read_server(spelled: Spelled) -> Server:
    """Host, port, database and schema of the URL, whatever the dialect's habits."""
    dialect = spelled.dialect
    if dialect.scheme == "oracle":
        return _oracle(spelled.url)
    authority, path = _authority(spelled.url, dialect.separators)
    properties = _properties(path, dialect.separators)
    host, instance, port = _host_and_port(authority or _first(properties, ("servername", "server")))
    database = _first(properties, dialect.database)
    place = re.split(f"[{re.escape(dialect.separators)}]", path.lstrip("/"), maxsplit=1)[0].strip().strip("/")
    place = "" if "=" in place else clean(decode_once(place)) if dialect.scheme in _DECODED else place
    schema = _first(properties, dialect.schema).partition(",")[0].strip('" ')
    if dialect.place_is_schema:
        schema = schema or place
    instance = instance or _first(properties, ("instancename", "instance"))
    database = database or ("" if dialect.place_is_schema else place)
    if spelled.literal and dialect.scheme == "sqlserver" and place and database == place and not is_azure_sql(host):
        database, instance = "", place  # OpenLineage writes the instance there
    return Server(
        host,
        _first(properties, ("portnumber", "port")) or port,
        _one_path(database, dialect),
        schema,
        instance,
        _first(properties, ("user", "username", "userid", "uid")),
    )


def _one_path(database: str, dialect: Dialect) -> str:
    """The database alone; of a kind that nobody knows all sections (``jdbc:h2:mem:test``)."""
    return database.replace(":", "/").strip("/") if dialect.parts == 0 else database.partition(":")[0]


def canonical(dialect: Dialect, server: Server, parts: tuple[Part, ...], link: str = "") -> str:
    """The canonical URI of a table, or of the database where ``parts`` is empty; ``link`` is the linked server or
    database that the name leads through, where nothing but the name is told."""
    path = _as_written(dialect, server, parts) if dialect.parts == 0 else _levels(dialect, server, parts)
    if link:
        names = [fold_case(part, dialect.case) or dialect.default_schema for part in parts]
        path = [*([server.database] if dialect.scheme == "oracle" else []), f"@{link}", *names]
    uri = f"{dialect.scheme}://{'/'.join([*_place(dialect, server), *(_segment(name) for name in path if name)])}"
    return drop_secrets(uri) if dialect.scheme in _KNOWN else generic_uri(uri)


def _levels(dialect: Dialect, server: Server, parts: tuple[Part, ...]) -> list[str]:
    """Database, schema where there is one, and table."""
    table = fold_case(parts[-1], dialect.case) if parts else ""
    database, schema = "", ""
    if dialect.parts == 3:
        schema = fold_case(parts[-2], dialect.case) if len(parts) > 1 else ""
        database = _stored(dialect, parts[-3]) if len(parts) > 2 else ""
    elif len(parts) > 1:
        database = _stored(dialect, parts[-2])
    database = database or _stored(dialect, _part(server.database)) or dialect.default_database
    if dialect.parts == 3 and table:
        schema = schema or _default_schema(dialect, server)
    return [database, schema, table]


def _as_written(dialect: Dialect, server: Server, parts: tuple[Part, ...]) -> list[str]:
    names = [fold_case(part, dialect.case) for part in parts]
    outer = server.database.split("/")
    return names if names[: len(outer)] == outer else [*outer, *names]


def _default_schema(dialect: Dialect, server: Server) -> str:
    if server.schema:
        return _stored(dialect, _part(server.schema))
    return server.user.upper() if dialect.user_is_schema else dialect.default_schema


def _stored(dialect: Dialect, part: Part) -> str:
    """How the name of a database, or one from the URL, is stored: folded by Snowflake, and where it is a schema."""
    return fold_case(part, dialect.case) if dialect.scheme == "snowflakedb" or dialect.parts == 2 else part.text


def _part(name: str) -> Part:
    """A name from the URL, which may be quoted there."""
    parts = split_name(name, literal=True)
    return parts[0] if len(parts) == 1 else Part(name)


def _place(dialect: Dialect, server: Server) -> list[str]:
    """Host with port as the kind needs it, and SQL Server's instance where there can be one, which has a port."""
    host, port = "localhost" if server.host in _HERE else server.host, server.port
    if dialect.scheme == "bigquerydb":
        return []
    if dialect.scheme == "snowflakedb":
        return [snowflake_host(host)]
    if dialect.scheme in {"sqlserver", "teradata"}:
        host = database_host(host)
        if dialect.scheme == "sqlserver" and is_azure_sql(host):
            return [host]
        place = host if port in {"", dialect.port} or server.instance else f"{host}:{port}"
        return [place, _segment(server.instance or "MSSQLSERVER")] if dialect.scheme == "sqlserver" else [place]
    host = database_host(host)
    port = port or dialect.port
    return [f"{host}:{port}" if port else host]


def _segment(name: str) -> str:
    return name.strip().replace("/", "%2F")


def _authority(url: str, separators: str) -> tuple[str, str]:
    """The first host with its port, and everything behind it; of a URL without ``//`` all is behind."""
    if "://" not in url:
        return "", _SUBPROTOCOL_ONLY.sub("", url, count=1)
    body = url.partition("://")[2].removeprefix("tcp:")
    match = re.match(rf"[^/{re.escape(separators.replace(':', ''))}]*", body)
    authority = match.group() if match else ""
    hosts = authority.rpartition("@")[2]
    if _ADDRESS.match(hosts):
        hosts = f"{_described(hosts, 'host')}:{_described(hosts, 'port')}"
    host, _, behind = hosts.partition(",")
    is_port = behind.isascii() and behind.isdecimal()  # SQL Server's ``host,port``
    return f"{host}:{behind}" if is_port else host, body[len(authority) :]


def _host_and_port(text: str) -> tuple[str, str, str]:
    match = re.fullmatch(r"(\[[^\]]*\]|[^:\\]*)(?:\\([^:]*))?(?::(\d*))?.*", text.strip(), re.S)
    host, instance, port = match.groups(default="") if match else (text, "", "")
    return lower(host.strip()), instance, port


def _properties(text: str, separators: str) -> dict[str, str]:
    """``key=value`` pairs; keys in lower case, braces (``{p:w;d}``) taken off; the first of a name holds."""
    found: dict[str, str] = {}
    at = 0
    for masked in re.split(f"[{re.escape(separators)}]", mask_braces(text)):
        key, _, value = text[at : at + len(masked)].partition("=")
        at += len(masked) + 1
        value = value.strip()
        if value.startswith("{") and value.endswith("}"):
            value = value[1:-1].replace("}}", "}")
        found.setdefault(key.strip().lower(), value)
    return found


def _first(properties: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((properties[name] for name in names if properties.get(name)), "")


_ORACLE_DRIVER = re.compile(r"jdbc:oracle:?(?:[a-z0-9]*:)?", re.I)
_ORACLE_PLACE = re.compile(
    r"(?:(?:[a-z]+:)?//)?(?P<host>\[[^\]]*\]|[^:/?]+)(?::(?P<port>\d+))?[:/]?(?P<name>[^:/?]*)", re.I
)


def _oracle(url: str) -> Server:
    """Thin, OCI and TNS forms: ``@host:port:SID``, ``@//host:port/service``, ``@(DESCRIPTION=…)``, ``@alias``."""
    credentials, _, place = _ORACLE_DRIVER.sub("", url, count=1).rpartition("@")
    properties = _properties(place.partition("?")[2], "&")
    user = (credentials.partition("/")[0] or properties.get("user", "")).strip('"')
    schema = properties.get("currentschema", "")
    if place.startswith("("):
        said = {key: _described(place, key) for key in ("host", "port", "service_name", "sid")}
        return Server(lower(said["host"]), said["port"], said["service_name"] or said["sid"], schema, user=user)
    match = _ORACLE_PLACE.match(place)
    if not match:
        return Server("", user=user)
    return Server(lower(match["host"]), match["port"] or "", match["name"], schema, user=user)


def _described(text: str, key: str) -> str:
    match = re.search(rf"[(,]\s*{key}\s*=\s*([^(),\s]*)\s*[),]", text, re.I)
    return match[1] if match else ""
