"""What each operation of a plan lets its rows depend on: join keys, groups, filters, orders."""

from collections.abc import Callable, Iterator, Mapping, Set

from lineage.model import Influence
from lineage.spline.expressions import INSTANT, TIME_WINDOWS, class_of
from lineage.spline.graph import Graph, parameter, references
from lineage.spline.origins import NONE, PLACE, Influences, collect, everything, frozen
from lineage.spline.subquery import LATERAL
from lineage.spline.trace import Tracer
from lineage.spline.wire import Function, Operation, Ref

Key = tuple[Influence, Ref]
SESSION = frozenset({"session_window"})

PARAMETERS: Mapping[str, tuple[tuple[str, Influence], ...]] = {
    "Filter": (("condition", Influence.FILTER),),
    "Join": (("condition", Influence.JOIN),),
    "LateralJoin": (("condition", Influence.JOIN),),
    "AsOfJoin": (("asOfCondition", Influence.JOIN), ("condition", Influence.JOIN)),
    "Aggregate": (("groupingExpressions", Influence.GROUP),),
    "AggregateInPandas": (("groupingExpressions", Influence.GROUP),),
    "FlatMapGroupsInPandas": (("groupingAttributes", Influence.GROUP),),
    **dict.fromkeys(
        ("MapGroups", "FlatMapGroupsInR", "FlatMapGroupsWithState"), (("groupingAttributes", Influence.GROUP),)
    ),
    "CoGroup": (("leftGroup", Influence.GROUP), ("rightGroup", Influence.GROUP)),
    "Sort": (("order", Influence.SORT),),
    "TypedFilter": (("deserializer", Influence.FILTER),),
    "Deduplicate": (("keys", Influence.GROUP),),
    "DeduplicateWithinWatermark": (("keys", Influence.GROUP),),
}
"""By the operation's name: the parameters that hold keys."""

# fmt: off
PASSING = frozenset(
    {
        "AppendColumns", "AppendColumnsWithObject", "ArrowEvalPython", "BatchEvalPython", "CTERelationDef",
        "CTERelationRef", "CollectMetrics", "DeserializeToObject", "DropTableCommand", "EventTimeWatermark", "Expand",
        "FlatMapCoGroupsInPandas", "Generate", "GlobalLimit", "HiveTableRelation", "InMemoryRelation", "LocalLimit",
        "LocalRelation", "LogicalRDD", "LogicalRelation", "MapElements", "MapInArrow", "MapInPandas", "MapPartitions",
        "MapPartitionsInR", "MergeIntoCommand", "MergeIntoCommandEdge", "Offset", "Project", "PythonMapInArrow",
        "Range", "RebalancePartitions", "Repartition", "RepartitionByExpression", "ResolvedHint", "Sample",
        "ScriptTransformation", "SerializeFromObject", "SubqueryAlias", "Tail", "Union", "View", "Window", "WithCTE",
    }
)
# fmt: on
"""Operations that are known to have no keys."""


OPAQUE = frozenset(
    {
        "AppendColumns", "AppendColumnsWithObject", "CoGroup", "FlatMapCoGroupsInPandas", "FlatMapGroupsInPandas",
        "FlatMapGroupsInR", "FlatMapGroupsWithState", "MapElements", "MapGroups", "MapInArrow", "MapInPandas",
        "MapPartitions", "MapPartitionsInR", "PythonMapInArrow", "ScriptTransformation", "TypedFilter",
    }
)  # fmt: skip
"""Operations that hand whole rows to a function."""
SILENT = PASSING - OPAQUE
"""Operations that there is nothing to say of."""


def influences(graph: Graph, tracer: Tracer) -> Influences:
    """The columns behind every key of the plan, by kind. What influences a key keeps its own kind as well."""
    masks = [*NONE]
    for operation in graph.others(SILENT):
        title = operation.title
        if title in OPAQUE:
            tracer.notes.add("opaque-function", f"{title}: each column is taken to come from every argument")
        for influence, ref in _keys(graph, operation, title, tracer):
            collect(masks, PLACE[influence], tracer.of(ref))
    for operation in graph.titled(LATERAL):
        for ref in references(parameter(operation, "right")):
            masks = [one | other for one, other in zip(masks, tracer.of(ref)[3], strict=True)]
    return frozen(masks)


def _keys(graph: Graph, operation: Operation, name: str, tracer: Tracer) -> Iterator[Key]:
    if name == "Filter" and _is_time_window_filter(graph, operation):
        return
    pivoted = _pivoted(graph, operation, tracer) if name == "Aggregate" else ()
    for parameter_name, influence in PARAMETERS.get(name, ()):
        for ref in references(parameter(operation, parameter_name)):
            if not pivoted or everything(tracer.of(ref)) not in pivoted:
                yield influence, ref
    rule = RULES.get(name)
    if rule is not None:
        yield from rule(graph, operation)
    elif name not in PARAMETERS and operation.child_ids:
        _note_unknown(graph, operation, tracer)


