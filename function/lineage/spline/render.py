"""Expressions as readable text, down to the columns that are read: ``coalesce(price, ?) * rate``.

The text is written from the root downwards and stops at its limit, so that an expression that grows exponentially when
it is written out costs no more than one that does not. Literals are ``?``.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property

from lineage.spline.column_names import GROUPING_ID, ColumnNames, is_grouping_id, quoted
from lineage.spline.dumps import read_dump, selected
from lineage.spline.expressions import SAME_VALUE
from lineage.spline.forms import FORMS, MASK, Piece, call, first, function_name, operation, separated
from lineage.spline.graph import SUBQUERY_CLASSES
from lineage.spline.idioms import IDIOMS
from lineage.spline.spelling import spell
from lineage.spline.time_windows import STRUCT, time_window
from lineage.spline.trace import FIELDS, Tracer
from lineage.spline.wire import Attribute, Constant, Function, Node, text_of

LIMIT = 1_000
"""Characters of an expression's text."""
STEPS = 20_000
"""Nodes that are looked at for one text: a damaged plan may go in circles without a word."""
CASTS = 5
"""Casts of one literal, one around the other."""
ELLIPSIS = "…"

ALTERNATIVES = SAME_VALUE - {"SortOrder"}
"""Classes of expressions that are one of their arguments."""
BRANCHING = ALTERNATIVES | {None}
"""These, or an attribute, which has no class."""
NO_NODES: Set[Node] = frozenset()
GENERATES = frozenset({"Generate"})
CHECKED = frozenset({"Cast", "GetStructField"})
RENAMES = BRANCHING | CHECKED
"""Classes of expressions that merely name another one, or may; an attribute always does."""


