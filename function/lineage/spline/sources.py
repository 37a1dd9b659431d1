"""The datasets that a plan reads: one leaf for each relation, at one location or several."""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from lineage.model import Column, Source
from lineage.spline.datatypes import DataTypes
from lineage.spline.graph import Graph, parameter
from lineage.spline.identifiers import table_name
from lineage.spline.notes import Notes
from lineage.spline.relations import recover
from lineage.spline.wire import Attribute, Operation, Params, ReadOperation, text_of

# fmt: off
NAMING_OPTIONS = frozenset(
    {
        "url", "dbtable", "query", "preparequery", "kafka.bootstrap.servers", "subscribe", "topic", "sfurl",
        "sfdatabase", "sfschema", "kustocluster", "kustodatabase", "kustotable", "spark.cassandra.connection.host",
        "spark.cosmos.accountendpoint", "spark.cosmos.database", "spark.cosmos.container",
    }
)
# fmt: on
"""Options of connectors that take part in a dataset's name, in lower case."""
PART_FILE = re.compile(r"/part-\d{5}[^/]*$")
"""What Spark calls the files of a dataset that it wrote."""
CHANGE_FEED = frozenset({"_change_type", "_commit_version", "_commit_timestamp"})
HIDDEN = CHANGE_FEED | {"_metadata"}
STEP = "MapPartitionsRDD"
ROWS_AS_READ = frozenset({"SQLExecutionRDD", STEP})
"""Steps between a micro-batch and its files that leave the rows as the engine made them."""
PATHS = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?/.+", re.IGNORECASE | re.DOTALL)
NEXT_PATH = re.compile(r",(?=(?:[a-z][a-z0-9+.-]*:)?/)", re.IGNORECASE)
"""The name of an RDD of files: one path or several, with their schemes or without."""
COLUMNAR = (".parquet", ".orc")
"""Files that Spark reads by column, and takes one step more to make rows of; any other step computes something."""


Location = tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]
"""What tells one dataset from another: its URI, its table identifier and its naming options."""


class Leaf(Struct, frozen=True, eq=False):
    """A relation that is read: its locations, and its columns as attributes of the plan."""

    sources: tuple[Source, ...]
    attributes: tuple[Attribute, ...]
    locations: tuple[Location, ...]


def leaves(graph: Graph, types: DataTypes, notes: Notes) -> Iterator[Leaf]:
    """Every relation that the plan reads, its columns included as far as the plan has them."""
    rdds = graph.titled(RDDS)
    through_rdd = {step for operation in rdds for step in graph.below(operation)}
    for read in graph.reads:
        if read not in through_rdd:
            yield _leaf(read, graph.attributes(read), types, notes)
    for operation in rdds:
        yield from _micro_batch(graph, operation, types, notes)
    for operation in graph.titled(RELATIONS):
        if not operation.child_ids and not isinstance(operation, ReadOperation):
            yield from _recovered(graph, operation, types, notes)


def _leaf(read: ReadOperation, attributes: list[Attribute], types: DataTypes, notes: Notes) -> Leaf:
    attributes = _without_hidden(attributes, types)
    return _made(_locations(read, _columns(attributes, types), notes), attributes)


def _columns(attributes: list[Attribute], types: DataTypes) -> tuple[Column, ...]:
    return tuple([Column(attribute.name or "", types.name(attribute.data_type)) for attribute in attributes])


def _made(sources: list[Source], attributes: list[Attribute]) -> Leaf:
    return Leaf(tuple(sources), tuple(attributes), tuple([location(source) for source in sources]))


def _without_hidden(attributes: list[Attribute], types: DataTypes) -> list[Attribute]:
    """Less the columns that the engine makes up: those of a change feed, and a file's ``_metadata``."""
    made_up = [attribute for attribute in attributes if attribute.name in HIDDEN]
    if not made_up:
        return attributes
    feed = {attribute.name for attribute in made_up} >= CHANGE_FEED
    hidden = {
        attribute
        for attribute in made_up
        if (feed and attribute.name in CHANGE_FEED) or types.name(attribute.data_type).startswith("struct<file_path:")
    }
    return [attribute for attribute in attributes if attribute not in hidden]


def location(source: Source) -> Location:
    """What tells ``source`` from other datasets."""
    return source.uri, source.table, source.options


