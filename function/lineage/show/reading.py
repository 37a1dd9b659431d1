"""What ``lineage show`` asks of a catalogue, over the Atlas v2 API alone."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote

from lineage.errors import Rejected
from lineage.model import Column
from lineage.page.facts import facts_of
from lineage.page.read import NotFound, find
from lineage.show.tree import Asset, Direction, Neighbourhood

Entity = Mapping[str, Any]
Params = Iterable[tuple[str, str]]

_WAYS: Mapping[Direction, str] = {Direction.UPSTREAM: "INPUT", Direction.DOWNSTREAM: "OUTPUT"}
_WIDTH = 1000
"""Neighbours of one asset that are asked for; without it Purview leaves out what exceeds its own default."""
_BULK = 50
_QUALIFIED = re.compile(r"[/@.]")
"""What a qualified name has and a readable name seldom."""
_NO_LINEAGE = "ATLAS-404-00-011"


class Catalogue(Protocol):
    """The two verbs of ``lineage.catalogue.AtlasClient`` that are needed; paths are below ``…/atlas/v2``."""

    def get(self, path: str, *, params: Params = ()) -> Any:
        """The decoded answer; raises ``CatalogueError``."""
        ...

    def post(self, path: str, *, params: Params = (), body: Any = None) -> Any:
        """The decoded answer; raises ``CatalogueError``."""
        ...


def neighbourhood(client: Catalogue, name: str, direction: Direction, depth: int) -> Neighbourhood:
    """The asset called ``name`` and all within ``depth`` datasets of it. Raises ``NotFound`` and ``CatalogueError``."""
    whole = client.get(f"entity/guid/{_guid(client, name)}")
    entity = whole["entity"]
    lineage = _lineage(client, entity, direction, depth)
    edges = dict.fromkeys((each["fromEntityId"], each["toEntityId"]) for each in lineage.get("relations") or ())
    edges |= dict.fromkeys(_own_edges(entity, lineage, direction))
    guids = [guid for guid in dict.fromkeys(guid for edge in edges for guid in edge) if guid != entity["guid"]]
    entities = {entity["guid"]: entity, **_read(client, guids)}
    there = tuple(edge for edge in edges if edge[0] in entities and edge[1] in entities)
    assets = {guid: _asset(each) for guid, each in entities.items()}
    return Neighbourhood(assets[entity["guid"]], assets, there, tuple(_schema(client, whole)))


def _guid(client: Catalogue, name: str) -> str:
    """An exact qualified name is looked up first: search may not know yet what was just written."""
    for type_name in ("DataSet", "Process") if _QUALIFIED.search(name) else ():
        try:
            found = client.get(f"entity/uniqueAttribute/type/{type_name}", params=[("attr:qualifiedName", name)])
        except Rejected as error:
            if error.status not in (400, 404):
                raise
        else:
            return str(found["entity"]["guid"])
    return find(client, name)


def _lineage(client: Catalogue, entity: Entity, direction: Direction, depth: int) -> Entity:
    # Atlas takes 0 for all; Purview wants a number, and no catalogue has a chain of so many datasets.
    params = [("direction", _WAYS[direction]), ("depth", str(depth or 100)), ("width", str(_WIDTH))]
    path = f"lineage/{entity['guid']}"
    try:
        found: Entity = client.get(path, params=params)
        if found.get("relations") or not _is_process(entity):
            return found
        # A notebook or a task has no inputs of its own; its processes have.
        derived: Entity = client.get(path, params=[*params, ("getDerivedLineage", "true")])
    except Rejected as error:
        if error.code != _NO_LINEAGE:
            raise
        if _is_process(entity):
            return {}
        message = f"{_text(entity, 'name')} has no lineage: it is a {entity['typeName']}"
        raise NotFound(message) from None
    return derived


def _own_edges(entity: Entity, lineage: Entity, direction: Direction) -> Iterator[tuple[str, str]]:
    """Edges of the root that the lineage leaves out.

    Apache Atlas shows a process only together with its inputs; and a parent's parts hang on it by another relation.
    """
    guid = entity["guid"]
    upstream = direction is Direction.UPSTREAM
    relation = "outputFromProcesses" if upstream else "inputToProcesses"
    for process in (entity.get("relationshipAttributes") or {}).get(relation) or ():
        if process.get("relationshipStatus", "ACTIVE") == "ACTIVE":
            yield (process["guid"], guid) if upstream else (guid, process["guid"])
    for each in lineage.get("parentRelations") or ():
        if each["parentEntityId"] == guid:
            part = each["childEntityId"]
            yield (part, guid) if upstream else (guid, part)


def _read(client: Catalogue, guids: Sequence[str]) -> dict[str, Entity]:
    """Entities by guid; one that vanished meanwhile is left out."""
    read: dict[str, Entity] = {}
    for start in range(0, len(guids), _BULK):
        read |= _read_some(client, guids[start : start + _BULK])
    return read


def _read_some(client: Catalogue, guids: Sequence[str]) -> dict[str, Entity]:
    brief = [("minExtInfo", "true"), ("ignoreRelationships", "true")]
    try:
        answer = client.get("entity/bulk", params=[*(("guid", guid) for guid in guids), *brief])
    except Rejected as error:
        if error.status != 404 or len(guids) == 1:
            if error.status == 404:
                return {}
            raise
        half = len(guids) // 2
        return _read_some(client, guids[:half]) | _read_some(client, guids[half:])
    active = (each for each in answer.get("entities") or () if each.get("status", "ACTIVE") == "ACTIVE")
    return {each["guid"]: each for each in active}


def _asset(entity: Entity) -> Asset:
    qualified_name = _text(entity, "qualifiedName")
    return Asset(
        guid=entity["guid"],
        type_name=entity["typeName"],
        qualified_name=qualified_name,
        name=_text(entity, "name") or qualified_name,
        labels=tuple(entity.get("labels") or ()),
        facts=facts_of(entity) if _is_process(entity) else None,
    )


def _is_process(entity: Entity) -> bool:
    return "inputs" in entity["attributes"] or "outputs" in entity["attributes"]


def _schema(client: Catalogue, whole: Entity) -> Iterator[Column]:
    """The columns of an entity that was read whole, or of the schema that it has."""
    relations = whole["entity"].get("relationshipAttributes") or {}
    schema = relations.get("tabular_schema")
    if schema:
        whole = client.get(f"entity/guid/{quote(schema['guid'], safe='')}")
        relations = whole["entity"].get("relationshipAttributes") or {}
    for reference in relations.get("columns") or ():
        column = (whole.get("referredEntities") or {}).get(reference["guid"])
        name = _text(column, "name") if column else str(reference.get("displayText") or "")
        kinds = (_text(column, key) for key in ("data_type", "type") if column)
        yield Column(name, next(filter(None, kinds), ""))


def _text(entity: Entity, attribute: str) -> str:
    return str(entity["attributes"].get(attribute) or "")
