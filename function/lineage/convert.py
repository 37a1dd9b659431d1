"""The pure walk: plan + event → Lineage; and the same for a whole recording, for people and machines.

A recording is an array of HTTP requests (objects with ``path``, ``headers`` as pairs or an object, and ``body`` as
text), or an object that has it under ``requests``; or a plan followed by its event or events.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lineage import spline
from lineage.errors import MalformedPayload
from lineage.model import AssetName, ColumnSource, Dataset, Lineage, Observation, Role
from lineage.naming import NamingContext, name
from lineage.naming.databricks import APPLICATION
from lineage.spline.mask import mask_payload

Context = Callable[[Observation], NamingContext]
"""What is known about names at the time of a write."""


def convert(plan: spline.Plan, event: spline.Event | None, headers: Mapping[str, str], context: Context) -> Lineage:
    """One write. Same input, same output; raises ``NotConvertible``."""
    observation = spline.observe(plan, event, headers)
    return name(observation, context(observation))


def join_twins(writes: Sequence[Lineage]) -> list[Lineage]:
    """Make one of the two reports of one write (CTAS, ``saveAsTable``): name from the table, metrics from the insert.

    A table command ends right after its insert, so it belongs to the latest insert before it that is still single, of
    the same application, process and mode.
    """
    order = sorted(range(len(writes)), key=lambda index: (writes[index].run.timestamp, index))
    single: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    twin_of: dict[int, int] = {}
    for index in order:
        write = writes[index]
        key = (write.run.application_id, write.process.qualified_name, write.mode)
        if write.role is Role.INSERT:
            single[key].append(index)
        elif write.role is Role.TABLE and single[key]:
            twin_of[single[key].pop()] = index
    tables = set(twin_of.values())
    return [
        _joined(write, writes[twin_of[index]]) if index in twin_of else write
        for index, write in enumerate(writes)
        if index not in tables
    ]


def _joined(insert: Lineage, table: Lineage) -> Lineage:
    return msgspec.structs.replace(
        insert, output=table.output, process=table.process, columns=table.columns or insert.columns, role=Role.WHOLE
    )


def convert_recording(recording: bytes, context: Context) -> list[Lineage]:
    """Every write of a recording, masked first as the door does, twins joined; a plan without an event as unknown."""
    plans: dict[str, spline.Plan] = {}
    events: list[tuple[spline.Event, Mapping[str, str]]] = []
    plan_headers: dict[str, Mapping[str, str]] = {}
    for body, content_type, headers in _requests(recording):
        masked = mask_payload(body, keep_literals=False)
        if _is_plan(masked):
            plan = spline.decode_plan(masked, content_type)
            plans.setdefault(plan.id, plan)
            plan_headers.setdefault(plan.id, headers)
        else:
            events += [(event, headers) for event in spline.decode_events(masked, content_type)]
    writes = [
        convert(plans[event.plan_id], event, headers, context) for event, headers in events if event.plan_id in plans
    ]
    seen = {event.plan_id for event, _ in events}
    alone = [convert(plan, None, plan_headers[key], context) for key, plan in plans.items() if key not in seen]
    return join_twins(writes) + alone


def _requests(recording: bytes) -> Iterator[tuple[bytes, str, dict[str, str]]]:
    """Body, content type and lower-cased headers of everything that was posted, in order."""
    for value in _flat(_values(recording)):
        if isinstance(value, dict) and isinstance(value.get("body"), str):
            headers = {key.lower(): text for key, text in _pairs(value.get("headers"))}
            if value["body"]:
                yield value["body"].encode(), headers.get("content-type", ""), headers
        else:
            yield msgspec.json.encode(value), "", {}


def _pairs(headers: Any) -> Iterable[tuple[str, str]]:
    pairs = headers.items() if isinstance(headers, dict) else headers or []
    return [(str(key), str(text)) for key, text in pairs]


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    """Requests, plans and events, out of recordings and arrays of requests; an array of events stays one body."""
    for value in values:
        if isinstance(value, dict) and isinstance(value.get("requests"), list):
            yield from _flat(value["requests"])
        elif isinstance(value, list) and any(isinstance(one, dict) and "body" in one for one in value):
            yield from _flat(value)
        else:
            yield value


def _values(text: bytes) -> Iterator[Any]:
    """The JSON values of a file that has one or several, whatever stands between them."""
    try:
        decoded = text.decode()
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
        "skip": lineage.skip,
        "notes": [{"code": note.code, "text": note.text} for note in lineage.notes],
    }


def _dataset(dataset: Dataset) -> dict[str, str]:
    asset: AssetName = dataset.asset
    return {"uri": dataset.uri, "type_name": asset.type_name, "qualified_name": asset.qualified_name}


def _column(source: ColumnSource) -> dict[str, str]:
    return {"dataset": source.dataset.qualified_name, "column": source.column}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: str(value) if isinstance(value, str) else value for key, value in values.items() if value not in ("", None)
    }
