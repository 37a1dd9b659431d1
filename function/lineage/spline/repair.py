"""What an attribute is computed from where the plan does not say so itself.

The agent gives most attributes their references. It leaves out those of common table expressions, of ``Expand``
(rollup, cube, grouping sets), of pandas functions, and, in version 1.0, of everything. Each operation that brings
forth attributes has a row here.
"""

from collections.abc import Callable, Container, Iterator, Mapping

from lineage.spline.graph import Graph, parameter, reference, references
from lineage.spline.wire import Attribute, Id, Node, Operation, Ref

Definitions = dict[Node, list[Ref]]
Definition = tuple[Id, list[Ref]]
Rule = Callable[[Graph, Operation], Iterator[Definition]]


def define(graph: Graph, known: Container[Attribute]) -> Definitions:
    """References of the attributes that have none and are not in ``known`` (the columns that are read).

    One of rows that are made up (``VALUES``, ``range``) has an empty list. One of which an operation should tell where
    it comes from, and does not, is missing.
    """
    found: Definitions = {}
    bare = graph.bare(known)
    for operation in graph.live if bare else ():
        undefined = _undefined(graph, operation, bare)
        if not undefined:
            continue
        if operation.title in MADE_UP or not graph.children(operation):
            found.update((attribute, []) for attribute in undefined.values())
        rule = RULES.get(operation.title, _by_position_and_name)
        for identity, refs in rule(graph, operation):
            attribute = undefined.get(identity)
            if attribute is not None:
                found.setdefault(attribute, []).extend(refs)
    return found


def _undefined(graph: Graph, operation: Operation, bare: Mapping[Id | None, Attribute]) -> dict[Id, Attribute]:
    """The attributes that ``operation`` brings forth, and of which nobody says where they come from."""
    columns = graph.columns(operation)
    new = bare.keys() & columns
    for child in graph.children(operation) if new else ():
        new.difference_update(graph.columns(child))
    return {identity: bare[identity] for identity in columns if identity in new} if new else {}


def _listed(name: str) -> Rule:
    """The parameter ``name`` lists one expression for each column."""

    def rule(graph: Graph, operation: Operation) -> Iterator[Definition]:
        yield from _zip(graph.columns(operation), parameter(operation, name))

    return rule


def _zip(columns: list[Id], expressions: object) -> Iterator[Definition]:
    for identity, expression in zip(columns, expressions if isinstance(expressions, list) else (), strict=False):
        ref = reference(expression)
        if ref and ref.attribute != identity:
            yield identity, [ref]


def _expand(graph: Graph, operation: Operation) -> Iterator[Definition]:
    projections = parameter(operation, "projections")
    for projection in projections if isinstance(projections, list) else ():
        yield from _zip(graph.columns(operation), projection)


def _new_columns(graph: Graph, operation: Operation) -> list[Id]:
    below = {identity for child in graph.children(operation) for identity in graph.columns(child)}
    return [identity for identity in dict.fromkeys(graph.columns(operation)) if identity not in below]


def _window(graph: Graph, operation: Operation) -> Iterator[Definition]:
    yield from _zip(_new_columns(graph, operation), parameter(operation, "windowExpressions"))


def _each_from(*names: str) -> Rule:
    """Every new column comes from all of the parameters ``names``: a generator, a pandas function."""

    def rule(graph: Graph, operation: Operation) -> Iterator[Definition]:
        refs = [ref for name in names for ref in references(parameter(operation, name))]
        for identity in _new_columns(graph, operation):
            yield identity, refs

    return rule


def _each_from_rows(graph: Graph, operation: Operation) -> Iterator[Definition]:
    """Every new column comes from the rows as a whole, which a function takes as objects."""
    rows = [Ref(attribute=identity) for child in graph.children(operation) for identity in graph.columns(child)]
    for identity in _new_columns(graph, operation):
        yield identity, rows


