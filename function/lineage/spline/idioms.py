"""What Spark makes of a query's functions and operators, written as the query has them.

``try_add(a + b)`` was ``try_add(a, b)``, ``(a >= ?) AND (a <= ?)`` was ``a BETWEEN ? AND ?``.
"""

from collections.abc import Callable, Mapping, Sequence

from lineage.spline.column_names import is_grouping_id
from lineage.spline.expressions import class_of
from lineage.spline.forms import MASK, Piece, call, first, infix, operand, separated
from lineage.spline.wire import Function, Node, text_of

Values = Callable[[Node], Sequence[Node]]
"""The arguments of a node, behind the names that they have."""
Idiom = Callable[[Values, Function, Sequence[Node]], list[Piece] | None]


def _spread(values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    """``try_divide(a, b)``: a function around the operator that computes it."""
    if len(arguments) != 1 or not isinstance(arguments[0], Function):
        return None
    return call(node.name or MASK, values(arguments[0]))


def _first_of_first(values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    """``assert_true(a)``: a function around the test that computes it."""
    if len(arguments) != 1 or _kind(arguments[0]) != "If":
        return None
    return call(node.name or MASK, values(arguments[0])[:1])


def _nullif(values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    """``nullif(a, b)`` is ``if(a = b, null, a)``."""
    test = next(iter(values(arguments[0])), None) if arguments and _kind(arguments[0]) == "If" else None
    return call(node.name or MASK, values(test)) if test is not None and _kind(test) == "EqualTo" else None


def _between(values: Values, _node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    if tuple(map(_kind, arguments)) != ("GreaterThanOrEqual", "LessThanOrEqual"):
        return None
    lowest, highest = map(values, arguments)
    if len(lowest) != 2 or len(highest) != 2 or lowest[0] is not highest[0]:
        return None
    return [*operand(lowest[0]), " BETWEEN ", *operand(lowest[1]), " AND ", *operand(highest[1])]


def _not(values: Values, _node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    word = NEGATED.get(_kind(arguments[0])) if arguments else None
    return infix(word, values(arguments[0])) if word else None


def _fold(values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    """``aggregate(array, start, (a, x) -> a + x)``: where the query tells no last step, Spark adds ``id -> id``."""
    if len(arguments) != 4 or _kind(arguments[3]) != "LambdaFunction":
        return None
    names = [_variable(part) for part in values(arguments[3])]
    return call(node.name or MASK, arguments[:3]) if len(names) == 2 and names[0] == names[1] != "" else None


def _natural_order(values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    """``array_sort(array)``: where the query tells no order, Spark adds a lambda that puts nulls last."""
    if len(arguments) != 2 or _kind(arguments[1]) != "LambdaFunction":
        return None
    step = arguments[1]
    for kind in ("LambdaFunction", "If"):
        step = next(iter(values(step)), step) if _kind(step) == kind else step
    tests = [_kind(test) for test in values(step)] if _kind(step) == "And" else []
    return call(node.name or MASK, arguments[:1]) if tests == ["IsNull", "IsNull"] else None


def _grouping(values: Values, _node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
    """``grouping(a)`` is one bit of the grouping id."""
    step: Node | None = arguments[0] if arguments else None
    for kind in ("BitwiseAnd", "ShiftRight"):
        step = next(iter(values(step)), None) if step is not None and _kind(step) == kind else None
    return ["grouping()"] if step is not None and is_grouping_id(step) else None


def _instance(_values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """``Order(a, b)``: an object of the JVM; a tuple is ``(a, b)``."""
    name = text_of(node.params.get("cls")).removeprefix("class ").rpartition(".")[2]
    return call("" if name.startswith("Tuple") else name if name.isidentifier() else "object", arguments)


def _typed(_values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """An aggregator of objects: the other arguments say how its own state is kept."""
    return call(node.name or MASK, arguments[:1])


def _any_of(word: str) -> Idiom:
    """``a LIKE ANY (?)``: the patterns are no arguments."""

    def idiom(_values: Values, _node: Function, arguments: Sequence[Node]) -> list[Piece]:
        return [*(operand(arguments[0]) if arguments else [MASK]), f" {word} (", *separated((MASK,), ", "), ")"]

    return idiom


def _infix(word: str) -> Idiom:
    def idiom(_values: Values, _node: Function, arguments: Sequence[Node]) -> list[Piece] | None:
        return infix(word, arguments)

    return idiom


def _replacement(_values: Values, node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """``year(a)`` for ``extract(YEAR FROM a)``: the function around it tells no more."""
    return first(node, arguments)


def _kind(node: Node) -> str:
    return class_of(node) if isinstance(node, Function) else ""


def _variable(node: Node) -> str:
    """The name of a lambda's argument; empty for anything else."""
    return text_of(node.params.get("name")) if isinstance(node, Function) and _kind(node) == VARIABLE else ""


VARIABLE = "NamedLambdaVariable"
WORDS: Mapping[str, str] = {"Like": "LIKE", "ILike": "ILIKE", "RLike": "RLIKE", "IntegralDivide": "DIV"}
"""Functions of two arguments that are written between them."""
NEGATED: Mapping[str, str] = {
    "EqualTo": "<>",
    "In": "NOT IN",
    **{kind: f"NOT {word}" for kind, word in WORDS.items() if word.endswith("LIKE")},
}
"""What NOT makes of them."""
IDIOMS: Mapping[str, Idiom] = {
    **{kind: _infix(word) for kind, word in WORDS.items()},
    **dict.fromkeys(
        ("TryAdd", "TrySubtract", "TryMultiply", "TryDivide", "TryRemainder", "TryElementAt", "EqualNull"), _spread
    ),
    **dict.fromkeys(("StringTrimBoth", "ToBinary"), _spread),
    **dict.fromkeys(("Extract", "DatePart", "Get", "ExtractANSIIntervalDays"), _replacement),
    **dict.fromkeys(("SimpleTypedAggregateExpression", "ComplexTypedAggregateExpression"), _typed),
    "LikeAny": _any_of("LIKE ANY"),
    "LikeAll": _any_of("LIKE ALL"),
    "NotLikeAny": _any_of("NOT LIKE ANY"),
    "NotLikeAll": _any_of("NOT LIKE ALL"),
    "AssertTrue": _first_of_first,
    "NullIf": _nullif,
    "And": _between,
    "Not": _not,
    "ArrayAggregate": _fold,
    "ArraySort": _natural_order,
    "Cast": _grouping,
    "NewInstance": _instance,
}
"""By the class of the expression; ``None`` where it is none of them after all."""
