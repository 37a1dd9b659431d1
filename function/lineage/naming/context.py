"""What is known about names apart from the source itself, and what naming gives back."""

import msgspec
from msgspec.structs import force_setattr

from lineage.model import Column, Dataset, Note
from lineage.naming.databricks import workspace_host
from lineage.naming.mounts import Mounts, normalise_mounts
from lineage.naming.query import Query

UNKNOWN = "unknown"
"""Stands in a name for a workspace, broker or server that nobody said."""


class NamingContext(msgspec.Struct, frozen=True, eq=False):
    """Where a write ran. ``workspace_url`` is a host or URL; ``mounts`` are those valid at the time of the write.

    ``metastore_id`` is the Unity Catalog metastore that the workspace is assigned to; ``fold_dates`` makes folders
    named by a full date stand for their parent, as partition folders do.
    """

    workspace_url: str = ""
    mounts: Mounts = msgspec.field(default_factory=dict)
    metastore_id: str = ""
    fold_dates: bool = True

    def __post_init__(self) -> None:
        force_setattr(self, "workspace_url", workspace_host(self.workspace_url))
        force_setattr(self, "mounts", normalise_mounts(self.mounts))
        force_setattr(self, "metastore_id", self.metastore_id.strip().lower())

    def __hash__(self) -> int:
        return hash((self.workspace_url, self.metastore_id, self.fold_dates, *self.mounts))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamingContext) and msgspec.structs.astuple(self) == msgspec.structs.astuple(other)

    @property
    def workspace(self) -> str:
        """The workspace's host as it stands in names."""
        return self.workspace_url or UNKNOWN


class Naming(msgspec.Struct, frozen=True):
    """What a source is called: no dataset where it is none (in memory), several for a query that joins tables.

    ``query`` tells which table (an index into ``datasets``) a column of a query comes from. ``rule`` and
    ``confidence`` are the first dataset's; ``steps`` say in words how the name came about.
    """

    datasets: tuple[Dataset, ...]
    rule: str
    confidence: str
    steps: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    query: Query | None = None

    def with_columns(self, columns: tuple[Column, ...]) -> "Naming":
        """The same with its one dataset having these columns."""
        datasets = tuple(msgspec.structs.replace(dataset, columns=columns) for dataset in self.datasets)
        return Naming(datasets, self.rule, self.confidence, self.steps, self.notes, self.query)
