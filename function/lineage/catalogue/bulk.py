"""Writing entities in bulk: what depends on each other travels together, a process never before its placeholders."""

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
    """A process and what has to be there before it."""

    additions: Sequence[Addition]
    process: Part


def send(client: AtlasClient, groups: Sequence[Group], collection: str = "") -> dict[AssetName, str]:
    """Upsert all of it; returns the guids. Raises ``CatalogueError``; what earlier calls wrote then stays written."""
    guids: dict[AssetName, str] = {}
    params = [("collectionId", collection)] if collection else []
    for batch in batches(groups):
        entities = number(batch, guids)
        answer = client.post("entity/bulk", params=params, body={"referredEntities": {}, "entities": entities}) or {}
        assigned: Mapping[str, str] = answer.get("guidAssignments") or {}
        guids |= {name_of(one): assigned[one["guid"]] for one in entities if one["guid"] in assigned}
    return guids


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
