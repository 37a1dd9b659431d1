"""Writing entities in bulk: what depends on each other travels together, a process never before its placeholders.

A call has one collection. What depends on each other and belongs into several comes apart, the process last of all.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.ledger import Addition
from lineage.catalogue.parts import Entity, Part, name_of, number
from lineage.model import AssetName

BATCH = 50
"""Entities a call. Purview states no limit, but times out on large ones; Apache Atlas takes quadratic time."""


@dataclass(frozen=True, slots=True)
class Group:
    """A process, what has to be there before it, and the collection that the process belongs into."""

    additions: Sequence[Addition]
    process: Part
    collection: str = ""

    @property
    def collections(self) -> set[str]:
        """Those of the process and of all that has to be there."""
        return {self.collection, *(addition.collection for addition in self.additions)}


def send(client: AtlasClient, groups: Sequence[Group]) -> dict[AssetName, str]:
    """Upsert all of it; returns the guids. Raises ``CatalogueError``; what earlier calls wrote then stays written."""
    guids: dict[AssetName, str] = {}
    for collection, batch in placed(groups):
        params = [("collectionId", collection)] if collection else []
        entities = number(batch, guids)
        answer = client.post("entity/bulk", params=params, body={"referredEntities": {}, "entities": entities}) or {}
        assigned: Mapping[str, str] = answer.get("guidAssignments") or {}
        guids |= {name_of(one): assigned[one["guid"]] for one in entities if one["guid"] in assigned}
    return guids


def placed(groups: Sequence[Group]) -> Iterator[tuple[str, list[Entity]]]:
    """The calls to make, each with its collection."""
    together: dict[str, list[Group]] = defaultdict(list)
    apart: list[Group] = []
    for group in groups:
        if len(group.collections) == 1:
            together[group.collection].append(group)
        else:
            apart.append(group)
    yield from _apart(apart)  # first: what they share with others has its collection then
    for collection, some in together.items():
        yield from ((collection, batch) for batch in batches(some))


def _apart(groups: Sequence[Group]) -> Iterator[tuple[str, list[Entity]]]:
    """What has to be there, by collection; then the processes; then the columns."""
    additions = [addition for group in groups for addition in group.additions]
    stages = (
        [(addition.collection, entity) for addition in additions for entity in addition.entities],
        [(group.collection, group.process.entity) for group in groups],
        [(addition.collection, column) for addition in additions for column in addition.columns],
    )
    for stage in stages:
        by_collection: dict[str, dict[AssetName, Entity]] = defaultdict(dict)
        for collection, entity in stage:
            by_collection[collection].setdefault(name_of(entity), entity)
        for collection, entities in by_collection.items():
            rest = list(entities.values())
            yield from ((collection, rest[start : start + BATCH]) for start in range(0, len(rest), BATCH))


def batches(groups: Sequence[Group]) -> Iterator[list[Entity]]:
    """Whole groups as long as they fit into a call; a group that never fits comes apart behind its placeholders.

    Columns come last, since they are the many; each names its parent, which is there by then.
    """
    columns = {name_of(one): one for group in groups for addition in group.additions for one in addition.columns}
    seen: set[AssetName] = set()
    batch: list[Entity] = []
    for group in groups:
        entities = [entity for addition in group.additions for entity in addition.entities]
        fresh = [*(entity for entity in entities if name_of(entity) not in seen), group.process.entity]
        seen.update(map(name_of, fresh))
        if batch and len(batch) + len(fresh) > BATCH:
            yield batch
            batch = []
        batch += fresh
        while len(batch) > BATCH:
            yield batch[:BATCH]
            batch = batch[BATCH:]
    rest = [*batch, *columns.values()]
    yield from (rest[start : start + BATCH] for start in range(0, len(rest), BATCH))
