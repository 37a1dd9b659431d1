"""Follows every value of a plan to the source columns behind it.

The graph is walked without recursion, and each node once: plans have chains of ten thousand expressions, and
expressions that thousands share.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from lineage.spline.arguments import Arguments, label, names_time_window
from lineage.spline.datatypes import DataTypes
from lineage.spline.expressions import TIME_WINDOWS, combine
from lineage.spline.graph import SUBQUERY_CLASSES, Graph
from lineage.spline.notes import Notes
from lineage.spline.origins import EMPTY, NONE, Origins, Trace, computed, merged
from lineage.spline.repair import define
from lineage.spline.sources import Leaf
from lineage.spline.subquery import Subqueries
from lineage.spline.texts import shared
from lineage.spline.wire import Attribute, Function, Node, Ref, text_of

FIELDS = frozenset({"GetStructField", "GetArrayStructFields"})
ELEMENTS = FIELDS | {"GetArrayItem", "GetMapValue", "ElementAt"}
FIELD_NAME = re.compile(r"StructField\(([^,]+),")


class Tracer:
    """The traces of one plan's nodes."""

    def __init__(self, graph: Graph, leaves: Iterable[Leaf], types: DataTypes, notes: Notes) -> None:
        self.graph, self.types, self.notes = graph, types, notes
        self.origins = Origins()
        self.leaves = list(leaves)
        self._leaf_of: dict[Attribute, Leaf] = {}
        self._memo: dict[Node, Trace] = dict.fromkeys(graph.constants, EMPTY)
        for leaf in reversed(self.leaves):
            self._leaf_of |= dict.fromkeys(leaf.attributes, leaf)
        self._definitions = define(graph, self._leaf_of)
        self._subqueries = Subqueries(graph, self)
        self.arguments = Arguments(graph, self._leaf_of, self._definitions, notes)
        """What each node is computed from."""

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the plan's columns: they tell where a name ends in a text."""
        return shared("", frozenset(self.graph.names()))

    def leaf_of(self, attribute: Attribute) -> Leaf | None:
        """The relation that ``attribute`` is a column of, if it is read."""
        return self._leaf_of.get(attribute)

    def assign(self, attribute: Attribute, trace: Trace) -> None:
        """State what ``attribute`` is made of, whatever the plan's references say."""
        self._memo[attribute] = trace

    def of(self, ref: Ref) -> Trace:
        """The trace of what ``ref`` refers to; empty where it leads nowhere."""
        node = self.graph.node(ref)
        return EMPTY if node is None else self.trace(node)

    def trace(self, root: Node) -> Trace:
        """The trace of ``root``. A value that is made of itself adds nothing to itself."""
        memo, known = self._memo, self.arguments
        if root not in memo and not known[root]:
            memo[root] = self._value(root, ())
        if root in memo:
            return memo[root]
        entered: set[Node] = set()
        pending: list[Node] = [root]
        while pending:
            node = pending[-1]
            if node not in memo:
                arguments = known[node]
                below = [] if node in entered else [item for item in arguments if item not in memo]
                if below:
                    entered.add(node)
                    pending += [item for item in below if item not in entered]
                    continue
                memo[node] = self._value(node, arguments)
            pending.pop()
        return memo[root]

    def _value(self, node: Node, arguments: Sequence[Node]) -> Trace:
        memo = self._memo
        try:
            traces = [memo[argument] for argument in arguments]
        except KeyError:
            traces = [memo.get(argument, EMPTY) for argument in arguments]
            self.notes.add("reference-loop", f"{label(node)}: is computed from itself")
        if isinstance(node, Function):
            kind = self.arguments.kinds[node]
            special = SPECIAL.get(kind)
            return combine(kind, traces) if special is None else special(self, node, arguments, traces)
        if not traces and isinstance(node, Attribute):
            return self._end(node)
        return traces[0] if len(traces) == 1 else merged(traces)

    def _end(self, attribute: Attribute) -> Trace:
        """The trace of a column that is read, or of one of which nothing more is known."""
        leaf = self._leaf_of.get(attribute)
        if leaf is not None:
            return (self.origins.mask(leaf, attribute.name or ""), 0, 0, NONE)
        if not (attribute.child_refs or attribute in self._definitions):
            text = f"{label(attribute)}: the plan does not say where it comes from"
            self.notes.add("column-of-unknown-origin", text)
        return EMPTY

    def _cast(self, node: Function, arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        """A cast to the type that the value has already, as every INSERT makes them, changes nothing."""
        return traces[0] if len(arguments) == 1 and self.same_type(node, arguments[0]) else computed(traces)

    def same_type(self, one: Node, other: Node) -> bool:
        """Whether both are known to be of one type."""
        return self.types.name(one.data_type) == self.types.name(other.data_type) != ""

    def _field(self, node: Function, arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        """A field of a column that is read is a column of its own; one of a value made here is all of that value."""
        if len(arguments) == 1 and self.arguments.is_put_in(node):
            return traces[0]
        name = field_name(node)
        if len(arguments) == 1 and name:
            identity, transformation, aggregation, influences = traces[0]
            inner = self.arguments.kinds.get(arguments[0]) in ELEMENTS
            reached = identity | (transformation if inner else 0)
            single = reached & (reached - 1) == 0 and not aggregation and (inner or not transformation)
            if reached and single:
                nested = self.origins.field(reached, name)
                return (nested, 0, 0, influences) if identity else (0, nested, 0, influences)
        return computed(traces)

    def _subquery(self, node: Function, _arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        return self._subqueries.trace(node, traces)

    def _alias(self, node: Function, arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        trace = traces[0] if len(traces) == 1 else merged(traces)
        return (*trace[:3], NONE) if node.name in TIME_WINDOWS and names_time_window(node, arguments) else trace


def field_name(node: Function) -> str:
    """The field that a ``GetStructField`` reads."""
    params = node.params
    match = FIELD_NAME.match(text_of(params.get("field")))
    return match[1] if match else text_of(params.get("name"))


SPECIAL = {
    "Alias": Tracer._alias,
    "Cast": Tracer._cast,
    **dict.fromkeys(FIELDS, Tracer._field),
    **dict.fromkeys(SUBQUERY_CLASSES, Tracer._subquery),
}
"""Expressions that need more than the traces of their arguments."""
