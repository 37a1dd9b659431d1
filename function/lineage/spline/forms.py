"""How an expression is written whose class alone tells it: pieces of text and what is written in between."""

from collections.abc import Callable, Mapping, Sequence

from lineage.spline.expressions import class_of
from lineage.spline.graph import SUBQUERY_CLASSES
from lineage.spline.wire import Function, Node, text_of

MASK = "?"
Piece = str | Node
Form = Callable[[Function, Sequence[Node]], list[Piece]]


def separated(arguments: Sequence[Piece], separator: str) -> list[Piece]:
    """``arguments`` with ``separator`` between them."""
    pieces: list[Piece] = []
    for argument in arguments:
        pieces += (separator, argument)
    return pieces[1:]


def call(name: str, arguments: Sequence[Piece]) -> list[Piece]:
    """``name(a, b)``."""
    return [f"{name}(", *(separated(arguments, ", ") if len(arguments) > 1 else arguments), ")"]


def operand(argument: Node) -> list[Piece]:
    """``argument`` beside an operator: another operator in parentheses."""
    binary = isinstance(argument, Function) and argument.extra is not None and argument.extra.symbol
    return ["(", argument, ")"] if binary else [argument]


def first(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """The first argument alone."""
    return [arguments[0]] if arguments else [MASK]


def _around(before: str, after: str) -> Form:
    def form(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return [before, *(operand(arguments[0]) if arguments else [MASK]), after]

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
    return separated(arguments, " OVER ")


def _window(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    orders = [
        argument for argument in arguments if isinstance(argument, Function) and class_of(argument) == "SortOrder"
    ]
    partition = [
        argument
        for argument in arguments
        if argument not in orders and not (isinstance(argument, Function) and class_of(argument) in FRAMES)
    ]
    pieces: list[Piece] = ["PARTITION BY ", *separated(partition, ", ")] if partition else []
    if orders:
        pieces += [" ORDER BY " if pieces else "ORDER BY ", *separated(orders, ", ")]
    return ["(", *pieces, ")"]


def _order(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    descending = text_of(node.params.get("direction")).startswith("Desc")
    return [*first(node, arguments), " DESC" if descending else ""]


def _element(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [arguments[0], "[", arguments[1], "]"] if len(arguments) == 2 else call("element", arguments)


def _lambda(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return ["(", *separated(arguments[1:], ", "), ") -> ", *arguments[:1]]


def _named(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    name = text_of(node.params.get("name")) or node.name or "?"
    return [name] if class_of(node) == "NamedLambdaVariable" else call(name, arguments)


def _within(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [*separated(arguments[:-1], ", "), " IN ", *arguments[-1:]]


def _without_arguments(node: Function, _arguments: Sequence[Node]) -> list[Piece]:
    return [f"{node.name}()"]


def _subquery(_node: Function, _arguments: Sequence[Node]) -> list[Piece]:
    return ["(subquery)"]


FRAMES = frozenset({"SpecifiedWindowFrame", "UnspecifiedFrame$"})
FORMS: Mapping[str, Form] = {
    **dict.fromkeys(("NullIf", "Nvl", "Nvl2", "Decode"), first),
    **dict.fromkeys(("GetArrayItem", "GetMapValue"), _element),
    **dict.fromkeys(("PythonUDF", "PythonUDAF", "NamedLambdaVariable"), _named),
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
