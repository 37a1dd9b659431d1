"""Removing a placeholder that the scanned asset has replaced: only what is ours, and only when nothing refers to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.parts import PLACEHOLDER_LABEL
from lineage.model import AssetName

_EDGES = ("inputToProcesses", "outputFromProcesses", "sources", "sinks", "meanings")
"""Relations that mean that somebody uses it: lineage, ours or another's, and glossary terms."""
_HOLDERS = ("tabular_schema",)


def remove(client: AtlasClient, asset: AssetName) -> bool:
    """Delete the placeholder with its columns; ``False`` where it is somebody's, or used, or not there."""
    answer = client.find(asset)
    if answer is None or not removable(answer["entity"]):
        return False
    guids = [answer["entity"]["guid"], *_holders(client, answer["entity"])]
    client.delete("entity/bulk", params=[("guid", guid) for guid in guids])
    return True


def removable(entity: Mapping[str, Any]) -> bool:
    """Whether the entity carries our label and no edge."""
    ours = PLACEHOLDER_LABEL in (entity.get("labels") or ())
    relations = entity.get("relationshipAttributes") or {}
    return ours and not any(_active(relations.get(name)) for name in _EDGES)


def _holders(client: AtlasClient, entity: Mapping[str, Any]) -> Iterator[str]:
    """What holds its columns, and these: the catalogue deletes with an asset only what it owns itself."""
    relations = entity.get("relationshipAttributes") or {}
    for name in _HOLDERS:
        for reference in _active(relations.get(name)):
            yield reference["guid"]
            answer = client.get(f"entity/guid/{reference['guid']}") or {}
            held = ((answer.get("entity") or {}).get("relationshipAttributes") or {}).get("columns")
            yield from (column["guid"] for column in _active(held))


def _active(references: Any) -> list[Any]:
    listed = [] if references is None else references if isinstance(references, list) else [references]
    gone = ("entityStatus", "relationshipStatus")
    return [one for one in listed if not any(one.get(status) == "DELETED" for status in gone)]
