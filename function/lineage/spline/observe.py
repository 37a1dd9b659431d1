"""A plan and an event become an ``Observation``: what one write did, in the harvester's spelling."""

from collections.abc import Mapping, Sequence

from lineage.model import Column, ColumnRef, Influence, Mode, Observation
from lineage.spline.columns import Numbered, Spellings, inputs_of, target_columns, written_columns
from lineage.spline.datatypes import DataTypes
from lineage.spline.graph import Graph
from lineage.spline.identity import identify, reported
from lineage.spline.keys import key_of
from lineage.spline.merge import Rewriter
from lineage.spline.notes import Notes
from lineage.spline.operators import influences
from lineage.spline.origins import EMPTY, NONE, frozen, joined
from lineage.spline.runs import dynamic_partitions, hidden_clauses, run_of
from lineage.spline.sources import leaves
from lineage.spline.trace import Tracer
from lineage.spline.unions import unite
from lineage.spline.wire import Event, Plan
from lineage.spline.writes import COMMAND_MODES, mode_of, output_source, role_of, skip_reason

INFLUENCES = tuple(Influence)
Indirect = tuple[tuple[Influence, tuple[ColumnRef, ...]], ...]


def observe(plan: Plan, event: Event | None, headers: Mapping[str, str]) -> Observation:
    """What the write of ``plan`` did in the run that ``event`` tells of; ``headers`` are the event's, in lower case.

    Pure. What cannot be known is a note, never an error; raises ``NotConvertible`` where the plan names no output.
    """
    graph, notes, types = Graph(plan), Notes(), DataTypes(plan.extra_info)
    tracer = Tracer(graph, leaves(graph, types, notes), types, notes)
    united = unite(graph, tracer)
    rewriter = Rewriter(graph, tracer)
    rewriter.run()
    written = written_columns(graph, tracer, rewriter.added)
    traces = [tracer.trace(column.attribute) if column.attribute else EMPTY for column in written]
    masks = joined(influences(graph, tracer), frozen(rewriter.masks))
    for trace in traces:
        masks = masks if trace[3] is NONE else joined(masks, trace[3])
    inputs = inputs_of(tracer.leaves)
    numbered = Numbered(inputs, tracer.origins)
    mode, told = mode_of(graph), reported(event, headers)
    _note_gaps(graph.write.title, event, inputs, notes)
    _note_torn(graph, notes)
    if inputs and not written:
        notes.add("no-columns", "the plan does not say which columns are written")
    return Observation(
        output=output_source(graph.write, tuple([Column(column.name, column.type) for column in written])),
        mode=mode,
        command=graph.write.title,
        role=role_of(graph.write),
        inputs=inputs,
        columns=target_columns(written, traces, Spellings(tracer, rewriter.expressions, united), numbered),
        indirect=_indirect(masks, numbered),
        run=run_of(event, key_of(event, told) if event else f"plan-{plan.id}"),
        context=identify(plan, event, told),
        notes=notes.listed(),
        skip=skip_reason(graph.write),
        plan_id=plan.id,
        harvester=_harvester(plan),
    )


def _indirect(masks: Sequence[int], numbered: Numbered) -> Indirect:
    return tuple([(influence, numbered.refs(mask)) for influence, mask in zip(INFLUENCES, masks, strict=True) if mask])


def _note_gaps(command: str, event: Event | None, inputs: Sequence[object], notes: Notes) -> None:
    if event is None:
        notes.add("plan-without-event", "no event has come: the write may have failed, or not have ended")
    if not inputs:
        notes.add("no-inputs", "the plan reads no dataset")
    if command == "InsertIntoHiveTable" and not (event and dynamic_partitions(event)):
        notes.add("static-partition", "columns of a static partition, if there is one: the plan does not contain them")
    if COMMAND_MODES.get(command) is Mode.MERGE:
        done = " and ".join(hidden_clauses(event)) if event else ""
        text = "WHEN NOT MATCHED BY SOURCE, if there is any"
        told = f"rows were {done} by WHEN NOT MATCHED BY SOURCE" if done else text
        notes.add("merge-by-source", f"{told}: plans do not contain these clauses")


def _note_torn(graph: Graph, notes: Notes) -> None:
    for operation in graph.live if graph.torn else ():
        if operation in graph.torn:
            text = "takes rows of itself, or of an operation that the plan does not contain"
            notes.add("dangling-reference", f"{operation.title or 'an operation'}: {text}")


def _harvester(plan: Plan) -> str:
    agent = plan.agent_info
    return " ".join(filter(None, (agent.name, agent.version))) if agent else ""
