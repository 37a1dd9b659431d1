"""Placeholders that lineage has moved off, or that a scan has taken over: removed, or given up.

A scan that finds an asset under the very name of a placeholder writes into our entity: its guid, its edges and our
label stay. From then on the asset is the scan's: it is referred to, never written or removed. It loses the label, and
those of our columns that the scan spells in another case. Others stay: the scan may have taken them over, too.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.curated import EDITED, active, curated
from lineage.catalogue.parts import MARK, PLACEHOLDER_LABEL, digest
from lineage.catalogue.typedefs import DATASET
from lineage.model import AssetName
from lineage.store import Store

LOG = logging.getLogger(__name__)

OUTGROWN = "outgrown/"
"""Marks of placeholders that a process is no longer bound to; the value is the name."""

_EDGES = ("inputToProcesses", "outputFromProcesses", "sources", "sinks")
"""Relations that mean that somebody uses it: lineage, ours or another's."""
_TOGETHER = 100
"""Entities that one request reads or deletes: their guids stand in its address."""
_SCANNER = "ServiceAdmin"
"""Who Purview says wrote an asset that was scanned."""
_GIVEN = frozenset({"qualifiedName", "name", "path", "uri", "format", "rule", "confidence"})
"""Attributes that a placeholder has from us."""


class Outgrown:
    """The marks in the store, so that a placeholder is looked after whatever is interrupted."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, asset: AssetName) -> None:
        """Look at the placeholder in the next pass."""
        self._store.put(_mark(asset), msgspec.json.encode(asset))

    def drop(self, asset: AssetName) -> None:
        """There is nothing left to do about it."""
        self._store.delete(_mark(asset))

    def marks(self) -> list[str]:
        """All that wait."""
        return list(self._store.list(OUTGROWN))

    def asset(self, mark: str) -> AssetName | None:
        """Whose mark it is; ``None`` where it is gone, or where it cannot be read."""
        stored = self._store.get(mark)
        try:
            return msgspec.json.decode(stored.value, type=AssetName) if stored else None
        except msgspec.DecodeError as error:
            LOG.warning("the mark %s is damaged: %s", mark, error)
            return None


def is_ours(entity: Mapping[str, Any]) -> bool:
    """Whether the asset is a placeholder of ours that no scan has found meanwhile."""
    labelled = PLACEHOLDER_LABEL in (entity.get("labels") or ())
    return entity["typeName"] == DATASET or (labelled and not scanned_over(entity))


def is_foreign(entity: Mapping[str, Any]) -> bool:
    """Whether a part of the hierarchy around processes is somebody else's: without our mark, or a scan's since."""
    return MARK not in (entity.get("labels") or ()) or entity.get("updatedBy") == _SCANNER


def scanned_over(entity: Mapping[str, Any]) -> bool:
    """Whether a scan has written into the entity: its own user, or facts that neither we nor people fill in."""
    attributes = entity.get("attributes") or {}
    facts = (value for key, value in attributes.items() if key not in _GIVEN | EDITED)
    return entity.get("updatedBy") == _SCANNER or any(isinstance(one, str | int | float) and one for one in facts)


def removable(entity: Mapping[str, Any]) -> bool:
    """Whether the entity carries our label, no edge, and nothing that a scan or a person said."""
    ours = PLACEHOLDER_LABEL in (entity.get("labels") or ())
    return ours and not (_edges(entity) or curated(entity) or scanned_over(entity))


def used(client: AtlasClient, asset: AssetName) -> bool:
    """Whether it is still a placeholder of ours that something refers to."""
    answer = client.find(asset)
    return answer is not None and is_ours(answer["entity"]) and not removable(answer["entity"])


def used_by_us(client: AtlasClient, asset: AssetName) -> bool:
    """Whether a process that carries our mark refers to it."""
    answer = client.find(asset)
    processes = _whole(client, [one["guid"] for one in _edges(answer["entity"])]) if answer else ()
    return any(MARK in (process.get("labels") or ()) for process in processes)


def let_go(client: AtlasClient, asset: AssetName, columns: Collection[str]) -> bool:
    """Delete the placeholder with its columns, or take what is ours from what is a scan's; ``False`` where it is used,
    or where people said something of one of its columns.

    ``columns`` are the names of those that we wrote.
    """
    answer = client.find(asset)
    entity = answer["entity"] if answer else {}
    if PLACEHOLDER_LABEL not in (entity.get("labels") or ()):
        return True
    if not (scanned_over(entity) or removable(entity)):
        return False
    holders, listed = _schema(client, entity)
    if scanned_over(entity):
        _delete(client, [one["guid"] for one in _spelled_twice(listed, columns)])
        client.delete(f"entity/guid/{entity['guid']}/labels", body=[PLACEHOLDER_LABEL])
    elif any(map(curated, _whole(client, [one["guid"] for one in listed]))):
        return False
    else:
        # The catalogue deletes with an asset only what it owns itself. The asset goes last, so that the rest is found.
        _delete(client, [*(one["guid"] for one in listed), *holders, entity["guid"]])
    return True


def _mark(asset: AssetName) -> str:
    return f"{OUTGROWN}{digest(asset)}.json"


def _schema(client: AtlasClient, entity: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
    """The guids of what holds the columns of an asset, and references to these."""
    relations = entity.get("relationshipAttributes") or {}
    holders = [reference["guid"] for reference in active(relations.get("tabular_schema"))]
    columns = active(relations.get("columns"))
    for guid in holders:
        answer = client.get(f"entity/guid/{guid}") or {}
        columns += active(((answer.get("entity") or {}).get("relationshipAttributes") or {}).get("columns"))
    return holders, columns


def _edges(entity: Mapping[str, Any]) -> list[Any]:
    relations = entity.get("relationshipAttributes") or {}
    return [one for name in _EDGES for one in active(relations.get(name))]


def _whole(client: AtlasClient, guids: Sequence[str]) -> Iterator[Any]:
    for start in range(0, len(guids), _TOGETHER):
        params = [*(("guid", guid) for guid in guids[start : start + _TOGETHER]), ("minExtInfo", "true")]
        yield from (client.get("entity/bulk", params=params) or {}).get("entities") or ()


def _spelled_twice(listed: Sequence[Any], columns: Collection[str]) -> list[Any]:
    """Those of our ``columns`` beside which there is the same in another case that is not ours."""
    others = {one["displayText"].casefold() for one in listed if one["displayText"] not in columns}
    return [one for one in listed if one["displayText"] in columns and one["displayText"].casefold() in others]


def _delete(client: AtlasClient, guids: Sequence[str]) -> None:
    for start in range(0, len(guids), _TOGETHER):
        client.delete("entity/bulk", params=[("guid", guid) for guid in guids[start : start + _TOGETHER]])
