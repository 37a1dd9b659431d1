"""Entities and the edges between them, as rows. Everything runs within the transaction of the connection."""

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from local.catalogue.database import as_json
from local.catalogue.faults import Fault
from local.catalogue.typesystem import EntityType

_COLUMNS = (
    "id, guid, type_name, attributes, labels, custom_attributes, collection, created_at, updated_at, created_by,"
    " updated_by, version"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A stored entity without its relations. Times are milliseconds since the epoch."""

    id: int
    guid: str
    type_name: str
    attributes: dict[str, Any]
    labels: list[str]
    custom_attributes: dict[str, str]
    collection: str
    created_at: int
    updated_at: int
    created_by: str
    updated_by: str
    version: int

    @property
    def qualified_name(self) -> str:
        """Its unique name, empty for the rare type that has none."""
        return str(self.attributes.get("qualifiedName") or "")

    @property
    def name(self) -> str:
        """What people call it."""
        return str(self.attributes.get("name") or self.qualified_name)


@dataclass(frozen=True, slots=True)
class Edge:
    """A relationship between two entities, by their ids."""

    guid: str
    type_name: str
    end1: int
    end2: int
    created_at: int
    updated_at: int

    def end(self, side: int) -> int:
        """The entity at side 1 or 2."""
        return self.end1 if side == 1 else self.end2


class Graph:
    """Reads and writes rows; knows no rule of the API but what a unique attribute is."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def by_guid(self, guid: str) -> Entity | None:
        """The entity with this guid."""
        return next(self._entities("WHERE guid = ?", [guid]), None)

    def by_ids(self, ids: Iterable[int]) -> dict[int, Entity]:
        """The entities with these ids."""
        where = "WHERE id IN (SELECT value FROM json_each(?))"
        return {entity.id: entity for entity in self._entities(where, [json.dumps(sorted(set(ids)))])}

    def by_unique(self, entity_type: EntityType, unique: dict[str, Any]) -> Entity | None:
        """The oldest entity of the type or below it that has one of the unique values."""
        for attribute in entity_type.unique:
            if attribute not in unique:
                continue
            where = (
                "WHERE id = (SELECT min(entity) FROM unique_value WHERE attribute = ? AND value = ?"
                " AND type_name IN (SELECT value FROM json_each(?)))"
            )
            values = [attribute, str(unique[attribute]), json.dumps(entity_type.subs)]
            found = next(self._entities(where, values), None)
            if found:
                return found
        return None

    def select(self, clause: str, values: Sequence[Any]) -> list[Entity]:
        """The entities that an SQL clause after FROM names."""
        return list(self._entities(clause, values))

    def count(self, clause: str, values: Sequence[Any]) -> int:
        """How many entities a clause names."""
        (number,) = self._connection.execute(f"SELECT count(*) FROM entity {clause}", values).fetchone()  # noqa: S608 - clauses are ours, values are bound
        return int(number)

    def insert(self, entity: Entity, entity_type: EntityType, found_from: int) -> Entity:
        """Write a new entity; returns it with its id."""
        row = (*_values(entity), entity.created_at, entity.created_by, entity.guid, entity.type_name, found_from)
        cursor = self._connection.execute(
            "INSERT INTO entity (qualified_name, name, folded, attributes, labels, custom_attributes, collection,"
            " updated_at, updated_by, version, created_at, created_by, guid, type_name, found_from)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        stored = replace(entity, id=cursor.lastrowid or 0)
        self._claim(stored, entity_type)
        return stored

    def update(self, entity: Entity, entity_type: EntityType) -> None:
        """Write an entity over itself."""
        self._connection.execute(
            "UPDATE entity SET qualified_name = ?, name = ?, folded = ?, attributes = ?, labels = ?,"
            " custom_attributes = ?, collection = ?, updated_at = ?, updated_by = ?, version = ? WHERE id = ?",
            (*_values(entity), entity.id),
        )
        self._connection.execute("DELETE FROM unique_value WHERE entity = ?", (entity.id,))
        self._claim(entity, entity_type)

    def delete(self, ids: Iterable[int]) -> None:
        """Remove entities with their edges."""
        self._connection.executemany("DELETE FROM entity WHERE id = ?", [(each,) for each in ids])

    def edges(self, ids: Iterable[int], side: int, relationships: Iterable[str] | None = None) -> list[Edge]:
        """Edges that have one of these entities at side 1 or 2, oldest first; of these relationships only, if given."""
        column = {1: "end1", 2: "end2"}[side]
        where = f"{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - as above
        values = [json.dumps(sorted(set(ids)))]
        if relationships is not None:
            where += " AND type_name IN (SELECT value FROM json_each(?))"
            values.append(json.dumps(sorted(relationships)))
        return self._edges(f"WHERE {where} ORDER BY id", values)

    def edge(self, guid: str) -> Edge | None:
        """The edge with this guid."""
        return next(iter(self._edges("WHERE guid = ?", [guid])), None)

    def edge_between(self, relationship: str, end1: int, end2: int) -> Edge | None:
        """The edge of this relationship from one entity to the other."""
        where = "WHERE type_name = ? AND end1 = ? AND end2 = ?"
        return next(iter(self._edges(where, [relationship, end1, end2])), None)

    def connect(self, relationship: str, end1: int, end2: int, now: int) -> Edge:
        """Draw a new edge."""
        edge = Edge(str(uuid.uuid4()), relationship, end1, end2, now, now)
        self._connection.execute(
            "INSERT INTO edge (guid, type_name, end1, end2, attributes, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, '{}', ?, ?)",
            (edge.guid, relationship, end1, end2, now, now),
        )
        return edge

    def disconnect(self, edges: Iterable[Edge]) -> None:
        """Remove edges."""
        self._connection.executemany("DELETE FROM edge WHERE guid = ?", [(edge.guid,) for edge in edges])

    def uses_type(self, names: Sequence[str]) -> bool:
        """Whether an entity or an edge is of one of these types."""
        wanted = json.dumps(list(names))
        query = (
            "SELECT EXISTS (SELECT 1 FROM entity WHERE type_name IN (SELECT value FROM json_each(?1)))"
            " OR EXISTS (SELECT 1 FROM edge WHERE type_name IN (SELECT value FROM json_each(?1)))"
        )
        return bool(self._connection.execute(query, (wanted,)).fetchone()[0])

    def _entities(self, clause: str, values: Sequence[Any]) -> Iterator[Entity]:
        query = f"SELECT {_COLUMNS} FROM entity {clause}"  # noqa: S608 - clauses are ours, values are bound
        for row in self._connection.execute(query, values):
            decoded = (msgspec.json.decode(text) for text in row[3:6])
            yield Entity(*row[:3], *decoded, *row[6:])

    def _edges(self, clause: str, values: Sequence[Any]) -> list[Edge]:
        query = f"SELECT guid, type_name, end1, end2, created_at, updated_at FROM edge {clause}"  # noqa: S608 - as above
        return [Edge(*row) for row in self._connection.execute(query, values)]

    def _claim(self, entity: Entity, entity_type: EntityType) -> None:
        """Take the unique values; refused when another entity of the same type has one."""
        for attribute in entity_type.unique:
            value = entity.attributes.get(attribute)
            if value is None:
                continue
            try:
                self._connection.execute(
                    "INSERT INTO unique_value VALUES (?, ?, ?, ?)",
                    (attribute, str(value), entity.type_name, entity.id),
                )
            except sqlite3.IntegrityError:
                message = f"{entity.type_name} with {attribute} {value} exists already"
                raise Fault.PARAMETERS(message) from None


def _values(entity: Entity) -> tuple[Any, ...]:
    return (
        entity.qualified_name,
        entity.name,
        entity.qualified_name.casefold(),
        as_json(entity.attributes),
        as_json(entity.labels),
        as_json(entity.custom_attributes),
        entity.collection,
        entity.updated_at,
        entity.updated_by,
        entity.version,
    )
