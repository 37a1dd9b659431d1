"""What was written of assets that several processes share: the hierarchy, and placeholders with their columns.

Everything is decided by (day, value): the greater wins, whichever came first. So the order of arrival changes nothing,
and what stays the same is noted once a day, not once a run.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import msgspec

from lineage.catalogue.aged import Aged
from lineage.catalogue.kept import read
from lineage.catalogue.parts import Entity, Part, Placeholder, column_entities, digest, name_of, placeholder_entities
from lineage.catalogue.vocabulary import Vocabulary
from lineage.model import AssetName, Column
from lineage.store import Store

_REMEMBERED = 300.0
"""Seconds for which this instance believes what it read; others may write meanwhile."""

Mark = tuple[int, str]
"""Day (since the epoch) and what was seen on it."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """``own`` is the digest of the entity (``None``: not written yet), ``columns`` are names with their types.

    ``collection`` is where it was put when it was made (``None``: not known); its columns go there, too.
    """

    guid: str = ""
    own: Mark | None = None
    columns: dict[str, Mark] = {}
    collection: str | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Share:
    """What one process wants to be known of a shared asset: an owner's entity, or a placeholder and its columns."""

    asset: AssetName
    day: int
    part: Part | None = None
    placeholder: Placeholder | None = None
    collection: str = ""


@dataclass(frozen=True, slots=True)
class Addition:
    """What is to be written of a shared asset, possibly nothing but the entry, and the entry afterwards."""

    after: Entry
    entities: tuple[Entity, ...] = ()
    columns: tuple[Entity, ...] = ()

    @property
    def collection(self) -> str:
        """Where all of it goes."""
        return self.after.collection or ""


def add(entry: Entry, shares: Iterable[Share], vocabulary: Vocabulary) -> Addition | None:
    """What the ``shares`` of one asset add to its ``entry``; ``None`` where that is nothing. Pure."""
    entities: dict[AssetName, Entity] = {}
    columns: dict[AssetName, Entity] = {}
    after = entry
    collection = entry.collection
    for share in shares:
        collection = share.collection if collection is None else collection
        one = _of_owner(after, share) if share.part else _of_placeholder(after, share, vocabulary)
        after = one.after
        entities |= {name_of(entity): entity for entity in one.entities}
        columns |= {name_of(column): column for column in one.columns}
    if after == entry:
        return None
    after = msgspec.structs.replace(after, collection=collection)
    return Addition(after, tuple(entities.values()), tuple(columns.values()))


def _of_owner(entry: Entry, share: Share) -> Addition:
    entity = share.part.entity if share.part else {}
    mark = (share.day, hashlib.sha256(msgspec.json.encode(entity)).hexdigest()[:16])
    if entry.own is not None and mark <= entry.own:
        return Addition(entry)
    new = entry.own is None or mark[1] != entry.own[1]
    return Addition(msgspec.structs.replace(entry, own=mark), (entity,) if new else ())


def _of_placeholder(entry: Entry, share: Share, vocabulary: Vocabulary) -> Addition:
    placeholder = share.placeholder
    if placeholder is None:
        return Addition(entry)
    columns = dict(entry.columns)
    changed: list[Column] = []
    for column in placeholder.columns:
        mark, before = (share.day, column.type), entry.columns.get(column.name)
        if before is None or (column.type and (mark > before or not before[1])):
            columns[column.name] = mark
            changed += [column] if before is None or before[1] != column.type else []
    after = msgspec.structs.replace(entry, own=(0, "placeholder"), columns=columns)
    entities = placeholder_entities(placeholder, vocabulary) if entry.own is None else []
    return Addition(after, tuple(entities), tuple(column_entities(placeholder, changed, vocabulary)))


class Ledger:
    """The entries in the store. Safe to share between threads; write only under the asset's lease."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._entries: Aged[AssetName, Entry] = Aged(clock)

    def get(self, asset: AssetName, *, fresh: bool = False) -> Entry:
        """The entry, an empty one where there is none, or a damaged one; ``fresh`` reads the store in any case.

        Where nothing is known, the catalogue is asked before anything of the asset is written again.
        """
        known = None if fresh else self._entries.get(asset)
        if known is None:
            known = read(_key(asset), asset, self._store.get(_key(asset)), Entry)
            self._entries.put(asset, known, _REMEMBERED)
        return known

    def put(self, asset: AssetName, entry: Entry) -> None:
        """Note what was written."""
        self._store.put(_key(asset), msgspec.json.encode(entry))
        self._entries.put(asset, entry, _REMEMBERED)

    def forget(self, assets: Iterable[AssetName]) -> None:
        """The catalogue has lost these, or may have."""
        for asset in assets:
            self._store.delete(_key(asset))
            self._entries.drop(asset)


@contextmanager
def holding(store: Store, names: Iterable[str]) -> Iterator[None]:
    """Hold all these leases: taken in one order everywhere, so that no two wait for each other."""
    with ExitStack() as held:
        for name in sorted(set(names)):
            held.enter_context(store.lease(name))
        yield


def lease_name(asset: AssetName) -> str:
    """Who writes the asset holds this lease."""
    return f"asset-{digest(asset)}"


def _key(asset: AssetName) -> str:
    return f"assets/{digest(asset)}.json"
