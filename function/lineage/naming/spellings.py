"""Every harvester's spelling of a source → canonical URIs that the naming table's patterns read.

``spell`` chooses by scheme; a further scheme that needs rewriting is one function and one line in ``_BY_SCHEME``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lineage.model import AssetName, Note
from lineage.naming import folding, mounts
from lineage.naming.context import UNKNOWN, NamingContext
from lineage.naming.dialects import DIALECTS
from lineage.naming.hosts import is_workspace, kusto_host, public_host, snowflake_host
from lineage.naming.identifiers import fold_case, split_name
from lineage.naming.uri import Location, drop_secrets, file_location, generic_uri, lower, scheme_of

WAREHOUSE = ("user", "hive", "warehouse")
"""Where the Hive metastore keeps managed tables; case-sensitive."""

VOLATILE = {"memory", "inmemory", "noop", "console", "rate"}
"""Schemes and formats of what leaves nothing behind."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Canonical URIs of one dataset: the first names it, ``twins`` are the same data under another name.

    ``variants`` are further spellings of the first (as read, percent-encoded), ``others`` assets that no canonical URI
    stands for. ``label`` is a better readable name, ``unsure`` that something had to be assumed.
    """

    uri: str
    twins: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    others: tuple[AssetName, ...] = ()
    label: str = ""
    unsure: bool = False
    steps: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A URI to spell, with all that may help: ``text`` is clean, option keys are in lower case."""

    text: str
    context: NamingContext
    options: Mapping[str, str]
    fold_files: bool = False

    @property
    def rest(self) -> str:
        """Behind the scheme, without leading slashes."""
        return self.text.partition(":")[2].lstrip("/")


def spell(reading: Reading) -> Spelling:
    """The canonical URIs of anything but JDBC. Never raises."""
    if reading.text.startswith("/"):
        scheme = "file" if reading.text.split("/")[1] == "dbfs" else "dbfs"
        return _files(replace(reading, text=f"{scheme}:{reading.text}"))
    special = _BY_SCHEME.get(scheme_of(reading.text))
    spelled = special(reading) if special else ""
    if all(spelled.partition("://")[2].split("/")):  # nothing is missing
        return Spelling(spelled)
    return _files(reading)


def _files(reading: Reading) -> Spelling:
    location = file_location(reading.text)
    if location is None:
        return Spelling(generic_uri(reading.text))
    if location.scheme == "hdfs" and is_workspace(location.host):
        location = replace(location, scheme="dbfs")
    if location.scheme == "file" and not location.host and location.segments[:1] in {("dbfs",), ("Volumes",)}:
        segments = location.segments[location.segments[0] == "dbfs" :]
        location = replace(location, scheme="dbfs", segments=segments)
    if location.scheme == "dbfs":
        return _dbfs(location, reading)
    if location.scheme == "file":
        location = replace(location, host=location.host or reading.context.workspace)
    return _folded(location, reading)


def _dbfs(location: Location, reading: Reading) -> Spelling:
    """The workspace's own file system: mounts, volumes, the Hive warehouse, and what is left."""
    context, segments = reading.context, location.segments
    if location.host and not is_workspace(location.host) and location.host != context.workspace:
        location = replace(location, host="", segments=(location.host, *segments))
        segments = location.segments
    elsewhere = location.host not in {"", context.workspace}
    location = replace(location, host=location.host or context.workspace)
    resolved = None if elsewhere else mounts.resolve(segments, context.mounts)
    if segments[:3] == WAREHOUSE and (resolved is None or resolved.mount == "/"):
        table = _warehouse_table(location)
        if table:
            return table
    if segments[:1] == ("Volumes",) and len(segments) > 3 and context.metastore_id and not elsewhere:
        folded = _folded(location, reading)
        uri = f"volume://{context.metastore_id}/{folded.uri.partition('/Volumes/')[2]}"
        return replace(folded, uri=uri, twins=(folded.uri,), variants=())
    if resolved is None:
        return _unresolved(_folded(location, reading), location)
    target = file_location(resolved.uri)
    step = f"mount {resolved.mount} → {context.mounts[resolved.mount]}"
    folded = _folded(target, reading) if target else Spelling(generic_uri(resolved.uri))
    if resolved.mount == "/":
        folded = _unresolved(folded, location)
    return replace(folded, steps=(step, *folded.steps))


