"""Follows every value of a plan to the source columns behind it.

The graph is walked without recursion, and each node once: plans have chains of ten thousand expressions, and
expressions that thousands share.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from lineage.spline.arguments import Arguments, label
from lineage.spline.datatypes import DataTypes
from lineage.spline.expressions import COMBINE
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
BEGUN: Trace = (-1, -1, -1, NONE)
"""Stands for the trace of a value while those that it is computed from are traced."""
GUARDS = 10
"""Tests for null, one within the other, that are looked behind."""
NESTED_ELEMENTS = 50
"""Elements of elements that are looked into for the column that they are of."""
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
            self._memo.update(self.origins.columns(leaf))
        self._definitions = define(graph, self._leaf_of)
        self.subqueries = Subqueries(graph, self)
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
        memo, known = self._memo, self.arguments.of
        if root in memo:
            return memo[root] if memo[root] is not BEGUN else self._loop(root)
        above: list[tuple[Node, Sequence[Node], Iterator[Node]]] = []
        node, arguments = root, known(root)
        rest = iter(arguments)
        memo[root] = BEGUN
        while True:
            for argument in rest:
                if argument not in memo:
                    above.append((node, arguments, rest))
                    node, arguments = argument, known(argument)
                    rest = iter(arguments)
                    memo[node] = BEGUN
                    break
            else:
                memo[node] = self._value(node, arguments)
                if not above:
                    return memo[root]
                node, arguments, rest = above.pop()

    def _value(self, node: Node, arguments: Sequence[Node]) -> Trace:
        memo = self._memo
        if len(arguments) == 1 and not isinstance(node, Function):
            trace = memo[arguments[0]]
            return self._loop(node) if trace is BEGUN else trace
        traces = [memo[argument] for argument in arguments]
        if BEGUN in traces:
            traces = [self._loop(node) if trace is BEGUN else trace for trace in traces]
        if isinstance(node, Function):
            kind = self.arguments.kinds[node]
            special = SPECIAL.get(kind)
            return COMBINE.get(kind, computed)(traces) if special is None else special(self, node, arguments, traces)
        return merged(traces) if traces else self._end(node)

    def _loop(self, node: Node) -> Trace:
        self.notes.add("reference-loop", f"{label(node)}: is computed from itself")
        return EMPTY

    def _end(self, node: Node) -> Trace:
        """The trace of a column of which nothing more is known."""
        if not (node.child_refs or node in self._definitions):
            text = f"{label(node)}: the plan does not say where it comes from"
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
        name = self.field_name(node)
        if len(arguments) == 1 and name:
            identity, transformation, aggregation, influences = traces[0]
            inner = self._is_element_of_column(arguments[0])
            reached = identity | (transformation if inner else 0)
            single = reached & (reached - 1) == 0 and not aggregation and (inner or not transformation)
            if reached and single:
                nested = self.origins.field(reached, name)
                return (nested, 0, 0, influences) if identity else (0, nested, 0, influences)
        return computed(traces)

    def _is_element_of_column(self, value: Node) -> bool:
        """Whether ``value`` is an element or a field of a column that is read: not of what a function makes of one."""
        outermost = value
        for _ in range(NESTED_ELEMENTS):
            below = self.arguments.of(value) if self.arguments.kinds.get(value) in ELEMENTS else ()
            if not below:
                identity, transformation, aggregation, _ = self._memo.get(value, EMPTY)
                return value is not outermost and identity > 0 and not (transformation or aggregation)
            value = below[0]
        return False

    def field_name(self, node: Function) -> str:
        """The field that a ``GetStructField`` reads; ``person.*`` tells its place alone."""
        params = node.params
        match = FIELD_NAME.match(text_of(params.get("field")))
        name = match[1] if match else text_of(params.get("name"))
        struct = None if name else next(iter(self.graph.nodes(node.child_refs or ())), None)
        return self.types.field(struct.data_type, params.get("ordinal")) if struct else name

    def _if(self, _node: Function, arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        """A test for null that Spark puts before a function or a class of the JVM is none of the query's."""
        return traces[2] if len(traces) == 3 and self.is_guarded(arguments[2]) else COMBINE["If"](traces)

    def is_guarded(self, value: Node) -> bool:
        """Whether ``value`` is of the kind that Spark itself tests its arguments for."""
        kinds, arguments_of = self.arguments.kinds, self.arguments.of
        if kinds.get(value) == "ScalaUDF":
            return any(kinds.get(argument) == "KnownNotNull" for argument in arguments_of(value))
        for _ in range(GUARDS):
            if kinds.get(value) != "If" or len(arguments_of(value)) < 3:
                break
            value = arguments_of(value)[2]
        return kinds.get(value) == "NewInstance"

    def _subquery(self, node: Function, _arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        return self.subqueries.trace(node, traces)


SPECIAL = {
    "Cast": Tracer._cast,
    "If": Tracer._if,
    **dict.fromkeys(FIELDS, Tracer._field),
    **dict.fromkeys(SUBQUERY_CLASSES, Tracer._subquery),
}
"""Expressions that need more than the traces of their arguments."""
