"""What an expression does with each of its arguments, by its Catalyst class."""

from collections.abc import Callable, Mapping, Sequence

from lineage.model import Influence
from lineage.spline.origins import NONE, PLACE, Trace, aggregated, collect, computed, frozen, joined, merged
from lineage.spline.wire import Function

TIME_WINDOWS = frozenset({"window", "session_window"})
INSTANT = "PreciseTimestampConversion"
VALUE = -1
CONDITION, WINDOW = PLACE[Influence.CONDITION], PLACE[Influence.WINDOW]
Slots = Callable[[int], Sequence[int]]
"""From the number of arguments to what each is: ``VALUE`` or the place of an ``Influence``."""
Combine = Callable[[Sequence[Trace]], Trace]


def class_of(function: Function) -> str:
    """The Catalyst class without its package (``CaseWhen``), or the name in lower case where the plan has none."""
    extra = function.extra
    name = extra.simple_class_name if extra is not None else None
    if name:
        return name if "." not in name else name.rpartition(".")[2]
    if extra is not None and extra.type_hint == "expr.Alias":
        return "Alias"
    return CLASS_BY_NAME.get(function.name or "", function.name or "")


def is_time_window(function: Function, argument: Function) -> bool:
    """Whether ``function`` names the bounds of a ``window(time, duration)``.

    Spark computes these with a CASE of its own making: it tests nothing that the query tests.
    """
    named = function.name in TIME_WINDOWS and class_of(function) == "Alias"
    return named and class_of(argument) == "CreateNamedStruct"


def _by_slots(slots: Slots) -> Combine:
    def rule(arguments: Sequence[Trace]) -> Trace:
        values, masks = [], [*NONE]
        for argument, slot in zip(arguments, slots(len(arguments)), strict=False):
            if slot == VALUE:
                values.append(argument)
            else:
                collect(masks, slot, argument)
        identity, transformation, aggregation, influences = computed(values)
        return identity, transformation, aggregation, joined(influences, frozen(masks))

    return rule


def _aggregate(arguments: Sequence[Trace]) -> Trace:
    return aggregated(arguments[0] if len(arguments) == 1 else FILTERED(arguments))


def _instant(arguments: Sequence[Trace]) -> Trace:
    """Only the bounds of time windows are made so, and with a CASE of Spark's own: it tests nothing of the query's."""
    return (*computed(arguments)[:3], NONE)


def _case(count: int) -> Sequence[int]:
    """``WHEN condition THEN value`` in pairs, then perhaps the ELSE."""
    return (CONDITION, VALUE) * (count // 2) + (VALUE,) * (count % 2)


def _fixed(*slots: int) -> Slots:
    """The slots of the first arguments; the last one's is that of any further ones."""

    def rule(count: int) -> Sequence[int]:
        return slots + slots[-1:] * (count - len(slots))

    return rule


FILTERED = _by_slots(_fixed(VALUE, CONDITION))
"""An aggregate function, then its FILTER clause."""
SAME_VALUE = frozenset(
    {"Alias", "union", "Union", "SortOrder", "OuterReference", "KnownNullable", "KnownNotNull", "PromotePrecision"}
)
"""Expressions whose value is their argument's."""
COMBINE: Mapping[str, Combine] = {
    **dict.fromkeys(SAME_VALUE, merged),
    **dict.fromkeys(("Rank", "DenseRank", "PercentRank"), _by_slots(_fixed(WINDOW))),
    "AggregateExpression": _aggregate,
    "CaseWhen": _by_slots(_case),
    "If": _by_slots(_fixed(CONDITION, VALUE)),
    "PivotFirst": _by_slots(_fixed(CONDITION, VALUE)),
    INSTANT: _instant,
    "WindowExpression": _by_slots(_fixed(VALUE, WINDOW)),
}
"""What comes of the arguments, by class; any other function is computed from all of them."""

CLASS_BY_NAME: Mapping[str, str] = {
    "casewhen": "CaseWhen",
    "if": "If",
    "windowexpression": "WindowExpression",
    "pivotfirst": "PivotFirst",
    "aggregateexpression": "AggregateExpression",
    "sortorder": "SortOrder",
    "scalarsubquery": "ScalarSubquery",
    "listquery": "ListQuery",
    "lateralsubquery": "LateralSubquery",
    "getstructfield": "GetStructField",
    "getarraystructfields": "GetArrayStructFields",
    "getarrayitem": "GetArrayItem",
    "getmapvalue": "GetMapValue",
    "cast": "Cast",
    "precisetimestampconversion": INSTANT,
}
"""For producers that do not send the class."""
