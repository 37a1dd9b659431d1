"""Every harvester's spelling of a source → canonical URIs that the naming table's patterns read.

``spell`` chooses by scheme: paths of file systems are read here, the sources of services in ``services.py``.
"""

import re
from dataclasses import replace

from lineage.model import Note
from lineage.naming import folding, mounts
from lineage.naming.context import NamingContext
from lineage.naming.hosts import is_workspace
from lineage.naming.services import BY_SCHEME
from lineage.naming.spelling import Reading, Spelling, hive_table, lower_segment, segment
from lineage.naming.uri import Location, drop_secrets, file_location, generic_uri, scheme_of

WAREHOUSE = ("user", "hive", "warehouse")
"""Where the Hive metastore keeps managed tables; case-sensitive."""

_SHARED = re.compile(r".+\.share#([^.#]+)\.([^.#]+)\.([^.#]+)")
"""What Delta Sharing reads: a profile, then share, schema and table."""


VOLATILE = {"memory", "inmemory", "noop", "console", "rate"}
"""Schemes and formats of what leaves nothing behind."""


def spell(reading: Reading) -> Spelling:
    """The canonical URIs of anything but JDBC. Never raises."""
    if reading.text.startswith("/"):
        scheme = "file" if reading.text.lstrip("/").split("/")[0] == "dbfs" else "dbfs"
        return _files(replace(reading, text=f"{scheme}:/{reading.text.lstrip('/')}"))
    reading = replace(reading, text=drop_secrets(reading.text))
    special = BY_SCHEME.get(scheme_of(reading.text))
    spelled = special(reading) if special else ""
    if all(spelled.partition("://")[2].split("/")):  # nothing is missing
        return Spelling(spelled)
    return _files(reading)


def _files(reading: Reading) -> Spelling:
    location = file_location(reading.text)
    if location is None:
        return Spelling(generic_uri(reading.text))
    shared = next(filter(None, map(_SHARED.fullmatch, location.segments)), None)
    if shared:
        return Spelling(f"deltasharing://{'/'.join(map(segment, shared.groups()))}")
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
    if segments[:1] == ("Volumes",) and context.metastore_id and not elsewhere:
        return _volume(_folded(location, reading), context.metastore_id)
    if resolved is None:
        return _unresolved(_folded(location, reading), location)
    step = f"mount {resolved.mount} → {context.mounts[resolved.mount]}"
    spelled = _mounted(resolved, reading)
    if resolved.mount == "/":
        spelled = _unresolved(spelled, location)
    return replace(spelled, steps=(step, *spelled.steps))


def _volume(folded: Spelling, metastore: str) -> Spelling:
    """A path in a volume of Unity Catalog, whose own names are in lower case; above the volumes it is a path."""
    names = folded.uri.partition("/Volumes/")[2].split("/", 3)
    if len(names) < 3 or not all(names):
        return folded
    uri = "/".join([f"volume://{metastore}", *map(lower_segment, names[:3]), *names[3:]])
    return replace(folded, uri=uri, twins=(folded.uri,), variants=())


def _mounted(resolved: mounts.Resolved, reading: Reading) -> Spelling:
    """The storage behind a mount; a mount of a mount is resolved in turn, and each is used once."""
    target, context = file_location(resolved.uri), reading.context
    if target is None:
        return Spelling(generic_uri(resolved.uri))
    if target.scheme != "dbfs":
        return _folded(target, reading)
    others = {point: to for point, to in context.mounts.items() if point != resolved.mount}
    inner = NamingContext(context.workspace_url, others, context.metastore_id, context.fold_dates)
    return _dbfs(target, replace(reading, context=inner))


def _unresolved(spelling: Spelling, location: Location) -> Spelling:
    if location.segments[:1] != ("mnt",):
        return spelling
    text = f"unresolved mount /{'/'.join(location.segments[:2])} in {location.host}"
    return replace(spelling, steps=(*spelling.steps, text), notes=(*spelling.notes, Note("unresolved-mount", text)))


def _warehouse_table(location: Location) -> Spelling | None:
    below = location.segments[3:]
    database = below[0].removesuffix(".db") if below and below[0].endswith(".db") else "default"
    tables = below[1:] if database != "default" or below[:1] == ("default.db",) else below
    if not tables or not database or folding.is_file(tables[0]):
        return None
    folded, _ = folding.fold(tables[:1], dates=False, files=False)
    if not folded:  # ``warehouse/*`` is all tables
        return None
    return hive_table(location.host, database, folded[0], step="in the Hive warehouse: a managed table")


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
