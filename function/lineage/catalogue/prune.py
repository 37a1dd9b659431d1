"""Removing processes that were not seen for long, and what of ours nothing needs after that.

Only what carries our mark goes, and only what nobody else has a use for: no glossary term, no classification, nothing
else that people said of it, see ``curated``. All of it is read again under the lease of its publisher right before it
is deleted, from the store and from the catalogue, which another line may feed as well. Scanned assets are never
touched.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from lineage.catalogue.curated import active, curated
from lineage.catalogue.draft import PROCESSES, Filed, process_lease
from lineage.catalogue.due import Due
from lineage.catalogue.ledger import lease_name
from lineage.catalogue.parts import hierarchy
from lineage.catalogue.placeholders import Outgrown, is_foreign
from lineage.catalogue.publish import Publisher
from lineage.catalogue.stale import Stale, filed_at, last_seen, stale_processes
from lineage.catalogue.typedefs import APPLICATION, PROCESS
from lineage.catalogue.vocabulary import BUILTIN_PROCESS
from lineage.model import AssetName
from lineage.store import Store

BEREFT = "bereft/"
"""Marks of owners that a process was removed under; the value is the name."""
_UPWARD = frozenset({"workspace", "job", "notebook", "parent"})
"""Relations of an owner to what is above it, and to a task's notebook."""
_WORKSPACE = "databricks_workspace"
"""Stays: a scan has the same one."""


class Verdict(StrEnum):
    """What becomes of one process."""

    STALE = "stale"
    """it would be removed"""
    REMOVED = "removed"
    SEEN = "seen again"
    """a run came meanwhile, or the catalogue knows of one"""
    FOREIGN = "not ours"
    """what has its name in the catalogue does not carry our mark, or a scan has taken it over"""
    USED = "in use"
    """somebody gave it a glossary term, a classification, a contact, a description or the like"""


@dataclass(frozen=True, slots=True)
class Pruned:
    """One process that is stale by the store; ``last_seen`` in ms, ``marked`` whether it has the label."""

    process: str
    name: str
    last_seen: int
    marked: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Pruning:
    """``placeholders`` and ``owners`` (tasks, jobs, notebooks) are those that were removed, or that would be unless
    something else in the catalogue refers to them."""

    removed: bool
    before: int
    processes: tuple[Pruned, ...]
    placeholders: tuple[AssetName, ...] = ()
    owners: tuple[AssetName, ...] = ()


def rehearse(store: Store, before: int) -> Pruning:
    """What would go whose last run ended before ``before`` (ms). The store alone is asked; nothing is written."""
    found = list(stale_processes(store, before))
    gone = {one.record for one in found}
    needed: set[tuple[bool, AssetName]] = set()
    left: set[tuple[bool, AssetName]] = set()
    for key in list(store.list(PROCESSES)):
        filed = filed_at(store, key)[0]
        if filed:
            (left if key in gone else needed).update(_ours(filed))
    rows = tuple(_pruned(one, Verdict.STALE) for one in found)
    alone = sorted(left - needed)
    placeholders = tuple(asset for is_owner, asset in alone if not is_owner)
    return Pruning(False, before, rows, placeholders, tuple(asset for is_owner, asset in alone if is_owner))


def prune(publisher: Publisher, store: Store, before: int) -> Pruning:
    """Remove them. Raises ``CatalogueError`` and ``StoreError``; what is done then stays done."""
    work = _Work(publisher, store, before)
    rows = tuple([_pruned(one, work.remove(one.record)) for one in list(stale_processes(store, before))])
    placeholders = publisher.remove_outgrown()
    return Pruning(True, before, rows, tuple(sorted(placeholders)), tuple(work.remove_owners()))


