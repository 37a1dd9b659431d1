"""What a replay would come to: the real walk, over a store that forgets and without a catalogue.

Nothing of it can differ from what the sweep does, but for what only the catalogue knows: which scanned assets match,
whether the process says anything new, whether it is refused.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from lineage.catalogue.outcome import Outcome
from lineage.errors import Conflict, LineageError
from lineage.intake import Intake
from lineage.model import Lineage, Status
from lineage.operate.events import Seen
from lineage.operate.replay import Selection, Verdict, again, name_of
from lineage.operate.stuck import kind_of
from lineage.pipeline import Pipeline
from lineage.receipts import Receipt, State
from lineage.settings import Settings
from lineage.store import Store, Stored
from lineage.store.queue import NoQueue

COMPARED = ("state", "process", "inputs", "outputs", "columns", "mode", "notes", "reason")
"""Fields of a receipt that a newer mapper may change."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field as the receipt has it, and as it would be."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One event that a replay would do again (``Verdict.AGAIN``) or not, and what would be different."""

    day: str
    event: str
    state: str
    verdict: Verdict
    changes: tuple[Change, ...] = ()


def rehearse(store: Store, settings: Settings, selection: Selection, now: int) -> Iterator[Rehearsed]:
    """What ``replay`` would do with each selected event. Writes nothing to ``store``."""
    memory = Forgetful(store)
    walk = Pipeline(memory, Intake(memory, NoQueue(), settings), _NoCatalogue(), settings, lambda: now)
    for one in selection.of(store):
        yield _rehearsed(memory, walk, one, now)
        memory.forget()


def differences(before: Receipt, after: Receipt) -> tuple[Change, ...]:
    """Field by field; a process that was there unchanged counts as published, and a reason by its kind."""
    return tuple(
        Change(name, getattr(before, name), getattr(after, name))
        for name in COMPARED
        if _compared(before, name) != _compared(after, name)
    )


def _rehearsed(memory: "Forgetful", walk: Pipeline, one: Seen, now: int) -> Rehearsed:
    verdict = again(memory, one, now)
    state = str(one.receipt.state) if one.receipt else ""
    named = name_of(memory, one) if verdict is Verdict.AGAIN else None
    if named is None or one.receipt is None:
        return Rehearsed(one.day, one.key, state, verdict)
    walk.process(named.mark)
    after = walk.receipt(named)
    return Rehearsed(one.day, one.key, state, verdict, differences(one.receipt, after) if after else ())


def _compared(receipt: Receipt, name: str) -> Any:
    value = getattr(receipt, name)
    if name == "reason":
        return kind_of(value)
    return State.PUBLISHED if value is State.UNCHANGED else value


class _NoCatalogue:
    """Takes every lineage as a catalogue would that has no objection."""

    def publish(self, lineage: Lineage) -> Outcome:
        if lineage.skip:
            return Outcome(State.SKIPPED, lineage.skip)
        failed = lineage.run.status is Status.FAILED
        return Outcome(State.FAILED_RUN, lineage.run.error) if failed else Outcome(State.PUBLISHED)

    def flush(self) -> int:
        return 0


@dataclass(slots=True)
class Forgetful:
    """A ``Store`` that reads what is below it and keeps in memory what is written, until it is told to forget."""

    below: Store
    _written: dict[str, Stored | None] = field(default_factory=dict)
    _version: int = 0

    def forget(self) -> None:
        """Be as if nothing had been written."""
        self._written.clear()

    def put_if_absent(self, key: str, value: bytes) -> bool:
        """See ``Store``."""
        if self.get(key):
            return False
        self.put(key, value)
        return True

    def put_all(self, items: Sequence[tuple[str, bytes]]) -> None:
        """See ``Store``."""
        for key, value in items:
            self.put_if_absent(key, value)

    def put(self, key: str, value: bytes) -> str:
        """See ``Store``."""
        self._version += 1
        etag = f"written {self._version}"
        self._written[key] = Stored(value, etag)
        return etag

    def get(self, key: str) -> Stored | None:
        """See ``Store``."""
        return self._written[key] if key in self._written else self.below.get(key)

    def replace(self, key: str, value: bytes, etag: str | None) -> str:
        """See ``Store``."""
        found = self.get(key)
        if (found.etag if found else None) != etag:
            message = f"{key}: not at version {etag}"
            raise Conflict(message)
        return self.put(key, value)

    def delete(self, key: str) -> None:
        """See ``Store``."""
        self._written[key] = None

    def list(self, prefix: str) -> Iterator[str]:
        """See ``Store``."""
        written = {key for key, value in self._written.items() if key.startswith(prefix) and value is not None}
        below = {key for key in self.below.list(prefix) if key not in self._written}
        yield from sorted(written | below, key=lambda key: key.encode("utf-8", "surrogatepass"))

    def lease(self, name: str, *, wait: float = 30.0) -> AbstractContextManager[None]:
        """Nothing that is rehearsed needs one; raises."""
        message = f"no lease of {name} within {wait} s: a rehearsal holds none"
        raise LineageError(message)
