"""What each operation of a plan lets its rows depend on: join keys, groups, filters, orders."""

from collections.abc import Callable, Iterator, Mapping

from lineage.model import Influence
from lineage.spline.expressions import TIME_WINDOWS, class_of, is_time_window
from lineage.spline.graph import Graph, parameter, references
from lineage.spline.origins import NONE, Influences, collect, everything
from lineage.spline.trace import Tracer
from lineage.spline.wire import Function, Operation, Ref

Key = tuple[Influence, Ref]

PARAMETERS: Mapping[str, tuple[tuple[str, Influence], ...]] = {
    "Filter": (("condition", Influence.FILTER),),
    "Join": (("condition", Influence.JOIN),),
    "LateralJoin": (("condition", Influence.JOIN), ("right", Influence.FILTER)),
    "AsOfJoin": (("asOfCondition", Influence.JOIN), ("condition", Influence.JOIN)),
    "Aggregate": (("groupingExpressions", Influence.GROUP),),
    "AggregateInPandas": (("groupingExpressions", Influence.GROUP),),
    "FlatMapGroupsInPandas": (("groupingAttributes", Influence.GROUP),),
    "Sort": (("order", Influence.SORT),),
    "Deduplicate": (("keys", Influence.GROUP),),
    "DeduplicateWithinWatermark": (("keys", Influence.GROUP),),
}
"""By the operation's name: the parameters that hold keys."""

# fmt: off
PASSING = frozenset(
    {
        "ArrowEvalPython", "BatchEvalPython", "CTERelationDef", "CTERelationRef", "CollectMetrics",
        "DropTableCommand", "EventTimeWatermark", "Expand", "FlatMapCoGroupsInPandas", "Generate", "GlobalLimit",
        "HiveTableRelation", "InMemoryRelation", "LocalLimit", "LocalRelation", "LogicalRDD", "LogicalRelation",
        "MapInArrow", "MapInPandas", "MergeIntoCommand", "MergeIntoCommandEdge", "Offset", "Project",
        "PythonMapInArrow", "Range", "RebalancePartitions", "Repartition", "RepartitionByExpression", "ResolvedHint",
        "Sample", "SubqueryAlias", "Tail", "Union", "View", "Window", "WithCTE",
    }
)
# fmt: on
"""Operations that are known to have no keys."""


OPAQUE = frozenset(
    {"FlatMapGroupsInPandas", "FlatMapCoGroupsInPandas", "MapInPandas", "MapInArrow", "PythonMapInArrow"}
)
"""Operations that hand whole rows to a function."""
SILENT = PASSING - OPAQUE
"""Operations that there is nothing to say of."""


def influences(graph: Graph, tracer: Tracer) -> Influences:
    """The columns behind every key of the plan, by kind. What influences a key keeps its own kind as well."""
    masks = [0] * len(Influence)
    for operation in graph.others(SILENT):
        title = operation.title
        if title in OPAQUE:
            tracer.notes.add("opaque-function", f"{title}: each column is taken to come from every argument")
        for influence, ref in _keys(graph, operation, title, tracer):
            collect(masks, influence, tracer.of(ref))
    return tuple(masks) if any(masks) else NONE


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
    """``window(time, …)`` drops rows without a time by a filter of its own."""
    for parent in graph.parents.get(operation, ()):
        for ref in references(parameter(parent, "projectList")):
            node = graph.node(ref)
            if not isinstance(node, Function) or node.name not in TIME_WINDOWS or not node.child_refs:
                continue
            below = graph.node(node.child_refs[0])
            if isinstance(below, Function) and is_time_window(node, below):
                return True
    return False


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
    "Intersect": _compared,
    "Intersect All": _compared,
    "Except": _compared,
    "Except All": _compared,
}
"""Operations whose keys are whole branches."""
