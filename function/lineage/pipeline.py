"""The three walks, each readable on one screen: receive, convert, publish.

    receive   body ─▶ mask ─▶ store (durable) ─▶ acknowledged ─▶ queue (pointer only)
    convert   pointer ─▶ load plan + event ─▶ observe ─▶ name ─▶ Lineage            (pure)
    publish   Lineage ─▶ catalogue ─▶ receipt

The store makes things certain, the queue makes them quick: whatever was acknowledged has a pending mark until its
receipt is final, and the sweep does again what a mark still names.
"""

import functools
import logging
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from lineage import __version__, receipts, records, spline
from lineage.convert import AMBIGUOUS, convert
from lineage.errors import (
    Conflict,
    Forbidden,
    LineageError,
    MalformedPayload,
    SettingsError,
    StoreError,
    Unavailable,
)
from lineage.model import Lineage, Observation
from lineage.naming import NamingContext
from lineage.naming.databricks import workspace_host
from lineage.naming.mounts import MountTable
from lineage.receipts import Receipt, State
from lineage.records import EventName, Record, Refusal
from lineage.redact import redact_headers, redact_text
from lineage.rules import ignore_rules, without_ignored
from lineage.settings import Settings
from lineage.spline.mask import mask_payload
from lineage.store import Store, Stored
from lineage.store.queue import PointerQueue

if TYPE_CHECKING:
    from lineage.catalogue import Outcome
    from lineage.catalogue import Publisher as CataloguePublisher

LOG = logging.getLogger(__name__)

PLAN = "plan/"
"""A pointer is the key of a pending mark, or ``plan/ID``: the events that wait for this plan."""
STOPPED_MS = 600_000
"""So long does the door tell that the line stands still; it is told anew while that lasts."""
SWEEP_MS = 240_000
"""A sweep begins with no further event after this; the Function's host ends what takes ten minutes."""
AWAY = 3
"""So many events for which the catalogue was unavailable, none done in between, end a sweep: each took all retries."""
ATTEMPTS = 5
"""So often is an event tried that fails for no known reason, then it is parked."""


class _PlanHead(msgspec.Struct):
    id: str
    operations: dict[str, msgspec.Raw]


