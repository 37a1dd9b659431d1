"""What a period came to."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from lineage import records
from lineage.catalogue.stale import Stale, stale_processes
from lineage.operate.events import pending, seen, untried
from lineage.operate.period import Period
from lineage.operate.stuck import DAMAGED, UNTRIED, kind_of
from lineage.receipts import Receipt, State
from lineage.records import Refusal
from lineage.store import Store

UNMAPPED = "unmapped"
"""Code of the note that names the shape of a source which no row of the naming table knows."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed; ``timestamp`` in ms."""

    event: str
    process_name: str
    run_id: str
    reason: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class Report:
    """``runs`` are the events of the days ``first`` to ``last``; mappings count, most first.

    ``without_reads`` counts, by output, the writes that are drawn without an input. ``refused`` counts the bodies that
    came on these days and were not taken. ``notes`` counts by code. ``stale`` are the processes of the whole store that
    were not seen for as long as the settings say, longest first.
    """

    first: str
    last: str
    runs: int
    states: Mapping[str, int]
    without_reads: Mapping[str, int]
    failed: tuple[Failure, ...]
    skipped: Mapping[str, int]
    parked: Mapping[str, int]
    unmapped: Mapping[str, int]
    notes: Mapping[str, int]
    refused: Mapping[str, int]
    stale: tuple[Stale, ...] = ()


@dataclass(slots=True)
class _Tally:
    states: Counter[str] = field(default_factory=Counter)
    without_reads: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    parked: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    failed: list[Failure] = field(default_factory=list)

    def add(self, receipt: Receipt) -> None:
        state = receipt.state
        self.states[str(state)] += 1
        self.notes.update(code for code, _ in receipt.notes)
        self.unmapped.update(text for code, text in receipt.notes if code == UNMAPPED)
        if state in (State.PUBLISHED, State.UNCHANGED) and not receipt.inputs:
            self.without_reads.update(receipt.outputs)
        elif state is State.SKIPPED:
            self.skipped[kind_of(receipt.reason)] += 1
        elif state is State.PARKED:
            self.parked[kind_of(receipt.reason)] += 1
        elif state is State.FAILED_RUN:
            self.failed.append(_failure(receipt))


def report(store: Store, period: Period, stale_before: int = 0) -> Report:
    """What became of the events of ``period``, which must have both ends.

    A process whose last run ended before ``stale_before`` (ms) is stale.
    """
    tally = _Tally()
    for one in seen(store, period):
        if one.receipt:
            tally.add(one.receipt)
        else:
            tally.states[DAMAGED] += 1
    waiting = sum(1 for _ in untried(store, pending(store, period)))
    if waiting:
        tally.states[UNTRIED] = waiting
    return Report(
        first=str(period.first or ""),
        last=str(period.last or ""),
        runs=tally.states.total(),
        states=_ranked(tally.states),
        without_reads=_ranked(tally.without_reads),
        failed=tuple(sorted(tally.failed, key=lambda one: (one.timestamp, one.event))),
        skipped=_ranked(tally.skipped),
        parked=_ranked(tally.parked),
        unmapped=_ranked(tally.unmapped),
        notes=_ranked(tally.notes),
        refused=_ranked(Counter(_refused(store, period))),
        stale=tuple(sorted(stale_processes(store, stale_before), key=lambda one: (one.last_seen, one.process)))
        if stale_before
        else (),
    )


def _failure(receipt: Receipt) -> Failure:
    return Failure(receipt.event, receipt.process_name, receipt.run_id, receipt.reason, receipt.timestamp)


def _refused(store: Store, period: Period) -> Iterable[str]:
    for key in store.list(records.REFUSED):
        day = key.removeprefix(records.REFUSED).partition("/")[0]
        stored = store.get(key) if day in period else None
        if stored:
            yield _refusal(stored.value)


def _refusal(value: bytes) -> str:
    try:
        refusal = msgspec.json.decode(value, type=Refusal)
    except msgspec.DecodeError:
        return "its record cannot be read"
    return f"{refusal.status} {refusal.path}: {kind_of(refusal.reason)}"


def _ranked(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