def _locations(read: ReadOperation, columns: tuple[Column, ...], notes: Notes) -> list[Source]:
    params = read.params or {}
    kind, table, options = text_of((read.extra or {}).get("sourceType")), table_name(params), naming_options(params)
    fold = not read.columns
    uris = _distinct_datasets([uri for uri in read.input_sources or () if uri], fold=fold)
    uris = uris or list(filter(None, [text_of(params.get("path"))]))
    if not uris:
        notes.add("read-without-location", f"{read.title}: the plan names no location for it")
        uris = [""] if table or options else []
    return [Source(uri, kind, table, columns, options, fold) for uri in uris]


def _distinct_datasets(uris: list[str], *, fold: bool) -> list[str]:
    """One file for all of a folder's, where files stand for their folder; all others as they are."""
    if len(uris) < 2:
        return uris
    chosen: dict[str, str] = {}
    for uri in uris:
        folder = uri.rpartition("/")[0] if fold or PART_FILE.search(uri) else uri
        chosen[folder] = min(uri, chosen.get(folder, uri))
    return sorted(chosen.values())


def naming_options(params: Params) -> tuple[tuple[str, str], ...]:
    """The connector's options that take part in the name, by key."""
    chosen = [
        (lower, value)
        for key, value in params.items()
        if isinstance(value, str) and (lower := key.lower()) in NAMING_OPTIONS
    ]
    return tuple(sorted(chosen)) if chosen else ()


def _micro_batch(graph: Graph, operation: Operation, types: DataTypes, notes: Notes) -> Iterator[Leaf]:
    """Rows that came through an RDD: their columns are the file's only if nothing but the engine touched them."""
    steps = [step for step in graph.below(operation) if step is not operation]
    reads = [step for step in steps if isinstance(step, ReadOperation)]
    plain = all(step in reads or step.title in ROWS_AS_READ for step in steps) and not _computes(steps, reads)
    from_engine = [child.title for child in graph.children(operation)] == ["SQLExecutionRDD"]
    single = len(reads) == 1 and plain and from_engine
    for read in reads:
        yield _leaf(read, graph.attributes(operation) if single else [], types, notes)
    whole = [source for step in steps for source in _read_whole(graph, step)]
    yield from (_made([source], []) for source in whole)
    if single:
        notes.add("columns-of-micro-batch", "columns of a micro-batch are taken for those of its files")
    elif reads or whole or any("Checkpoint" in step.title for step in steps):
        notes.add("rows-through-rdd", "columns cannot be followed through an RDD or a checkpoint")


def _read_whole(graph: Graph, step: Operation) -> list[Source]:
    """What ``wholeTextFiles``, ``binaryFiles`` and Hadoop's newer formats read, which the agent has no plugin for.

    Spark calls their RDD, and the one of ``textFile``, by the paths that were asked for.
    """
    if not PATHS.fullmatch(step.title) or any(isinstance(below, ReadOperation) for below in graph.below(step)):
        return []
    return [Source(path) for path in NEXT_PATH.split(step.title)]


def _computes(steps: list[Operation], reads: list[ReadOperation]) -> bool:
    """Whether the stream filters or computes before its batches, which shows in files that are read row by row."""
    by_column = all(uri.endswith(COLUMNAR) for read in reads for uri in read.input_sources or () if uri)
    return [step.title for step in steps].count(STEP) > (2 if by_column else 1)


def _recovered(graph: Graph, operation: Operation, types: DataTypes, notes: Notes) -> Iterator[Leaf]:
    source = recover(text_of(parameter(operation, "relation")))
    table = _catalogue_name(graph, operation)
    if source is None and not table:
        notes.add("relation-without-name", "a relation is read whose connector the agent does not know")
        return
    notes.add("relation-recovered", "a dataset was recovered from the text of its relation")
    attributes = _without_hidden(graph.attributes(operation), types)
    yield _made([replace(source or Source(""), table=table, columns=_columns(attributes, types))], attributes)


def _catalogue_name(graph: Graph, leaf: Operation) -> tuple[str, ...]:
    """The name under which the catalogue knows a leaf: that of the alias right above it."""
    for operation in graph.parents.get(leaf, ()):
        if operation.title == "SubqueryAlias":
            name = table_name({"table": {"identifier": parameter(operation, "identifier")}})
            return name if len(name) > 1 else ()
    return ()


RDDS = frozenset(["LogicalRDD"])
RELATIONS = frozenset(
    ["LogicalRelation", "RelationV2", "DataSourceV2Relation", "StreamingRelation", "HiveTableRelation"]
)
"""Leaves of connectors that the agent has no plugin for stand among the other operations."""
