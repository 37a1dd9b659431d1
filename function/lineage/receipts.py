"""What became of each stored event: one receipt, replaced as its state changes (JSON, version 1)."""

import logging
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from lineage.model import Lineage
from lineage.store import Stored

if TYPE_CHECKING:
    from lineage.catalogue import Outcome

LOG = logging.getLogger(__name__)


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


def read(key: str, stored: Stored | None) -> Receipt | None:
    """What lies under a receipt's key; a damaged one counts as none, so that its event is done again."""
    try:
        return decode(stored.value) if stored else None
    except msgspec.DecodeError as error:
        LOG.warning("the receipt %s is damaged: %s", key, error)
        return None


def because(receipt: Receipt, state: State, reason: object) -> Receipt:
    """The receipt in that state, for a reason in words or an exception."""
    text = f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else str(reason)
    return msgspec.structs.replace(receipt, state=state, reason=text)


def finished(receipt: Receipt, lineage: Lineage, outcome: "Outcome") -> Receipt:
    """The receipt of what was published, or not, as ``outcome`` says."""
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
