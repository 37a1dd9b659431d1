"""Have stored events done again, with the mapper of today.

A replay turns the receipt back into one that is not final and sets the pending mark again; the sweep does the rest.
The receipt comes first: the other way round, a sweep would meet the final receipt and take the mark away. So a replay
that dies in between leaves a receipt without a mark, which the next replay mends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from lineage import receipts
from lineage.errors import Conflict, MalformedPayload
from lineage.operate.events import EARLIER, Seen, load, plan_of, seen
from lineage.operate.period import ALWAYS, Period
from lineage.receipts import Receipt, State
from lineage.records import EventName
from lineage.store import Store


class Verdict(StrEnum):
    """What a replay did with one event. All but ``AGAIN`` and ``MENDED`` have changed nothing."""

    AGAIN = "again"
    """it will be done again"""
    MENDED = "mended"
    """it was to be done again, but had lost its mark; now it has one"""
    PENDING = "pending"
    """it is to be done already"""
    BUSY = "busy"
    """somebody is finishing it at this moment: ask again"""
    GONE = "gone"
    """its payload is gone or unreadable, so nothing could be done again"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events: those of ``period``, and with ``only_parked`` only those that have come to no good end.

    These are parked ones, ones with a damaged receipt, and those that are to be done already.
    """

    period: Period = ALWAYS
    only_parked: bool = False

    def of(self, store: Store) -> Iterator[Seen]:
        """The selected receipts, by day and key."""
        for one in seen(store, self.period):
            state = one.receipt.state if one.receipt else None
            if not self.only_parked or state is None or state is State.PARKED or not state.final:
                yield one


@dataclass(frozen=True, slots=True)
class Replayed:
    """One event and what the replay did with it."""

    day: str
    event: str
    state: str
    verdict: Verdict


def replay(store: Store, selection: Selection, now: int) -> Iterator[Replayed]:
    """Set every selected event to be done again; ``now`` in ms. Twice in a row changes nothing more."""
    for one in selection.of(store):
        state = str(one.receipt.state) if one.receipt else ""
        yield Replayed(one.day, one.key, state, again(store, one, now))


def again(store: Store, one: Seen, now: int) -> Verdict:
    """Set one event to be done again, unless its receipt has changed since it was read."""
    named = name_of(store, one)
    if named is None:
        return Verdict.GONE
    marked = store.get(named.mark) is not None
    if one.receipt and not one.receipt.state.final:
        return Verdict.PENDING if marked else _marked(store, named, Verdict.MENDED)
    if one.receipt and marked:
        return Verdict.BUSY
    version = f"{one.receipt.attempts:06d}" if one.receipt else "unreadable"
    store.put_if_absent(f"{EARLIER}{one.day}/{one.key}/{version}.json", one.stored.value)
    try:
        store.replace(named.receipt, receipts.encode(_reopened(one, now)), one.stored.etag)
    except Conflict:
        return Verdict.BUSY
    return _marked(store, named, Verdict.AGAIN)


def name_of(store: Store, one: Seen) -> EventName | None:
    """The keys of an event, its mark included; ``None`` where its payload is gone or unreadable."""
    record = load(store, EventName("", one.day, one.key).payload)
    try:
        return EventName(plan_of(record), one.day, one.key) if record else None
    except MalformedPayload:
        return None


def _marked(store: Store, named: EventName, verdict: Verdict) -> Verdict:
    store.put_if_absent(named.mark, b"")
    return verdict


def _reopened(one: Seen, now: int) -> Receipt:
    """All that was known of it stays, the attempts above all, until the next attempt says something else."""
    receipt = one.receipt
    if receipt is None:
        return Receipt(one.key, State.RETRYING, reason="replayed; its receipt could not be read", at=now)
    was = f"{receipt.state}: {receipt.reason}" if receipt.reason else str(receipt.state)
    return msgspec.structs.replace(receipt, state=State.RETRYING, reason=f"replayed; was {was}", at=now)
