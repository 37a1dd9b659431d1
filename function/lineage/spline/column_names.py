"""The columns of relations as expressions name them.

A column has its dataset's short name before it where several datasets have one of its name: ``orders.id``, or, where
several are called so, ``crm.orders.id`` (a table) and ```shop/orders`.id`` (a path). Where one dataset is read
more than once, an expression over several of its reads numbers them: ``staff#1.salary / staff#2.salary``.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property, lru_cache

from lineage.spline.forms import MASK
from lineage.spline.graph import Graph
from lineage.spline.sources import PART_FILE, Leaf, Location
from lineage.spline.wire import Attribute, Node

PERIOD_OR_PARTITION = re.compile(r"[\d_-]*|[^=]+=.*")
"""Folders that are part of a dataset: ``2024``, ``2024-03-16``, ``country=DE``."""
LONGEST_NAME = 3
"""Segments of a path that its dataset is called by at most."""
GROUPING_ID = "spark_grouping_id"
"""The column that ``ROLLUP`` and ``CUBE`` add: a literal for each grouping set."""


class ColumnNames:
    """The names of one plan's columns."""

    def __init__(self, graph: Graph, leaves: Sequence[Leaf], leaf_of: Callable[[Attribute], Leaf | None]) -> None:
        self._graph, self._leaves, self._leaf_of = graph, leaves, leaf_of
        repeated = len(leaves) > 1 and len(leaves) > len({leaf.locations for leaf in leaves})
        self.numbers: Mapping[Leaf, int] = self._numbered() if repeated else {}

    def spell(self, attribute: Attribute, *, numbered: bool = False) -> str:
        """``attribute`` by its name, with its dataset's where that alone does not tell which it is."""
        name, leaf = quoted(attribute.name or ""), self._leaf_of(attribute)
        if leaf is None or not leaf.sources:
            return name
        number = self.numbers.get(leaf) if numbered else None
        if number is None and attribute.name not in self._ambiguous:
            return name
        return f"{self._labels[leaf.locations]}{f'#{number}' if number else ''}.{name}"

    def are_of_several_reads(self, nodes: Sequence[Node]) -> bool:
        """Whether columns among ``nodes`` are of several reads of one dataset."""
        leaves = filter(None, [self._leaf_of(node) for node in nodes if isinstance(node, Attribute)])
        reads = {leaf for leaf in leaves if leaf in self.numbers}
        return len(reads) > len({leaf.locations for leaf in reads})

    @cached_property
    def _ambiguous(self) -> Set[str]:
        """The column names that several relations have."""
        if len(self._leaves) < 2:
            return frozenset()
        by_place: dict[tuple[Location, ...], set[str]] = {}
        for leaf in self._leaves:
            by_place.setdefault(leaf.locations, set()).update([attribute.name or "" for attribute in leaf.attributes])
        seen: set[str] = set()
        twice: set[str] = set()
        for names in by_place.values():
            twice |= seen & names
            seen |= names
        return twice

    @cached_property
    def _labels(self) -> Mapping[tuple[Location, ...], str]:
        """What each dataset is called: as short as tells it from the others."""
        sources = {leaf.locations: leaf.sources[0] for leaf in self._leaves if leaf.sources}
        names = {place: _names(one.uri, one.table, one.fold_files) for place, one in sources.items()}
        if len({several[0] for several in names.values()}) == len(names):
            return {place: several[0] for place, several in names.items()}
        uses = Counter([name for several in names.values() for name in set(several)])
        return {
            place: next((name for name in several if uses[name] == 1), several[-1]) for place, several in names.items()
        }

    def _numbered(self) -> Mapping[Leaf, int]:
        """Which of its dataset's reads a relation is, from left to right; none for datasets that are read once."""
        ends = [operation for operation in self._graph.below(self._graph.write) if not self._graph.children(operation)]
        columns = [attribute for operation in ends for attribute in self._graph.attributes(operation)]
        reads: dict[tuple[Location, ...], dict[Leaf, int]] = {}
        for leaf in filter(None, map(self._leaf_of, columns)):
            numbers = reads.setdefault(leaf.locations, {})
            numbers.setdefault(leaf, len(numbers) + 1)
        return {leaf: number for numbers in reads.values() if len(numbers) > 1 for leaf, number in numbers.items()}


@lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """``name`` as SQL has it: in backticks where it is more than a word."""
    return name if name.isidentifier() else f"`{name}`" if name else MASK


def is_grouping_id(node: Node) -> bool:
    """Whether ``node`` tells the grouping sets of ``ROLLUP`` or ``CUBE`` apart."""
    return isinstance(node, Attribute) and node.name == GROUPING_ID


@lru_cache(maxsize=4096)
def _names(uri: str, table: tuple[str, ...], fold_files: bool) -> tuple[str, ...]:
    """What people call the dataset, from short to long: the table, or the last folder or file of its path that names no
    day and no partition, without extension; then with the schema, or the folder, that it is in."""
    if table:
        return tuple([".".join(map(quoted, table[-count:])) for count in range(1, len(table) + 1)])
    uri = uri.rpartition("/")[0] if fold_files or PART_FILE.search(uri) else uri
    stems = [segment.partition(".")[0] or segment for segment in re.split(r"[/:]", uri.rstrip("/"))]
    told = [place for place, stem in enumerate(stems, 1) if not PERIOD_OR_PARTITION.fullmatch(stem)]
    end = told[-1] if told else len(stems)
    return tuple([quoted("/".join(stems[max(end - count, 0) : end])) for count in range(1, LONGEST_NAME + 1)])