def _unresolved(spelling: Spelling, location: Location) -> Spelling:
    if location.segments[:1] != ("mnt",):
        return spelling
    text = f"unresolved mount /{'/'.join(location.segments[:2])} in {location.host}"
    return replace(spelling, steps=(*spelling.steps, text), notes=(*spelling.notes, Note("unresolved-mount", text)))


def _warehouse_table(location: Location) -> Spelling | None:
    below = location.segments[3:]
    database = below[0].removesuffix(".db") if below and below[0].endswith(".db") else "default"
    tables = below[1:] if database != "default" or below[:1] == ("default.db",) else below
    if not tables or not database:
        return None
    folded, _ = folding.fold(tables[:1], dates=False, files=False)
    return hive_table(location.host, database, folded[0], step="in the Hive warehouse: a managed table")


def hive_table(workspace: str, database: str, table: str, *, step: str = "") -> Spelling:
    """A table of the Hive metastore, which keeps its names in lower case; as it was written is a variant."""
    written = f"hive://{workspace}/{_segment(database)}/{_segment(table)}"
    uri = f"hive://{workspace}/{_segment(database.lower())}/{_segment(table.lower())}"
    return Spelling(uri, variants=(written,) if written != uri else (), steps=(step,) if step else ())


def _folded(location: Location, reading: Reading) -> Spelling:
    """The dataset of a path; as variants the path as it was read, blanks encoded, and the extension in lower case."""
    segments, steps = folding.fold(location.segments, dates=reading.context.fold_dates, files=reading.fold_files)
    uri = replace(location, segments=segments).text
    stem, dot, extension = uri.rpartition(".")
    lowered = f"{stem}.{extension.lower()}" if dot and segments and folding.is_file(segments[-1]) else uri
    is_root = folding.is_all_partitions(segments, dates=reading.context.fold_dates)
    root = replace(location, segments=()).text if is_root else uri
    variants = dict.fromkeys((uri.replace(" ", "%20"), lowered, location.text, root))
    return Spelling(uri, variants=tuple(text for text in variants if text != uri), steps=steps)


def _kafka(reading: Reading) -> str:
    brokers = reading.options.get("kafka.bootstrap.servers", "").partition(",")[0].strip()
    if reading.text.partition(":")[2].startswith("//"):
        host, _, topic = reading.rest.partition("/")
        return f"kafka://{lower(host.partition(',')[0]) or UNKNOWN}/{_segment(topic)}"
    return f"kafka://{lower(brokers) or UNKNOWN}/{_segment(reading.rest)}"


def _cassandra(reading: Reading) -> str:
    host = reading.options.get("spark.cassandra.connection.host", "").partition(",")[0].strip()
    if reading.text.partition(":")[2].startswith("//"):
        host, _, table = reading.rest.partition("/")
        return f"cassandra://{lower(host)}/{table.replace('.', '/', 1) if '/' not in table else table}"
    return f"cassandra://{lower(host) or UNKNOWN}/{reading.rest.replace(':', '/', 1)}"


def _bigquery(reading: Reading) -> str:
    return "bigquery://" + "/".join(part for part in re.split("[:./]", reading.rest, maxsplit=2) if part)


def _mongodb(reading: Reading) -> str:
    place, _, table = reading.rest.rpartition("/")
    authority = place.partition("/")[0].partition("?")[0].rpartition("@")[2]
    if not authority:
        return ""
    inner = place.partition("/")[2].partition("?")[0] if "." not in table else ""
    return f"mongo://{lower(authority)}/{'/'.join(part for part in (inner, table.replace('.', '/', 1)) if part)}"


def _kusto(reading: Reading) -> str:
    """``azurekusto://host/db/table``; a host pasted with its scheme, doubled domain or ingestion prefix is mended."""
    host, _, path = re.sub(r"^https?:/+", "", reading.rest, flags=re.I).partition("/")
    sections = [section for section in path.partition("?")[0].split("/") if section]
    return f"azurekusto://{'/'.join([kusto_host(lower(host.partition(':')[0])), *sections])}"


