"""Sub-queries: the plan has their operations as a dump only, with Spark's ids and without locations.

``Aggregate [max(id#1L) AS max(id)#5L] / +- Filter (country#4 = DE) / +- Relation sales.customers[id#1L,…] parquet``:
columns of a table that the dump names, or of a view that the plan itself reads, are known; of others it is noted that
they are not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lineage.model import Column, Influence, Source
from lineage.spline.catalyst import Token, TokenKind, tokenize
from lineage.spline.expressions import class_of
from lineage.spline.graph import Graph, parameter
from lineage.spline.identifiers import table_name
from lineage.spline.origins import EMPTY, NONE, Influences, Trace, everything, influenced, joined, merged
from lineage.spline.sources import Leaf, location
from lineage.spline.texts import before_alias, kept, read_expression, split, tokens_of
from lineage.spline.wire import Function, ReadOperation, text_of

if TYPE_CHECKING:
    from lineage.spline.trace import Tracer

SCALAR = frozenset({"ScalarSubquery", "LateralSubquery"})

REFERENCE = frozenset({TokenKind.NAME, TokenKind.NUMBER})
Tokens = Sequence[Token]


@dataclass(slots=True)
class _Node:
    """An operation of a dump: its class, what follows it, and the operation above it."""

    name: str
    tokens: Tokens
    parent: "_Node | None"
    children: list["_Node"] = field(default_factory=list)


@dataclass(slots=True)
class _Scope:
    """What the ids of a dump stand for, and what influences its rows."""

    values: dict[str, Trace]
    influences: Influences = NONE
    outputs: dict[int, list[Trace]] = field(default_factory=dict)


class Subqueries:
    """Traces the sub-queries of one plan."""

    def __init__(self, graph: Graph, tracer: "Tracer") -> None:
        self._graph, self._tracer = graph, tracer
        self._views: dict[str, Leaf] | None = None

    def trace(self, node: Function, outer: Sequence[Trace]) -> Trace:
        """The value of a scalar sub-query, or what decides a predicate; ``outer`` are the columns from outside."""
        params = node.params
        root = _parse(text_of(params.get("plan")), self._tracer.names)
        if root is None:
            self._tracer.notes.add("subquery-unknown", "a sub-query whose plan is not told")
            return influenced(EMPTY, Influence.FILTER, everything(merged(outer)))
        scope = _Scope(self._outer(params.get("outerAttrs"), outer))
        for step in _upwards(root):
            self._step(step, scope)
        kind = class_of(node)
        selected = merged(_output(root, scope)) if kind != "Exists" else EMPTY
        if kind in SCALAR:
            return (*selected[:3], joined(selected[3], scope.influences))
        mask = everything(selected) | everything((0, 0, 0, scope.influences)) | everything(merged(outer))
        return influenced(EMPTY, Influence.FILTER, mask)

    def _outer(self, texts: object, outer: Sequence[Trace]) -> dict[str, Trace]:
        """``outerAttrs`` lists the outer columns in the order of the expression's arguments."""
        tokens = [
            tokenize(text_of(text), names=self._tracer.names) for text in (texts if isinstance(texts, list) else ())
        ]
        if len(tokens) != len(outer):
            return {}
        return {mention[0].id: trace for mention, trace in zip(tokens, outer, strict=True) if mention}

    def _step(self, node: _Node, scope: _Scope) -> None:
        rule = STEPS.get(node.name)
        if rule is not None:
            rule(self, node, scope)

    def _read(self, tokens: Tokens, scope: _Scope) -> Trace:
        return read_expression(tokens, lambda token: scope.values.get(token.id, EMPTY))

    def _relation(self, node: _Node, scope: _Scope) -> None:
        """The columns of a relation: known by its table's name, by its path, or by a view around it."""
        columns = [token for token in node.tokens if token.kind is TokenKind.ATTRIBUTE]
        leaf = self._viewed(node, [token.name for token in columns]) or self._named(node, columns)
        if leaf is None:
            self._tracer.notes.add("subquery-relation", "a sub-query reads a relation whose location is not told")
            return
        for token in columns:
            scope.values[token.id] = (self._tracer.origins.mask(leaf, token.name), 0, 0, NONE)

    def _named(self, node: _Node, columns: list[Token]) -> Leaf | None:
        """The relation by the name or path that the dump has, which the plan may read as well."""
        name = next((token.name for token in node.tokens if token.kind is TokenKind.NAME), "")
        path = next((token.name for token in node.parent.tokens if _is_path(token)), "") if node.parent else ""
        table = table_name({"table": {"identifier": name}})
        if not table and not path:
            return None
        for leaf in self._tracer.leaves:
            if any((table and source.table == table) or (path and source.uri == path) for source in leaf.sources):
                return leaf
        source = Source(uri=path, table=table, columns=tuple(Column(token.name) for token in columns))
        leaf = Leaf((source,), (), (location(source),))
        self._tracer.leaves.append(leaf)
        self._tracer.notes.add("subquery-table", f"{'.'.join(table) or path}: read in a sub-query, known by name alone")
        return leaf

    def _viewed(self, node: _Node, names: list[str]) -> Leaf | None:
        """The relation that the plan reads under the temporary view that stands around ``node`` in the dump."""
        view = node.parent
        while view is not None and view.name != "View":
            view = view.parent
        leaf = self._known_views().get(_quoted(view.tokens)) if view else None
        matches = leaf is not None and [attribute.name for attribute in leaf.attributes] == names
        return leaf if matches else None

    def _known_views(self) -> dict[str, Leaf]:
        """The temporary views over a single relation that the plan itself reads: in one query a name is one view."""
        if self._views is None:
            self._views = {}
            for view in self._graph.live:
                name = _view_name(text_of(parameter(view, "desc"))) if view.title == "View" else ""
                reads = [read for read in self._graph.below(view) if isinstance(read, ReadOperation)] if name else []
                attributes = self._graph.attributes(reads[0]) if len(reads) == 1 else []
                leaf = self._tracer.leaf_of(attributes[0]) if attributes else None
                if leaf is not None:
                    self._views[name] = leaf
        return self._views

    def _common_table(self, node: _Node, scope: _Scope) -> None:
        """A reference to a WITH of the query around: its columns, by position."""
        columns = [token for token in node.tokens if token.kind is TokenKind.ATTRIBUTE]
        name = next((token.text for token in node.tokens if token.kind in REFERENCE), "")
        definition = self._graph.definitions.get(name)
        known = self._graph.attributes(definition) if definition else []
        if len(known) != len(columns):
            self._tracer.notes.add("subquery-relation", "a sub-query reads a WITH that is not told")
            return
        for token, column in zip(columns, known, strict=True):
            scope.values[token.id] = self._tracer.trace(column)

    def _list(self, node: _Node, scope: _Scope) -> None:
        """``Project [a, b AS c#3]``, ``Aggregate [keys], [a]``, ``Window [a], [partition], [order]``."""
        lists = [part[1:-1] for part in split(node.tokens) if part and part[0].text == "["]
        if node.name == "Aggregate" and len(lists) > 1:
            self._key(Influence.GROUP, lists[0], scope)
        selected = lists[1] if node.name == "Aggregate" and len(lists) > 1 else lists[0] if lists else ()
        outputs = []
        for part in split(selected):
            trace = self._read(part, scope)
            outputs.append(trace)
            if part[-1].id and before_alias(part) is not part:
                scope.values[part[-1].id] = trace
        scope.outputs[id(node)] = outputs

    def _filter(self, node: _Node, scope: _Scope) -> None:
        self._key(Influence.FILTER, node.tokens, scope)

    def _join(self, node: _Node, scope: _Scope) -> None:
        condition = next(iter(split(node.tokens)[1:]), ())
        self._key(Influence.JOIN, condition, scope)

    def _sort(self, node: _Node, scope: _Scope) -> None:
        self._key(Influence.SORT, node.tokens, scope)

    def _key(self, influence: Influence, tokens: Tokens, scope: _Scope) -> None:
        trace = self._read(tokens, scope)
        scope.influences = joined(scope.influences, influenced(trace, influence, everything(trace))[3])