def _each_computed_from_rows(graph: Graph, operation: Operation) -> Iterator[Definition]:
    """The same where no expression of the plan stands for the function."""
    made = dict(_each_from_rows(graph, operation))
    function = [graph.add_function(operation.title, rows) for rows in list(made.values())[:1]]
    for identity in made:
        yield identity, function


def _common_table(graph: Graph, operation: Operation) -> Iterator[Definition]:
    definition = graph.definitions.get(str(parameter(operation, "cteId")))
    if definition is not None:
        yield from _positions(graph, operation, definition)


def _by_position(graph: Graph, operation: Operation) -> Iterator[Definition]:
    """What is known to hand its rows on: the columns of every child that has as many."""
    for child in graph.children(operation):
        yield from _positions(graph, operation, child)


def _by_position_and_name(graph: Graph, operation: Operation) -> Iterator[Definition]:
    """An operation that nobody knows may do anything: only a column that is still called so is taken for the same."""
    for child in graph.children(operation):
        for identity, refs in _positions(graph, operation, child):
            new, old = graph.attribute(identity), graph.node(refs[0])
            if new and old and new.name == getattr(old, "name", None):
                yield identity, refs


def _merge(graph: Graph, operation: Operation) -> Iterator[Definition]:
    """The second child is the target, whose columns the output repeats."""
    for child in graph.children(operation)[-1:]:
        yield from _positions(graph, operation, child)


def _positions(graph: Graph, operation: Operation, child: Operation) -> Iterator[Definition]:
    mine, others = graph.columns(operation), graph.columns(child)
    if len(mine) == len(others):
        for identity, other in zip(mine, others, strict=True):
            if identity != other:
                yield identity, [Ref(attribute=other)]


def _lateral(graph: Graph, operation: Operation) -> Iterator[Definition]:
    """The one column of a sub-query; of several it is not told which is which."""
    columns = _new_columns(graph, operation)
    if len(columns) == 1:
        yield columns[0], references(parameter(operation, "right"))


def _nothing(_graph: Graph, _operation: Operation) -> Iterator[Definition]:
    return iter(())


MADE_UP = frozenset({"LogicalRDD"})
"""Operations over others, the columns of which do not come from these."""
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(("Union", "View", "SubqueryAlias", "InMemoryRelation", "CTERelationDef", "WithCTE"), _by_position),
    "Project": _listed("projectList"),
    "Aggregate": _listed("aggregateExpressions"),
    "Expand": _expand,
    "Window": _window,
    "Generate": _each_from("generator"),
    "CTERelationRef": _common_table,
    "MergeIntoCommand": _merge,
    "MergeIntoCommandEdge": _merge,
    "FlatMapGroupsInPandas": _each_from("functionExpr"),
    "FlatMapCoGroupsInPandas": _each_from("functionExpr"),
    "MapInPandas": _each_from("functionExpr"),
    "PythonMapInArrow": _each_from("functionExpr"),
    "MapInArrow": _each_from("functionExpr"),
    "ArrowEvalPython": _each_from("udfs"),
    "BatchEvalPython": _each_from("udfs"),
    **dict.fromkeys(("MapElements", "MapPartitions"), _each_from_rows),
    **dict.fromkeys(("ScriptTransformation", "MapPartitionsInR"), _each_computed_from_rows),
    **dict.fromkeys(("FlatMapGroupsInR", "FlatMapGroupsWithState"), _each_computed_from_rows),
    **dict.fromkeys(("SerializeFromObject", "AppendColumnsWithObject"), _each_from_rows),
    **dict.fromkeys(("DeserializeToObject", "AppendColumns"), _each_from("deserializer")),
    "MapGroups": _each_from("keyDeserializer", "valueDeserializer"),
    "CoGroup": _each_from("keyDeserializer", "leftDeserializer", "rightDeserializer"),
    "LogicalRDD": _nothing,
    "Intersect": _nothing,
    "Except": _nothing,
    "Join": _nothing,
    "LateralJoin": _lateral,
}
"""By the operation's name; any other hands its child's columns on by position."""
