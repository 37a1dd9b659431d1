"""Follows every value of a plan to the source columns behind it.

The graph is walked without recursion, and each node once: plans have chains of ten thousand expressions, and
expressions that thousands share.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from lineage.spline.datatypes import DataTypes
from lineage.spline.expressions import TIME_WINDOWS, class_of, combine, is_time_window
from lineage.spline.graph import SUBQUERY_CLASSES, Graph
from lineage.spline.notes import Notes
from lineage.spline.origins import EMPTY, NONE, Origins, Trace, computed, merged
from lineage.spline.repair import define
from lineage.spline.sources import Leaf
from lineage.spline.subquery import Subqueries
from lineage.spline.wire import Attribute, Constant, Function, Node, Ref, text_of

FIELDS = frozenset({"GetStructField", "GetArrayStructFields"})
ELEMENTS = FIELDS | {"GetArrayItem", "GetMapValue", "ElementAt"}
FIELD_NAME = re.compile(r"StructField\(([^,]+),")
RENAMES, NESTED_STRUCTS = 100, 20
"""Names that are looked behind, and structs within structs that are looked into, one after the other."""


class Tracer:
    """The traces of one plan's nodes."""

    def __init__(self, graph: Graph, leaves: Iterable[Leaf], types: DataTypes, notes: Notes) -> None:
        self.graph, self.types, self.notes = graph, types, notes
        self.origins = Origins()
        self.leaves = list(leaves)
        self._leaf_of: dict[Attribute, Leaf] = {}
        self._memo: dict[Node, Trace] = dict.fromkeys(graph.constants, EMPTY)
        for leaf in self.leaves:
            self._read(leaf)
        self._definitions = define(graph, self._leaf_of)
        self._subqueries = Subqueries(graph, self)
        self._arguments: dict[Node, Sequence[Node]] = dict.fromkeys(self._memo, ())

    def _read(self, leaf: Leaf) -> None:
        """State that nothing is behind the columns of ``leaf``."""
        masks = self.origins.masks(leaf, [attribute.name or "" for attribute in leaf.attributes])
        for attribute, mask in zip(leaf.attributes, masks, strict=True):
            if attribute not in self._leaf_of:
                self._leaf_of[attribute] = leaf
                self._memo[attribute] = (mask, 0, 0, NONE)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the plan's columns: they tell where a name ends in a text."""
        return frozenset(self.graph.names())

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
        memo = self._memo
        known = memo.get(root)
        if known is not None:
            return known
        entered: set[Node] = set()
        pending: list[Node] = [root]
        while pending:
            node = pending[-1]
            if node not in memo:
                arguments = self.arguments(node)
                below = [item for item in arguments if item not in memo and item not in entered]
                if below and node not in entered:
                    entered.add(node)
                    pending += below
                    continue
                memo[node] = self._value(node, arguments)
            pending.pop()
        return memo[root]

    def arguments(self, node: Node) -> Sequence[Node]:
        """What ``node`` is computed from, less what leads nowhere."""
        known = self._arguments.get(node)
        if known is not None:
            return known
        refs = self.references(node) if not isinstance(node, Constant) else ()
        found = self.graph.nodes(refs)
        if len(found) < len(refs):
            self.notes.add("dangling-reference", f"{_label(node)}: refers to something that the plan does not contain")
        self._arguments[node] = found
        return found

    def references(self, node: Attribute | Function) -> Sequence[Ref]:
        """What ``node``, neither a literal nor a column that is read, is computed from."""
        refs: Sequence[Ref] = node.child_refs or ()
        if isinstance(node, Attribute):
            return refs or self._definitions.get(node, ())
        return self._within_struct(node) if refs and class_of(node) == "GetStructField" else refs

    def _within_struct(self, node: Function, depth: int = 0) -> Sequence[Ref]:
        """A field of a struct that the query itself builds is the value that was put into it."""
        refs = node.child_refs or []
        struct = self._renamed(refs[0], depth) if len(refs) == 1 and depth < NESTED_STRUCTS else None
        if not isinstance(struct, Function) or class_of(struct) != "CreateNamedStruct":
            return refs
        ordinal, values = node.params.get("ordinal"), (struct.child_refs or [])[1::2]
        return [values[ordinal]] if isinstance(ordinal, int) and 0 <= ordinal < len(values) else refs

    def _renamed(self, ref: Ref, depth: int) -> Node | None:
        """What ``ref`` refers to, behind the names that it was merely given on the way."""
        node = self.graph.node(ref)
        for _ in range(RENAMES):
            refs: Sequence[Ref] = []
            if isinstance(node, Attribute) and node not in self._leaf_of:
                refs = node.child_refs or self._definitions.get(node, [])
            elif isinstance(node, Function) and class_of(node) == "Alias":
                refs = [] if _names_time_window(node, self.arguments(node)) else node.child_refs or []
            elif isinstance(node, Function) and class_of(node) == "GetStructField":
                within = self._within_struct(node, depth + 1)
                refs = [ref for ref in within if ref not in (node.child_refs or ())]
            if len(refs) != 1:
                break
            node = self.graph.node(refs[0])
        return node

    def _value(self, node: Node, arguments: Sequence[Node]) -> Trace:
        memo = self._memo
        try:
            traces = [memo[argument] for argument in arguments]
        except KeyError:
            traces = [memo.get(argument, EMPTY) for argument in arguments]
            self.notes.add("reference-loop", f"{_label(node)}: is computed from itself")
        if isinstance(node, Function):
            kind = class_of(node)
            special = SPECIAL.get(kind)
            return combine(kind, traces) if special is None else special(self, node, arguments, traces)
        if not arguments and isinstance(node, Attribute) and not (node.child_refs or node in self._definitions):
            self.notes.add("column-of-unknown-origin", f"{_label(node)}: the plan does not say where it comes from")
        return traces[0] if len(traces) == 1 else merged(traces)

    def _cast(self, node: Function, arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        """A cast to the type that the value has already, as every INSERT makes them, changes nothing."""
        return traces[0] if len(arguments) == 1 and self.same_type(node, arguments[0]) else computed(traces)

    def same_type(self, one: Node, other: Node) -> bool:
        """Whether both are known to be of one type."""
        return self.types.name(one.data_type) == self.types.name(other.data_type) != ""

    def _field(self, node: Function, arguments: Sequence[Node], traces: list[Trace]) -> Trace:
        """A field of a column that is read is a column of its own; one of a value made here is all of that value."""
        if len(arguments) == 1 and list(self.references(node)) != node.child_refs:
            return traces[0]
        name = field_name(node)
        if len(arguments) == 1 and name:
            identity, transformation, aggregation, influences = traces[0]
            inner = isinstance(arguments[0], Function) and class_of(arguments[0]) in ELEMENTS
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
        return (*trace[:3], NONE) if node.name in TIME_WINDOWS and _names_time_window(node, arguments) else trace


def _names_time_window(node: Function, arguments: Sequence[Node]) -> bool:
    if node.name not in TIME_WINDOWS or len(arguments) != 1:
        return False
    (argument,) = arguments
    return isinstance(argument, Function) and is_time_window(node, argument)


def field_name(node: Function) -> str:
    """The field that a ``GetStructField`` reads."""
    params = node.params
    match = FIELD_NAME.match(text_of(params.get("field")))
    return match[1] if match else text_of(params.get("name"))


def _label(node: Node) -> str:
    return "a literal" if isinstance(node, Constant) else node.name or "an expression"


SPECIAL = {
    "Alias": Tracer._alias,
    "Cast": Tracer._cast,
    **dict.fromkeys(FIELDS, Tracer._field),
    **dict.fromkeys(SUBQUERY_CLASSES, Tracer._subquery),
}
"""Expressions that need more than the traces of their arguments."""
