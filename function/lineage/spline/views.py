"""The relations of a sub-query: known by their table's name, by their path, or by the temporary view around them."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from lineage.model import Column, Source
from lineage.spline.dumps import RELATIONS, Node, is_path, quoted, table_of
from lineage.spline.elisions import left_out
from lineage.spline.graph import Graph, parameter
from lineage.spline.sources import Leaf, location
from lineage.spline.wire import ReadOperation, text_of

if TYPE_CHECKING:
    from lineage.spline.trace import Tracer


class Relations:
    """Finds what the relations of dumps are; those that the plan does not read as well are added to what is read."""

    def __init__(self, graph: Graph, tracer: "Tracer") -> None:
        self._graph, self._tracer = graph, tracer
        self._seen: dict[Node, dict[Node, Leaf | None]] = {}

    def leaf(self, node: Node, names: list[str]) -> Leaf | None:
        """The relation ``node``, whose columns begin with ``names``; ``None`` where nothing tells its location."""
        return self._in_view(node, names) or self._named(node, names)

    def _named(self, node: Node, names: list[str]) -> Leaf | None:
        """By the name or path that the dump has, which the plan may read as well."""
        path = next((token.name for token in node.parent.tokens if is_path(token)), "") if node.parent else ""
        table = table_of(node)
        if not table and not path:
            return None
        for leaf in self._tracer.leaves:
            if any((table and source.table == table) or (path and source.uri == path) for source in leaf.sources):
                return leaf
        source = Source(uri=path, table=table, columns=tuple([Column(name) for name in names]))
        leaf = Leaf((source,), (), (location(source),))
        self._tracer.leaves.append(leaf)
        self._tracer.notes.add("subquery-table", f"{'.'.join(table) or path}: read in a sub-query, known by name alone")
        return leaf

    def _in_view(self, node: Node, names: list[str]) -> Leaf | None:
        """By the temporary view around it, which the plan reads: in one query a name is one view."""
        view = node.parent
        while view is not None and view.name != "View":
            view = view.parent
        leaf = self._read_under(view).get(node) if view else None
        columns = [attribute.name for attribute in leaf.attributes] if leaf else []
        return leaf if columns[: len(names)] == names and len(columns) == len(names) + left_out(node.tokens) else None

    def _read_under(self, view: Node) -> dict[Node, Leaf | None]:
        """What each relation under ``view``, which a dump has, is among those that the plan reads under it."""
        if view not in self._seen:
            known, dumped = self._known.get(quoted(view.tokens), []), list(_relations(view))
            self._seen[view] = dict(zip(dumped, known, strict=True)) if len(dumped) == len(known) else {}
        return self._seen[view]

    @cached_property
    def _known(self) -> dict[str, list[Leaf | None]]:
        """The relations under each view, left to right."""
        known: dict[str, list[Leaf | None]] = {}
        for view in self._graph.titled(frozenset({"View"})):
            name = _name(text_of(parameter(view, "desc")))
            if name:
                known[name] = [self._leaf(step) for step in self._graph.below(view) if isinstance(step, ReadOperation)]
        return known

    def _leaf(self, read: ReadOperation) -> Leaf | None:
        attributes = self._graph.attributes(read)
        return self._tracer.leaf_of(attributes[0]) if attributes else None


def _relations(view: Node) -> Iterator[Node]:
    """The relations under ``view``, left to right."""
    pending = [view]
    while pending:
        node = pending.pop()
        if node.name in RELATIONS:
            yield node
        pending += node.children[::-1]


def _name(description: str) -> str:
    """``CatalogTable(\\nTable: o\\n…`` names the view."""
    for line in description.splitlines():
        label, _, name = line.partition(": ")
        if label.strip() == "Table":
            return name.strip()
    return ""
