"""The stored events and their receipts, read back by key."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from lineage import receipts, records, spline
from lineage.errors import LineageError
from lineage.operate.period import ALWAYS, Period
from lineage.receipts import Receipt
from lineage.records import EventName, Record
from lineage.store import Store, Stored

EARLIER = records.REPLAYED
"""Receipts that a replay has put aside: ``replayed/DAY/EVENT/ATTEMPTS.json``."""


class NoSuchEvent(LineageError):
    """No event has such a key, or several have."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One receipt as it lies in the store (``stored``); ``receipt`` is ``None`` where it cannot be read."""

    day: str
    key: str
    stored: Stored
    receipt: Receipt | None


def seen(store: Store, period: Period = ALWAYS) -> Iterator[Seen]:
    """Every receipt of the period, by day and key."""
    for key in store.list(records.RECEIPTS):
        parts = key.removeprefix(records.RECEIPTS).removesuffix(".json").split("/")
        if len(parts) != 2 or parts[0] not in period:
            continue
        stored = store.get(key)
        if stored:
            yield Seen(parts[0], parts[1], stored, readable(stored.value))


def pending(store: Store, period: Period = ALWAYS) -> Iterator[EventName]:
    """The events that have a mark, so that the sweep has still to do with them."""
    for mark in store.list(records.PENDING):
        try:
            named = EventName.from_mark(mark)
        except ValueError:
            continue
        if named.day in period:
            yield named


def untried(store: Store, marked: Iterable[EventName]) -> Iterator[EventName]:
    """Accepted events that nothing has been tried with: those of ``marked`` without a receipt."""
    return (named for named in marked if store.get(named.receipt) is None)


def find(store: Store, text: str) -> tuple[str, str]:
    """Day and key of the one event whose key is ``text`` or starts with it. Raises ``NoSuchEvent``."""
    found: set[tuple[str, str]] = set()
    for prefix in (records.EVENTS, records.RECEIPTS):
        for key in store.list(prefix):
            parts = key.removeprefix(prefix).removesuffix(".json").split("/")
            if len(parts) == 2 and text and parts[1].startswith(text):
                found.add((parts[0], parts[1]))
    exact = {one for one in found if one[1] == text}
    if len(exact or found) != 1:
        raise NoSuchEvent(_unclear(text, sorted(found)))
    return (exact or found).pop()


def _unclear(text: str, found: list[tuple[str, str]]) -> str:
    if not found:
        return f"no event starts with {text!r}"
    shown = ", ".join(f"{key} ({day})" for day, key in found[:5])
    return f"{len(found)} events start with {text!r}: {shown}{' …' if len(found) > 5 else ''}"


def load(store: Store, key: str) -> Record | None:
    """A stored payload; ``None`` where it is gone or cannot be read."""
    stored = store.get(key)
    try:
        return records.decode(stored.value) if stored else None
    except msgspec.DecodeError:
        return None


def plan_of(record: Record) -> str:
    """Id of the plan that a stored event names. Raises ``MalformedPayload``."""
    return spline.decode_events(bytes(record.body), record.content_type)[0].plan_id


def readable(value: bytes) -> Receipt | None:
    """A receipt, or ``None`` where the bytes are none."""
    try:
        return receipts.decode(value)
    except msgspec.DecodeError:
        return None
