"""A process as the Atlas API is to know it. Pure: the same view, bindings and vocabulary give the same bytes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from lineage.catalogue.binding import Binding
from lineage.catalogue.kinds import kind_of
from lineage.catalogue.mapping import NAME_BYTES, Bindings, Texts, shorten_text, texts
from lineage.catalogue.parts import (
    ATLAS,
    MARK,
    Entity,
    Part,
    Placeholder,
    as_dict,
    column_entities,
    hierarchy,
    number,
    owner_parts,
    placeholder_entities,
    reference,
)
from lineage.catalogue.process_state import merge
from lineage.catalogue.process_view import Facts, View, view
from lineage.catalogue.typedefs import APPLICATION, PROCESS, own_typedefs
from lineage.catalogue.vocabulary import BUILTIN_PROCESS, Vocabulary
from lineage.model import AssetName, Lineage

_RUNNABLE = frozenset(
    {
        "databricks_notebook",
        "databricks_job_task",
        "databricks_notebook_task",
        "databricks_python_task",
        "databricks_python_wheel_task",
        "databricks_spark_jar_task",
    }
)
"""What a ``databricks_process`` can hang under."""
_VALUE_CHARACTERS = 500
"""Longest value of a custom attribute."""


@dataclass(frozen=True, slots=True)
class Composition:
    """All that the catalogue is to know of one process.

    ``owners`` come parents first. ``core`` is the digest of everything but the run facts, ``facts`` that of these.
    """

    process: Part
    owners: tuple[Part, ...]
    placeholders: tuple[Placeholder, ...]
    core: str
    facts: str
    cuts: tuple[str, ...] = ()


def compose(
    shown: View,
    bindings: Bindings,
    vocabulary: Vocabulary,
    *,
    record: str = "",
    hung: bool = True,
    scale: float = 1.0,
) -> Composition:
    """``bindings`` has every dataset of the view; ``record`` names where the full record is kept.

    ``hung`` is false where the catalogue refuses the relation to the owner; ``scale`` tightens the size limits.
    """
    owners = tuple(owner_parts(shown.process.owner, vocabulary))
    made = texts(shown, bindings, scale=scale)
    facts = {**run_facts(shown.facts), "shortened": "; ".join(made.cuts), "record": record}
    process = _process(shown, bindings, owners[-1].asset, made, hung)
    placeholders = tuple(
        Placeholder(bindings[dataset.qualified_name].asset, dataset)
        for dataset in shown.datasets
        if not bindings[dataset.qualified_name].scanned
    )
    core = _digest([process.entity, [owner.entity for owner in owners], placeholders, made.cuts])
    with_facts = Part(process.asset, {**process.entity, **_said(facts, process.entity, vocabulary)})
    return Composition(with_facts, owners, placeholders, core, _digest(facts), tuple(made.cuts))


def preview(lineage: Lineage) -> dict[str, Any]:
    """The body of ``POST entity/bulk`` for one write, as if the catalogue were empty and had every built-in type."""
    shown = view(merge(None, lineage))
    bindings = {dataset.qualified_name: Binding(dataset.asset) for dataset in shown.datasets}
    vocabulary = assumed_vocabulary(needed_types(shown))
    composition = compose(shown, bindings, vocabulary)
    entities = [part.entity for part in composition.owners]
    for placeholder in composition.placeholders:
        entities += placeholder_entities(placeholder, vocabulary)
    entities.append(composition.process.entity)
    for placeholder in composition.placeholders:
        entities += column_entities(placeholder, placeholder.columns, vocabulary)
    return {"referredEntities": {}, "entities": number(entities, {})}


def needed_types(shown: View) -> set[str]:
    """The types that the composition of a view may use."""
    datasets = {dataset.asset.type_name for dataset in shown.datasets}
    schemas = [kind_of(name).schema for name in datasets] + [kind_of("").schema]
    named = {name for schema in schemas for name in (schema.column, schema.through) if name}
    return datasets | named | {owner.asset.type_name for owner in hierarchy(shown.process.owner)} | {BUILTIN_PROCESS}


def assumed_vocabulary(type_names: Iterable[str]) -> Vocabulary:
    """That of a catalogue which has our own types and all of these, with the attributes that are set here."""
    usual = frozenset({"path", "data_type", "type", "columnMapping", "sparkPlan", "jobId", "notebookPath"})
    own = {
        one["name"]: frozenset(each["name"] for each in one["attributeDefs"]) for one in own_typedefs()["entityDefs"]
    }
    return Vocabulary(dict.fromkeys({*type_names, BUILTIN_PROCESS}, usual) | own)


def run_facts(facts: Facts) -> dict[str, Any]:
    """The facts of the last run by the names of ``typedefs.PROCESS_FACTS``; what is not known is left out."""
    duration = None if facts.duration_ns is None else facts.duration_ns // 1_000_000
    named = {
        "lastRun": facts.last_run or None,
        "lastStatus": str(facts.status),
        "lastError": facts.error,
        "lastMode": str(facts.mode),
        "lastRows": facts.rows,
        "lastBytes": facts.bytes,
        "lastFiles": facts.files,
        "lastDurationMs": duration,
        "runCount": facts.count,
        "runLink": facts.run_link,
        "notes": facts.notes,
        "remarks": _as_many(facts.remarks),
        "recentRuns": _as_many(facts.recent),
    }
    return {key: value for key, value in named.items() if value not in (None, "")}


def _as_many(items: Sequence[Any]) -> str:
    """A JSON list of as many from the start as a custom attribute holds."""
    for count in range(len(items), 0, -1):
        text = msgspec.json.encode(items[:count]).decode()
        if len(text) <= _VALUE_CHARACTERS:
            return text
    return ""


def _process(shown: View, bindings: Bindings, owner: AssetName, made: Texts, hung: bool) -> Part:
    own = owner.type_name == APPLICATION
    asset = AssetName(PROCESS if own else BUILTIN_PROCESS, shown.process.qualified_name)
    relations = {"application" if own else "task": reference(owner)} if hung and (own or _runs(owner)) else {}
    bound = {one.qualified_name: bindings[one.qualified_name].asset for one in shown.datasets}
    inputs = sorted({bound[dataset.qualified_name] for dataset in shown.inputs})
    outputs = [bound[shown.output.qualified_name]] if shown.output else []
    entity = ATLAS.AtlasProcess(
        shorten_text(shown.process.name, NAME_BYTES),
        asset.type_name,
        asset.qualified_name,
        [reference(one) for one in inputs],
        [reference(one) for one in outputs],
        attributes={"columnMapping": made.column_mapping, "operations" if own else "sparkPlan": made.operations},
        relationshipAttributes=relations,
        labels=[MARK],
    )
    return Part(asset, as_dict(entity))


def _runs(owner: AssetName) -> bool:
    return owner.type_name in _RUNNABLE


def _said(facts: Mapping[str, Any], process: Entity, vocabulary: Vocabulary) -> Entity:
    """Run facts: typed attributes of our own type, custom attributes (texts) of the built-in one."""
    if process["typeName"] == PROCESS:
        return {"attributes": {**process["attributes"], **vocabulary.attributes(PROCESS, facts)}}
    texts_of = {key: _text(key, value) for key, value in facts.items() if value not in (None, "")}
    return {"customAttributes": {key: text[:_VALUE_CHARACTERS] for key, text in texts_of.items()}}


def _text(key: str, value: Any) -> str:
    if key != "lastRun":
        return str(value)
    try:
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):
        return str(value)


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:32]
