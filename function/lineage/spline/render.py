"""Expressions as readable text, down to the columns that are read: ``coalesce(price, ?) * rate``.

The text is written from the root downwards and stops at its limit, so that an expression that grows exponentially when
it is written out costs no more than one that does not. Literals are ``?``.
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property

from lineage.spline.expressions import SAME_VALUE
from lineage.spline.forms import FORMS, MASK, Piece, call, first, operand, separated
from lineage.spline.sources import PART_FILE, Leaf, Location
from lineage.spline.time_windows import STRUCT, time_window
from lineage.spline.trace import FIELDS, Tracer
from lineage.spline.wire import Attribute, Constant, Function, Node

LIMIT = 1_000
"""Characters of an expression's text."""
STEPS = 20_000
"""Nodes that are looked at for one text: a damaged plan may go in circles without a word."""
ELLIPSIS = "…"

LAMBDA = re.compile(r"\$+Lambda(?:\$[0-9]+)?/(?:0x)?[0-9a-f]+")
"""What the JVM calls a lambda, ``jobs.Typed$$$Lambda$6054/0x00007fa1198ddb30``: another name in every run."""
ALTERNATIVES = SAME_VALUE - {"SortOrder"}
"""Classes of expressions that are one of their arguments."""
BRANCHING = ALTERNATIVES | {None}
"""These, or an attribute, which has no class."""
CHECKED = frozenset({"Cast", "GetStructField"})
RENAMES = BRANCHING | CHECKED
"""Classes of expressions that merely name another one, or may; an attribute always does."""


class Renderer:
    """Writes expressions of one plan."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._arguments, self._kinds = tracer.arguments, tracer.arguments.kinds
        self._steps = 0
        self._laid_out: dict[Node, list[Piece]] = {}
        """The pieces of nodes, last first: columns are often computed from the same values."""

    @cached_property
    def _ambiguous(self) -> Set[str]:
        """The column names that several relations have."""
        if len(self._tracer.leaves) < 2:
            return frozenset()
        by_place: dict[tuple[Location, ...], set[str]] = {}
        for leaf in self._tracer.leaves:
            by_place.setdefault(leaf.locations, set()).update([attribute.name or "" for attribute in leaf.attributes])
        seen: set[str] = set()
        twice: set[str] = set()
        for names in by_place.values():
            twice |= seen & names
            seen |= names
        return twice

    def render(self, attribute: Attribute) -> str:
        """What ``attribute`` is computed from."""
        self._steps = 0
        value = self._value(attribute)
        several = self._values(value) if self._kinds.get(value) in BRANCHING else ()
        return shorten(self._write(value)) if len(several) < 2 else self._united(several)

    def _united(self, branches: Sequence[Node]) -> str:
        """The texts of a union's branches, which may be the same where they read the same relation."""
        texts: dict[str, None] = {}
        for branch in _alternatives(branches, self._key):
            if sum(map(len, texts)) <= LIMIT:
                texts[self._write(branch)] = None
        return shorten(" | ".join(texts))

    def _write(self, value: Node) -> str:
        text = ""
        pending: list[Piece] = [value]
        while pending:
            piece = pending.pop()
            if isinstance(piece, str):
                text += piece
            elif len(text) <= LIMIT and self._steps < STEPS:
                self._steps += 1
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
        return self._either(values) if values else [self._spell(node)]

    def _function(self, node: Function, kind: str, arguments: list[Node]) -> list[Piece]:
        own = OWN.get(kind)
        pieces = own(self, node, arguments) if own else None
        if pieces is not None:
            return pieces
        form = FORMS.get(kind)
        if form is not None:
            return form(node, arguments)
        if node.extra and node.extra.symbol and len(arguments) == 2:
            return [*operand(arguments[0]), f" {node.extra.symbol} ", *operand(arguments[1])]
        return call(LAMBDA.sub(".<lambda>", node.name or MASK), arguments)

    def _either(self, arguments: Sequence[Node]) -> list[Piece]:
        """One of several: the branches of a union, each once, less those that have only a literal."""
        return separated(_alternatives(arguments, self._key), " | ")

    def _key(self, value: Node) -> object:
        """What is written alike is one branch: a column of one name, the bounds of a time window."""
        if isinstance(value, Attribute) and not self._arguments.of(value):
            return self._spell(value)
        if isinstance(value, Function) and (window := time_window(value, self._arguments)):
            name, time = window
            return name, self._spell(time) if isinstance(time, Attribute) else time
        return value

    def _spell(self, attribute: Attribute) -> str:
        """A column that is read, with its dataset's short name where several have one of its name."""
        name, leaf = attribute.name or MASK, self._tracer.leaf_of(attribute)
        return f"{short_name(leaf)}.{name}" if leaf and leaf.sources and name in self._ambiguous else name

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
            below = arguments(node) if kind in RENAMES else ()
            if len(below) != 1 or (kind in CHECKED and not self._renames(node, below[0])):
                break
            node = below[0]
        self._steps = steps
        return node

    def _renames(self, node: Node, below: Node) -> bool:
        """Whether a cast changes nothing, or a field is of a struct that the query builds."""
        if isinstance(node, Function) and self._kinds[node] == "GetStructField":
            return self._arguments.is_put_in(node)
        return self._tracer.same_type(node, below)

    def _either_of(self, _node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return self._either(arguments)

    def _cast(self, node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return ["cast(", *arguments[:1], f" as {self._tracer.types.name(node.data_type)})"]

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


def short_name(leaf: Leaf) -> str:
    """What people call the dataset: the table, or the last folder or file of its path without extension."""
    source = leaf.sources[0]
    uri = source.uri.rpartition("/")[0] if source.fold_files or PART_FILE.search(source.uri) else source.uri
    segment = re.split(r"[/:]", uri.rstrip("/"))[-1]
    return source.table[-1] if source.table else segment.partition(".")[0] or segment


def _alternatives(arguments: Sequence[Node], key: Callable[[Node], object]) -> list[Node]:
    """``arguments`` less those that are written alike, and literals among others."""
    if len(arguments) == 1:
        return [*arguments]
    values: dict[object, Node] = {}
    for argument in arguments:
        if not isinstance(argument, Constant):
            values.setdefault(key(argument), argument)
    return [*values.values()] or [*arguments[:1]]


Own = Callable[[Renderer, Function, Sequence[Node]], list[Piece] | None]
OWN: Mapping[str, Own] = {
    **dict.fromkeys(ALTERNATIVES, Renderer._either_of),
    **dict.fromkeys(FIELDS, Renderer._field),
    "Cast": Renderer._cast,
    "AggregateExpression": Renderer._distinct,
    STRUCT: Renderer._time_window,
}
"""The same where the plan must be asked for more; ``None`` where that has nothing to add."""
