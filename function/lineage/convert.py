"""The pure walk: plan + event → Lineage, two reports of one write joined, and how a write is printed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from lineage import spline
from lineage.model import AssetName, ColumnSource, Dataset, Lineage, Note, Observation, Role, Status
from lineage.naming import NamingContext, name, process_qualified_name
from lineage.naming.databricks import APPLICATION
from lineage.twins import Half, tables_by_insert

Context = Callable[[Observation], NamingContext]
"""What is known about names at the time of a write."""
STATED_BY_SUCCESS = frozenset({"inputs", "outputs", "columnMapping", "operations", "sparkPlan", "shortened", "record"})
"""Attributes of a process that a failed run tells nothing of."""
AMBIGUOUS = Note("plan-ambiguous", "several bodies came under this plan id: the last one before the event is taken")


def convert(plan: spline.Plan, event: spline.Event | None, headers: Mapping[str, str], context: Context) -> Lineage:
    """One write. Same input, same output; raises ``NotConvertible``."""
    observation = spline.observe(plan, event, headers)
    return name(observation, context(observation))


def join_twins(writes: Sequence[Lineage]) -> list[Lineage]:
    """Make one of the two reports of one write (CTAS, ``saveAsTable``): name from the table, metrics from the insert.

    They agree in application, owner, inputs, output and mode. The insert may know the output by its path alone.
    """
    twin_of = tables_by_insert([_half(write) for write in writes])
    tables = set(twin_of.values())
    return [
        _joined(write, writes[twin_of[index]]) if index in twin_of else write
        for index, write in enumerate(writes)
        if index not in tables
    ]


def _half(write: Lineage) -> Half:
    inputs = (dataset.qualified_name for dataset in write.inputs)
    place = write.output.place or write.output.asset
    agreement = process_qualified_name(write.process.owner, inputs, [place.qualified_name])
    return Half((write.run.application_id, agreement), write.mode, write.role, write.run.timestamp, write.run.key)


def _joined(insert: Lineage, table: Lineage) -> Lineage:
    return msgspec.structs.replace(
        insert,
        output=table.output,
        mode=table.mode,
        process=table.process,
        columns=table.columns or insert.columns,
        role=Role.WHOLE,
    )


def as_json(lineage: Lineage) -> dict[str, Any]:
    """One write as the object that ``lineage convert --json`` prints (docs/cli.md)."""
    of_application = lineage.process.owner.asset.type_name == APPLICATION
    return {
        "process": {
            "qualified_name": lineage.process.qualified_name,
            "type_name": "lineage_process" if of_application else "databricks_process",
            "name": lineage.process.name,
        },
        "inputs": [_dataset(dataset) for dataset in lineage.inputs],
        "output": _dataset(lineage.output),
        "mode": str(lineage.mode),
        "columns": [
            {
                "name": column.name,
                "sources": [{**_column(source), "kind": str(source.kind)} for source in column.sources],
                "influences": [_column(source) for source in column.influences],
                "expression": column.expression,
            }
            for column in lineage.columns
        ],
        "indirect": {str(kind): [_column(source) for source in sources] for kind, sources in lineage.indirect},
        "run": {**_known(msgspec.structs.asdict(lineage.run)), **_known(msgspec.structs.asdict(lineage.context))},
        "notes": [{"code": note.code, "text": note.text} for note in lineage.notes],
    }


def as_entities(lineage: Lineage) -> dict[str, Any]:
    """One write as the body that ``lineage convert --as entities`` prints: what ``POST entity/bulk`` takes.

    Of a failed run it has the process without what that reads, writes and maps: posted after the body of a good run,
    it leaves these as they are.
    """
    from lineage.catalogue.entities import preview

    body = preview(lineage)
    for entity in body["entities"] if lineage.run.status is Status.FAILED else ():
        if entity["attributes"]["qualifiedName"] == lineage.process.qualified_name:
            kept = entity["attributes"].items()
            entity["attributes"] = {key: value for key, value in kept if key not in STATED_BY_SUCCESS}
    return body


def _dataset(dataset: Dataset) -> dict[str, str]:
    asset: AssetName = dataset.asset
    return {"uri": dataset.uri, "type_name": asset.type_name, "qualified_name": asset.qualified_name}


def _column(source: ColumnSource) -> dict[str, str]:
    return {"dataset": source.dataset.qualified_name, "column": source.column}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: str(value) if isinstance(value, str) else value for key, value in values.items() if value not in ("", None)
    }
