"""A recording of what an agent posted, for people and machines: read, masked as the door does, and converted.

It is an array of HTTP requests (objects with ``path``, ``headers`` as pairs or an object, and ``body`` as text), or an
object that has it under ``requests``; or plans and events, in one JSON value after the other.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from lineage import spline
from lineage.convert import AMBIGUOUS, Context, convert, join_twins
from lineage.errors import LineageError, MalformedPayload
from lineage.model import Lineage
from lineage.spline.mask import mask_payload

ROUTES = ("/execution-plans", "/execution-events")


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
        values, fault = _values(text)
        whole = bool(values) and not fault and all(isinstance(one, list) or _is_recording(one) for one in values)
        recording = cls(is_whole=whole)
        for number, value in enumerate(_flat(values)):
            try:
                recording.add(value)
            except LineageError as error:
                recording.faults.append(f"request {number}: {error}")
        recording.faults += [fault] if fault else []
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
        """Every write, twins joined, by its time; then plans without an event, as unknown.

        Adds to ``faults`` what could not be converted.

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
        unknown = [write for plan_id in sorted(alone) for write in self._converted(plan_id, -1, None, context)]
        writes.sort(key=lambda write: (write.run.timestamp, write.run.key))
        return join_twins(writes) + join_twins(unknown)

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
    if not (isinstance(value, dict) and _is_request(value)):
        return _Request(_encoded(value))
    path, body = value.get("path"), value.get("body")
    if not body or (isinstance(path, str) and path and not _QUERY.sub("", path).rstrip("/").endswith(ROUTES)):
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
    return _is_request(value) or "operations" in value


def _is_request(value: Mapping[str, Any]) -> bool:
    """One without a body is the agent's question for the status."""
    return "body" in value or "path" in value


def _values(text: bytes) -> tuple[list[Any], str]:
    """The JSON values of a file, whatever blanks stand between them, and what is wrong behind them."""
    values: list[Any] = []
    try:
        decoded = text.decode("utf-8-sig").replace("\ufeff", "")
        at = _skip_blanks(decoded, 0)
        while at < len(decoded):
            value, at = _JSON.raw_decode(decoded, at)
            values.append(value)
            at = _skip_blanks(decoded, at)
    except (ValueError, RecursionError) as error:
        return values, f"not JSON: {error}"
    return values, ""


def _skip_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


_JSON = json.JSONDecoder()
_BLANKS = re.compile(r"\s*")
_QUERY = re.compile(r"[?#].*", re.DOTALL)


def _is_plan(body: bytes) -> bool:
    head = msgspec.json.decode(body, type=dict[str, msgspec.Raw] | list[msgspec.Raw])
    return isinstance(head, dict) and "operations" in head
