"""Payloads as they are stored, and the keys under which they lie.

A record is the masked body with what was known of it at the door. Keys:

    payloads/plans/PLAN/SHA.json        a plan; another body under one plan id lies beside the first
    payloads/events/DAY/EVENT.json      one event, by the UTC day of its timestamp
    pending/PLAN,DAY,EVENT              the mark of an event that is not finished; empty
    receipts/DAY/EVENT.json             what became of it
    replayed/DAY/EVENT/ATTEMPTS.json    receipts put aside when an event was replayed
    refused/DAY/MILLISECONDS-SHA.json   a body that was not taken (never the body itself)
    mounts/WORKSPACE/MILLISECONDS.json  the mounts that a workspace posted
    health                              what keeps everything from being published, while something does
    stored                              when ``health`` last saw that something can be stored (ms)
    swept                               the mark that the next sweep begins with, where one had to end early
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import msgspec

PENDING = "pending/"
RECEIPTS = "receipts/"
EVENTS = "payloads/events/"
REPLAYED = "replayed/"
REFUSED = "refused/"
DATED = (EVENTS, RECEIPTS, REPLAYED, REFUSED)
"""What may be deleted by its age. Plans stay: a job that has not changed in a year still refers to its plan of then."""
STOPPED = "health"
STORED = "stored"
SWEPT = "swept"

_LONGEST_PART = 120


class Record(msgspec.Struct, frozen=True):
    """``sha256`` is of the body as received (decompressed), ``body`` the masked JSON; times in ms."""

    sha256: str
    received_at: int
    content_type: str
    headers: dict[str, str]
    body: msgspec.Raw
    version: int = 1


class Refusal(msgspec.Struct, frozen=True):
    """Why a body was not taken; ``size`` in bytes as received."""

    reason: str
    status: int
    path: str
    size: int
    sha256: str
    received_at: int
    headers: dict[str, str]
    version: int = 1


@dataclass(frozen=True, slots=True)
class EventName:
    """Everything that the keys of one event are made of."""

    plan_id: str
    day: str
    key: str

    @property
    def payload(self) -> str:
        """Key of the stored event."""
        return f"{EVENTS}{self.day}/{self.key}.json"

    @property
    def mark(self) -> str:
        """Key of its pending mark; also the pointer that travels on the queue."""
        return f"{pending_of(self.plan_id)}{self.day},{self.key}"

    @property
    def receipt(self) -> str:
        """Key of its receipt."""
        return f"{RECEIPTS}{self.day}/{self.key}.json"

    @classmethod
    def from_mark(cls, mark: str) -> "EventName":
        """The name behind a pending mark; raises ``ValueError`` for anything else."""
        parts = mark.removeprefix(PENDING).split(",")
        if not mark.startswith(PENDING) or len(parts) != 3:
            message = f"not a pending mark: {mark!r}"
            raise ValueError(message)
        return cls(unquote(parts[0]), parts[1], parts[2])


def event_name(plan_id: str, timestamp: int, key: str) -> EventName:
    """``timestamp`` in ms; one out of any calendar's range counts as day 0."""
    return EventName(plan_id, _day(timestamp), key)


def plan_folder(plan_id: str) -> str:
    """Prefix of every stored body of this plan."""
    return f"payloads/plans/{_part(plan_id)}/"


def plan_key(plan_id: str, sha256: str) -> str:
    """Key of one body of this plan."""
    return f"{plan_folder(plan_id)}{sha256[:32]}.json"


def pending_of(plan_id: str) -> str:
    """Prefix of the marks of the events that name this plan."""
    return f"{PENDING}{_part(plan_id)},"


def refusal_key(refusal: Refusal) -> str:
    """Key under which a refusal is kept."""
    return f"{REFUSED}{_day(refusal.received_at)}/{refusal.received_at:013d}-{refusal.sha256[:16]}.json"


def mounts_folder(workspace_url: str) -> str:
    """Prefix of the mount tables that this workspace posted."""
    return f"mounts/{_part(workspace_url or 'unknown')}/"


def encode(record: Record | Refusal) -> bytes:
    """The record as JSON."""
    return msgspec.json.encode(record)


def decode(value: bytes) -> Record:
    """A stored record; raises ``msgspec.DecodeError`` when it is damaged."""
    return msgspec.json.decode(value, type=Record)


def body_of(bodies: Sequence[Record], event: Record) -> Record:
    """The plan that an event speaks of: the last that came before it, else the first that came at all."""
    ordered = sorted(bodies, key=lambda body: (body.received_at, body.sha256))
    before = [body for body in ordered if body.received_at <= event.received_at]
    return before[-1] if before else ordered[0]


def sha256(body: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(body).hexdigest()


def header(headers: Mapping[str, str], name: str) -> str:
    """A header's value or an empty string; names are lower-case."""
    return headers.get(name, "")


def _part(text: str) -> str:
    """``text`` as one part of a key; a text of no sensible length by its digest, which stands for itself."""
    part = quote(text, safe="")
    return part if len(part) <= _LONGEST_PART else sha256(text.encode())


def _day(timestamp: int) -> str:
    try:
        return datetime.fromtimestamp(timestamp / 1000, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return "1970-01-01"
