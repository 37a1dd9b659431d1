"""The tree, made of what a catalogue answered. Pure: the same answers give the same tree.

Every asset unfolds once, where it is nearest to the root; wherever it comes up again (a diamond, a process that updates
what it reads) it is a leaf that says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lineage.model import Column
from lineage.page.facts import Derivation, Facts
from lineage.page.read import NotFound

Named = tuple[str, str]
"""A column by the qualified name of its dataset and its own name."""


class Direction(StrEnum):
    """Where the tree grows: to the sources, or to what is made of them."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"


@dataclass(frozen=True, slots=True)
class Asset:
    """A dataset or a process; ``facts`` is ``None`` for a dataset."""

    guid: str
    type_name: str
    qualified_name: str
    name: str
    labels: tuple[str, ...] = ()
    facts: Facts | None = None


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The asset asked for, all within reach of it, and the way that data takes between them (guid → guid).

    ``schema`` has the columns of the asset asked for, as far as the catalogue knows them.
    """

    root: Asset
    assets: Mapping[str, Asset]
    edges: tuple[tuple[str, str], ...]
    schema: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """How a process makes one column. ``sources`` and ``influences`` (conditions only) are (dataset, column)."""

    target: Named
    sources: tuple[Named, ...] = ()
    influences: tuple[Named, ...] = ()
    expressions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """An asset in the tree. ``repeated``: it unfolds elsewhere. ``columns`` are those that the tree is about."""

    asset: Asset
    children: tuple["Node", ...] = ()
    repeated: bool = False
    lines: tuple[Line, ...] = ()
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """``loose`` are columns of the root that no process in the tree makes (upstream) or uses (downstream)."""

    root: Node
    direction: Direction
    names: Mapping[str, str]
    """Qualified name → readable name, of every dataset in the tree."""
    loose: tuple[Column, ...] = ()


def grow(found: Neighbourhood, direction: Direction, *, columns: bool = False, column: str = "") -> Tree:
    """The tree of the root. ``column`` in any case, if only one matches; raises ``NotFound`` when none does."""
    upstream = direction is Direction.UPSTREAM
    edges = [(there, here) if upstream else (here, there) for here, there in found.edges]
    followed: frozenset[Named] | None = None
    if column:
        start = (found.root.qualified_name, _spelled(found, column, upstream=upstream))
        followed = _reached(found, start, edges, upstream=upstream)
        edges = [edge for edge in edges if _carries(found, edge, followed, upstream=upstream)]
    homes = _homes(found.root.guid, edges)
    root = _unfold(found, homes, edges, columns=columns or bool(column), followed=followed)
    return Tree(root, direction, _names(found), _loose(found, homes, upstream=upstream) if columns else ())


def _homes(root: str, edges: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each asset that is reached → the one that it unfolds below; nearest to the root first."""
    below = _below(edges)
    homes, waiting = {root: ""}, [root]
    for guid in waiting:
        for child in below.get(guid, ()):
            if child not in homes:
                homes[child] = guid
                waiting.append(child)
    return homes