STEPS: Mapping[str, Callable[[Subqueries, _Node, _Scope], None]] = {
    "Relation": Subqueries._relation,
    "CTERelationRef": Subqueries._common_table,
    "Project": Subqueries._list,
    "Aggregate": Subqueries._list,
    "Window": Subqueries._list,
    "Filter": Subqueries._filter,
    "Join": Subqueries._join,
    "Sort": Subqueries._sort,
}
"""What an operation of a dump adds; any other hands its rows on."""


@kept
def _parse(text: str, names: frozenset[str]) -> _Node | None:
    """The tree that a dump draws with ``+-`` and ``:-``, by how far its lines are indented."""
    path: list[tuple[int, _Node]] = []
    root: _Node | None = None
    for line in text.splitlines():
        tokens = tokens_of(line, names)
        place = next((place for place, token in enumerate(tokens) if token.kind is TokenKind.NODE), None)
        if place is None:
            continue
        depth = line.index(tokens[place].text)
        while path and path[-1][0] >= depth:
            path.pop()
        parent = path[-1][1] if path else None
        node = _Node(tokens[place].text, tokens[place + 1 :], parent)
        if parent is not None:
            parent.children.append(node)
        root = root or node
        path.append((depth, node))
    return root


def _upwards(root: _Node) -> Iterator[_Node]:
    """Every operation, those below before those above."""
    ordered, pending = [], [root]
    while pending:
        node = pending.pop()
        ordered.append(node)
        pending.extend(node.children)
    return reversed(ordered)


def _output(root: _Node, scope: _Scope) -> list[Trace]:
    """The selected columns: those of the topmost operation that lists any."""
    node: _Node | None = root
    while node is not None and id(node) not in scope.outputs:
        node = node.children[0] if node.children else None
    return scope.outputs[id(node)] if node is not None else []


def _quoted(tokens: Tokens) -> str:
    return next((token.name for token in tokens if token.kind is TokenKind.QUOTED), "")


def _is_path(token: Token) -> bool:
    return token.kind is TokenKind.QUOTED and ":/" in token.name


def _view_name(description: str) -> str:
    """``CatalogTable(\\nTable: o\\n…`` names the view."""
    for line in description.splitlines():
        label, _, name = line.partition(": ")
        if label.strip() == "Table":
            return name.strip()
    return ""
