"""The canonical spelling of one source, and what it is made from."""

from collections.abc import Mapping
from dataclasses import dataclass

from lineage.model import AssetName, Note
from lineage.naming.context import UNKNOWN, NamingContext
from lineage.naming.hosts import is_workspace

HIVE_CATALOGS = {"hive_metastore", "spark_catalog"}
"""Catalogues that are the workspace's Hive metastore."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """Canonical URIs of one dataset: the first names it, ``twins`` are the same data under another name.

    ``variants`` are further spellings of the first (as read, percent-encoded), ``others`` assets that no canonical URI
    stands for. ``label`` is a better readable name, ``unsure`` that something had to be assumed. ``place`` is the path
    that the first, a table's name, is the better name of.
    """

    uri: str
    twins: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    others: tuple[AssetName, ...] = ()
    label: str = ""
    unsure: bool = False
    place: str = ""
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


def hive_table(workspace: str, database: str, table: str, *, step: str = "") -> Spelling:
    """A table of the Hive metastore, which keeps its names in lower case; as it was written is a variant."""
    written = f"hive://{workspace}/{segment(database)}/{segment(table)}"
    uri = f"hive://{workspace}/{lower_segment(database)}/{lower_segment(table)}"
    return Spelling(uri, variants=(written,) if written != uri else (), steps=(step,) if step else ())


def unity_uri(context: NamingContext, place: str, names: list[str]) -> str:
    """The canonical URI of a Unity Catalog table; ``names`` are catalogue, schema and table."""
    known = context.metastore_id if is_workspace(place) or place in {"", UNKNOWN} else place
    return f"unitycatalog://{'/'.join([known or place or context.workspace, *names])}"


def segment(name: str) -> str:
    """A name as one section of a canonical URI."""
    return name.strip().replace("/", "%2F")


def lower_segment(name: str) -> str:
    """The same for names that are stored in lower case."""
    return segment(name.lower()).replace("%2f", "%2F")
