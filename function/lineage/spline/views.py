"""Temporary views: a sub-query's dump names them, and the plan may read them as well."""

from functools import cached_property
from typing import TYPE_CHECKING

from lineage.spline.dumps import Node, quoted
from lineage.spline.graph import Graph, parameter
from lineage.spline.sources import Leaf
from lineage.spline.wire import ReadOperation, text_of

if TYPE_CHECKING:
    from lineage.spline.trace import Tracer


class Views:
    """The temporary views over a single relation that the plan itself reads: in one query a name is one view."""

    def __init__(self, graph: Graph, tracer: "Tracer") -> None:
        self._graph, self._tracer = graph, tracer

    def around(self, node: Node, names: list[str]) -> Leaf | None:
        """The relation, with columns of these names, that is read under the view that stands around ``node``."""
        view = node.parent
        while view is not None and view.name != "View":
            view = view.parent
        leaf = self._known.get(quoted(view.tokens)) if view else None
        matches = leaf is not None and [attribute.name for attribute in leaf.attributes] == names
        return leaf if matches else None

    @cached_property
    def _known(self) -> dict[str, Leaf]:
        known: dict[str, Leaf] = {}
        for view in self._graph.titled(frozenset({"View"})):
            name = _name(text_of(parameter(view, "desc")))
            reads = [read for read in self._graph.below(view) if isinstance(read, ReadOperation)] if name else []
            attributes = self._graph.attributes(reads[0]) if len(reads) == 1 else []
            leaf = self._tracer.leaf_of(attributes[0]) if attributes else None
            if leaf is not None:
                known[name] = leaf
        return known


def _name(description: str) -> str:
    """``CatalogTable(\\nTable: o\\n…`` names the view."""
    for line in description.splitlines():
        label, _, name = line.partition(": ")
        if label.strip() == "Table":
            return name.strip()
    return ""
