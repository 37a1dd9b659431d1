"""Sub-queries: the plan has their operations as a dump only, with Spark's ids and without locations.

``Aggregate [max(id#1L) AS max(id)#5L] / +- Filter (country#4 = DE) / +- Relation sales.customers[id#1L,…] parquet``:
columns of a table that the dump names, or of a view that the plan itself reads, are known; of others it is noted that
they are not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from lineage.model import Influence
from lineage.spline.catalyst import Token, TokenKind, tokenize
from lineage.spline.dumps import RELATIONS, Node, Tokens, lists, read_dump, upwards
from lineage.spline.elisions import attributes, left_out, note_left_out
from lineage.spline.expressions import class_of
from lineage.spline.graph import Graph, parameter, references
from lineage.spline.origins import (
    EMPTY,
    NONE,
    Influences,
    Trace,
    aggregated,
    computed,
    everything,
    influenced,
    joined,
    merged,
)
from lineage.spline.sources import Leaf
from lineage.spline.texts import Resolve, before_alias, read_expression, split
from lineage.spline.views import Relations
from lineage.spline.wire import Function, Operation, text_of

if TYPE_CHECKING:
    from lineage.spline.trace import Tracer

LATERAL = frozenset({"LateralJoin"})
SCALAR = frozenset({"ScalarSubquery", "LateralSubquery"})

REFERENCE = frozenset({TokenKind.NAME, TokenKind.NUMBER})
HARMLESS = frozenset(
    {
        "CTERelationDef", "GlobalLimit", "LocalLimit", "LocalRelation", "Offset", "OneRowRelation", "Range",
        "RebalancePartitions", "Repartition", "RepartitionByExpression", "ResolvedHint", "Sample", "SubqueryAlias",
        "Tail", "View", "WithCTE",
    }
)  # fmt: skip
"""Operations that hand their rows on, or make some up."""
Columns = list[tuple[str, Trace]]
"""The columns of an operation: their ids and what they are made of."""


@dataclass(slots=True)
class _Scope:
    """What the ids of a dump stand for, and what influences its rows."""

    values: dict[str, Trace]
    influences: Influences = NONE
    outputs: dict[int, Columns] = field(default_factory=dict)
    hidden: list[tuple[range, Resolve]] = field(default_factory=list)
    """Ids of columns that lists leave out, and what these are."""
    is_cut: bool = False
    """Whether any list of the dump is cut short."""


class Subqueries:
    """Traces the sub-queries of one plan."""

    def __init__(self, graph: Graph, tracer: "Tracer") -> None:
        self._graph, self._tracer = graph, tracer
        self._relations = Relations(graph, tracer)

    def trace(self, node: Function, outer: Sequence[Trace]) -> Trace:
        """The value of a scalar sub-query, or what decides a predicate; ``outer`` are the columns from outside."""
        read = self._dump(node, outer)
        if read is None:
            self._tracer.notes.add("subquery-unknown", "a sub-query whose plan is not told")
            return influenced(EMPTY, Influence.FILTER, everything(merged(outer)))
        root, scope = read
        kind = class_of(node)
        selected = merged(trace for _, trace in _output(root, scope)) if kind != "Exists" else EMPTY
        if kind in SCALAR:
            return (*selected[:3], joined(selected[3], scope.influences))
        mask = everything(selected) | everything((0, 0, 0, scope.influences)) | everything(merged(outer))
        return influenced(EMPTY, Influence.FILTER, mask)

    def columns(self, node: Function, outer: Sequence[Trace]) -> list[Trace]:
        """The columns of a lateral sub-query, in order, as far as its dump tells them."""
        read = self._dump(node, outer)
        return [trace for _, trace in _output(*read)] if read else []

    def join(self, operation: Operation) -> None:
        """State the columns of the lateral join ``operation``; those below it are known."""
        below = {identity for child in self._graph.children(operation) for identity in self._graph.columns(child)}
        new = [column for column in self._graph.attributes(operation) if column.id not in below]
        queries = self._graph.nodes(references(parameter(operation, "right")))
        for query in [node for node in queries if isinstance(node, Function)]:
            traces = self.columns(query, [self._tracer.trace(outer) for outer in self._tracer.arguments.of(query)])
            if len(traces) == len(new):
                for column, trace in zip(new, traces, strict=True):
                    self._tracer.assign(column, trace)

    def _dump(self, node: Function, outer: Sequence[Trace]) -> tuple[Node, _Scope] | None:
        params = node.params
        root = read_dump(text_of(params.get("plan")), self._tracer.names)
        if root is None:
            return None
        scope = _Scope(self._outer(params.get("outerAttrs"), outer))
        for step in upwards(root):
            scope.is_cut |= left_out(step.tokens) > 0
            self._step(step, scope)
        return root, scope

    def _outer(self, texts: object, outer: Sequence[Trace]) -> dict[str, Trace]:
        """``outerAttrs`` lists the outer columns in the order of the expression's arguments."""
        tokens = [
            tokenize(text_of(text), names=self._tracer.names) for text in (texts if isinstance(texts, list) else ())
        ]
        if len(tokens) != len(outer):
            return {}
        return {mention[0].id: trace for mention, trace in zip(tokens, outer, strict=True) if mention}

    def _step(self, node: Node, scope: _Scope) -> None:
        for identity, inner in node.inner.items():
            scope.values[identity] = merged(trace for _, trace in _output(inner, scope))
        rule = STEPS.get(node.name)
        if rule is not None:
            rule(self, node, scope)
        elif node.name not in HARMLESS:
            self._tracer.notes.add("subquery-unknown", "an operation of a sub-query is not known")

    def _read(self, tokens: Tokens, scope: _Scope) -> Trace:
        if len(tokens) > 1:
            note_left_out(tokens, self._tracer.notes)
        return read_expression(tokens, lambda token: self._column(token, scope))

    def _column(self, token: Token, scope: _Scope) -> Trace:
        known = scope.values.get(token.id)
        if known is not None or not scope.is_cut:
            return known or EMPTY
        for ids, resolve in scope.hidden:
            if int(token.id) in ids:
                return resolve(token)
        self._tracer.notes.add("cut-list", f"{token.name}: left out of the text of a sub-query")
        return EMPTY

    def _relation(self, node: Node, scope: _Scope) -> None:
        """The columns of a relation: known by its table's name, by its path, or by a view around it."""
        columns, hidden = attributes(node.tokens)
        leaf = self._relations.leaf(node, [token.name for token in columns])
        if leaf is None:
            self._tracer.notes.add("subquery-relation", "a sub-query reads a relation whose location is not told")
        resolve = partial(self._column_of, leaf)
        scope.values.update([(token.id, resolve(token)) for token in columns])
        scope.hidden.append((hidden, resolve))

    def _column_of(self, leaf: Leaf | None, token: Token) -> Trace:
        return (self._tracer.origins.mask(leaf, token.name), 0, 0, NONE) if leaf else EMPTY

    def _common_table(self, node: Node, scope: _Scope) -> None:
        """A reference to a WITH of the query around: its columns, by position."""
        columns, hidden = attributes(node.tokens)
        if columns and all(token.id in scope.values for token in columns):
            return  # a WITH of its own, which comes before
        name = next((token.text for token in node.tokens if token.kind in REFERENCE), "")
        definition = self._graph.definitions.get(name)
        known = self._graph.attributes(definition) if definition else []
        if len(known) != len(columns) + left_out(node.tokens):
            self._tracer.notes.add("subquery-relation", "a sub-query reads a WITH that is not told")
            return
        for token, column in zip(columns, known, strict=False):
            scope.values[token.id] = self._tracer.trace(column)
        first = hidden.start - len(columns)
        scope.hidden.append((hidden, lambda token: self._tracer.trace(known[int(token.id) - first])))

    def _list(self, node: Node, scope: _Scope) -> None:
        """``Project [a, b AS c#3]``, ``Aggregate [keys], [a]``, ``Window [a], [partition], [order]``."""
        listed = lists(node)
        grouped = node.name == "Aggregate" and len(listed) > 1
        keys = [_texts(key) for key in split(listed[0])] if grouped else []
        if grouped:
            self._key(Influence.GROUP, listed[0], scope)
        outputs: Columns = []
        for part in split(listed[grouped] if listed else ()):
            trace = self._read(part, scope)
            if node.name == "Aggregate" and _texts(before_alias(part)) not in keys:
                trace = aggregated(trace)
            outputs.append((part[-1].id, trace))
            if part[-1].id and before_alias(part) is not part:
                scope.values[part[-1].id] = trace
        scope.outputs[id(node)] = outputs

    def _filter(self, node: Node, scope: _Scope) -> None:
        self._key(Influence.FILTER, node.tokens, scope)

    def _join(self, node: Node, scope: _Scope) -> None:
        condition = next(iter(split(node.tokens)[1:]), ())
        self._key(Influence.JOIN, condition, scope)

    def _sort(self, node: Node, scope: _Scope) -> None:
        self._key(Influence.SORT, node.tokens, scope)

    def _generate(self, node: Node, scope: _Scope) -> None:
        """``Generate explode(a#1), false, [col#2]``: each generated column comes from all of the generator."""
        parts = split(node.tokens)
        trace = computed([self._read(parts[0], scope)]) if parts else EMPTY
        generated = [(token.id, trace) for token in parts[-1] if token.kind is TokenKind.ATTRIBUTE] if parts else []
        scope.values.update(generated)
        if all(child.name == "OneRowRelation" for child in node.children):
            scope.outputs[id(node)] = generated

    def _union(self, node: Node, scope: _Scope) -> None:
        """By position; the columns keep the ids of the first branch's."""
        branches = [_output(child, scope) for child in node.children]
        if not all(branches) or len({len(branch) for branch in branches}) != 1:
            self._tracer.notes.add("subquery-unknown", "a UNION in a sub-query whose columns are not told")
        outputs = [(columns[0][0], merged(trace for _, trace in columns)) for columns in zip(*branches, strict=False)]
        scope.values.update(outputs)
        scope.outputs[id(node)] = outputs

    def _compared(self, node: Node, scope: _Scope) -> None:
        """INTERSECT and EXCEPT compare the rows of both branches; without ALL they drop duplicates."""
        for child in node.children:
            self._influence(Influence.JOIN, _output(child, scope), scope)
        if not node.name.endswith("All"):
            self._distinct(node, scope)

    def _distinct(self, node: Node, scope: _Scope) -> None:
        self._influence(Influence.GROUP, _output(node, scope), scope)

    def _deduplicate(self, node: Node, scope: _Scope) -> None:
        self._key(Influence.GROUP, node.tokens, scope)

    def _key(self, influence: Influence, tokens: Tokens, scope: _Scope) -> None:
        self._influence(influence, [("", self._read(tokens, scope))], scope)

    def _influence(self, influence: Influence, columns: Columns, scope: _Scope) -> None:
        trace = merged(trace for _, trace in columns)
        scope.influences = joined(scope.influences, influenced(trace, influence, everything(trace))[3])


STEPS: Mapping[str, Callable[[Subqueries, Node, _Scope], None]] = {
    **dict.fromkeys(RELATIONS, Subqueries._relation),
    "CTERelationRef": Subqueries._common_table,
    "Project": Subqueries._list,
    "Aggregate": Subqueries._list,
    "Window": Subqueries._list,
    "Filter": Subqueries._filter,
    "Join": Subqueries._join,
    "Sort": Subqueries._sort,
    "Generate": Subqueries._generate,
    "Union": Subqueries._union,
    "Distinct": Subqueries._distinct,
    "Deduplicate": Subqueries._deduplicate,
    **dict.fromkeys(("Intersect", "IntersectAll", "Except", "ExceptAll"), Subqueries._compared),
}
"""What an operation of a dump adds."""


def _texts(tokens: Tokens) -> list[str]:
    return [token.text for token in tokens]


def _output(root: Node, scope: _Scope) -> Columns:
    """The selected columns: those of the topmost operation that lists any."""
    node: Node | None = root
    while node is not None and id(node) not in scope.outputs:
        rows = node.children[-1:] if node.name == "WithCTE" else node.children
        node = rows[0] if rows else None
    return scope.outputs[id(node)] if node is not None else []
