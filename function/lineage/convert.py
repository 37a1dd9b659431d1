"""The pure walk: plan + event → Lineage; and the same for a whole recording, for people and machines.

A recording is an array of HTTP requests (objects with ``path``, ``headers`` as pairs or an object, and ``body`` as
text), or an object that has it under ``requests``; or plans and events, in one JSON value after the other.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from lineage import spline
from lineage.errors import LineageError, MalformedPayload
from lineage.model import AssetName, ColumnSource, Dataset, Lineage, Note, Observation, Role, Status
from lineage.naming import NamingContext, name, process_qualified_name
from lineage.naming.databricks import APPLICATION
from lineage.spline.mask import mask_payload
from lineage.twins import Half, tables_by_insert

Context = Callable[[Observation], NamingContext]
"""What is known about names at the time of a write."""
STATED_BY_SUCCESS = frozenset({"inputs", "outputs", "columnMapping", "operations", "sparkPlan"})
"""Attributes of a process that a failed run tells nothing of."""
ROUTES = ("/execution-plans", "/execution-events")
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


@dataclass(frozen=True, slots=True)
class _Told:
    """An event with its headers, and how many bodies had come under its plan's id before it."""

    event: spline.Event
    headers: Mapping[str, str]
    bodies: int


@dataclass(slots=True)
class Recording:
    """What was posted, masked as the door does: plans and events in order, and what was wrong.

    ``plans`` has, by plan id, each distinct body with its headers; ``events`` are by key.
    """

    plans: dict[str, dict[bytes, tuple[spline.Plan, Mapping[str, str]]]] = field(default_factory=dict)
    events: dict[str, _Told] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    is_whole: bool = False
    """Whether all of the text was recordings: one without a plan or an event is of a job that wrote nothing."""

    @classmethod
    def of(cls, text: bytes) -> "Recording":
        """Read a recording. What cannot be read is a fault, and the rest is read all the same."""
        values = list(_values(text))
        recording = cls(is_whole=bool(values) and all(isinstance(one, list) or _is_recording(one) for one in values))
        for number, value in enumerate(_flat(values)):
            try:
                recording.add(value)
            except LineageError as error:
                recording.faults.append(f"request {number}: {error}")
        return recording

    def add(self, value: Any) -> None:
        """Take one request, plan or event (decoded JSON); a redelivered one changes nothing."""
        request = _request(value)
        if request is None:
            return
        masked = mask_payload(request.body, keep_literals=False)
        if _is_plan(masked):
            plan = spline.decode_plan(masked, request.content_type)
            bodies = self.plans.setdefault(plan.id, {})
            bodies.setdefault(hashlib.sha256(request.body).digest(), (plan, request.headers))
            return
        for event in spline.decode_events(masked, request.content_type):
            told = _Told(event, request.headers, len(self.plans.get(event.plan_id, ())))
            self.events.setdefault(spline.event_key(event, request.headers), told)

    def convert(self, context: Context) -> list[Lineage]:
        """Every write, twins joined; a plan without an event as unknown. Adds to ``faults`` what could not be.

        Of several bodies under one plan id an event speaks of the last before it, else of the first that came at all.
        """
        writes: list[Lineage] = []
        alone = dict(self.plans)
        for key, told in self.events.items():
            plan_id = told.event.plan_id
            alone.pop(plan_id, None)
            if plan_id in self.plans:
                writes += self._converted(plan_id, max(told.bodies, 1) - 1, told, context)
            else:
                self.faults.append(f"event {key}: its plan {plan_id} is not here")
        writes = join_twins(writes)
        for plan_id in alone:
            writes += self._converted(plan_id, -1, None, context)
        return writes

    def _converted(self, plan_id: str, place: int, told: _Told | None, context: Context) -> list[Lineage]:
        bodies = list(self.plans[plan_id].values())
        plan, headers = bodies[place]
        try:
            write = convert(plan, told.event if told else None, told.headers if told else headers, context)
        except LineageError as error:
            self.faults.append(f"plan {plan_id}: {error}")
            return []
        return [msgspec.structs.replace(write, notes=(*write.notes, AMBIGUOUS)) if len(bodies) > 1 else write]


def convert_recording(text: bytes, context: Context) -> list[Lineage]:
    """Every write of a recording that can be converted; ``Recording`` tells of the others."""
    return Recording.of(text).convert(context)


@dataclass(frozen=True, slots=True)
class _Request:
    body: bytes
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def _request(value: Any) -> _Request | None:
    """A plan or event that was posted; ``None`` for what is something else (the status probe, mounts)."""
    if not (isinstance(value, dict) and "body" in value):
        return _Request(_encoded(value))
    path, body = value.get("path"), value["body"]
    if not body or (isinstance(path, str) and path and not path.rstrip("/").endswith(ROUTES)):
        return None
    headers = _headers(value.get("headers"))
    text = body.encode("utf-8", "replace") if isinstance(body, str) else _encoded(body)
    return _Request(text, headers.get("content-type", ""), headers)


def _encoded(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, RecursionError) as error:
        raise MalformedPayload("", f"not JSON in UTF-8: {error}") from error


def _headers(headers: Any) -> dict[str, str]:
    try:
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
        return {str(key).lower(): str(text) for key, text in pairs}
    except (TypeError, ValueError) as error:
        raise MalformedPayload("headers", "neither an object nor an array of pairs") from error


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    """Requests, plans and events, out of recordings and arrays; an array of events stays one body."""
    for value in values:
        if _is_recording(value):
            yield from _flat(value["requests"])
        elif isinstance(value, list) and (not value or any(isinstance(one, dict) and _holds(one) for one in value)):
            yield from _flat(value)
        else:
            yield value


def _is_recording(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("requests"), list)


def _holds(value: Mapping[str, Any]) -> bool:
    return "body" in value or "operations" in value


def _values(text: bytes) -> Iterator[Any]:
    """The JSON values of a file that has one or several, whatever stands between them."""
    try:
        decoded = text.decode("utf-8-sig").replace("\ufeff", "")
        at = _skip_blanks(decoded, 0)
        while at < len(decoded):
            value, at = _JSON.raw_decode(decoded, at)
            yield value
            at = _skip_blanks(decoded, at)
    except (ValueError, RecursionError) as error:
        raise MalformedPayload("", f"not JSON: {error}") from error


def _skip_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


_JSON = json.JSONDecoder()
_BLANKS = re.compile(r"\s*")


def _is_plan(body: bytes) -> bool:
    head = msgspec.json.decode(body, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    return isinstance(head, dict) and "operations" in head


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
