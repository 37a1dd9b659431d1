"""What an expression does with each of its arguments, by its Catalyst class."""

from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice

from lineage.model import Influence
from lineage.spline.origins import NONE, Trace, aggregated, collect, computed, joined, merged
from lineage.spline.wire import Function

TIME_WINDOWS = frozenset({"window", "session_window"})
VALUE = None
Slot = Influence | None
Slots = Callable[[int], Sequence[Slot]]
"""From the number of arguments to what each is: ``VALUE`` or an ``Influence``."""
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


def combine(kind: str, arguments: Sequence[Trace]) -> Trace:
    """The trace of an expression of the class ``kind`` over the traces of its arguments."""
    return COMBINE.get(kind, computed)(arguments)


def _by_slots(slots: Slots) -> Combine:
    def rule(arguments: Sequence[Trace]) -> Trace:
        values, masks = [], [0] * len(Influence)
        for argument, slot in zip(arguments, slots(len(arguments)), strict=False):
            if slot is VALUE:
                values.append(argument)
            else:
                collect(masks, slot, argument)
        identity, transformation, aggregation, influences = computed(values)
        return identity, transformation, aggregation, joined(influences, tuple(masks) if any(masks) else NONE)

    return rule


def _aggregate(arguments: Sequence[Trace]) -> Trace:
    return aggregated(arguments[0] if len(arguments) == 1 else FILTERED(arguments))


def _case(count: int) -> Sequence[Slot]:
    """``WHEN condition THEN value`` in pairs, then perhaps the ELSE."""
    return [*islice(cycle((Influence.CONDITION, VALUE)), count - 1), VALUE] if count else ()


def _fixed(*slots: Slot) -> Slots:
    """The slots of the first arguments; the last one's is that of any further ones."""

    def rule(count: int) -> Sequence[Slot]:
        return [*slots, *[slots[-1]] * (count - len(slots))]

    return rule


FILTERED = _by_slots(_fixed(VALUE, Influence.CONDITION))
"""An aggregate function, then its FILTER clause."""
SAME_VALUE = frozenset(
    {"Alias", "union", "Union", "SortOrder", "OuterReference", "KnownNullable", "KnownNotNull", "PromotePrecision"}
)
"""Expressions whose value is their argument's."""
COMBINE: Mapping[str, Combine] = {
    **dict.fromkeys(SAME_VALUE, merged),
    **dict.fromkeys(("Rank", "DenseRank", "PercentRank"), _by_slots(_fixed(Influence.WINDOW))),
    "AggregateExpression": _aggregate,
    "CaseWhen": _by_slots(_case),
    "If": _by_slots(_fixed(Influence.CONDITION, VALUE)),
    "PivotFirst": _by_slots(_fixed(Influence.CONDITION, VALUE)),
    "WindowExpression": _by_slots(_fixed(VALUE, Influence.WINDOW)),
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
}
"""For producers that do not send the class."""
