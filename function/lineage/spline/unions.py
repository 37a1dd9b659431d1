"""UNIONs whose columns have the ids of their first branch: what the other branches put into them.

The agent gives a UNION columns of its own, each computed from all branches. Where a plan hands on those of the first
branch instead, as Spark itself does, nothing but the position tells of the others. An id then stands for the column
below the UNION and for the united one above it: what is below is traced before the column is united.
"""

from collections.abc import Iterator

from lineage.spline.graph import Graph, references
from lineage.spline.notes import Notes
from lineage.spline.origins import merged
from lineage.spline.subquery import LATERAL
from lineage.spline.trace import Tracer
from lineage.spline.wire import Attribute, Id, Operation

UNIONS = frozenset({"Union"})
Branches = dict[Attribute, list[Attribute]]
"""By a column of the first branch, those of the others in its place."""


def unite(graph: Graph, tracer: Tracer) -> Branches:
    """State the traces of united columns, and those of lateral joins, which may be of united ones: the lowest first."""
    found: Branches = {}
    settled: set[Operation] = set()
    for operation in graph.upwards(UNIONS | LATERAL):
        if operation.title in LATERAL:
            tracer.subqueries.join(operation)
            continue
        branches = _branches(graph, operation, tracer.notes)
        if branches:
            _settle(graph, tracer, operation, settled)
            traces = {one: merged([tracer.trace(column) for column in (one, *more)]) for one, more in branches.items()}
            for one, trace in traces.items():
                tracer.assign(one, trace)
                found.setdefault(one, []).extend(branches[one])
    return found


def _branches(graph: Graph, union: Operation, notes: Notes) -> Branches:
    first, *others = (graph.columns(child) for child in graph.children(union) or (union,))
    found: Branches = {}
    for column, place in _handed_on(graph, union, first):
        for other in others:
            filler = graph.attribute(other[place]) if len(other) == len(first) else None
            if filler is not None and filler is not column:
                found.setdefault(column, []).append(filler)
            elif filler is None:
                notes.add("union-by-position", f"{column.name}: what a branch of a UNION puts there is not told")
    return found


def _handed_on(graph: Graph, union: Operation, first: list[Id]) -> Iterator[tuple[Attribute, int]]:
    """The columns of a UNION that are its first branch's, with their places."""
    for place, (mine, theirs) in enumerate(zip(graph.columns(union), first, strict=False)):
        column = graph.attribute(mine) if mine == theirs else None
        if column is not None:
            yield column, place


def _settle(graph: Graph, tracer: Tracer, union: Operation, settled: set[Operation]) -> None:
    """Trace all that stands below ``union``, less what has been ``settled``."""
    pending = [*graph.children(union)]
    while pending:
        operation = pending.pop()
        if operation not in settled:
            settled.add(operation)
            for value in (*graph.attributes(operation), *graph.nodes(references(operation.params))):
                tracer.trace(value)
            pending += graph.children(operation)
