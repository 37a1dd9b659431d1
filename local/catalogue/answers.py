"""Entities, headers and edges as the API shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from local.catalogue.graph import Edge, Entity, Graph
from local.catalogue.typesystem import EntityType, Relation, TypeSystem
from local.catalogue.upsert import Mutations

Json = dict[str, Any]
Related = Mapping[Relation, list[tuple[Edge, Entity]]]
"""What each relation of an entity holds."""
_HEADER = ("qualifiedName", "name", "displayName", "description", "owner")


def header(entity: Entity) -> Json:
    """An entity in short, as lists have it."""
    attributes = entity.attributes
    return {
        "typeName": entity.type_name,
        "attributes": {name: attributes[name] for name in _HEADER if attributes.get(name) is not None},
        "guid": entity.guid,
        "status": "ACTIVE",
        "displayText": entity.name,
        "classificationNames": [],
        "meaningNames": [],
        "meanings": [],
        "isIncomplete": False,
        "labels": entity.labels,
        "collectionId": entity.collection,
        "lastModifiedTS": str(entity.version),
    }


def mutated(graph: Graph, mutations: Mutations, update: str = "UPDATE") -> Json:
    """What a call changed; no key at all when it changed nothing."""
    known = graph.by_ids([*mutations.created, *mutations.updated])
    groups = {
        "CREATE": [header(known[each]) for each in mutations.created if each in known],
        update: [header(known[each]) for each in mutations.updated if each in known],
        "DELETE": [header(entity) for entity in mutations.deleted.values()],
    }
    found = {kind: headers for kind, headers in groups.items() if headers}
    return {"mutatedEntities": found} if found else {}


def assigned(graph: Graph, placeholders: Mapping[str, int]) -> dict[str, str]:
    """Placeholder guid → guid."""
    known = graph.by_ids(placeholders.values())
    return {guid: known[each].guid for guid, each in placeholders.items() if each in known}


class Reading:
    """Whole entities with their relations. ``brief`` shows what an entity owns in short (``minExtInfo``)."""

    def __init__(self, graph: Graph, types: TypeSystem, *, brief: bool = False, alone: bool = False) -> None:
        self._graph = graph
        self._types = types
        self._brief = brief
        self._alone = alone
        """Without relations (``ignoreRelationships``)."""

    def with_owned(self, entities: Iterable[Entity]) -> tuple[list[Json], dict[str, Json]]:
        """The entities, and those that they own (columns of a table) by guid."""
        owners = list(entities)
        related = self._related_to(owners)
        shown = [self._entity(owner, related[owner.id]) for owner in owners]
        if self._alone:
            return shown, {}
        children = [
            child
            for relations in related.values()
            for relation, found in relations.items()
            if relation.owns
            for _, child in found
        ]
        return shown, {child["guid"]: child for child in self._owned(children)}

    def one(self, entity: Entity) -> Json:
        """The answer for a single entity."""
        shown, referred = self.with_owned([entity])
        return {"referredEntities": referred, "entity": shown[0]}

    def _related_to(self, entities: list[Entity]) -> dict[int, Related]:
        """Per entity id, what each of its relations holds, oldest edge first."""
        ids = [entity.id for entity in entities]
        edges = {side: self._graph.edges(ids, side) for side in (1, 2)}
        others = self._graph.by_ids(edge.end(3 - side) for side, found in edges.items() for edge in found)
        held: dict[tuple[int, int, str], list[tuple[Edge, Entity]]] = {}
        for side, found in edges.items():
            for edge in found:
                key = (edge.end(side), side, edge.type_name)
                held.setdefault(key, []).append((edge, others[edge.end(3 - side)]))
        return {
            entity.id: {
                relation: held.get((entity.id, relation.side, relation.relationship), [])
                for relation in self._types.entity(entity.type_name).relations.values()
            }
            for entity in entities
        }

    def _entity(self, entity: Entity, relations: Related) -> Json:
        legacy = {
            relation.name: [object_id(other, self._types.entity(other.type_name)) for _, other in found]
            for relation, found in relations.items()
            if relation.legacy and relation.many
        }
        shown = {
            "typeName": entity.type_name,
            "attributes": {**entity.attributes, **legacy},
            "guid": entity.guid,
            "isIncomplete": False,
            "status": "ACTIVE",
            "createdBy": entity.created_by,
            "updatedBy": entity.updated_by,
            "createTime": entity.created_at,
            "updateTime": entity.updated_at,
            "version": 0,
            "labels": entity.labels,
            "collectionId": entity.collection,
            "lastModifiedTS": str(entity.version),
        }
        if entity.custom_attributes:
            shown["customAttributes"] = entity.custom_attributes
        if not self._alone:
            shown["relationshipAttributes"] = _related(relations)
        return shown

    def _owned(self, children: list[Entity]) -> list[Json]:
        if not self._brief:
            related = self._related_to(children)
            return [self._entity(child, related[child.id]) for child in children]
        bare = Reading(self._graph, self._types, alone=True)
        brief = [bare._entity(child, {}) for child in children]
        for child in brief:
            shown = _HEADER + self._types.entity(child["typeName"]).listed("schemaAttributes")
            given = child["attributes"]
            child["attributes"] = {name: given[name] for name in shown if given.get(name) is not None}
        return brief


def object_id(entity: Entity, entity_type: EntityType) -> Json:
    """A reference to an entity."""
    unique = {name: entity.attributes[name] for name in entity_type.unique if entity.attributes.get(name) is not None}
    return {"guid": entity.guid, "typeName": entity.type_name, "uniqueAttributes": unique}


def relationship(graph: Graph, types: TypeSystem, edge: Edge) -> Json:
    """An edge by itself."""
    ends = graph.by_ids([edge.end1, edge.end2])
    shown = {key: object_id(ends[each], types.entity(ends[each].type_name)) for key, each in _ends(edge)}
    return {
        "typeName": edge.type_name,
        "guid": edge.guid,
        **shown,
        "label": f"r:{edge.type_name}",
        "status": "ACTIVE",
        "createTime": edge.created_at,
        "updateTime": edge.updated_at,
        "version": 0,
    }


def _ends(edge: Edge) -> tuple[tuple[str, int], tuple[str, int]]:
    return ("end1", edge.end1), ("end2", edge.end2)


def _related(relations: Related) -> Json:
    shown: Json = {}
    for relation, found in relations.items():
        related = [_relation_entry(edge, other) for edge, other in found]
        if relation.many:
            shown[relation.name] = related
        elif related:
            shown[relation.name] = related[0]
    return shown


def _relation_entry(edge: Edge, other: Entity) -> Json:
    return {
        "guid": other.guid,
        "typeName": other.type_name,
        "entityStatus": "ACTIVE",
        "displayText": other.name,
        "relationshipType": edge.type_name,
        "relationshipGuid": edge.guid,
        "relationshipStatus": "ACTIVE",
        "relationshipAttributes": {"typeName": edge.type_name},
    }
