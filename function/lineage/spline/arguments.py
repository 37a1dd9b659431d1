"""What each value of a plan is computed from: by its references, by its operation, or by how a struct was built."""

from collections.abc import Mapping, Sequence

from lineage.spline.expressions import TIME_WINDOWS, class_of, is_time_window
from lineage.spline.graph import Graph
from lineage.spline.notes import Notes
from lineage.spline.repair import Definitions
from lineage.spline.sources import Leaf
from lineage.spline.wire import Attribute, Constant, Function, Node, Ref

RENAMES, NESTED_STRUCTS = 100, 20
"""Names that are looked behind, and structs within structs that are looked into, one after the other."""


class Arguments:
    """What each node is computed from, less what leads nowhere; found when it is first asked for.

    Nothing is behind literals and the columns of ``leaves``.
    """

    def __init__(self, graph: Graph, leaves: Mapping[Attribute, Leaf], definitions: Definitions, notes: Notes) -> None:
        self.kinds: dict[Node, str] = {function: class_of(function) for function in graph.functions}
        """The class of each function."""
        self._known: dict[Node, Sequence[Node]] = dict.fromkeys(graph.constants, ())
        self._known |= dict.fromkeys(leaves, ())
        self._graph, self._leaves, self._definitions, self._notes = graph, leaves, definitions, notes
        self._attribute, self._expression = graph.attribute, graph.expression

    def of(self, node: Node) -> Sequence[Node]:
        """What ``node`` is computed from, in order."""
        known = self._known.get(node)
        return self._find(node) if known is None else known

    def _find(self, node: Node) -> Sequence[Node]:
        refs: Sequence[Ref] = node.child_refs or self._definitions.get(node) or ()
        if isinstance(node, Function) and self.kinds[node] == "GetStructField":
            refs = self._within_struct(node)
        attribute, expression = self._attribute, self._expression
        found = [
            item
            for ref in refs
            if (item := expression(ref.expression) if ref.attribute is None else attribute(ref.attribute)) is not None
        ]
        if len(found) < len(refs):
            text = f"{label(node)}: refers to something that the plan does not contain"
            self._notes.add("dangling-reference", text)
        self._known[node] = found
        return found

    def is_put_in(self, field: Function) -> bool:
        """Whether ``field`` is of a struct that the query builds, and so is the value that was put into it."""
        return list(self._within_struct(field)) != field.child_refs

    def _within_struct(self, node: Function, depth: int = 0) -> Sequence[Ref]:
        """A field of a struct that the query itself builds is the value that was put into it."""
        refs = node.child_refs or []
        struct = self._renamed(refs[0], depth) if len(refs) == 1 and depth < NESTED_STRUCTS else None
        if not isinstance(struct, Function) or self.kinds[struct] != "CreateNamedStruct":
            return refs
        ordinal, values = node.params.get("ordinal"), (struct.child_refs or [])[1::2]
        return [values[ordinal]] if isinstance(ordinal, int) and 0 <= ordinal < len(values) else refs

    def _renamed(self, ref: Ref, depth: int) -> Node | None:
        """What ``ref`` refers to, behind the names that it was merely given on the way."""
        node = self._graph.node(ref)
        for _ in range(RENAMES):
            refs: Sequence[Ref] = []
            if isinstance(node, Attribute) and node not in self._leaves:
                refs = node.child_refs or self._definitions.get(node, [])
            elif isinstance(node, Function) and self.kinds[node] == "Alias":
                refs = [] if names_time_window(node, self.of(node)) else node.child_refs or []
            elif isinstance(node, Function) and self.kinds[node] == "GetStructField":
                within = self._within_struct(node, depth + 1)
                refs = [ref for ref in within if ref not in (node.child_refs or ())]
            if len(refs) != 1:
                break
            node = self._graph.node(refs[0])
        return node


def names_time_window(node: Function, arguments: Sequence[Node]) -> bool:
    """Whether ``node`` names the bounds of a time window."""
    if node.name not in TIME_WINDOWS or len(arguments) != 1:
        return False
    (argument,) = arguments
    return isinstance(argument, Function) and is_time_window(node, argument)


def label(node: Node) -> str:
    """What notes call ``node``."""
    return "a literal" if isinstance(node, Constant) else node.name or "an expression"
