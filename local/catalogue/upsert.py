"""Creating and updating entities: the call's entities are matched to what is there, then values and edges are set.

An entity is matched by its guid, else by its type and unique attributes. What the call does not mention stays. A list
of references replaces the one that was there.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from local.catalogue import values
from local.catalogue.faults import Fault
from local.catalogue.graph import Edge, Entity, Graph
from local.catalogue.incoming import Incoming, Reference, references
from local.catalogue.typesystem import Definition, Relation, TypeSystem


@dataclass(frozen=True, slots=True)
class Writing:
    """Who writes, when (ms since the epoch), and from which call on search knows it."""

    user: str
    now: int
    found_from: int = 0


@dataclass(slots=True)
class Mutations:
    """What a call did, by entity id; a created one is not updated as well."""

    created: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    deleted: dict[int, Entity] = field(default_factory=dict)

    def touch(self, entity_id: int) -> None:
        """Note an update."""
        if entity_id not in self.updated and entity_id not in self.created and entity_id not in self.deleted:
            self.updated.append(entity_id)


@dataclass(slots=True)
class Upsert:
    """One write call, within one transaction."""

    graph: Graph
    types: TypeSystem
    writing: Writing
    collection: str
    """Where what is new goes."""
    move: bool = False
    """Whether what exists goes there as well."""
    mutations: Mutations = field(default_factory=Mutations)
    assigned: dict[str, int] = field(default_factory=dict)
    """Placeholder guid → entity id."""

    def run(self, incoming: list[Incoming]) -> None:
        """Create or update all of them; raises ``AtlasError`` for the first thing that does not fit."""
        matches = [self._match(each) for each in incoming]
        known = {reference: self._look_up(reference) for each in incoming for reference in references(each)}
        placed = [self._place(each, match) for each, match in zip(incoming, matches, strict=True)]
        for each, entity_id in zip(incoming, placed, strict=True):
            self._relate_all(entity_id, each, known)
        self._stamp()

    def change(self, entity: Entity, incoming: Incoming) -> None:
        """Update one entity that was found already."""
        known = {reference: self._look_up(reference) for reference in references(incoming)}
        self._update(entity, incoming)
        self._relate_all(entity.id, incoming, known)
        self._stamp()

    def relate(self, definition: Definition, end1: Entity, end2: Entity) -> Edge:
        """Draw one edge between two entities, which may be given in either order."""
        name = definition["name"]
        wanted = [definition["endDef1"]["type"], definition["endDef2"]["type"]]
        ends = next((pair for pair in ((end1, end2), (end2, end1)) if self._fits(pair, wanted)), None)
        if ends is None:
            raise Fault.RELATIONSHIP_ENDS(name, end1.type_name, end2.type_name)
        if self.graph.edge_between(name, ends[0].id, ends[1].id):
            raise Fault.RELATIONSHIP_EXISTS(name, ends[0].guid, ends[1].guid)
        relations = self.types.entity(ends[0].type_name).relations.values()
        relation = next(each for each in relations if each.relationship == name and each.side == 1)
        if not relation.many:
            self.graph.disconnect(self.graph.edges([ends[0].id], 1, [name]))
        edge = self._connect(relation, ends[0].id, ends[1].id)
        self.mutations.touch(ends[0].id)
        self._stamp()
        return edge

    def _fits(self, ends: Iterable[Entity], wanted: Iterable[str]) -> bool:
        return all(self.types.is_a(end.type_name, name) for end, name in zip(ends, wanted, strict=True))

    def _match(self, incoming: Incoming) -> Entity | None:
        if incoming.placeholder:
            return self.graph.by_unique(incoming.entity_type, dict(incoming.attributes))
        found = self.graph.by_guid(incoming.guid)
        if found is None:
            raise Fault.REFERENCE(incoming.guid)
        return found

    def _look_up(self, reference: Reference) -> Entity | None:
        """Whom a reference means, as things were before the call: it cannot name its own call's entities by name."""
        if reference.placeholder:
            return None
        if reference.guid:
            found = self.graph.by_guid(reference.guid)
        else:
            found = self.graph.by_unique(self.types.entity(reference.type_name), dict(reference.unique))
        if found is None:
            raise Fault.REFERENCE(reference)
        return found

    def _target(self, reference: Reference, known: Entity | None) -> int:
        entity_id = known.id if known else self.assigned.get(reference.guid)
        if entity_id is None:
            raise Fault.REFERENCE(reference)
        return entity_id

    def _place(self, incoming: Incoming, match: Entity | None) -> int:
        # The second of two that name one thing finds what the first created.
        entity = match or self.graph.by_unique(incoming.entity_type, dict(incoming.attributes))
        if entity is None:
            entity = self._create(incoming)
        else:
            self._update(entity, incoming)
        if incoming.placeholder:
            self.assigned[incoming.guid] = entity.id
        return entity.id

    def _create(self, incoming: Incoming) -> Entity:
        absent = {name: values.default(each.type_name) for name, each in incoming.entity_type.attributes.items()}
        entity = Entity(
            id=0,
            guid=str(uuid.uuid4()),
            type_name=incoming.entity_type.name,
            attributes={**absent, **incoming.attributes},
            labels=list(incoming.labels),
            custom_attributes=dict(incoming.custom_attributes or {}),
            collection=self.collection,
            created_at=self.writing.now,
            updated_at=self.writing.now,
            created_by=self.writing.user,
            updated_by=self.writing.user,
            version=1,
        )
        stored = self.graph.insert(entity, incoming.entity_type, self.writing.found_from)
        self.mutations.created.append(stored.id)
        return stored

    def _update(self, entity: Entity, incoming: Incoming) -> None:
        # A match made before the call may be an older state of what an earlier entity of the call changed.
        current = self.graph.by_ids([entity.id])[entity.id]
        if incoming.last_modified and incoming.last_modified != str(entity.version):
            raise Fault.STALE(entity.guid, entity.version, incoming.last_modified)
        custom = incoming.custom_attributes
        changed = replace(
            current,
            attributes={**current.attributes, **incoming.attributes},
            custom_attributes=current.custom_attributes if custom is None else dict(custom),
            collection=self.collection if self.move else current.collection,
        )
        if changed != current:
            self.graph.update(changed, self.types.entity(current.type_name))
            self.mutations.touch(current.id)

    def _relate_all(self, entity_id: int, incoming: Incoming, known: Mapping[Reference, Entity | None]) -> None:
        owner = self.graph.by_ids([entity_id]).get(entity_id)
        if owner is None:  # deleted by this very call, with the parent's list that no longer has it
            return
        relations = self.types.entity(owner.type_name).relations
        for name, wanted in incoming.relations.items():
            if name not in relations:
                raise Fault.ATTRIBUTE_UNKNOWN(name, owner.type_name)
            targets = dict.fromkeys(self._target(reference, known[reference]) for reference in wanted)
            self._check_ends(relations[name], owner.type_name, targets)
            self._relate(entity_id, relations[name], list(targets))

    def _relate(self, entity_id: int, relation: Relation, wanted: list[int]) -> None:
        """Make the entity's relation hold exactly these."""
        current = {
            edge.end(3 - relation.side): edge
            for edge in self.graph.edges([entity_id], relation.side, [relation.relationship])
        }
        gone = [edge for other, edge in current.items() if other not in wanted]
        for other in wanted:
            if other not in current:
                self._connect(relation, entity_id, other)
        self._disconnect(relation, gone)
        if gone or set(wanted) - set(current):
            self.mutations.touch(entity_id)

    def _check_ends(self, relation: Relation, owner_type: str, others: Iterable[int]) -> None:
        for other in self.graph.by_ids(others).values():
            if not self.types.is_a(other.type_name, relation.other):
                raise Fault.RELATIONSHIP_ENDS(relation.relationship, owner_type, other.type_name)

    def _connect(self, relation: Relation, entity_id: int, other: int) -> Edge:
        if not relation.other_many:
            former = self.graph.edges([other], 3 - relation.side, [relation.relationship])
            self.graph.disconnect(former)
            for edge in former:
                self.mutations.touch(edge.end(relation.side))
        ends = (entity_id, other) if relation.side == 1 else (other, entity_id)
        self.mutations.touch(other)
        return self.graph.connect(relation.relationship, *ends, self.writing.now)

    def _disconnect(self, relation: Relation, edges: list[Edge]) -> None:
        self.graph.disconnect(edges)
        others = [edge.end(3 - relation.side) for edge in edges]
        if relation.owns:
            self.mutations.deleted |= delete(self.graph, self.types, others)
        elif not relation.many:
            for other in others:
                self.mutations.touch(other)

    def _stamp(self) -> None:
        for entity in self.graph.by_ids(self.mutations.updated).values():
            stamp(self.graph, self.types, entity, self.writing)


def stamp(graph: Graph, types: TypeSystem, entity: Entity, writing: Writing) -> None:
    """Write that an entity was changed now."""
    stamped = replace(entity, version=entity.version + 1, updated_at=writing.now, updated_by=writing.user)
    graph.update(stamped, types.entity(entity.type_name))


def delete(graph: Graph, types: TypeSystem, ids: Iterable[int]) -> Mapping[int, Entity]:
    """Remove entities, what they own, and all their edges; returns what was removed."""
    removed: dict[int, Entity] = {}
    waiting = graph.by_ids(ids)
    while waiting:
        removed |= waiting
        owned: set[int] = set()
        for entity in waiting.values():
            for relation in types.entity(entity.type_name).relations.values():
                if relation.owns:
                    edges = graph.edges([entity.id], relation.side, [relation.relationship])
                    owned.update(edge.end(3 - relation.side) for edge in edges)
        waiting = graph.by_ids(owned - removed.keys())
    graph.delete(removed)
    return removed