def _is_time_window_filter(graph: Graph, operation: Operation) -> bool:
    """``window(time, …)`` drops rows without a time by a filter of its own: below its bounds, or right above them."""
    above = graph.parents.get(operation, ()) if _tests_for_null(graph, operation) else ()
    listed = [(parent, "projectList", TIME_WINDOWS) for parent in above]
    for child in graph.children(operation):
        listed += [(child, "projectList", SESSION), (child, "projections", TIME_WINDOWS)]
    return any(
        _is_bounds(graph, ref, names) for place, name, names in listed for ref in references(parameter(place, name))
    )


def _tests_for_null(graph: Graph, operation: Operation) -> bool:
    tests = graph.nodes(references(parameter(operation, "condition")))
    return all(isinstance(test, Function) and class_of(test) == "IsNotNull" for test in tests)


def _is_bounds(graph: Graph, ref: Ref, names: Set[str]) -> bool:
    """Whether ``ref`` is ``named_struct(start, …, end, …)`` of instants, by one of ``names`` or by none."""
    struct = graph.node(ref)
    if isinstance(struct, Function) and class_of(struct) == "Alias" and struct.name in names:
        struct = next(iter(graph.nodes(struct.child_refs or ())), None)
    if not isinstance(struct, Function) or class_of(struct) != "CreateNamedStruct":
        return False
    fields = graph.nodes((struct.child_refs or [])[1::2])
    return any(isinstance(field, Function) and _is_instant(graph, field) for field in fields)


def _is_instant(graph: Graph, field: Function) -> bool:
    inner = graph.nodes(field.child_refs or ()) if class_of(field) == "KnownNullable" else [field]
    return any(isinstance(one, Function) and class_of(one) == INSTANT for one in inner)


def _note_unknown(graph: Graph, operation: Operation, tracer: Tracer) -> None:
    known = operation is graph.write or operation.title in PASSING or not operation.columns
    if not known:
        tracer.notes.add("unknown-operation", f"{operation.title}: what it does to its rows is not known")


def _compared(graph: Graph, operation: Operation) -> Iterator[Key]:
    """INTERSECT and EXCEPT compare the rows of both branches; without ALL they drop duplicates."""
    branches = graph.children(operation)
    for branch in branches:
        yield from _all_columns(graph, branch, Influence.JOIN)
    keeps_duplicates = operation.title.endswith(" All") or parameter(operation, "isAll") is True
    if branches and not keeps_duplicates:
        yield from _all_columns(graph, branches[0], Influence.GROUP)


def _cogrouped(graph: Graph, operation: Operation) -> Iterator[Key]:
    """The rows of each side begin with the columns that they are grouped by."""
    lengths = (parameter(operation, name) for name in ("leftGroupingLen", "rightGroupingLen"))
    for branch, length in zip(graph.children(operation), lengths, strict=False):
        for identity in graph.columns(branch)[: length if isinstance(length, int) else 0]:
            yield Influence.GROUP, Ref(attribute=identity)


def _distinct(graph: Graph, operation: Operation) -> Iterator[Key]:
    return _all_columns(graph, operation, Influence.GROUP)


def _all_columns(graph: Graph, operation: Operation, influence: Influence) -> Iterator[Key]:
    return ((influence, Ref(attribute=identity)) for identity in graph.columns(operation))


def _pivoted(graph: Graph, operation: Operation, tracer: Tracer) -> set[int]:
    """The columns of the keys by which a pivot above ``operation`` chooses: its own aggregation groups by them too."""
    return {
        everything(tracer.of(key))
        for parent in graph.parents.get(operation, ())
        if parent.title == "Aggregate"
        for ref in references(parameter(parent, "aggregateExpressions"))
        for key in _pivot_keys(graph, ref)
    }


def _pivot_keys(graph: Graph, ref: Ref) -> Iterator[Ref]:
    """``pivotfirst(key, value)`` within an alias and an aggregate expression."""
    for _ in range(3):
        node = graph.node(ref)
        if not isinstance(node, Function) or not node.child_refs:
            return
        ref = node.child_refs[0]
        if class_of(node) == "PivotFirst":
            yield ref


RULES: Mapping[str, Callable[[Graph, Operation], Iterator[Key]]] = {
    "Distinct": _distinct,
    "FlatMapCoGroupsInPandas": _cogrouped,
    "Intersect": _compared,
    "Intersect All": _compared,
    "Except": _compared,
    "Except All": _compared,
}
"""Operations whose keys are not parameters, but columns of their branches."""
