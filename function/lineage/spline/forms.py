"""How an expression is written whose class alone tells it: pieces of text and what is written in between."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from lineage.spline.expressions import class_of
from lineage.spline.wire import Constant, Function, Node, text_of

MASK = "?"
SYMBOLS = {"&&": "AND", "||": "OR"}
"""Operators whose symbol is another operator in SQL."""
CHAINED = frozenset({"&&", "||", "+", "*"})
"""Operators that may be written in a row."""
ARITHMETIC = 2
LEVELS = {
    **dict.fromkeys(("&&", "||"), 0),
    **dict.fromkeys(("=", "<=>", "<", "<=", ">", ">="), 1),
}
"""How strong operators bind; those that are not listed are ``ARITHMETIC``."""
LAMBDA = re.compile(r"\$+Lambda(?:\$[0-9]+)?/(?:0x)?[0-9a-f]+")
"""What the JVM calls a lambda, ``jobs.Typed$$$Lambda$6054/0x00007fa1198ddb30``: another name in every run."""
OTHERS = frozenset({"ScalaUDF", "ScalaUDAF", "HiveSimpleUDF", "HiveGenericUDF", "HiveUDAFFunction", "HiveGenericUDTF"})
"""Functions that are not Spark's: their names stay as they are."""
SIZED = frozenset({"charTypeWriteSideCheck", "varcharTypeWriteSideCheck", "readSidePadding"})
"""Methods of the JVM that Spark puts around values of CHAR and VARCHAR columns."""
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


def operand(argument: Node, beside: str = "") -> list[Piece]:
    """``argument`` beside an operator: in parentheses where it is one itself that does not bind stronger by far."""
    symbol = symbol_of(argument)
    return ["(", argument, ")"] if symbol and _level(symbol) <= _level(beside) else [argument]


def operation(symbol: str, left: Node, right: Node) -> list[Piece]:
    """``left symbol right``; ``(a + b) + c`` is ``a + b + c``."""
    chained = symbol in CHAINED and symbol_of(left) == symbol
    written = f" {SYMBOLS.get(symbol, symbol)} "
    return [*([left] if chained else operand(left, symbol)), written, *operand(right, symbol)]


def symbol_of(node: Node) -> str | None:
    """The symbol of an operator; nothing for anything else."""
    return node.extra.symbol if isinstance(node, Function) and node.extra is not None else None


def _level(symbol: str) -> int:
    return LEVELS.get(symbol, ARITHMETIC)


def infix(word: str, arguments: Sequence[Node]) -> list[Piece] | None:
    """``a LIKE b``, ``a NOT IN (b, c)``; ``None`` for one argument alone."""
    if len(arguments) < 2:
        return None
    listed = word.endswith("IN")
    return [
        *operand(arguments[0]),
        *(call(f" {word} ", arguments[1:]) if listed else [f" {word} ", *operand(arguments[1])]),
    ]


def function_name(function: Function, kind: str) -> str:
    """What ``function``, of class ``kind``, is called; Spark has some of its own in capitals."""
    return _function_name(function.name or MASK, kind in OTHERS)


@lru_cache(maxsize=4096)
def _function_name(name: str, is_as_written: bool) -> str:
    name = LAMBDA.sub(".<lambda>", name)
    return name.lower() if name.isupper() and not is_as_written else name


def first(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """The first argument alone."""
    return [arguments[0]] if arguments else [MASK]


def _alone(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """The argument, where it is the only one: what the JVM does to take a value over is none of the query's."""
    return first(node, arguments) if len(arguments) == 1 else call(node.name or MASK, arguments)


def _static(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """``code``: a value that fills a CHAR or VARCHAR is that value, whose length is looked at."""
    sized = text_of(node.params.get("functionName")) in SIZED
    return first(node, arguments) if sized else _alone(node, arguments)


def _struct(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """``struct(a, b)``: the names of its fields, which stand before them, are literals."""
    return call("struct", arguments[1::2]) if len(arguments) % 2 == 0 else call(node.name or "struct", arguments)


def _count(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """``count(*)`` is one of a literal."""
    rows = all(isinstance(argument, Constant) for argument in arguments)
    return ["count(*)"] if rows else call(node.name or "count", arguments)


def _pivot(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return ["PIVOT(", *separated(arguments[1:], ", "), " FOR ", *arguments[:1], ")"]


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
    names = separated(arguments[1:], ", ")
    return [*(names if len(names) == 1 else ["(", *names, ")"]), " -> ", *arguments[:1]]


def _named(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    name = text_of(node.params.get("name")) or node.name or "?"
    return [name] if class_of(node) == "NamedLambdaVariable" else call(name, arguments)


def _among(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [*(operand(arguments[0]) if arguments else [MASK]), *call(" IN ", arguments[1:])]


def _equal(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    """``a = ?``: that a null is no literal either is the only thing that ``<=>`` adds."""
    literal = any(isinstance(argument, Constant) for argument in arguments)
    return operation("=" if literal else "<=>", *arguments) if len(arguments) == 2 else call("equal_null", arguments)


def _called(node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return call(node.name or MASK, arguments)


def _within(_node: Function, arguments: Sequence[Node]) -> list[Piece]:
    return [*separated(arguments[:-1], ", "), " IN ", *arguments[-1:]]


def _without_arguments(node: Function, _arguments: Sequence[Node]) -> list[Piece]:
    return [f"{node.name}()"]


def _exists(_node: Function, _arguments: Sequence[Node]) -> list[Piece]:
    return ["EXISTS (subquery)"]


FRAMES = frozenset({"SpecifiedWindowFrame", "UnspecifiedFrame$"})
FORMS: Mapping[str, Form] = {
    **dict.fromkeys(("NullIf", "Nvl", "Nvl2", "Decode"), first),
    **dict.fromkeys(("GetArrayItem", "GetMapValue"), _element),
    **dict.fromkeys(("PythonUDF", "PythonUDAF", "NamedLambdaVariable"), _named),
    **dict.fromkeys(("Rank", "DenseRank", "PercentRank"), _without_arguments),
    **dict.fromkeys(("AssertNotNull", "CheckOverflowInTableInsert", "Invoke"), _alone),
    "Exists": _exists,
    "StaticInvoke": _static,
    "CaseWhen": _case,
    "Count": _count,
    "CreateNamedStruct": _struct,
    "PivotFirst": _pivot,
    "AggregateExpression": _aggregate,
    "WindowExpression": _over,
    "WindowSpecDefinition": _window,
    "SortOrder": _order,
    "LambdaFunction": _lambda,
    "In": _among,
    "InSubquery": _within,
    "Not": _around("NOT ", ""),
    "UnaryMinus": _around("-", ""),
    "BitwiseNot": _around("~", ""),
    "EqualNullSafe": _equal,
    "Pmod": _called,
    "IsNull": _around("", " IS NULL"),
    "IsNotNull": _around("", " IS NOT NULL"),
}
"""How an expression is written, by its class; any other is written as a call, or by its operator's symbol."""
