"""Observations in a shape that is easy to compare."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lineage.model import ColumnRef, Observation
from lineage.spline import decode_events, decode_plan, observe
from tests.builders import LAKE, body

V12 = "application/vnd.absa.spline.producer.v1.2+json"
Columns = dict[str, set[Any]]


def look(
    plan: Any, event: Any = None, headers: Mapping[str, str] | None = None, content_type: str = V12
) -> Observation:
    """Decode and observe a plan that was built here."""
    events = decode_events(body(event), content_type) if event else (None,)
    return observe(decode_plan(body(plan), content_type), events[0], headers or {})


def place(observation: Observation, number: int) -> str:
    """The input as its path below the lake, or its table's name."""
    source = observation.inputs[number]
    return source.uri.removeprefix(f"{LAKE}/") or ".".join(source.table)


def spelled(observation: Observation, refs: Iterable[ColumnRef]) -> set[str]:
    return {f"{place(observation, ref.input)}.{ref.column}" for ref in refs}


def columns(observation: Observation) -> Columns:
    """Output column → its direct sources, ``path.column``."""
    return {
        column.name: spelled(observation, (dependency.ref for dependency in column.sources))
        for column in observation.columns
    }


def kinds(observation: Observation) -> dict[str, dict[str, str]]:
    """Output column → kind by source column."""
    return {
        column.name: {dependency.ref.column: dependency.kind.value for dependency in column.sources}
        for column in observation.columns
    }


def influences(observation: Observation) -> Columns:
    """Kind of influence → columns."""
    return {influence.value: spelled(observation, refs) for influence, refs in observation.indirect}


def conditional(observation: Observation) -> Columns:
    """Output column → its own conditional influences, where it has any."""
    return {column.name: spelled(observation, column.influences) for column in observation.columns if column.influences}


def codes(observation: Observation) -> list[str]:
    return [note.code for note in observation.notes]


def normal(uri: str, *, fold: bool = False) -> str:
    """``uri`` as expectations spell it: no trailing or double slash; part files, and folded ones, as their folder.

    The agent has blanks as ``%20`` where the catalogue knows the location.
    """
    uri = uri.replace("%20", " ")
    uri = re.sub(r"(?<=[^:/])/+", "/", re.sub(r"^dbfs:/+", "dbfs:/", uri)).rstrip("/")
    return uri.rpartition("/")[0] if fold or re.search(r"/part-\d{5}[^/]*$", uri) else uri
