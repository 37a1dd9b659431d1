"""The second and the third walk of one event, and what keeps them going; the first is ``intake``.

    convert   pointer ─▶ load plan + event ─▶ observe ─▶ name ─▶ Lineage            (pure)
    publish   Lineage ─▶ catalogue ─▶ receipt

The store makes things certain, the queue makes them quick: whatever was acknowledged has a pending mark until its
receipt is final, and the ``sweep`` does again what a mark still names.
"""

import functools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import msgspec

from lineage import __version__, receipts, records, spline
from lineage.convert import AMBIGUOUS, convert
from lineage.errors import Conflict, Forbidden, LineageError, SettingsError, StoreError, Unavailable
from lineage.intake import PLAN, Intake, now
from lineage.model import Lineage, Observation
from lineage.mounts import Mounts
from lineage.naming import NamingContext
from lineage.naming.mounts import may_be_mounted
from lineage.receipts import Receipt, State, because
from lineage.records import EventName, Record
from lineage.rules import ignore_rules, without_ignored
from lineage.settings import Settings
from lineage.standstill import Standstill
from lineage.store import Store, Stored
from lineage.sweep import Sweep

if TYPE_CHECKING:
    from lineage.catalogue import Outcome
    from lineage.catalogue import Publisher as CataloguePublisher

LOG = logging.getLogger(__name__)

ATTEMPTS = 5
"""So often is an event tried that fails for no known reason, then it is parked."""


class Publisher(Protocol):
    """What this module needs of ``lineage.catalogue.Publisher``."""

    def publish(self, lineage: Lineage) -> "Outcome":
        """See ``lineage.catalogue.Publisher``."""
        ...

    def flush(self) -> int:
        """Write the run facts whose debounce window has passed."""
        ...


def _nothing() -> None:
    """Nobody asked for upkeep."""


