"""What became of each stored event: one receipt, replaced as its state changes (JSON, version 1)."""

from enum import StrEnum
from typing import Any

import msgspec


class State(StrEnum):
    """Where an event stands. All but ``WAITING`` and ``RETRYING`` are the end of it."""

    WAITING = "waiting"
    """its plan has not come"""
    RETRYING = "retrying"
    """the catalogue or the store failed; the sweep will try again"""
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    """it says what the catalogue shows already"""
    FAILED_RUN = "failed run"
    """the write failed: its status is kept, no edge is drawn"""
    SKIPPED = "skipped"
    """it is no lineage, for the stated reason"""
    PARKED = "parked"
    """it cannot be converted or published as it is, for the stated reason"""

    @property
    def final(self) -> bool:
        """Whether nothing more will be done of itself."""
        return self not in (State.WAITING, State.RETRYING)


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """``event`` is the event's key, ``at`` the time of this state (ms), ``mapper`` the version that converted it."""

    event: str
    state: State
    plan_id: str = ""
    reason: str = ""
    attempts: int = 0
    received_at: int = 0
    at: int = 0
    timestamp: int = 0
    process: str = ""
    process_name: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    columns: int = 0
    mode: str = ""
    run_id: str = ""
    run_status: str = ""
    guids: dict[str, str] = {}
    matches: tuple[dict[str, Any], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    mapper: str = ""
    version: int = 1


def encode(receipt: Receipt) -> bytes:
    """The receipt as JSON."""
    return msgspec.json.encode(receipt)


def decode(value: bytes) -> Receipt:
    """A stored receipt; raises ``msgspec.DecodeError`` when it is damaged."""
    return msgspec.json.decode(value, type=Receipt)
