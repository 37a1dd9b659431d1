"""Lineage of a dataset or a process: the walk over inputs and outputs, and its answer in Atlas' shape."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from local.catalogue.answers import Json, header
from local.catalogue.faults import Fault
from local.catalogue.graph import Edge, Entity, Graph
from local.catalogue.typesystem import TypeSystem

INPUTS = "dataset_process_inputs"
OUTPUTS = "process_dataset_outputs"
DIRECTIONS: Mapping[str, tuple[bool, ...]] = {"INPUT": (True,), "OUTPUT": (False,), "BOTH": (True, False)}
"""Direction → the walks, ``True`` for upstream."""
_ENDLESS = 1 << 30


@dataclass(slots=True)
class Walk:
    """Collects edges. A level is a dataset, its processes and their datasets; each is walked once."""

    graph: Graph
    width: int = 0
    """So many neighbours of a node at most; 0 for all."""
    edges: dict[str, Edge] = field(default_factory=dict)

    def from_datasets(self, ids: Iterable[int], depth: int, *, upstream: bool) -> None:
        """Walk ``depth`` levels up or down from these datasets."""
        near, far = (OUTPUTS, INPUTS) if upstream else (INPUTS, OUTPUTS)
        frontier, walked = set(ids), set[int]()
        for _ in range(depth):
            if not frontier:
                return
            walked |= frontier
            processes = self._take(self.graph.edges(frontier, 2, [near]), 2)
            reached = self._take(self.graph.edges({edge.end1 for edge in processes}, 1, [far]), 1)
            frontier = {edge.end2 for edge in reached} - walked

    def from_processes(self, ids: Iterable[int], depth: int, *, upstream: bool) -> None:
        """Walk from these processes: their datasets are the first level."""
        edges = self._take(self.graph.edges(ids, 1, [INPUTS if upstream else OUTPUTS]), 1)
        self.from_datasets({edge.end2 for edge in edges}, depth - 1, upstream=upstream)

    def _take(self, found: list[Edge], side: int) -> list[Edge]:
        counts: dict[int, int] = {}
        taken = []
        for edge in found:
            node = edge.end(side)
            counts[node] = counts.get(node, 0) + 1
            if not self.width or counts[node] <= self.width:
                taken.append(edge)
        self.edges |= {edge.guid: edge for edge in taken}
        return taken


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters of a lineage call; ``depth`` below 1 means all of it."""

    direction: str = "BOTH"
    depth: int = 3
    width: int = 0
    include_parent: bool = False
    derived: bool = False


Parents = dict[str, tuple[int, int, Edge]]
"""Edge guid → child, parent and the edge between them."""


def lineage(graph: Graph, types: TypeSystem, base: Entity, question: Question) -> Json:
    """The answer for one entity; a refused call when its type has no lineage."""
    walk = Walk(graph, question.width)
    depth = question.depth if question.depth > 0 else _ENDLESS
    parts = _derived(graph, types, base) if question.derived else {}
    for upstream in DIRECTIONS[question.direction]:
        if types.is_a(base.type_name, "Process"):
            walk.from_processes([base.id, *(part for part, _, _ in parts.values())], depth, upstream=upstream)
        elif types.is_a(base.type_name, "DataSet"):
            walk.from_datasets([base.id], depth, upstream=upstream)
        else:
            raise Fault.NO_LINEAGE(base.guid, base.type_name)
    nodes = graph.by_ids(each for edge in walk.edges.values() for each in (edge.end1, edge.end2))
    parents = parts | (_parents(graph, types, nodes) if question.include_parent else {})
    nodes |= graph.by_ids(each for child, parent, _ in parents.values() for each in (child, parent))
    return {
        "baseEntityGuid": base.guid,
        "lineageDirection": question.direction,
        "lineageDepth": question.depth,
        "lineageWidth": question.width or -1,
        "childrenCount": len(parts),
        "guidEntityMap": {entity.guid: header(entity) for entity in nodes.values()},
        "relations": [_relation(edge, nodes) for edge in walk.edges.values()],
        "parentRelations": [_parent_relation(each, nodes) for each in parents.values()],
    }


def _relation(edge: Edge, nodes: Mapping[int, Entity]) -> Json:
    process, dataset = nodes[edge.end1].guid, nodes[edge.end2].guid
    source, target = (dataset, process) if edge.type_name == INPUTS else (process, dataset)
    return {"fromEntityId": source, "toEntityId": target, "relationshipId": edge.guid}


def _parent_relation(related: tuple[int, int, Edge], nodes: Mapping[int, Entity]) -> Json:
    child, parent, edge = related
    return {
        "childEntityId": nodes[child].guid,
        "parentEntityId": nodes[parent].guid,
        "relationshipId": edge.guid,
    }


def _derived(graph: Graph, types: TypeSystem, base: Entity) -> Parents:
    """The processes whose lineage the base stands for."""
    entity_type = types.entity(base.type_name)
    names = entity_type.listed("derivedLineageSources")
    relations = [entity_type.relations[name] for name in names if name in entity_type.relations]
    return {
        edge.guid: (edge.end(3 - relation.side), base.id, edge)
        for relation in relations
        for edge in graph.edges([base.id], relation.side, [relation.relationship])
    }


def _parents(graph: Graph, types: TypeSystem, nodes: Mapping[int, Entity]) -> Parents:
    """What processes hang under, where their type says which relation shows it in their place."""
    found = {}
    for node in nodes.values():
        entity_type = types.entity(node.type_name)
        relation = entity_type.relations.get(entity_type.options.get("defaultRenderedLineage", ""))
        if relation:
            for edge in graph.edges([node.id], relation.side, [relation.relationship]):
                found[edge.guid] = (node.id, edge.end(3 - relation.side), edge)
    return found
