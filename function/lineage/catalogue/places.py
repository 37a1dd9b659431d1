"""Which table lies at a path, as reports told that knew both.

A table of Unity Catalog is one dataset, whether a job names it or writes to the path that it lies at; only the reports
that name it tell of both. So what they say is kept, and whoever names the path is shown at the table.
"""

from collections.abc import Callable, Iterable

import msgspec

from lineage.catalogue.aged import Aged
from lineage.catalogue.kept import read
from lineage.catalogue.parts import digest
from lineage.errors import Conflict
from lineage.model import AssetName, Dataset, Lineage, Status
from lineage.store import Store

PLACES = "places/"
BELIEVED_MS = 90 * 86_400_000
"""A table that nobody named for so long may be gone, and its path be used for something else."""
_RENEWED_MS = 7 * 86_400_000
_REMEMBERED = 300.0
"""Seconds for which this instance believes what it read; others may write meanwhile."""


class Lying(msgspec.Struct, frozen=True):
    """The table, without its columns, and the time (ms) of the newest report, to the week; none: no table is known."""

    table: Dataset | None = None
    at: int = 0


class Places:
    """What is known of places. ``clock`` gives seconds. Safe to share between threads."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._known: Aged[AssetName, Lying] = Aged(clock)
        self._any: Aged[str, bool] = Aged(clock)

    def learn(self, lineage: Lineage) -> None:
        """Keep what a write that succeeded tells of its datasets; raises ``StoreError``."""
        if lineage.run.status is Status.FAILED:
            return
        for dataset in (*lineage.inputs, lineage.output):
            if dataset.place:
                self._keep(dataset.place, msgspec.structs.replace(dataset, columns=()), lineage.run.timestamp)

    def tables(self, datasets: Iterable[Dataset]) -> dict[str, Dataset]:
        """The tables at those of ``datasets`` that are called by their path, by their qualified names."""
        paths = [one for one in datasets if one.place is None]
        if not paths or not self._any_at_all():
            return {}
        oldest = int(self._clock() * 1000) - BELIEVED_MS
        found = ((one.qualified_name, self._at(one.asset)) for one in paths)
        return {name: lying.table for name, lying in found if lying.table and lying.at >= oldest}

    def clear(self) -> None:
        """Believe nothing that was read before."""
        self._known.clear()
        self._any.clear()

    def _keep(self, place: AssetName, table: Dataset, at: int) -> None:
        known = self._at(place)
        if at < known.at or (known.table == table and at < known.at + _RENEWED_MS):
            return
        stored = self._store.get(_key(place))
        if at < read(_key(place), place, stored, Lying).at:
            return
        try:
            self._store.replace(_key(place), msgspec.json.encode(Lying(table, at)), stored.etag if stored else None)
        except Conflict:
            self._known.drop(place)  # somebody else told of it just now; the next report tells again
            return
        self._known.put(place, Lying(table, at), _REMEMBERED)
        self._any.put(PLACES, value=True, seconds=_REMEMBERED)

    def _at(self, place: AssetName) -> Lying:
        known = self._known.get(place)
        if known is None:
            known = read(_key(place), place, self._store.get(_key(place)), Lying)
            self._known.put(place, known, _REMEMBERED)
        return known

    def _any_at_all(self) -> bool:
        """Without Unity Catalog there is none, and nothing has to be read."""
        known = self._any.get(PLACES)
        if known is None:
            known = next(iter(self._store.list(PLACES)), None) is not None
            self._any.put(PLACES, known, _REMEMBERED)
        return known


def _key(place: AssetName) -> str:
    return f"{PLACES}{digest(place)}.json"