class Renderer:
    """Writes expressions of one plan."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._arguments, self._kinds = tracer.arguments, tracer.arguments.kinds
        self._steps = 0
        self._names = ColumnNames(tracer.graph, tracer.leaves, tracer.leaf_of)
        self._numbered = False
        self._laid_out: dict[Node, list[Piece]] = {}
        self._laid_out_numbered: dict[Node, list[Piece]] = {}
        """The pieces of nodes, last first: columns are often computed from the same values."""

    def render(self, attribute: Attribute) -> str:
        """What ``attribute`` is computed from."""
        self._steps = 0
        value = self._value(attribute)
        below = self._arguments.of(value)
        if not below and isinstance(value, Attribute) and value.name != GROUPING_ID:
            return shorten(self._names.spell(value))
        may_branch = len(below) > 1 and self._kinds.get(value) in BRANCHING
        several = self._branches(value) if may_branch else ()
        return shorten(self._write(value)) if len(several) < 2 else self._united(several)

    def _branches(self, value: Node) -> list[Node]:
        """The branches of ``value``, those of unions within them too, each once; itself where it is no union."""
        found: dict[Node, bool] = {}
        pending = [value]
        while pending and self._steps < STEPS:
            self._steps += 1
            node = pending.pop()
            if node in found:
                continue
            several = self._values(node) if self._kinds.get(node) in BRANCHING and not is_grouping_id(node) else ()
            found[node] = len(several) < 2
            pending += reversed(several) if len(several) > 1 else ()
        return [node for node, is_branch in found.items() if is_branch]

    def _united(self, branches: Sequence[Node]) -> str:
        """The texts of a union's branches, which may be the same where they read the same relation."""
        texts: dict[str, None] = {}
        for branch in self._alternatives(branches):
            if sum(map(len, texts)) <= LIMIT:
                texts[self._write(branch)] = None
        return shorten(" | ".join(texts))

    def _write(self, value: Node) -> str:
        nodes: list[Node] | None = [] if self._names.numbers else None
        text = self._compose(value, nodes)
        if nodes and self._steps < STEPS and self._names.are_of_several_reads(nodes):
            plain, self._laid_out, self._numbered = self._laid_out, self._laid_out_numbered, True
            text = self._compose(value)
            self._laid_out, self._numbered = plain, False
        return text

    def _compose(self, value: Node, nodes: list[Node] | None = None) -> str:
        """The text of ``value``; the nodes that are in it are added to ``nodes``."""
        text = ""
        pending: list[Piece] = [value]
        while pending:
            piece = pending.pop()
            if isinstance(piece, str):
                text += piece
            elif len(text) <= LIMIT and self._steps < STEPS:
                self._steps += 1
                if nodes is not None:
                    nodes.append(piece)
                pending += self._laid_out.get(piece) or self._lay_out(piece)
            else:
                return text + ELLIPSIS
        return text

    def _lay_out(self, node: Node) -> list[Piece]:
        """The pieces of ``node``, last first."""
        pieces = self._laid_out[node] = self._pieces(node)
        pieces.reverse()
        return pieces

    def _pieces(self, node: Node) -> list[Piece]:
        if isinstance(node, Constant):
            return [MASK]
        values = self._values(node)
        if isinstance(node, Function):
            return self._function(node, self._kinds[node], values)
        if node.name == GROUPING_ID:
            return ["grouping_id()"]
        if not values:
            return [self._names.spell(node, numbered=self._numbered)]
        own = [f".{quoted(node.name or '')}"] if node in self._generated else []
        return [*(values if len(values) == 1 else self._either(values)), *own]

    def _function(self, node: Function, kind: str, arguments: list[Node]) -> list[Piece]:
        idiom, own, form = IDIOMS.get(kind), OWN.get(kind), FORMS.get(kind)
        pieces = idiom(self._values, node, arguments) if idiom else None
        if pieces is None and own is not None:
            pieces = own(self, node, arguments)
        if pieces is not None:
            return pieces
        if form is not None:
            return form(node, arguments)
        if node.extra and node.extra.symbol and len(arguments) == 2:
            return operation(node.extra.symbol, *arguments)
        return call(function_name(node, kind), arguments)

    def _either(self, arguments: Sequence[Node]) -> list[Piece]:
        """One of several: the branches of a union, each once, less those that have only a literal."""
        return separated(self._alternatives(arguments), " | ")

    def _alternatives(self, arguments: Sequence[Node]) -> list[Node]:
        """``arguments`` less those that are written alike, and those that tell nothing among others that do."""
        if len(arguments) == 1:
            return [*arguments]
        values: dict[object, Node] = {}
        for argument in arguments:
            if self._tells(argument):
                values.setdefault(self._key(argument), argument)
        return [*values.values()] or [*arguments[:1]]

    def _tells(self, value: Node) -> bool:
        """Whether ``value`` is more than a literal or a column of rows that are made up."""
        if isinstance(value, Attribute):
            return bool(self._arguments.of(value)) or self._tracer.leaf_of(value) is not None
        return isinstance(value, Function)

    def _key(self, value: Node) -> object:
        """What is written alike is one branch: a column of one name, the bounds of a time window."""
        if isinstance(value, Attribute) and not self._arguments.of(value):
            return self._names.spell(value)
        if isinstance(value, Function) and (window := time_window(value, self._arguments)):
            name, time = window
            return name, self._names.spell(time) if isinstance(time, Attribute) else time
        return value

    @cached_property
    def _generated(self) -> Set[Node]:
        """The columns of generators that make several: ``posexplode(items).pos``."""
        graph = self._tracer.graph
        generators = graph.titled(GENERATES)
        if not generators:
            return NO_NODES
        found: set[Node] = set()
        for step in generators:
            below = {identity for child in graph.children(step) for identity in graph.columns(child)}
            new = [column for column in graph.attributes(step) if column.id not in below]
            found.update(new if len(new) > 1 else ())
        return found

    def _values(self, node: Node) -> list[Node]:
        """The arguments of ``node``, behind all names."""
        below, kind_of = self._arguments.of, self._kinds.get
        return [self._value(item) if kind_of(item) in RENAMES and below(item) else item for item in below(node)]

    def _value(self, node: Node) -> Node:
        """The node that ``node`` merely gives another name to."""
        arguments, kind_of, steps = self._arguments.of, self._kinds.get, self._steps
        while steps < STEPS:
            steps += 1
            kind = kind_of(node)
            below = arguments(node) if kind in RENAMES and node not in self._generated else ()
            if len(below) != 1 or (kind in CHECKED and not self._renames(node, below[0])):
                break
            node = below[0]
        self._steps = steps
        return node

    def _renames(self, node: Node, below: Node) -> bool:
        """Whether a cast changes nothing or is of a literal, or a field is of a struct that the query builds."""
        if isinstance(node, Function) and self._kinds[node] == "GetStructField":
            return self._arguments.is_put_in(node)
        return self._tracer.same_type(node, below) or self._is_literal(below)

    def _is_literal(self, value: Node) -> bool:
        """Whether ``value`` is a literal, or one that is cast."""
        for _ in range(CASTS):
            below = self._arguments.of(value) if self._kinds.get(value) == "Cast" else ()
            if len(below) != 1:
                break
            value = below[0]
        return isinstance(value, Constant)

    def _either_of(self, _node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return self._either(arguments)

    def _cast(self, node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return ["cast(", *arguments[:1], f" as {self._tracer.types.name(node.data_type)})"]

    def _if(self, _node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
        """Spark's own test for null is none of the query's."""
        return [arguments[2]] if len(arguments) == 3 and self._tracer.is_guarded(arguments[2]) else None

    def _subquery(self, node: Function, _arguments: Sequence[Node]) -> list[Piece]:
        """``(SELECT max(a))``, as far as that is one value."""
        value = spell(selected(read_dump(text_of(node.params.get("plan")), self._tracer.names)))
        return [f"(SELECT {value})" if value else "(subquery)"]

    def _field(self, node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return [*first(node, arguments), f".{self._tracer.field_name(node)}"]

    def _distinct(self, node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
        """``count(DISTINCT a)``: that is a property of what stands around the function."""
        if not arguments or node.params.get("isDistinct") is not True:
            return None
        name = arguments[0].name if isinstance(arguments[0], Function) else MASK
        return [f"{name}(DISTINCT ", *separated(self._values(arguments[0]), ", "), ")"]

    def _time_window(self, node: Function, _arguments: Sequence[Node]) -> list[Piece] | None:
        window = time_window(node, self._arguments)
        return [f"{window[0]}(", self._value(window[1]), ")"] if window else None


def shorten(text: str) -> str:
    """``text``, cut to the limit."""
    return text if len(text) <= LIMIT else text[: LIMIT - 1] + ELLIPSIS


Own = Callable[[Renderer, Function, Sequence[Node]], list[Piece] | None]
OWN: Mapping[str, Own] = {
    **dict.fromkeys(ALTERNATIVES, Renderer._either_of),
    **dict.fromkeys(FIELDS, Renderer._field),
    "Cast": Renderer._cast,
    "If": Renderer._if,
    **dict.fromkeys(SUBQUERY_CLASSES - {"Exists"}, Renderer._subquery),
    "AggregateExpression": Renderer._distinct,
    STRUCT: Renderer._time_window,
}
"""The same where the plan must be asked for more; ``None`` where that has nothing to add."""
