"""One event from the door to the catalogue, as far as the store tells."""

from collections.abc import Iterator
from dataclasses import dataclass

from lineage import records
from lineage.errors import MalformedPayload
from lineage.operate.events import EARLIER, find, load, plan_of, readable
from lineage.receipts import Receipt
from lineage.records import EventName, Record
from lineage.store import Store


@dataclass(frozen=True, slots=True)
class Payload:
    """A stored payload; ``sha256`` is of the body as it was received, ``received_at`` in ms."""

    key: str
    sha256: str
    received_at: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Trace:
    """``event`` and ``receipt`` are ``None`` where they are gone or unreadable; ``notes`` says which.

    ``plans`` are the stored bodies of its plan, ``pending`` says whether the sweep has still to do with it, and
    ``earlier`` are the receipts before each replay, oldest first.
    """

    day: str
    key: str
    plan_id: str
    event: Payload | None
    plans: tuple[Payload, ...]
    pending: bool
    receipt: Receipt | None
    earlier: tuple[Receipt, ...]
    notes: tuple[str, ...]


def trace(store: Store, text: str) -> Trace:
    """The event whose key is ``text`` or, alone, starts with it. Raises ``NoSuchEvent``."""
    day, key = find(store, text)
    named = EventName("", day, key)
    record = load(store, named.payload)
    stored = store.get(named.receipt)
    receipt = readable(stored.value) if stored else None
    plan_id = _plan_id(record, receipt)
    notes = []
    if record is None:
        notes.append(f"{named.payload} is gone or cannot be read")
    if stored and receipt is None:
        notes.append(f"{named.receipt} cannot be read")
    return Trace(
        day=day,
        key=key,
        plan_id=plan_id,
        event=_payload(named.payload, record) if record else None,
        plans=tuple(_plans(store, plan_id)) if plan_id else (),
        pending=store.get(EventName(plan_id, day, key).mark) is not None,
        receipt=receipt,
        earlier=tuple(_earlier(store, named)),
        notes=tuple(notes),
    )


def _plan_id(record: Record | None, receipt: Receipt | None) -> str:
    try:
        return plan_of(record) if record else receipt.plan_id if receipt else ""
    except MalformedPayload:
        return receipt.plan_id if receipt else ""


def _plans(store: Store, plan_id: str) -> Iterator[Payload]:
    for key in store.list(records.plan_folder(plan_id)):
        record = load(store, key)
        if record:
            yield _payload(key, record)


def _payload(key: str, record: Record) -> Payload:
    return Payload(key, record.sha256, record.received_at, record.content_type)


def _earlier(store: Store, named: EventName) -> Iterator[Receipt]:
    for key in store.list(f"{EARLIER}{named.day}/{named.key}/"):
        stored = store.get(key)
        receipt = readable(stored.value) if stored else None
        if receipt:
            yield receipt