@dataclass(slots=True)
class Pipeline:
    """The other two walks, the sweep that repeats them, and the upkeep of what was published, a ``turn`` at a time.

    A missing role and a wrong setting stop the line: nothing is lost, and the door's health tells of it.
    """

    store: Store
    intake: Intake
    publisher: Publisher
    settings: Settings
    clock: Callable[[], int] = now
    turn: Callable[[], object] = _nothing
    _standstill: Standstill = field(init=False)
    _mounts: Mounts = field(init=False)

    def __post_init__(self) -> None:
        self._standstill = Standstill(self.store, self.clock)
        self._mounts = Mounts(self.store, self.clock)

    def process(self, pointer: str) -> None:
        """Do what a pointer names. Raises ``Unavailable``, ``Forbidden`` or ``SettingsError`` when it must be done
        again."""
        if pointer.startswith(PLAN):
            for mark in list(self.store.list(records.pending_of(pointer.removeprefix(PLAN)))):
                self._wake(EventName.from_mark(mark))
        else:
            self._finish(EventName.from_mark(pointer))

    def poisoned(self, pointer: str) -> None:
        """A pointer that the queue gave up. The mark stays, so the sweep goes on trying; the log tells."""
        LOG.error("poison: %s failed too often on the queue; the sweep will go on trying", pointer)

    def sweep(self) -> int:
        """See ``Sweep.run``; the run facts are the publisher's."""
        return Sweep(self.store, self._finish, self.clock).run(lambda: self._loudly(self.publisher.flush))

    def upkeep(self) -> None:
        """Bind processes to what was scanned since and mark the stale ones, as far as one turn goes."""
        self._loudly(self.turn)

    def pending(self) -> Iterator[str]:
        """The marks of all that is not finished."""
        return self.store.list(records.PENDING)

    def receipt(self, named: EventName) -> Receipt | None:
        """What became of an event so far."""
        return receipts.read(named.receipt, self.store.get(named.receipt))

    def receipts(self) -> Iterator[Receipt]:
        """What became of every event, by day."""
        for key in self.store.list(records.RECEIPTS):
            receipt = receipts.read(key, self.store.get(key))
            if receipt:
                yield receipt

    def _loudly(self, chore: Callable[[], object]) -> None:
        try:
            chore()
        except LineageError as error:
            self._standstill.met(error)
            raise

    def _wake(self, named: EventName) -> None:
        """An event that waits for its plan; any other has a pointer of its own."""
        receipt = self.receipt(named)
        if receipt and receipt.state is State.WAITING:
            self._finish(named)

    def _finish(self, named: EventName) -> bool:
        """Bring one event to its end, if it can be brought there; then its mark goes. Returns whether it came to it."""
        stored = self.store.get(named.receipt)
        before = receipts.read(named.receipt, stored)
        if before and self._waits(before):
            return False
        if before is None or not before.state.final:
            receipt = self._attempt(named, before, stored)
            if receipt is None or not self._filed(named, receipt, stored):
                return False
            if receipt.state is State.WAITING and self._plans(receipt.plan_id):
                return self._finish(named)  # it came between the look and the receipt
            if not receipt.state.final:
                return False
        self.store.delete(named.mark)
        return True

    def _filed(self, named: EventName, receipt: Receipt, before: Stored | None) -> bool:
        """Replace the receipt, unless somebody else has meanwhile: theirs stands, and the rest is theirs to do."""
        try:
            self.store.replace(named.receipt, receipts.encode(receipt), before.etag if before else None)
        except Conflict:
            return False
        return True

    def _attempt(self, named: EventName, before: Receipt | None, filed: Stored | None) -> Receipt | None:
        payload = self.store.get(named.payload)
        if payload is None:  # the payload is written first, so this was never acknowledged: the remnant of a power cut
            self.store.delete(named.mark)
            return None
        receipt = Receipt(
            event=named.key,
            state=State.RETRYING,
            at=self.clock(),
            attempts=(before.attempts if before else 0) + 1,
            mapper=__version__,
        )
        try:
            record = records.decode(payload.value)
            receipt = msgspec.structs.replace(receipt, received_at=record.received_at)
            return self._convert_and_publish(record, receipt)
        except (Unavailable, Forbidden, SettingsError, StoreError) as error:
            self._standstill.met(error)
            receipt = because(receipt, State.RETRYING, error)
            if before is None or before.reason != receipt.reason:
                self._filed(named, receipt, filed)
            raise
        except LineageError as error:
            return because(receipt, State.PARKED, error)
        except Exception as error:
            LOG.exception("event %s: attempt %d failed", named.key, receipt.attempts)
            return because(receipt, State.PARKED if receipt.attempts >= ATTEMPTS else State.RETRYING, error)

    def _convert_and_publish(self, record: Record, receipt: Receipt) -> Receipt:
        event = spline.decode_events(bytes(record.body), record.content_type)[0]
        receipt = msgspec.structs.replace(receipt, plan_id=event.plan_id, timestamp=event.timestamp)
        bodies = self._plans(event.plan_id)
        if not bodies:
            return self._waiting(receipt)
        plan_record = records.body_of(bodies, record)
        plan = spline.decode_plan(bytes(plan_record.body), plan_record.content_type)
        lineage = convert(plan, event, record.headers, self._naming)
        if len(bodies) > 1:
            lineage = msgspec.structs.replace(lineage, notes=(*lineage.notes, AMBIGUOUS))
        lineage = without_ignored(lineage, ignore_rules(self.settings.ignore))
        outcome = self.publisher.publish(lineage)
        if not lineage.skip:
            self._standstill.over()
        return receipts.finished(receipt, lineage, outcome)

    def _waits(self, before: Receipt) -> bool:
        """Whether nothing has changed for an event that waits: one look at the store, for there may be many."""
        return (
            before.state is State.WAITING
            and self._hours(before) < self.settings.waiting_hours
            and next(iter(self.store.list(records.plan_folder(before.plan_id))), None) is None
        )

    def _hours(self, receipt: Receipt) -> float:
        return (self.clock() - receipt.received_at) / 3_600_000

    def _waiting(self, receipt: Receipt) -> Receipt:
        hours = self._hours(receipt)
        if hours < self.settings.waiting_hours:
            return because(receipt, State.WAITING, "its execution plan has not come")
        return because(receipt, State.PARKED, f"its execution plan did not come within {hours:.0f} hours")

    def _plans(self, plan_id: str) -> list[Record]:
        bodies = [self.store.get(key) for key in list(self.store.list(records.plan_folder(plan_id)))]
        return [records.decode(body.value) for body in bodies if body]

    def _naming(self, observation: Observation) -> NamingContext:
        workspace_url, at = observation.context.workspace_url, observation.run.timestamp
        mounted = any(may_be_mounted(source.uri) for source in (observation.output, *observation.inputs))
        return NamingContext(
            workspace_url=workspace_url,
            mounts=self._mounts.of(workspace_url, self.settings, at).at(at) if mounted else {},
            metastore_id=self.settings.metastore_id,
            fold_dates=self.settings.fold_dates,
        )


@functools.cache
def open_pipeline() -> Pipeline:
    """The pipeline of this process, made from the environment on first use. Raises ``SettingsError``."""
    from lineage.catalogue import open_publisher
    from lineage.store import open_queue, open_store

    settings = Settings.from_env()
    store = open_store(settings)
    return assembled(store, Intake(store, open_queue(settings), settings), open_publisher(settings, store), settings)


def assembled(store: Store, intake: Intake, publisher: "CataloguePublisher", settings: Settings) -> Pipeline:
    """A pipeline with the upkeep of its catalogue."""
    from lineage.catalogue.upkeep import Upkeep

    upkeep = Upkeep(publisher, store, settings)
    return Pipeline(store, intake, publisher, settings, turn=upkeep.turn)
