"""The sweep does again whatever still has a mark: what the queue lost or gave up, what waits, what failed.

It ends in time, each mark has its turn, and a catalogue that is away is not asked for every one of them.
"""

import logging
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lineage import records
from lineage.errors import Forbidden, LineageError, SettingsError, Unavailable
from lineage.records import EventName
from lineage.store import Store

LOG = logging.getLogger(__name__)

SWEEP_MS = 240_000
"""A sweep begins with no further event after this; the Function's host ends what takes ten minutes."""
AWAY = 3
"""So many events for which the catalogue was unavailable, none done in between, end a sweep: each took all retries."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """``finish`` brings one event to its end, if it can be brought there, and says whether it came to it."""

    store: Store
    finish: Callable[[EventName], bool]
    clock: Callable[[], int]

    def run(self, flush: Callable[[], object]) -> int:
        """Write the run facts that are due (``flush``), then do the marks; returns how many are left.

        Ends early after ``SWEEP_MS``, and where the catalogue is away; the next one goes on where this one ended.
        Raises what kept the run facts from being written, after the marks.
        """
        until = self.clock() + SWEEP_MS
        try:
            flush()
            until = max(until, self.clock() + SWEEP_MS // 2)
        finally:
            left = self._marks(until)
        return left

    def _marks(self, until: int) -> int:
        marks = self._in_turn()
        self._finish_each(marks, until)
        return len(set(marks).intersection(self.store.list(records.PENDING)))

    def _finish_each(self, marks: Sequence[str], until: int) -> None:
        away = 0
        for mark in marks:
            if away == AWAY or self.clock() >= until:
                LOG.warning("sweep: ended early, %s", "the catalogue is away" if away == AWAY else "its time is up")
                self.store.put(records.SWEPT, mark.encode())
                return
            try:
                away = 0 if self.finish(EventName.from_mark(mark)) else away
            except (Forbidden, SettingsError):
                raise
            except (LineageError, ValueError) as error:  # ValueError: a key that is no mark of ours
                LOG.warning("sweep: %s stays pending: %s", mark, error)
                away += isinstance(error, Unavailable)

    def _in_turn(self) -> list[str]:
        """The marks, beginning with the one before which a sweep last ended early, so that each has its turn."""
        marks = sorted(self.store.list(records.PENDING))
        stored = self.store.get(records.SWEPT) if marks else None
        begin = bisect_left(marks, stored.value.decode(errors="replace")) if stored else 0
        return marks[begin:] + marks[:begin]
