"""What keeps everything from being published, a missing role or a wrong setting: the door tells of it while it lasts.

Whoever meets it leaves a note in the store; nothing is lost meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

from lineage import records
from lineage.errors import Forbidden, LineageError, SettingsError
from lineage.store import Store

STOPPED_MS = 600_000
"""So long does the door tell that the line stands still; it is told anew while that lasts."""


@dataclass(slots=True)
class Standstill:
    """The note, as one process writes it."""

    store: Store
    clock: Callable[[], int]
    _since: int = -1

    def met(self, error: LineageError) -> None:
        """Tell the door, in words for everybody, where ``error`` stops the whole line; others are no matter of it."""
        if isinstance(error, Forbidden | SettingsError) and self._is_old():
            self._since = self.clock()
            self.store.put(records.STOPPED, f"{self._since} {_words(error)}".encode())

    def _is_old(self) -> bool:
        """Also where the clock was set back: the door goes by the time in the note."""
        return abs(self.clock() - self._since) > STOPPED_MS / 10

    def over(self) -> None:
        """Something was published: nothing stops the line any more."""
        if self._since:
            self._since = 0
            self.store.delete(records.STOPPED)


def told(store: Store, now: int) -> str:
    """Why nothing is published, empty where it is; raises ``StoreError``."""
    stored = store.get(records.STOPPED)
    at, _, why = stored.value.decode(errors="replace").partition(" ") if stored else ("", "", "")
    return why if at.isdecimal() and abs(now - int(at)) < STOPPED_MS else ""


def _words(error: Forbidden | SettingsError) -> str:
    """What stopped the line, without what only operators are to read."""
    if isinstance(error, SettingsError):
        return str(error).partition(";")[0]
    return "the catalogue refuses the Function's identity (401 or 403); the log and `lineage parked` have the reason"
