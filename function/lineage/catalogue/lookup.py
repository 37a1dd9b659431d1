"""Reading assets: many by their names in one request, one with its columns, and those below a prefix by search.

The search index lags behind by minutes; reads by name do not.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.placeholders import is_foreign, is_ours
from lineage.errors import Rejected
from lineage.model import AssetName

_URL_CHARACTERS = 6_000
"""Longest query of one request; gateways refuse about 8,000."""
_PAGE = 1_000
_PAGES = 5


@dataclass(frozen=True, slots=True)
class Found:
    """An asset that is there; ``ours`` where it is a placeholder."""

    asset: AssetName
    guid: str
    ours: bool
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found; ``complete`` is false where there is more."""

    assets: tuple[AssetName, ...]
    complete: bool


@dataclass(slots=True)
class Lookup:
    """Reads of one catalogue. Safe to share between threads.

    Whether a read may ask for ``DataSet`` and get any type below it (one request instead of one a type) is tried out
    on the first asset that is known to be there; see ``learn``.
    """

    client: AtlasClient
    _by_supertype: bool | None = None
    _tries: int = 3
    _dsl: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, assets: Iterable[AssetName]) -> dict[AssetName, Found]:
        """Those of ``assets`` that are there, without columns."""
        wanted = list(dict.fromkeys(assets))
        if not self._by_supertype:
            return self._read_typed(wanted)
        of_name = {found.asset.qualified_name: found for found in self._read_as("DataSet", _names(wanted))}
        read = {found.asset: found for found in of_name.values()}
        # Under one name there may be more than the one asset that was answered; only a better one matters.
        rank = {asset: at for at, asset in enumerate(wanted)}
        better = []
        for asset in wanted:
            answered = of_name.get(asset.qualified_name)
            last = len(wanted) if answered is None or answered.ours else rank.get(answered.asset, len(wanted))
            if answered and asset not in read and rank[asset] < last:
                better.append(asset)
        return {**read, **self._read_typed(better)}

    def learn(self, asset: AssetName) -> None:
        """Find out whether reads by supertype find ``asset``, which was written just now."""
        with self._lock:
            if self._by_supertype is not None:
                return
            found = any(one.asset == asset for one in self._read_as("DataSet", [asset.qualified_name]))
            self._tries -= 1
            self._by_supertype = True if found else (None if self._tries else False)

    def whole(self, asset: AssetName) -> Found | None:
        """The asset with the names of its columns."""
        answer = self.client.find(asset)
        if answer is None:
            return None
        found = _found(answer["entity"])
        return Found(found.asset, found.guid, found.ours, tuple(self._columns(answer)))

    def foreign(self, assets: Iterable[AssetName]) -> set[AssetName]:
        """Those of ``assets``, parts of the hierarchy around processes, that are there and that others wrote."""
        entities = [one for type_name, names in _by_type(assets) for one in self._entities_as(type_name, names)]
        return {_found(entity).asset for entity in entities if is_foreign(entity)}

    def search(self, types: Sequence[str], prefix: str) -> Hits:
        """Assets of these types whose names start with ``prefix``, as far as the index knows."""
        if not self._dsl:
            try:
                return self._search(types, prefix)
            except Rejected as error:
                if error.status not in (404, 405):
                    raise
                self._dsl = True
        return self._search_dsl(types, prefix)

    def _read_typed(self, assets: Iterable[AssetName]) -> dict[AssetName, Found]:
        found = [one for type_name, names in _by_type(assets) for one in self._read_as(type_name, names)]
        return {one.asset: one for one in found}

    def _read_as(self, type_name: str, names: Sequence[str]) -> list[Found]:
        return [_found(entity) for entity in self._entities_as(type_name, names)]

    def _entities_as(self, type_name: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        path = f"entity/bulk/uniqueAttribute/type/{quote(type_name, safe='')}"
        for some in _chunks(names):
            pairs = [(f"attr_{at}:qualifiedName", name) for at, name in enumerate(some)]
            answer = self._get(path, [*pairs, ("minExtInfo", "true"), ("ignoreRelationships", "true")])
            yield from _entities(answer)

    def _get(self, path: str, params: Sequence[tuple[str, str]]) -> Any:
        try:
            return self.client.get(path, params=params)
        except Rejected as error:
            if error.status != 404:
                raise
            return None

    def _columns(self, answer: Mapping[str, Any]) -> Iterator[str]:
        entity, referred = answer["entity"], answer.get("referredEntities") or {}
        relations = entity.get("relationshipAttributes") or {}
        yield from _names_of(relations.get("columns"), referred)
        for holder in _list(relations.get("tabular_schema")) + _list(relations.get("attachedSchema")):
            schema = referred.get(holder["guid"])
            if not (schema and schema.get("relationshipAttributes")):
                whole = self._get(f"entity/guid/{holder['guid']}", []) or {}
                schema, referred = whole.get("entity") or {}, whole.get("referredEntities") or {}
            yield from _names_of((schema.get("relationshipAttributes") or {}).get("columns"), referred)

    def _search(self, types: Sequence[str], prefix: str) -> Hits:
        of_types = {"or": [{"entityType": type_name} for type_name in types]}
        below = {"attributeName": "qualifiedName", "operator": "startswith", "attributeValue": prefix}
        body: dict[str, Any] = {"keywords": None, "limit": _PAGE, "filter": {"and": [of_types, below]}}
        hits: list[AssetName] = []
        for _ in range(_PAGES):
            answer = self.client.post("search/query", body=body) or {}
            value = answer.get("value") or []
            hits += [AssetName(hit["entityType"], hit["qualifiedName"]) for hit in value if hit.get("qualifiedName")]
            token = answer.get("continuationToken")
            if not token or not value:
                return Hits(_below(hits, prefix), complete=True)
            body = {**body, "continuationToken": token}
        return Hits(_below(hits, prefix), complete=False)

    def _search_dsl(self, types: Sequence[str], prefix: str) -> Hits:
        """Apache Atlas has no search by prefix but in its query language."""
        hits: list[AssetName] = []
        complete = True
        for type_name in types:
            query = f'{type_name} where qualifiedName like "{_escaped(prefix)}*"'
            answer = self.client.get("search/dsl", params=[("query", query), ("limit", str(_PAGE))]) or {}
            entities = answer.get("entities") or []
            complete = complete and len(entities) < _PAGE
            hits += [_found(entity).asset for entity in entities if entity.get("status") != "DELETED"]
        return Hits(_below(hits, prefix), complete)


def _by_type(assets: Iterable[AssetName]) -> Iterable[tuple[str, list[str]]]:
    by_type: dict[str, list[str]] = defaultdict(list)
    for asset in assets:
        by_type[asset.type_name].append(asset.qualified_name)
    return by_type.items()


def _names(assets: Iterable[AssetName]) -> list[str]:
    return list(dict.fromkeys(asset.qualified_name for asset in assets))


def _chunks(names: Sequence[str]) -> Iterator[list[str]]:
    """As many names as fit into a URL; one that never fits is not asked for, since nobody could have scanned it."""
    chunk: list[str] = []
    size = 0
    for name in names:
        length = len(quote(name)) + len("attr_000%3AqualifiedName=&")
        if length > _URL_CHARACTERS:
            continue
        if chunk and size + length > _URL_CHARACTERS:
            yield chunk
            chunk, size = [], 0
        chunk.append(name)
        size += length
    if chunk:
        yield chunk


def _entities(answer: Any) -> list[dict[str, Any]]:
    """A list, or in some versions a map by guid; deleted ones left out."""
    entities = (answer or {}).get("entities") or []
    listed = list(entities.values()) if isinstance(entities, dict) else entities
    return [entity for entity in listed if entity.get("status") != "DELETED"]


def _found(entity: Mapping[str, Any]) -> Found:
    name = str(entity["attributes"].get("qualifiedName") or "")
    return Found(AssetName(entity["typeName"], name), entity.get("guid") or "", is_ours(entity))


def _names_of(references: Any, referred: Mapping[str, Any]) -> Iterator[str]:
    for reference in _list(references):
        entity = referred.get(reference.get("guid")) or {}
        name = (entity.get("attributes") or {}).get("name") or reference.get("displayText")
        if name and reference.get("entityStatus") != "DELETED":
            yield str(name)


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _below(assets: Iterable[AssetName], prefix: str) -> tuple[AssetName, ...]:
    """The index knows no case; names do."""
    return tuple(sorted({asset for asset in assets if asset.qualified_name.startswith(prefix)}))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
