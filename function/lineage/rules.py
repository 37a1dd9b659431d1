"""What a steward lays down: which collection an asset of ours goes into, and which writes are no lineage to anybody.

Both are JSON lists of objects in the settings. In a row, every condition that is given must hold; ``*`` stands for
anything and ``?`` for one character. A path also covers what lies below it, and is written as the catalogue does
(``https://lake.dfs.core.windows.net/raw/tmp``) or as Spark does (``abfss://raw@lake.dfs.core.windows.net/tmp``).
"""

import functools
import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec
from msgspec.structs import replace

from lineage.model import AssetName, ColumnEdge, ColumnSource, Dataset, Lineage, Note, WorkspaceContext
from lineage.naming.databricks import name_process, workspace_host

IGNORED = "input-ignored"
"""Code of the note on a write that an ignored input was left out of."""

_CATALOGUE = re.compile(r"databricks://[^/]+/catalogs/([^/]+)(?:/|$)")
_AUTHORITY = re.compile(r"[^/]*://[^/]*")


class CollectionRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``collection`` as the portal shows it, or by its internal name. ``catalogue`` is one of Unity Catalog."""

    collection: str
    workspace: str = ""
    path: str = ""
    catalogue: str = ""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a row that would place nothing, or everything."""
        _needs("collection", self.collection)
        _needs("one of workspace, path, catalogue", self.workspace or self.path or self.catalogue)

    def places(self, workspace: str, dataset: Dataset | None) -> bool:
        """Whether what belongs to ``dataset``, or to the workspace alone, goes there."""
        if self.workspace and not fnmatchcase(workspace_host(workspace), workspace_host(self.workspace)):
            return False
        if dataset is None:
            return not (self.path or self.catalogue)
        return (not self.path or covers(self.path, dataset)) and (
            not self.catalogue or _in_catalogue(self.catalogue, dataset)
        )


class IgnoreRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``notebook`` is a path in the workspace, with or without its first slash; ``cluster`` a cluster's name or id."""

    path: str = ""
    notebook: str = ""
    cluster: str = ""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a row that would ignore everything."""
        _needs("one of path, notebook, cluster", self.path or self.notebook or self.cluster)

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in msgspec.structs.asdict(self).items() if value)

    def speaks_of(self, context: WorkspaceContext) -> bool:
        """Whether it is about writes of this notebook and cluster; one that names neither is about all."""
        notebook = _rooted(context.notebook_path)
        clusters = (context.cluster_name, context.cluster_id)
        return (not self.notebook or bool(notebook and _below(_rooted(self.notebook), notebook))) and (
            not self.cluster or any(name and fnmatchcase(name, _pattern(self.cluster)) for name in clusters)
        )


@functools.cache
def collection_rules(text: str) -> tuple[CollectionRule, ...]:
    """The rows of the setting; raises ``ValueError``."""
    return msgspec.json.decode(text, type=tuple[CollectionRule, ...]) if text else ()


@functools.cache
def ignore_rules(text: str) -> tuple[IgnoreRule, ...]:
    """The rows of the setting; raises ``ValueError``."""
    return msgspec.json.decode(text, type=tuple[IgnoreRule, ...]) if text else ()


def without_ignored(lineage: Lineage, rules: Iterable[IgnoreRule]) -> Lineage:
    """Skipped where its notebook, its cluster or its output is ignored; ignored inputs are left out, with a note.

    What is left out takes no part in the process' name: the name is that of a write which never read it.
    """
    spoken = [rule for rule in rules if rule.speaks_of(lineage.context)]
    if lineage.skip or not spoken:
        return lineage
    whole = next((rule for rule in spoken if not rule.path or covers(rule.path, lineage.output)), None)
    if whole:
        return replace(lineage, skip=f"ignored by rule {whole}")
    found = {one: rule for one in lineage.inputs for rule in reversed(spoken) if covers(rule.path, one)}
    return _left_out(lineage, found) if found else lineage


def covers(path: str, dataset: Dataset) -> bool:
    """Whether the dataset, by any of its names, is the path or lies below it."""
    names = (dataset.qualified_name, dataset.uri, *(one.qualified_name for one in dataset.alternates))
    return any(name and _below(path, name) for name in names)


def _left_out(lineage: Lineage, found: dict[Dataset, IgnoreRule]) -> Lineage:
    inputs = tuple(one for one in lineage.inputs if one not in found)
    gone = {one.asset for one in found}
    indirect = ((kind, _kept(sources, gone)) for kind, sources in lineage.indirect)
    notes = (Note(IGNORED, f"{one.name} was left out: ignored by rule {rule}") for one, rule in found.items())
    return replace(
        lineage,
        process=name_process(lineage.context, lineage.process.owner, inputs, lineage.output),
        inputs=inputs,
        columns=tuple(edge for column in lineage.columns if (edge := _edge(column, gone))),
        indirect=tuple((kind, sources) for kind, sources in indirect if sources),
        notes=(*lineage.notes, *notes),
    )


def _edge(column: ColumnEdge, gone: set[AssetName]) -> ColumnEdge | None:
    """Without its expression where something was left out, which that names; ``None`` where nothing is left: an edge
    without sources says that the column is a constant."""
    sources, influences = _kept(column.sources, gone), _kept(column.influences, gone)
    if (sources, influences) == (column.sources, column.influences):
        return column
    return replace(column, sources=sources, influences=influences, expression="") if sources or influences else None


def _kept(sources: tuple[ColumnSource, ...], gone: set[AssetName]) -> tuple[ColumnSource, ...]:
    return tuple(one for one in sources if one.dataset not in gone)


def _in_catalogue(wanted: str, dataset: Dataset) -> bool:
    names = (dataset.qualified_name, *(one.qualified_name for one in dataset.alternates))
    found = (match[1] for name in names if (match := _CATALOGUE.match(name)))
    return any(fnmatchcase(name.casefold(), _pattern(wanted.casefold())) for name in found)


def _below(path: str, name: str) -> bool:
    pattern = _pattern(_AUTHORITY.sub(lambda match: match[0].lower(), path, count=1).rstrip("/"))
    return fnmatchcase(name.rstrip("/"), pattern) or fnmatchcase(name, f"{pattern}/*")


def _rooted(path: str) -> str:
    """A path in a workspace as it is called there; the catalogue names it without the first slash."""
    return path if path.startswith(("/", "*")) or not path else f"/{path}"


def _pattern(text: str) -> str:
    """Brackets stand for themselves: names have them."""
    return text.replace("[", "[[]")


def _needs(what: str, given: str) -> None:
    if not given.strip():
        message = f"a rule needs {what}"
        raise ValueError(message)
