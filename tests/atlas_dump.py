"""Everything that a catalogue holds, in names instead of guids, without the times of writing: two dumps compare."""

from typing import Any

from lineage.catalogue import AtlasClient

_VOLATILE = frozenset(
    {"guid", "createTime", "updateTime", "createdBy", "updatedBy", "lastModifiedTS", "version", "relationshipGuid"}
)
OWN_TYPES = ("databricks_process", "lineage_process")


def dump(client: AtlasClient) -> dict[str, Any]:
    """``type qualified name`` → the entity with every reference as such a name."""
    entities = all_entities(client)
    names = {guid: _name(entity) for guid, entity in entities.items()}
    return {
        names[guid]: _stable(entity, names) for guid, entity in sorted(entities.items(), key=lambda one: names[one[0]])
    }


def all_entities(client: AtlasClient) -> dict[str, dict[str, Any]]:
    """guid → entity, whole."""
    found: list[str] = []
    body: dict[str, Any] = {"keywords": None, "limit": 1000}
    while True:
        answer = client.post("/search/query", body=body)
        found += [hit["id"] for hit in answer["value"]]
        if not answer.get("continuationToken") or not answer["value"]:
            break
        body["continuationToken"] = answer["continuationToken"]
    entities: dict[str, dict[str, Any]] = {}
    for start in range(0, len(found), 50):
        answer = client.get("/entity/bulk", params=[("guid", guid) for guid in found[start : start + 50]])
        entities |= {entity["guid"]: entity for entity in answer["entities"]}
    return entities


def processes(client: AtlasClient) -> dict[str, dict[str, Any]]:
    """Qualified name → process entity of ours."""
    return {
        entity["attributes"]["qualifiedName"]: entity
        for entity in all_entities(client).values()
        if entity["typeName"] in OWN_TYPES
    }


def _name(entity: dict[str, Any]) -> str:
    return f"{entity['typeName']} {entity['attributes'].get('qualifiedName')}"


def _stable(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        if value.get("guid") in names and "customAttributes" not in value and "labels" not in value:
            return names[value["guid"]]
        return {key: _stable(one, names) for key, one in sorted(value.items()) if key not in _VOLATILE}
    if isinstance(value, list):
        return sorted((_stable(one, names) for one in value), key=repr)
    return value