class Publisher(Protocol):
    """What this module needs of ``lineage.catalogue.Publisher``."""

    def publish(self, lineage: Lineage) -> "Outcome":
        """See ``lineage.catalogue.Publisher``."""
        ...

    def flush(self) -> int:
        """Write the run facts whose debounce window has passed."""
        ...


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Intake:
    """The first walk. Every ``accept_*`` is durable when it returns; ``StoreError`` means nothing was accepted."""

    store: Store
    queue: PointerQueue
    settings: Settings
    clock: Callable[[], int] = _now

    def accept_plan(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> str:
        """Store a plan; returns its id. Raises ``MalformedPayload``."""
        masked = mask_payload(body, keep_literals=self.settings.keep_literals)
        plan = _decode_head(masked)
        record = self._record(body, masked, content_type, headers)
        self.store.put_if_absent(records.plan_key(plan.id, record.sha256), records.encode(record))
        self._point(PLAN + plan.id)
        return plan.id

    def accept_events(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> tuple[str, ...]:
        """Store one event or an array of them, each with its pending mark; returns their keys."""
        masked = mask_payload(body, keep_literals=self.settings.keep_literals)
        events = spline.decode_events(masked, content_type)
        bodies = _split(masked)
        names = []
        for event, one in zip(events, bodies, strict=True):
            named = records.event_name(event.plan_id, event.timestamp, spline.event_key(event, headers))
            record = self._record(body, one, content_type, headers)
            self.store.put_all([(named.payload, records.encode(record)), (named.mark, b"")])
            names.append(named)
        for named in names:
            self._point(named.mark)
        return tuple(named.key for named in names)

    def accept_mounts(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Store the mounts of a workspace, valid from now: ``{"workspaceUrl": …, "mounts": {mount: target}}``."""
        posted = _decode_mounts(body)
        workspace = workspace_host(posted.workspaceUrl or headers.get("x-databricks-workspace-url", ""))
        folder = records.mounts_folder(workspace)
        mounts = {mount: redact_text(target) for mount, target in posted.mounts.items()}
        value = msgspec.json.encode(mounts, order="sorted")
        if self._newest(folder)[1] == value:  # each driver posts them anew
            return
        with self.store.lease(folder):  # and several at once where the mounts have changed
            since, newest = self._newest(folder)
            if newest != value:
                self.store.put(f"{folder}{max(self.clock(), since + 1):013d}.json", value)

    def _newest(self, folder: str) -> tuple[int, bytes | None]:
        """When the newest mounts were stored, and what they are."""
        key = max(self.store.list(folder), default="")
        stored = self.store.get(key) if key else None
        return _since(key) if key else 0, stored.value if stored else None

    def refuse(
        self, *, reason: str, status: int, path: str, size: int, sha256: str, headers: Mapping[str, str]
    ) -> None:
        """Record that a body was not taken, and why."""
        refusal = Refusal(reason, status, path, size, sha256, self.clock(), dict(redact_headers(headers)))
        self.store.put_if_absent(records.refusal_key(refusal), records.encode(refusal))

    def health(self) -> Mapping[str, Any]:
        """Whether payloads can be stored, and what keeps all of them from being published, if anything does.

        Raises ``StoreError`` when they cannot be stored.
        """
        stored = self.store.get(records.STOPPED)
        at, _, why = stored.value.decode(errors="replace").partition(" ") if stored else ("", "", "")
        stopped = at.isdecimal() and abs(self.clock() - int(at)) < STOPPED_MS
        return {"status": "ok", "version": __version__, **({"publishing": f"stopped: {why}"} if stopped else {})}

    def _record(self, received: bytes, masked: bytes, content_type: str, headers: Mapping[str, str]) -> Record:
        return Record(
            sha256=records.sha256(received),
            received_at=self.clock(),
            content_type=content_type,
            headers=dict(redact_headers(headers)),
            body=msgspec.Raw(masked),
        )

    def _point(self, pointer: str) -> None:
        try:
            self.queue.send(pointer)
        except StoreError as error:
            LOG.warning("queue: %s; the sweep will find %s", error, pointer)


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
    clock: Callable[[], int] = _now
    turn: Callable[[], object] = _nothing
    _stopped: int = -1
    _mounts: dict[str, tuple[int, MountTable]] = field(default_factory=dict)

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
        """Write the run facts that are due, and do again whatever still has a mark; returns how many marks are left.

        Ends early after ``SWEEP_MS``, and where the catalogue is away; the next sweep goes on where this one ended.
        Raises what kept the run facts from being written, after the marks.
        """
        until = self.clock() + SWEEP_MS
        try:
            self._loudly(self.publisher.flush)
            until = max(until, self.clock() + SWEEP_MS // 2)
        finally:
            left = self._swept(until)
        return left

    def upkeep(self) -> None:
        """Bind processes to what was scanned since and mark the stale ones, as far as one turn goes."""
        self._loudly(self.turn)

    def pending(self) -> Iterator[str]:
        """The marks of all that is not finished."""
        return self.store.list(records.PENDING)

    def receipt(self, named: EventName) -> Receipt | None:
        """What became of an event so far."""
        return _read(named.receipt, self.store.get(named.receipt))

    def receipts(self) -> Iterator[Receipt]:
        """What became of every event, by day."""
        for key in self.store.list(records.RECEIPTS):
            receipt = _read(key, self.store.get(key))
            if receipt:
                yield receipt

    def _loudly(self, chore: Callable[[], object]) -> None:
        try:
            chore()
        except (Forbidden, SettingsError) as error:
            self._tell(error)
            raise

    def _swept(self, until: int) -> int:
        marks, away = self._in_turn(), 0
        for mark in marks:
            if away == AWAY or self.clock() >= until:
                LOG.warning("sweep: ended early, %s", "the catalogue is away" if away == AWAY else "its time is up")
                self.store.put(records.SWEPT, mark.encode())
                break
            try:
                away = 0 if self._finish(EventName.from_mark(mark)) else away
            except (Forbidden, SettingsError):
                raise
            except (LineageError, ValueError) as error:  # ValueError: a key that is no mark of ours
                LOG.warning("sweep: %s stays pending: %s", mark, error)
                away += isinstance(error, Unavailable)
        return len(set(marks).intersection(self.store.list(records.PENDING)))

    def _in_turn(self) -> list[str]:
        """The marks, beginning with the one before which a sweep last ended early, so that each has its turn."""
        marks = sorted(self.store.list(records.PENDING))
        stored = self.store.get(records.SWEPT) if marks else None
        begin = bisect_left(marks, stored.value.decode(errors="replace")) if stored else 0
        return marks[begin:] + marks[:begin]

    def _wake(self, named: EventName) -> None:
        """An event that waits for its plan; any other has a pointer of its own."""
        receipt = self.receipt(named)
        if receipt and receipt.state is State.WAITING:
            self._finish(named)

    def _finish(self, named: EventName) -> bool:
        """Bring one event to its end, if it can be brought there; then its mark goes. Returns whether it came to it."""
        stored = self.store.get(named.receipt)
        before = _read(named.receipt, stored)
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
            self._tell(error)
            receipt = _because(receipt, State.RETRYING, error)
            if before is None or before.reason != receipt.reason:
                self._filed(named, receipt, filed)
            raise
        except LineageError as error:
            return _because(receipt, State.PARKED, error)
        except Exception as error:
            LOG.exception("event %s: attempt %d failed", named.key, receipt.attempts)
            return _because(receipt, State.PARKED if receipt.attempts >= ATTEMPTS else State.RETRYING, error)

    def _convert_and_publish(self, record: Record, receipt: Receipt) -> Receipt:
        event = spline.decode_events(bytes(record.body), record.content_type)[0]
        receipt = msgspec.structs.replace(receipt, plan_id=event.plan_id, timestamp=event.timestamp)
        bodies = self._plans(event.plan_id)
        if not bodies:
            return self._waiting(receipt)
        plan_record = _body_of(bodies, record)
        plan = spline.decode_plan(bytes(plan_record.body), plan_record.content_type)
        lineage = convert(plan, event, record.headers, self._naming)
        if len(bodies) > 1:
            lineage = msgspec.structs.replace(lineage, notes=(*lineage.notes, AMBIGUOUS))
        lineage = without_ignored(lineage, ignore_rules(self.settings.ignore))
        outcome = self.publisher.publish(lineage)
        if not lineage.skip:
            self._tell(None)
        return _finished(receipt, lineage, outcome)

    def _tell(self, error: LineageError | None) -> None:
        """The door, in words for everybody, what stops the whole line; or that nothing does any more."""
        if isinstance(error, Forbidden | SettingsError):
            if self.clock() - self._stopped > STOPPED_MS / 10:
                self._stopped = self.clock()
                self.store.put(records.STOPPED, f"{self._stopped} {_stop(error)}".encode())
        elif error is None and self._stopped:
            self._stopped = 0
            self.store.delete(records.STOPPED)

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
            return _because(receipt, State.WAITING, "its execution plan has not come")
        return _because(receipt, State.PARKED, f"its execution plan did not come within {hours:.0f} hours")

    def _plans(self, plan_id: str) -> list[Record]:
        bodies = [self.store.get(key) for key in list(self.store.list(records.plan_folder(plan_id)))]
        return [records.decode(body.value) for body in bodies if body]

    def _naming(self, observation: Observation) -> NamingContext:
        workspace_url = observation.context.workspace_url
        return NamingContext(
            workspace_url=workspace_url,
            mounts=self._mount_table(workspace_url).at(observation.run.timestamp),
            metastore_id=self.settings.metastore_id,
            fold_dates=self.settings.fold_dates,
        )

    def _mount_table(self, workspace_url: str) -> MountTable:
        read_at, table = self._mounts.get(workspace_url, (0, MountTable()))
        if self.clock() - read_at > 60_000:
            table = load_mounts(self.store, workspace_url, self.settings)
            self._mounts[workspace_url] = (self.clock(), table)
        return table


def load_mounts(store: Store, workspace_url: str, settings: Settings) -> MountTable:
    """The mounts of a workspace over time: what it posted, before that what the setting says."""
    history: list[tuple[int, Mapping[str, str]]] = []
    if settings.mounts:
        history.append((0, msgspec.json.decode(settings.mounts, type=dict[str, str])))
    for key in store.list(records.mounts_folder(workspace_url)):
        stored = store.get(key)
        if stored:
            history.append((_since(key), msgspec.json.decode(stored.value, type=dict[str, str])))
    return MountTable.of(history)


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


def _since(key: str) -> int:
    """From when on the mounts under a key are valid."""
    return int(key.rpartition("/")[2].removesuffix(".json"))


def _body_of(bodies: Sequence[Record], event: Record) -> Record:
    """The plan that an event speaks of: the last that came before it, else the first that came at all."""
    ordered = sorted(bodies, key=lambda body: (body.received_at, body.sha256))
    before = [body for body in ordered if body.received_at <= event.received_at]
    return before[-1] if before else ordered[0]


def _read(key: str, stored: Stored | None) -> Receipt | None:
    """A receipt; a damaged one counts as none, so that its event is done again."""
    try:
        return receipts.decode(stored.value) if stored else None
    except msgspec.DecodeError as error:
        LOG.warning("the receipt %s is damaged: %s", key, error)
        return None


class _Mounts(msgspec.Struct):
    mounts: dict[str, str]
    workspaceUrl: str = ""  # noqa: N815 - the wire's spelling


def _decode_mounts(body: bytes) -> _Mounts:
    try:
        return msgspec.json.decode(body, type=_Mounts)
    except msgspec.DecodeError as error:
        raise MalformedPayload("", str(error)) from error


def _decode_head(body: bytes) -> _PlanHead:
    try:
        return msgspec.json.decode(body, type=_PlanHead)
    except msgspec.DecodeError as error:
        raise MalformedPayload("", str(error)) from error


def _split(body: bytes) -> list[bytes]:
    decoded = msgspec.json.decode(body, type=list[msgspec.Raw] | msgspec.Raw)
    return [bytes(one) for one in decoded] if isinstance(decoded, list) else [body]


def _stop(error: Forbidden | SettingsError) -> str:
    """What stopped the line, without what only operators are to read."""
    if isinstance(error, SettingsError):
        return str(error).partition(";")[0]
    return "the catalogue refuses the Function's identity (401 or 403); the log and `lineage parked` have the reason"


def _because(receipt: Receipt, state: State, reason: object) -> Receipt:
    text = f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else str(reason)
    return msgspec.structs.replace(receipt, state=state, reason=text)


def _finished(receipt: Receipt, lineage: Lineage, outcome: "Outcome") -> Receipt:
    return msgspec.structs.replace(
        receipt,
        state=outcome.state,
        reason=outcome.reason,
        process=lineage.process.qualified_name,
        process_name=lineage.process.name,
        inputs=tuple(dataset.qualified_name for dataset in lineage.inputs),
        outputs=(lineage.output.qualified_name,),
        mode=str(lineage.mode),
        run_id=lineage.context.run_id,
        columns=sum(len(column.sources) for column in lineage.columns),
        run_status=str(lineage.run.status),
        guids=dict(outcome.guids),
        matches=tuple(dict(match) for match in outcome.matches),
        notes=tuple((note.code, note.text) for note in lineage.notes),
    )
