"""Processes that were not seen for long: which they are, and the label that says so in the catalogue.

A process is seen when a run of it ends, by the run's own time. The label goes with the next run.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.draft import PROCESSES, Filed, process_lease
from lineage.catalogue.process_state import ProcessState
from lineage.errors import Rejected
from lineage.store import Store

STALE_LABEL = "lineage-stale"
"""On a process of ours that was not seen for as long as the settings say."""
DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Stale:
    """A stale process; ``record`` is its key in the store, ``last_seen`` in ms, ``marked`` whether it has the label."""

    record: str
    process: str
    name: str
    last_seen: int
    marked: bool


def last_seen(state: ProcessState) -> int:
    """The end of its last run (ms)."""
    return max((event.timestamp for event in state.events), default=state.rank.timestamp)


def stale_processes(store: Store, before: int) -> Iterator[Stale]:
    """Those whose last run ended before ``before`` (ms); a record that cannot be read is passed by."""
    for key in list(store.list(PROCESSES)):
        filed = filed_at(store, key)[0]
        if filed and last_seen(filed.state) < before:
            process = filed.state.process
            yield Stale(key, process.qualified_name, process.name, last_seen(filed.state), bool(filed.stale))


def filed_at(store: Store, key: str) -> tuple[Filed | None, str]:
    """The record and its version; ``None`` where there is none that can be read."""
    stored = store.get(key)
    try:
        return (msgspec.json.decode(stored.value, type=Filed), stored.etag) if stored else (None, "")
    except msgspec.DecodeError:
        return None, ""


def mark_stale(client: AtlasClient, store: Store, key: str, before: int) -> bool:
    """Put the label on a process that is stale and has none yet; whether it was put. Raises ``CatalogueError``."""
    filed, _ = filed_at(store, key)  # without the lease, since nearly all are not stale
    if filed is None or filed.stale or last_seen(filed.state) >= before:
        return False
    with store.lease(process_lease(key)):
        filed, etag = filed_at(store, key)
        if filed is None or filed.stale or last_seen(filed.state) >= before:
            return False
        guid = filed.published.guids.get(filed.state.process.qualified_name) if filed.published else None
        marked = bool(guid and label(client, guid, stale=True))
        # One that the catalogue does not have is not asked for again in every round.
        store.replace(key, msgspec.json.encode(msgspec.structs.replace(filed, stale=last_seen(filed.state))), etag)
        return marked


def label(client: AtlasClient, guid: str, *, stale: bool) -> bool:
    """Put the label on an entity, or take it away; ``False`` where the entity is gone."""
    try:
        change = client.put if stale else client.delete
        change(f"entity/guid/{guid}/labels", body=[STALE_LABEL])
    except Rejected as error:
        if error.status != 404:
            raise
        return False
    return True
