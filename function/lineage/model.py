"""What lineage is, whatever harvester saw it and whatever catalogue shows it.

Two shapes, both frozen, follow each other:

* An ``Observation`` is one write as a harvester reports it: its ``Source``s still have the harvester's
  spelling (a URI, a table identifier, options).
* A ``Lineage`` is the same write after naming: its ``Dataset``s and ``Process`` have the catalogue's type
  names and qualified names.

Collections are tuples in a stable order, so that equal inputs give equal values and equal bytes. The classes are
msgspec structs because a plan becomes thousands of them: making one costs a tenth of a frozen dataclass
(docs/adr/0004-structs.md).
"""

from enum import StrEnum

from msgspec import Struct, field


class Kind(StrEnum):
    """How a value of a source column becomes the value of a target column (OpenLineage's DIRECT subtypes)."""

    IDENTITY = "identity"
    TRANSFORMATION = "transformation"
    AGGREGATION = "aggregation"


class Influence(StrEnum):
    """How a column decides which rows or values come out without being one (OpenLineage's INDIRECT subtypes)."""

    JOIN = "join"
    GROUP = "group"
    FILTER = "filter"
    SORT = "sort"
    WINDOW = "window"
    CONDITION = "condition"


class Mode(StrEnum):
    """What the write does to rows that were there."""

    APPEND = "append"
    OVERWRITE = "overwrite"
    REPLACE_WHERE = "replaceWhere"
    MERGE = "merge"
    UPDATE = "update"
    DELETE = "delete"


class Status(StrEnum):
    """How the run of a write ended; ``UNKNOWN`` where a plan came without its event."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """Which half of a write this is, where the harvester reports one write twice (CTAS, ``saveAsTable``)."""

    WHOLE = ""
    INSERT = "insert"
    """has the metrics, and the path only"""
    TABLE = "table"
    """has the table's name"""
    NEW_TABLE = "new-table"
    """has the table's name; the insert appends to the table that this command has just created"""


class Note(Struct, frozen=True, gc=False):
    """Something that could not be known or was left out, for people. ``code`` is counted in reports."""

    code: str
    text: str


class Column(Struct, frozen=True, gc=False):
    """A column and its type as the engine writes it (``decimal(12,2)``); an unknown type is empty."""

    name: str
    type: str = ""


class Source(Struct, frozen=True, gc=False):
    """A dataset as the harvester spells it.

    ``table`` is the catalogue identifier, outermost part first (``("main", "sales", "orders")``, or
    ``("sales", "orders")``). ``options`` are the connector's options that take part in the name (``url``,
    ``dbtable``, ``query``), sorted by key. ``fold_files`` says that single files stand for their folder
    (an RDD or micro-batch read lists the files that it met, not the dataset that was asked for).
    """

    uri: str
    format: str = ""
    table: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    fold_files: bool = False


class ColumnRef(Struct, frozen=True, order=True, gc=False):
    """A column of ``Observation.inputs[input]``; ``path`` is the full nested path (``address.city``), if any."""

    input: int
    column: str
    path: str = ""


class Dependency(Struct, frozen=True, order=True, gc=False):
    """A direct source of a target column."""

    ref: ColumnRef
    kind: Kind


class TargetColumn(Struct, frozen=True, gc=False):
    """A column of the output with its direct sources, its own conditional influences and its expression as text."""

    name: str
    type: str = ""
    sources: tuple[Dependency, ...] = ()
    influences: tuple[ColumnRef, ...] = ()
    expression: str = ""


class Run(Struct, frozen=True, gc=False):
    """One execution of a write.

    ``timestamp`` is milliseconds since the epoch, at the end of the write; ``duration_ns`` nanoseconds;
    ``rows``, ``bytes`` and ``files`` are ``None`` where the engine did not say. ``error`` is the class of the error
    (``org.apache.spark.SparkException``), never its message.
    """

    key: str
    timestamp: int = 0
    status: Status = Status.UNKNOWN
    duration_ns: int | None = None
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    error: str = ""
    application_id: str = ""


