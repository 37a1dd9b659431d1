"""What is stuck, and why."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from lineage.operate.events import Seen, pending, seen, untried
from lineage.operate.period import ALWAYS, Period
from lineage.operate.replay import name_of
from lineage.receipts import State
from lineage.store import Store

UNTRIED = "received"
"""Accepted, and nothing tried yet: the sweep and the queue have not come to it."""
DAMAGED = "damaged"
"""Its receipt cannot be read."""
STUCK = frozenset({State.PARKED, State.RETRYING, State.WAITING})

_CALL = re.compile(r"\b(?:GET|POST|PUT|DELETE) \S+")
"""Which of its calls met a catalogue that is away or refuses is chance."""
_VARIES = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\b[0-9a-fA-F]{12,}\b|\d+")


@dataclass(frozen=True, slots=True)
class Stuck:
    """One event that has no end, or a bad one. Times in ms."""

    day: str
    event: str
    state: str
    reason: str
    plan_id: str = ""
    attempts: int = 0
    received_at: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True)
class StuckEvents:
    """``reasons`` counts them by state and then by reason, numbers and ids left out, most first."""

    events: tuple[Stuck, ...]
    reasons: Mapping[str, Mapping[str, int]]


def stuck(store: Store, period: Period = ALWAYS) -> StuckEvents:
    """All events of the period that are parked, retrying, waiting, not yet tried, or whose receipt is damaged."""
    marked = list(pending(store, period))
    swept = {(one.day, one.key) for one in marked}
    bad = [one for one in seen(store, period) if one.receipt is None or one.receipt.state in STUCK]
    found = [_stuck(one, lost=(one.day, one.key) not in swept and _lost(store, one)) for one in bad]
    found += [Stuck(one.day, one.key, UNTRIED, "nothing was tried yet", one.plan_id) for one in untried(store, marked)]
    events = tuple(sorted(found, key=lambda one: (one.day, one.event)))
    return StuckEvents(events, _by_state(events))


def kind_of(reason: str) -> str:
    """A reason without what varies from event to event, to be counted by."""
    return _VARIES.sub("#", _CALL.sub("…:", reason))


def _lost(store: Store, one: Seen) -> bool:
    """Whether nothing will be done with an event that is not finished. The receipt is final before the mark goes."""
    named = name_of(store, one) if one.receipt and not one.receipt.state.final else None
    if named is None or store.get(named.mark):
        return False
    return store.get(named.receipt) == one.stored


def _stuck(one: Seen, *, lost: bool) -> Stuck:
    if one.receipt is None:
        return Stuck(one.day, one.key, DAMAGED, "its receipt cannot be read")
    receipt = one.receipt
    passed_by = "; its mark is lost, so the sweep passes it by: replay it" if lost else ""
    return Stuck(
        day=one.day,
        event=one.key,
        state=str(receipt.state),
        reason=f"{receipt.reason}{passed_by}",
        plan_id=receipt.plan_id,
        attempts=receipt.attempts,
        received_at=receipt.received_at,
        at=receipt.at,
    )


def _by_state(events: tuple[Stuck, ...]) -> dict[str, dict[str, int]]:
    states: dict[str, Counter[str]] = {}
    for one in events:
        states.setdefault(one.state, Counter())[kind_of(one.reason)] += 1
    return {state: dict(states[state].most_common()) for state in sorted(states)}
