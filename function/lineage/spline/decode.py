"""Bytes to plans and events."""

from lineage.errors import MalformedPayload
from lineage.spline.nested import is_nested, lay_out
from lineage.spline.wire import EVENTS, PLAN, Event, Plan, decode_json, producer_version


def decode_plan(body: bytes, content_type: str = "") -> Plan:
    """An execution plan of Producer API 1.0, 1.1 or 1.2; raises ``MalformedPayload``.

    The content type decides the version. Where it names none (``application/json``, which is version 1.0 to the agent
    and anything to others), the plan's shape does.
    """
    plan = decode_json(body, PLAN)
    if not plan.id:
        raise MalformedPayload("id", "is empty")
    if producer_version(content_type) in ("", "1", "1.0") and is_nested(plan):
        lay_out(plan)
    return plan


def decode_events(body: bytes, content_type: str = "") -> tuple[Event, ...]:
    """Execution events, in an array or alone; raises ``MalformedPayload``.

    All versions share one shape, whatever ``content_type`` says.
    """
    del content_type
    decoded = decode_json(body, EVENTS)
    events = decoded if isinstance(decoded, list) else [decoded]
    for place, event in enumerate(events):
        if not event.plan_id:
            raise MalformedPayload(f"[{place}].planId", "is empty")
        event.timestamp = max(event.timestamp, 0)  # of a broken clock: no time before it is known to the catalogue
    return tuple(events)
