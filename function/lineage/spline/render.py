"""Expressions as readable text, down to the columns that are read: ``coalesce(price, ?) * rate``.

The text is written from the root downwards and stops at its limit, so that an expression that grows exponentially when
it is written out costs no more than one that does not. Literals are ``?``.
"""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from functools import cached_property

from lineage.spline.expressions import SAME_VALUE, class_of
from lineage.spline.graph import SUBQUERY_CLASSES
from lineage.spline.sources import PART_FILE, Leaf, Location
from lineage.spline.trace import Tracer, field_name
from lineage.spline.wire import Attribute, Constant, Function, Node, text_of

LIMIT = 1_000
"""Characters of an expression's text."""
STEPS = 20_000
"""Nodes that are looked at for one text: a damaged plan may go in circles without a word."""
ELLIPSIS = "…"
MASK = "?"

CHECKED = frozenset({"Cast", "GetStructField"})
RENAMES = (SAME_VALUE - {"SortOrder"}) | CHECKED | {None}
"""Classes of expressions that merely name another one, or may; an attribute, which has no class, always does."""

Piece = str | Node
Form = Callable[[Function, Sequence[Node]], list[Piece]]


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
        text, self._steps = "", 0
        pending: list[Piece] = [self._value(attribute)]
        while pending:
            piece = pending.pop()
            if isinstance(piece, str):
                text += piece
            elif len(text) <= LIMIT and self._steps < STEPS:
                self._steps += 1
                pending += self._laid_out.get(piece) or self._lay_out(piece)
            else:
                return shorten(text + ELLIPSIS)
        return shorten(text)

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
        return _either(values) if values else [self._spell(node)]

    def _function(self, node: Function, kind: str, arguments: list[Node]) -> list[Piece]:
        if kind == "Cast":
            return ["cast(", *arguments[:1], f" as {self._tracer.types.name(node.data_type)})"]
        if kind == "AggregateExpression" and arguments and node.params.get("isDistinct") is True:
            return self._distinct(arguments[0])
        form = FORMS.get(kind)
        if form is not None:
            return form(node, arguments)
        if node.extra and node.extra.symbol and len(arguments) == 2:
            return [*_operand(arguments[0]), f" {node.extra.symbol} ", *_operand(arguments[1])]
        return _call(node.name or MASK, arguments)

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

    def _distinct(self, aggregate: Node) -> list[Piece]:
        name = aggregate.name if isinstance(aggregate, Function) else MASK
        return [f"{name}(DISTINCT ", *_separated(self._values(aggregate), ", "), ")"]


def shorten(text: str) -> str:
    """``text``, cut to the limit."""
    return text if len(text) <= LIMIT else text[: LIMIT - 1] + ELLIPSIS


def short_name(leaf: Leaf) -> str:
    """What people call the dataset: the table, or the last folder or file of its path without extension."""
    source = leaf.sources[0]
    uri = source.uri.rpartition("/")[0] if source.fold_files or PART_FILE.search(source.uri) else source.uri
    segment = re.split(r"[/:]", uri.rstrip("/"))[-1]
    return source.table[-1] if source.table else segment.partition(".")[0] or segment


def _separated(arguments: Sequence[Piece], separator: str) -> list[Piece]:
    pieces: list[Piece] = []
    for argument in arguments:
        pieces += (separator, argument)
    return pieces[1:]


def _call(name: str, arguments: Sequence[Piece]) -> list[Piece]:
    return [f"{name}(", *(_separated(arguments, ", ") if len(arguments) > 1 else arguments), ")"]


def _operand(argument: Node) -> list[Piece]:
    binary = isinstance(argument, Function) and argument.extra is not None and argument.extra.symbol
    return ["(", argument, ")"] if binary else [argument]


def _first(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [arguments[0]] if arguments else [MASK]


def _either(arguments: Sequence[Node]) -> list[Piece]:
    """One of several: the branches of a union, each once, less those that have only a literal."""
    if len(arguments) == 1:
        return [*arguments]
    values = [argument for argument in dict.fromkeys(arguments) if not isinstance(argument, Constant)]
    return _separated(values or arguments[:1], " | ")


def _around(before: str, after: str) -> Form:
    def form(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return [before, *(_operand(arguments[0]) if arguments else [MASK]), after]

    return form


def _case(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    pieces: list[Piece] = ["CASE"]
    for test, value in zip(arguments[::2], arguments[1::2], strict=False):
        pieces += [" WHEN ", test, " THEN ", value]
    if len(arguments) % 2:
        pieces += [" ELSE ", arguments[-1]]
    return [*pieces, " END"]


def _aggregate(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    condition: list[Piece] = [" FILTER (WHERE ", arguments[1], ")"] if len(arguments) > 1 else []
    return [*arguments[:1], *condition]


def _over(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return _separated(arguments, " OVER ")


def _window(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    orders = [
        argument for argument in arguments if isinstance(argument, Function) and class_of(argument) == "SortOrder"
    ]
    partition = [
        argument
        for argument in arguments
        if argument not in orders and not (isinstance(argument, Function) and class_of(argument) in FRAMES)
    ]
    pieces: list[Piece] = ["PARTITION BY ", *_separated(partition, ", ")] if partition else []
    if orders:
        pieces += [" ORDER BY " if pieces else "ORDER BY ", *_separated(orders, ", ")]
    return ["(", *pieces, ")"]


def _order(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    descending = text_of(node.params.get("direction")).startswith("Desc")
    return [*_first(node, arguments), " DESC" if descending else ""]


def _field(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [*_first(node, arguments), f".{field_name(node)}"]


def _element(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [arguments[0], "[", arguments[1], "]"] if len(arguments) == 2 else _call("element", arguments)


def _lambda(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return ["(", *_separated(arguments[1:], ", "), ") -> ", *arguments[:1]]


def _named(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    name = text_of(node.params.get("name")) or node.name or "?"
    return [name] if class_of(node) == "NamedLambdaVariable" else _call(name, arguments)


def _within(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [*_separated(arguments[:-1], ", "), " IN ", *arguments[-1:]]


def _without_arguments(node: Function, _arguments: Sequence[Node]) -> list[Piece]:
    return [f"{node.name}()"]


def _subquery(_node: Function, _arguments: Sequence[Node]) -> list[Piece]:
    return ["(subquery)"]


FRAMES = frozenset({"SpecifiedWindowFrame", "UnspecifiedFrame$"})
FORMS: Mapping[str, Form] = {
    **dict.fromkeys(SAME_VALUE, lambda _node, arguments: _either(arguments)),
    **dict.fromkeys(("NullIf", "Nvl", "Nvl2", "Decode"), _first),
    **dict.fromkeys(("GetStructField", "GetArrayStructFields"), _field),
    **dict.fromkeys(("GetArrayItem", "GetMapValue"), _element),
    **dict.fromkeys(("PythonUDF", "NamedLambdaVariable"), _named),
    **dict.fromkeys(SUBQUERY_CLASSES, _subquery),
    **dict.fromkeys(("Rank", "DenseRank", "PercentRank"), _without_arguments),
    "CaseWhen": _case,
    "AggregateExpression": _aggregate,
    "WindowExpression": _over,
    "WindowSpecDefinition": _window,
    "SortOrder": _order,
    "LambdaFunction": _lambda,
    "InSubquery": _within,
    "Not": _around("NOT ", ""),
    "IsNull": _around("", " IS NULL"),
    "IsNotNull": _around("", " IS NOT NULL"),
}
"""How an expression is written, by its class; any other is written as a call, or by its operator's symbol."""