def _below(edges: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {}
    for parent, child in edges:
        below.setdefault(parent, []).append(child)
    return below


def _unfold(
    found: Neighbourhood,
    homes: Mapping[str, str],
    edges: Sequence[tuple[str, str]],
    *,
    columns: bool,
    followed: frozenset[Named] | None,
) -> Node:
    below = _below(edges)
    nodes: dict[str, Node] = {}

    def leaf(guid: str) -> Node:
        asset = found.assets[guid]
        mine = (column for dataset, column in followed or () if dataset == asset.qualified_name and not asset.facts)
        return Node(asset, columns=tuple(sorted(mine)))

    # Children come later in the order of discovery than what they unfold below, so backwards they are ready first.
    for guid in reversed(list(homes)):
        bare = leaf(guid)
        children = [
            nodes[child] if homes[child] == guid else _repeated(leaf(child))
            for child in sorted(dict.fromkeys(below.get(guid, ())), key=lambda child: _order(found.assets[child]))
        ]
        lines = tuple(_lines(bare.asset.facts, followed)) if columns and bare.asset.facts else ()
        nodes[guid] = Node(bare.asset, tuple(children), lines=lines, columns=bare.columns)
    return nodes[found.root.guid]


def _repeated(node: Node) -> Node:
    return Node(node.asset, repeated=True, columns=node.columns)


def _order(asset: Asset) -> tuple[str, str]:
    return asset.name, asset.qualified_name


def _lines(facts: Facts, followed: frozenset[Named] | None) -> Iterator[Line]:
    for each in facts.derivations:
        sources = tuple(source for source, _ in each.sources)
        ends = {each.target, *sources, *each.influences}
        if followed is None or (each.target in followed and (len(ends) == 1 or ends & followed - {each.target})):
            yield Line(each.target, sources, each.influences, tuple(text for _, text in each.expressions))


def _spelled(found: Neighbourhood, column: str, *, upstream: bool) -> str:
    """The column as the asset spells it."""
    known = _known_columns(found, upstream=upstream)
    if column in known:
        return column
    alike = [name for name in known if name.casefold() == column.casefold()]
    if len(alike) == 1:
        return alike[0]
    has = ", ".join(known[:50]) or "no column that the catalogue knows of"
    message = f"{found.root.name} has no column {column!r}; it has {has}"
    raise NotFound(message)


def _known_columns(found: Neighbourhood, *, upstream: bool) -> list[str]:
    mentioned = (
        name
        for each in _derivations(found)
        for dataset, name in ([each.target] if upstream else _ends(each))
        if dataset == found.root.qualified_name
    )
    return list(dict.fromkeys([*(column.name for column in found.schema), *mentioned]))


def _derivations(found: Neighbourhood) -> Iterator[Derivation]:
    return (each for asset in found.assets.values() if asset.facts for each in asset.facts.derivations)


def _ends(derivation: Derivation) -> tuple[Named, ...]:
    return (*(source for source, _ in derivation.sources), *derivation.influences)


def _reached(
    found: Neighbourhood, start: Named, edges: Iterable[tuple[str, str]], *, upstream: bool
) -> frozenset[Named]:
    """All columns that the start comes from, or goes into, through the processes in reach."""
    within = set(_homes(found.root.guid, edges))
    steps: dict[Named, set[Named]] = {}
    for guid in within:
        facts = found.assets[guid].facts
        for each in facts.derivations if facts else ():
            for end in _ends(each):
                here, there = (each.target, end) if upstream else (end, each.target)
                steps.setdefault(here, set()).add(there)
    reached, waiting = {start}, [start]
    for column in waiting:
        new = steps.get(column, set()) - reached
        reached |= new
        waiting += new
    return frozenset(reached)


def _carries(found: Neighbourhood, edge: tuple[str, str], followed: frozenset[Named], *, upstream: bool) -> bool:
    """Whether one of the columns takes this edge, which leads away from the root."""
    near, far = (found.assets[guid] for guid in edge)
    process, dataset = (near, far) if near.facts else (far, near)
    if process.facts is None:
        return True
    towards_target = upstream is (process is far)
    for each in process.facts.derivations:
        ends = [end for end in _ends(each) if end in followed]
        if each.target in followed and (ends or (upstream and not _ends(each))):
            touched = [each.target] if towards_target else ends
            if any(name == dataset.qualified_name for name, _ in touched):
                return True
    return False


def _loose(found: Neighbourhood, homes: Mapping[str, str], *, upstream: bool) -> tuple[Column, ...]:
    within = (found.assets[guid].facts for guid in homes)
    derivations = [each for facts in within if facts for each in facts.derivations]
    used = {end for each in derivations for end in ([each.target] if upstream else _ends(each))}
    return tuple(column for column in found.schema if (found.root.qualified_name, column.name) not in used)


def _names(found: Neighbourhood) -> dict[str, str]:
    return {asset.qualified_name: asset.name for asset in found.assets.values() if not asset.facts}
