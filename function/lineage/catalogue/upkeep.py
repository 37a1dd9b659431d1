"""What is done about what was published, without any new run: processes are bound to what was scanned since, and those
that were not seen for long get a label.

All processes are a round. A round begins every ``relink_hours`` and is done in turns, each bounded in time and in
catalogue operations, so that it never keeps news waiting; where it stands is kept in the store.
"""

import logging
import time
from collections.abc import Callable

import msgspec

from lineage.catalogue.draft import PROCESSES
from lineage.catalogue.publish import Publisher
from lineage.catalogue.stale import DAY_MS, mark_stale
from lineage.errors import LeaseLost
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
    """``began`` in ms; ``after`` is the record that was looked at last, ``done`` whether all were. Counts are of it."""

    began: int = 0
    after: str = ""
    done: bool = True
    relinked: int = 0
    marked: int = 0


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
        try:
            with self._store.lease("upkeep", wait=0):
                current = self._due()
                return self._work(current) if current else None
        except LeaseLost:
            return None

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
        self._publisher.matcher.clear()
        enough = self._enough()
        try:
            for key in list(self._store.list(PROCESSES)):
                if key <= current.after:
                    continue
                if enough():
                    return current
                current = self._looked_at(key, current)
            self._publisher.remove_outgrown()
            current = msgspec.structs.replace(current, done=True)
            LOG.info("upkeep: %d processes relinked, %d marked as stale", current.relinked, current.marked)
        finally:
            self._store.put(ROUND, msgspec.json.encode(current))
        return current

    def _looked_at(self, key: str, current: Round) -> Round:
        try:
            relinked = self._publisher.rebind(key)
        except msgspec.DecodeError as error:
            LOG.warning("upkeep: the record %s is damaged: %s", key, error)
            return msgspec.structs.replace(current, after=key)
        days = self._settings.stale_days
        before = int(self._clock() * 1000) - days * DAY_MS
        marked = bool(days) and mark_stale(self._publisher.client, self._store, key, before)
        return msgspec.structs.replace(
            current, after=key, relinked=current.relinked + relinked, marked=current.marked + marked
        )

    def _enough(self) -> Callable[[], bool]:
        client, rate = self._publisher.client, self._settings.catalogue_rate
        until, most = self._clock() + TURN_SECONDS, client.operations + int(rate * _BUDGET_SECONDS)
        return lambda: self._clock() >= until or (rate > 0 and client.operations >= most)
