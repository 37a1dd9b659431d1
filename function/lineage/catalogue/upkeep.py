"""What is done about what was published, without any new run: processes are bound to what was scanned since, and those
that were not seen for long get a label.

All processes are a round, and after them all placeholders that were moved off. A round begins every ``relink_hours``
and is done in turns, each bounded in time and in catalogue operations, so that it never keeps news waiting; where it
stands is kept in the store. What cannot be looked at is passed by until the next round.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field

import msgspec

from lineage.catalogue.draft import PROCESSES
from lineage.catalogue.publish import Publisher
from lineage.catalogue.stale import DAY_MS, mark_stale
from lineage.catalogue.writer import IN_A_ROW
from lineage.errors import CatalogueError, Forbidden, LeaseLost, Rejected, StoreError
from lineage.settings import Settings
from lineage.store import Store

LOG = logging.getLogger(__name__)

ROUND = "upkeep/round.json"
TURN_SECONDS = 120.0
"""Longest turn; the Function's host ends what takes ten minutes."""
_BUDGET_SECONDS = 60.0
"""A turn, which comes every five minutes, spends at most what the budget has for so long: a fifth of it."""
_HOUR_MS = 3_600_000


class Round(msgspec.Struct, frozen=True):
    """``began`` in ms; ``after`` is the record that was looked at last, ``outgrown`` the same of the marks of
    placeholders, ``done`` whether all were. ``stuck`` is where a turn ended by failures. Counts are of it."""

    began: int = 0
    after: str = ""
    done: bool = True
    relinked: int = 0
    marked: int = 0
    outgrown: str = ""
    stuck: str = ""


Look = Callable[[str, Round], Round]


@dataclass(slots=True)
class _Turn:
    """Where a turn stands; ``held`` is where it stood before as many failures ``in_a_row``, ``error`` the last."""

    current: Round
    enough: Callable[[], bool]
    in_a_row: int = 0
    held: Round = field(default_factory=Round)
    error: Exception | None = None

    def along(self, place: str, keys: Iterable[str], look: Look) -> bool:
        """Look at each of ``keys`` behind the ``place``, which is a field of the round; whether there was enough time.

        Raises ``Forbidden`` at once, and ``CatalogueError`` and ``StoreError`` of ``IN_A_ROW``.
        """
        for key in keys:
            if key <= getattr(self.current, place):
                continue
            if self.enough():
                return False
            before = self.current
            self.current = msgspec.structs.replace(before, **{place: key})
            try:
                self.current = look(key, self.current)
                self.in_a_row = 0
            except Forbidden:
                self.current = before
                raise
            except (CatalogueError, StoreError) as error:
                LOG.warning("upkeep: %s could not be looked at: %s", key, error)
                self._count(before, error)
                if self.in_a_row == IN_A_ROW:
                    self.end()
        return True

    def end(self) -> None:
        """Raises what the turn ended with, if that was a failure. It may be the catalogue's, so that the next turn
        tries the same once more; then they are passed by."""
        if self.error and self.in_a_row:
            where = f"{self.current.after} {self.current.outgrown}"
            self.current = msgspec.structs.replace(self.current if self.held.stuck == where else self.held, stuck=where)
            raise self.error

    def _count(self, before: Round, error: Exception) -> None:
        if isinstance(error, Rejected):  # it is about this one
            self.in_a_row = 0
            return
        self.held = self.held if self.in_a_row else before
        self.in_a_row += 1
        self.error = error


class Upkeep:
    """The rounds of one store. ``clock`` gives seconds."""

    def __init__(
        self, publisher: Publisher, store: Store, settings: Settings, clock: Callable[[], float] = time.time
    ) -> None:
        self._publisher = publisher
        self._store = store
        self._settings = settings
        self._clock = clock

    def turn(self) -> Round | None:
        """A part of a round where one is due; ``None`` where not, or where another instance is at it.

        Raises ``SettingsError`` for a collection that is not there, ``CatalogueError``; the next turn goes on.
        """
        self._publisher.collections.placement()
        if not self._settings.relink_hours:
            return None
        with ExitStack() as held:
            try:
                held.enter_context(self._store.lease("upkeep", wait=0))
            except LeaseLost:
                return None
            current = self._due()
            return self._work(current) if current else None

    def _due(self) -> Round | None:
        known = self._known()
        now = int(self._clock() * 1000)
        if not known.done:
            return known
        return Round(now, done=False) if now - known.began >= self._settings.relink_hours * _HOUR_MS else None

    def _known(self) -> Round:
        """Where the round stands; a damaged record begins a new one."""
        stored = self._store.get(ROUND)
        try:
            return msgspec.json.decode(stored.value, type=Round) if stored else Round()
        except msgspec.DecodeError:
            return Round()

    def _work(self, current: Round) -> Round:
        self._publisher.forget()
        turn = _Turn(current, self._enough())
        try:
            if turn.along("after", list(self._store.list(PROCESSES)), self._looked_at):
                self._keep(turn.current)
                if turn.along("outgrown", self._publisher.writer.outgrown.marks(), self._removed):
                    turn.end()
                    turn.current = msgspec.structs.replace(turn.current, done=True)
                    LOG.info(
                        "upkeep: %d processes relinked, %d marked as stale", turn.current.relinked, turn.current.marked
                    )
        finally:
            self._keep(turn.current)
        return turn.current

    def _keep(self, current: Round) -> None:
        self._store.put(ROUND, msgspec.json.encode(current))

    def _looked_at(self, key: str, current: Round) -> Round:
        relinked = self._publisher.rebind(key)
        days = self._settings.stale_days
        before = int(self._clock() * 1000) - days * DAY_MS
        marked = bool(days) and mark_stale(self._publisher.client, self._store, key, before)
        return msgspec.structs.replace(current, relinked=current.relinked + relinked, marked=current.marked + marked)

    def _removed(self, mark: str, current: Round) -> Round:
        self._publisher.writer.remove(mark)
        return current

    def _enough(self) -> Callable[[], bool]:
        client, rate = self._publisher.client, self._settings.catalogue_rate
        until, most = self._clock() + TURN_SECONDS, client.operations + int(rate * _BUDGET_SECONDS)
        return lambda: self._clock() >= until or (rate > 0 and client.operations >= most)
