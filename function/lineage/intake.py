"""The first walk, what stands behind the door:

receive   body ─▶ mask ─▶ store (durable) ─▶ acknowledged ─▶ queue (pointer only)
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from lineage import __version__, mounts, records, spline, standstill
from lineage.errors import MalformedPayload, StoreError
from lineage.records import Record, Refusal
from lineage.redact import redact_headers
from lineage.settings import Settings
from lineage.spline.mask import mask_payload
from lineage.store import Store
from lineage.store.queue import PointerQueue

LOG = logging.getLogger(__name__)

PLAN = "plan/"
"""A pointer is the key of a pending mark, or ``plan/ID``: the events that wait for this plan."""
STORED_MS = 60_000
"""So long does ``health`` believe a write that succeeded: anybody may ask it, as often as they like."""


class _PlanHead(msgspec.Struct):
    id: str
    operations: dict[str, msgspec.Raw]


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class _LastWrite:
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """Every ``accept_*`` is durable when it returns; ``StoreError`` means nothing was accepted."""

    store: Store
    queue: PointerQueue
    settings: Settings
    clock: Callable[[], int] = now
    _last: _LastWrite = field(default_factory=_LastWrite)

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
        """See ``mounts.store_mounts``."""
        mounts.store_mounts(self.store, body, headers, self.clock)

    def refuse(
        self, *, reason: str, status: int, path: str, size: int, sha256: str, headers: Mapping[str, str]
    ) -> None:
        """Record that a body was not taken, and why."""
        refusal = Refusal(reason, status, path, size, sha256, self.clock(), dict(redact_headers(headers)))
        self.store.put_if_absent(records.refusal_key(refusal), records.encode(refusal))

    def health(self) -> Mapping[str, Any]:
        """Whether payloads can be stored, and what keeps all of them from being published, if anything does.

        Raises ``StoreError`` when they cannot be stored: it writes a value of its own, once a minute at most.
        """
        self._write()
        stopped = standstill.told(self.store, self.clock())
        return {"status": "ok", "version": __version__, **({"publishing": f"stopped: {stopped}"} if stopped else {})}

    def _write(self) -> None:
        at = self.clock()
        if self._last.at is None or abs(at - self._last.at) >= STORED_MS:
            self.store.put(records.STORED, str(at).encode())
            self._last.at = at

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


def _decode_head(body: bytes) -> _PlanHead:
    try:
        return msgspec.json.decode(body, type=_PlanHead)
    except msgspec.DecodeError as error:
        raise MalformedPayload("", str(error)) from error


def _split(body: bytes) -> list[bytes]:
    decoded = msgspec.json.decode(body, type=list[msgspec.Raw] | msgspec.Raw)
    return [bytes(one) for one in decoded] if isinstance(decoded, list) else [body]
