"""Sources of the Spark catalogue: where the catalogue's identifier is the better name, and where the path is.

* A table of Unity Catalog is a ``databricks_table`` when the metastore is known; its path is a twin. Without the
  metastore no scan could have named it so: the path names it, and the identifier is what people read.
* A managed table of the Hive metastore is a ``hive_table``; its path is in storage that no scan sees.
* An external table is what the storage scan knows, its path; the ``hive_table`` is a twin.
"""

from dataclasses import replace

from lineage.model import Note
from lineage.naming.context import NamingContext
from lineage.naming.identifiers import split_name
from lineage.naming.spelling import HIVE_CATALOGS, Spelling, hive_table, lower_segment, unity_uri
from lineage.naming.uri import FILE_SCHEMES, is_managed

FORMATS = {"delta", "parquet", "csv", "json", "orc", "avro", "text", "iceberg", "binaryfile"}
"""``delta.`/path` `` is a path and no table."""


def table_parts(table: tuple[str, ...]) -> tuple[str, ...]:
    """Catalogue (or not), schema and table; empty for what is none (``delta.`/path` ``)."""
    parts = tuple(part.strip() for part in table if part.strip())
    if len(parts) == 1:
        parts = tuple(part.text for part in split_name(parts[0], literal=True)) or parts
    if not parts or "/" in parts[-1] or (len(parts) > 1 and parts[0].lower() in FORMATS and ":" in parts[-1]):
        return ()
    parts = (*parts[:-1], parts[-1].partition("@v")[0] or parts[-1])
    if len(parts) > 2 and parts[-3].lower() in HIVE_CATALOGS:
        parts = parts[-2:]
    return parts[-3:] if len(parts) > 1 else ("default", *parts)


def spell_table(path: Spelling | None, parts: tuple[str, ...], context: NamingContext) -> Spelling:
    """The spelling of a catalogue table; ``path`` is that of its location, where that is known."""
    label = ".".join(parts)
    if len(parts) == 3:
        return _unity(path, parts, context, label)
    hive = hive_table(context.workspace, *parts)
    if path is None:
        return replace(hive, label=label)
    if path.uri.startswith("hive://"):
        step = f"catalogue identifier {label}" + ("" if path.uri == hive.uri else f", though its path is {path.uri}")
        return replace(hive, label=label, steps=(*path.steps, step))
    if not _can_be_table(path.uri):
        return path
    twins = path.twins if is_managed(path.uri) else (*path.twins, hive.uri)
    step = f"external table {label}: the storage path names it"
    return replace(path, twins=twins, label=label, steps=(*path.steps, step))


def _unity(path: Spelling | None, parts: tuple[str, ...], context: NamingContext, label: str) -> Spelling:
    uri = unity_uri(context, context.workspace, [lower_segment(part) for part in parts])
    if path is None:
        return Spelling(uri, label=label, unsure=not context.metastore_id)
    if not _can_be_table(path.uri):
        return path
    if context.metastore_id:
        step = f"catalogue identifier {label} in metastore {context.metastore_id}"
        twins = (path.uri, *path.twins, *path.variants)
        return replace(path, uri=uri, twins=twins, variants=(), label=label, place=path.uri, steps=(*path.steps, step))
    text = f"the metastore of {label} is not known: its path names it"
    notes = (*path.notes, Note("metastore-unknown", text))
    return replace(path, twins=(*path.twins, uri), label=label, steps=(*path.steps, text), notes=notes)


def _can_be_table(uri: str) -> bool:
    """Whether a catalogue of Spark can have its table there: in files, or in its own warehouse."""
    return uri.partition("://")[0] in {*FILE_SCHEMES.values(), "volume", "hive"}
