"""Entities as a catalogue answers with them, and what can be read off each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Entity = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What was asked of the catalogue: entities by guid (those that they refer to as well), and which of them are to
    be shown as datasets and processes."""

    entities: Mapping[str, Entity]
    shown: tuple[str, ...]
    focus: str = ""
    cut: str = ""
    """What the page does not show, in words; empty when it shows everything."""


def is_process(entity: Entity) -> bool:
    """Whether it joins datasets, whatever type it has."""
    attributes = entity.get("attributes") or {}
    return "inputs" in attributes or "outputs" in attributes


def qualified_name(entity: Entity) -> str:
    """Its qualified name, or its guid where it has none."""
    return str((entity.get("attributes") or {}).get("qualifiedName") or entity.get("guid", ""))


def schema_references(entity: Entity) -> Iterator[Entity]:
    """References to the columns of a dataset, or to the schema that has them."""
    related = entity.get("relationshipAttributes") or {}
    for relation in ("tabular_schema", "attachedSchema", "columns"):
        found = related.get(relation) or ()
        yield from [found] if isinstance(found, Mapping) else found
