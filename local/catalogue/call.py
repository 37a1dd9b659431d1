"""One API call: what it was given, and the transaction that it runs in."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from local.catalogue import database
from local.catalogue.faults import Fault
from local.catalogue.graph import Entity, Graph
from local.catalogue.incoming import Reader
from local.catalogue.typesystem import TypeSystem
from local.catalogue.upsert import Upsert, Writing


@dataclass(frozen=True, slots=True)
class Setup:
    """How this catalogue is set up; see ``create_app``."""

    account: str
    search_lag: int
    drop_unknown: bool


@dataclass(frozen=True, slots=True)
class Call:
    """Path and query parameters, the decoded body, who calls and when (ms since the epoch)."""

    connection: sqlite3.Connection
    types: TypeSystem
    setup: Setup
    path: Mapping[str, str]
    query: QueryParams
    body: Any
    user: str
    now: int

    @property
    def graph(self) -> Graph:
        """The entities and edges as this call sees them."""
        return Graph(self.connection)

    @property
    def reader(self) -> Reader:
        """Reads the entities of the body."""
        return Reader(self.types, drop_unknown=self.setup.drop_unknown)

    @property
    def writing(self) -> Writing:
        """Who writes and when."""
        return Writing(self.user, self.now, database.calls(self.connection) + self.setup.search_lag)

    def flag(self, name: str) -> bool:
        """A boolean parameter, false when it is absent."""
        return self.query.get(name, "").lower() == "true"

    def number(self, name: str, default: int) -> int:
        """An integer parameter."""
        try:
            return int(self.query.get(name, default))
        except ValueError:
            raise Fault.PARAMETERS(f"{name} must be a number") from None

    def upsert(self) -> Upsert:
        """A write into the collection that the call names, or else the root."""
        named = self.query.get("collectionId")
        collection = self.collection(named) if named else self.setup.account
        return Upsert(self.graph, self.types, self.writing, collection, move=bool(named))

    def collection(self, name: str) -> str:
        """The name of a collection that exists; Purview lets nobody write to another."""
        if not self.connection.execute("SELECT 1 FROM collection WHERE name = ?", (name,)).fetchone():
            raise Fault.COLLECTION(name)
        return name

    def entity(self) -> Entity:
        """The entity that the path names by guid."""
        return self.by_guid(self.path["guid"])

    def by_guid(self, guid: str) -> Entity:
        """The entity with this guid."""
        found = self.graph.by_guid(guid)
        if found is None:
            raise Fault.GUID(guid)
        return found

    def unique_entity(self) -> Entity:
        """The entity that the path's type and the ``attr:NAME`` parameters name."""
        unique = {key.removeprefix("attr:"): value for key, value in self.query.items() if key.startswith("attr:")}
        entity_type = self.types.entity(self.path["type"])
        found = self.graph.by_unique(entity_type, unique)
        if found is None:
            raise Fault.UNIQUE(entity_type.name, unique)
        return found


@dataclass(frozen=True, slots=True)
class Row:
    """A route of the API: what it does, and whether its transaction writes."""

    method: str
    path: str
    handle: Callable[[Call], Any]
    """Returns the JSON to answer, or ``None`` for 204."""
    writes: bool = False
