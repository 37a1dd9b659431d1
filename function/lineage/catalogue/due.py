"""Processes whose newest run facts the catalogue does not have yet, by the time at which they are to be written.

A mark is a name without a value, ``due/TIME-PROCESS`` (ms since the epoch, 13 digits), so that looking for what is due
costs one listing, however much waits.
"""

from collections.abc import Iterator

from lineage.catalogue.draft import PROCESSES
from lineage.store import Store

DUE = "due/"
LATER = 10**13 - 1
"""Greatest time of a mark (ms)."""


class Due:
    """The marks in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, key: str, at: int) -> None:
        """Look at the process again at ``at`` (ms)."""
        self._store.put(mark_of(key, at), b"")

    def drop(self, key: str, at: int) -> None:
        """Not at that time."""
        self._store.delete(mark_of(key, at))

    def remove(self, mark: str) -> None:
        """A mark as ``until`` gives it."""
        self._store.delete(mark)

    def until(self, now: int) -> Iterator[tuple[str, str]]:
        """Mark and key of each process that is due at ``now`` (ms), the longest due first; a damaged mark is due."""
        for mark in self._store.list(DUE):
            at, separator, name = mark.removeprefix(DUE).partition("-")
            if not (separator and at.isdigit()):
                yield mark, PROCESSES + mark.removeprefix(DUE)
            elif int(at) <= now:
                yield mark, PROCESSES + name


def mark_of(key: str, at: int) -> str:
    """The mark of a process; ``key`` is that of its record."""
    return f"{DUE}{min(max(at, 0), LATER):013d}-{key.removeprefix(PROCESSES)}"