@dataclass(frozen=True, slots=True)
class _Work:
    publisher: Publisher
    store: Store
    before: int

    def remove(self, key: str) -> Verdict:
        """A process with its record, under its lease."""
        with self.store.lease(process_lease(key)):
            filed, etag = filed_at(self.store, key)
            if filed is None or last_seen(filed.state) >= self.before:
                return Verdict.SEEN
            entities = list(self._entities(filed.state.process.qualified_name))
            kept = next((verdict for one in entities if (verdict := self._kept(one))), None)
            if kept:
                return kept
            self._delete(key, filed, etag, [one["guid"] for one in entities])
        return Verdict.REMOVED

    def remove_owners(self) -> Iterator[AssetName]:
        """Those that were marked by now, also by a pruning that was interrupted."""
        marks: dict[AssetName, str] = {}
        for mark in list(self.store.list(BEREFT)):
            stored = self.store.get(mark)
            if stored:
                marks[msgspec.json.decode(stored.value, type=AssetName)] = mark
        for asset in sorted(marks, key=_lowest_first):
            if self._remove_owner(asset):
                yield asset
            self.store.delete(marks[asset])

    def _remove_owner(self, asset: AssetName) -> bool:
        """A part of the hierarchy that we made and nothing hangs under, under its lease."""
        with self.store.lease(lease_name(asset)):
            answer = self.publisher.client.find(asset)
            if answer is None or self.publisher.ledger.get(asset, fresh=True).own is None:
                self.publisher.ledger.forget([asset])
                return False
            entity = answer["entity"]
            relations = entity.get("relationshipAttributes") or {}
            below = any(active(value) for name, value in relations.items() if name not in _UPWARD)
            if below or is_foreign(entity) or curated(entity):
                return False
            self.publisher.client.delete(f"entity/guid/{entity['guid']}")
            self.publisher.ledger.forget([asset])
        return True

    def _entities(self, name: str) -> Iterator[Mapping[str, Any]]:
        for type_name in (BUILTIN_PROCESS, PROCESS):
            answer = self.publisher.client.find(AssetName(type_name, name))
            if answer:
                yield answer["entity"]

    def _kept(self, entity: Mapping[str, Any]) -> Verdict | None:
        if is_foreign(entity):
            return Verdict.FOREIGN
        if _last_run(entity) >= self.before:
            return Verdict.SEEN
        return Verdict.USED if curated(entity) else None

    def _delete(self, key: str, filed: Filed, etag: str, guids: Iterable[str]) -> None:
        """In an order in which whatever is interrupted is done again by the next pruning, or undone by the next run."""
        outgrown = Outgrown(self.store)
        for binding in filed.published.bindings.values() if filed.published else ():
            if not binding.scanned:
                outgrown.put(binding.asset)
        for asset in _owners(filed):
            self.store.put(_mark(asset), msgspec.json.encode(asset))
        self.store.replace(key, msgspec.json.encode(msgspec.structs.replace(filed, published=None)), etag)
        for guid in guids:
            self.publisher.client.delete(f"entity/guid/{guid}")
        self.store.delete(key)
        if filed.due:
            Due(self.store).drop(key, int(filed.due))


def _pruned(one: Stale, verdict: Verdict) -> Pruned:
    return Pruned(one.process, one.name, one.last_seen, one.marked, verdict)


def _ours(filed: Filed) -> Iterator[tuple[bool, AssetName]]:
    """The placeholders that a process is bound to, and its owners (``True``) but for the workspace."""
    bound = filed.published.bindings.values() if filed.published else ()
    yield from ((False, binding.asset) for binding in bound if not binding.scanned)
    owners = (owner.asset for owner in hierarchy(filed.state.process.owner))
    yield from ((True, asset) for asset in owners if asset.type_name != _WORKSPACE)


def _owners(filed: Filed) -> Iterator[AssetName]:
    """Under either of the types that they may have been made as."""
    for owner in hierarchy(filed.state.process.owner):
        if owner.asset.type_name != _WORKSPACE:
            yield owner.asset
        yield AssetName(APPLICATION, owner.asset.qualified_name)


def _mark(asset: AssetName) -> str:
    return f"{BEREFT}{lease_name(asset)}.json"


def _lowest_first(asset: AssetName) -> tuple[bool, int, AssetName]:
    """Tasks before the notebooks and jobs that they name."""
    return "/tasks/" not in asset.qualified_name, -asset.qualified_name.count("/"), asset


def _last_run(entity: Mapping[str, Any]) -> int:
    """What the catalogue knows of its last run (ms); 0 where that cannot be read."""
    said = {**(entity.get("attributes") or {}), **(entity.get("customAttributes") or {})}.get("lastRun") or 0
    if isinstance(said, int | float) or str(said).isdigit():
        return int(said)
    try:
        return int(datetime.fromisoformat(str(said)).timestamp() * 1000)
    except ValueError:
        return 0