class WorkspaceContext(Struct, frozen=True, gc=False):
    """Who ran it, as far as the event's own headers and extras tell; empty means not known.

    ``workspace_url`` is a host name without scheme, lower-case. ``job_id`` may be a stable name made from an Azure
    Data Factory run (``ADF_factory_pipeline``).
    """

    workspace_url: str = ""
    workspace_id: str = ""
    notebook_path: str = ""
    job_id: str = ""
    job_name: str = ""
    run_id: str = ""
    task_key: str = ""
    cluster_id: str = ""
    cluster_name: str = ""
    user: str = ""
    app_name: str = ""


class Observation(Struct, frozen=True, gc=False):
    """One write as a harvester saw it, before naming.

    ``skip`` is the reason why it is not lineage (an in-memory sink, a DROP); empty means that it is. ``indirect`` is
    once a write, over all its columns; each kind stands at most once, in the order of ``Influence``.
    ``plan_id`` and ``harvester`` serve tracing only and never take part in identity.
    """

    output: Source
    mode: Mode
    command: str = ""
    role: Role = Role.WHOLE
    inputs: tuple[Source, ...] = ()
    columns: tuple[TargetColumn, ...] = ()
    indirect: tuple[tuple[Influence, tuple[ColumnRef, ...]], ...] = ()
    run: Run = field(default_factory=lambda: Run(key=""))
    context: WorkspaceContext = field(default_factory=WorkspaceContext)
    notes: tuple[Note, ...] = ()
    skip: str = ""
    plan_id: str = ""
    harvester: str = ""


class AssetName(Struct, frozen=True, order=True, gc=False):
    """What the catalogue calls something: unique together."""

    type_name: str
    qualified_name: str


class Dataset(Struct, frozen=True, gc=False):
    """A dataset as the catalogue is to call it when no scanned asset is found for it.

    ``alternates`` are other assets that it may be bound to when one of them is in the catalogue, best first. ``rule``
    and ``confidence`` (``high``, ``medium``, ``low``) say which row of the naming table made the name. ``uri`` is the
    normalised source URI, without secrets. ``place`` is what it would be called by its path alone, where it is called
    by a table's name and its path is known.
    """

    asset: AssetName
    name: str
    uri: str = ""
    format: str = ""
    columns: tuple[Column, ...] = ()
    alternates: tuple[AssetName, ...] = ()
    rule: str = ""
    confidence: str = "high"
    place: AssetName | None = None

    @property
    def qualified_name(self) -> str:
        """The name that the catalogue knows it by."""
        return self.asset.qualified_name


class ColumnSource(Struct, frozen=True, order=True, gc=False):
    """A column of an input dataset; ``dataset`` is its asset name, ``path`` the full nested path, if any."""

    dataset: AssetName
    column: str
    kind: Kind = Kind.TRANSFORMATION
    path: str = ""


class ColumnEdge(Struct, frozen=True, gc=False):
    """A column of the output, its direct sources, its own conditional influences, and its expression."""

    name: str
    type: str = ""
    sources: tuple[ColumnSource, ...] = ()
    influences: tuple[ColumnSource, ...] = ()
    expression: str = ""


class Owner(Struct, frozen=True, gc=False):
    """A node of the hierarchy that a process hangs under: workspace, notebook, job or task.

    ``parent`` is the owner above it (``None`` for the workspace). ``relation`` is the attribute through which this one
    names its parent (``workspace``, ``job``); ``links`` are further relations by attribute (a task's ``notebook``).
    """

    asset: AssetName
    name: str
    relation: str = ""
    parent: "Owner | None" = None
    links: tuple[tuple[str, "Owner"], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


class Process(Struct, frozen=True, gc=False):
    """What joins the inputs to the output. The qualified name is the same for every run of the same write."""

    qualified_name: str
    name: str
    owner: Owner


class Lineage(Struct, frozen=True, gc=False):
    """One write, named: what is published."""

    process: Process
    output: Dataset
    mode: Mode
    inputs: tuple[Dataset, ...] = ()
    columns: tuple[ColumnEdge, ...] = ()
    indirect: tuple[tuple[Influence, tuple[ColumnSource, ...]], ...] = ()
    run: Run = field(default_factory=lambda: Run(key=""))
    context: WorkspaceContext = field(default_factory=WorkspaceContext)
    role: Role = Role.WHOLE
    notes: tuple[Note, ...] = ()
    skip: str = ""
    plan_id: str = ""
    harvester: str = ""