def _cosmos(reading: Reading) -> str:
    """``azurecosmos://host/dbs/db/colls/collection``, from ``/db/collection`` as well."""
    host, _, path = re.sub(r"^https?:/+", "", reading.rest, flags=re.I).partition("/")
    sections = [section for section in path.partition("?")[0].split("/") if section]
    if sections[:1] != ["dbs"]:
        sections = [word for pair in zip(("dbs", "colls"), sections, strict=False) for word in pair]
    return f"azurecosmos://{'/'.join([public_host(lower(host.partition(':')[0])), *sections])}"


def _https(reading: Reading) -> str:
    host = lower(reading.rest.partition("/")[0].partition(":")[0])
    if ".kusto." in host:
        return _kusto(reading)
    return _cosmos(reading) if ".documents." in host else ""


def _snowflake(reading: Reading) -> str:
    """``snowflakedb://host/D/S/T``, from ``account/D.S.T`` and from Spline's ``url.warehouse.db.schema.table``."""
    place, _, table = drop_secrets(reading.text).partition("://")[2].partition("/")
    if not table:
        match = re.fullmatch(r"(.+?\.snowflakecomputing\.(?:com|cn))\.[^.]+\.([^.]+\.[^.]+\.[^.]+)", place, re.I)
        place, table = (match[1], match[2]) if match else (place, "")
    names = table.partition("?")[0].split("/")
    if len(names) == 1:  # SQL, where unquoted parts fold; a path of names is taken as it is
        names = [_segment(fold_case(part, "upper")) for part in split_name(names[0], literal=True)]
    return f"snowflakedb://{'/'.join([snowflake_host(lower(place.partition(':')[0])), *names])}"


def _unity(reading: Reading) -> str:
    """A table by workspace or metastore; the metastore's name is the better one."""
    place, table = _place_and_table(reading)
    names = [_segment(name.lower()) for name in re.split(r"[./]", table, maxsplit=2)]
    return unity_uri(reading.context, lower(place), names) if len(names) == 3 and all(names) else ""


def unity_uri(context: NamingContext, place: str, names: list[str]) -> str:
    """The canonical URI of a Unity Catalog table; ``names`` are catalogue, schema and table."""
    known = context.metastore_id if is_workspace(place) or place in {"", UNKNOWN} else place
    return f"unitycatalog://{'/'.join([known or place or context.workspace, *names])}"


def _place_and_table(reading: Reading) -> tuple[str, str]:
    """Of ``scheme://place/table``, or of ``scheme:table``."""
    if not reading.text.partition(":")[2].startswith("//"):
        return "", reading.rest
    place, _, table = reading.rest.partition("/")
    return place, table


def _hive(reading: Reading) -> str:
    """``hive://metastore/db.table``: the workspace stands for its metastore."""
    place, table = _place_and_table(reading)
    names = [name for name in re.split(r"[./]", table) if name][-2:]
    if not names:
        return ""
    workspace = reading.context.workspace_url or lower(place.partition(":")[0]) or UNKNOWN
    return hive_table(workspace, *(names if len(names) == 2 else ["default", *names])).uri


def _as_it_is(reading: Reading) -> str:
    return drop_secrets(reading.text)


def _segment(name: str) -> str:
    return name.strip().replace("/", "%2F")


_BY_SCHEME: Mapping[str, Callable[[Reading], str]] = {
    "kafka": _kafka,
    "cassandra": _cassandra,
    "bigquery": _bigquery,
    "mongodb": _mongodb,
    "mongodb+srv": _mongodb,
    "azurekusto": _kusto,
    "kusto": _kusto,
    "azurecosmos": _cosmos,
    "cosmos": _cosmos,
    "http": _https,
    "https": _https,
    "snowflake": _snowflake,
    "unitycatalog": _unity,
    "hive": _hive,
    # our own canonical forms, which name the same asset again
    **dict.fromkeys((*(dialect.scheme for dialect in DIALECTS), "sqldw"), _as_it_is),
    **dict.fromkeys(("mongo", "volume"), _as_it_is),
}
