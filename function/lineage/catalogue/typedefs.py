"""The types that a lineage feed brings along, for what a catalogue has no type of its own."""

import functools
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lineage.catalogue.client import AtlasClient
from lineage.errors import CatalogueError, Rejected

VERSION = "1.0"
"""Of the types below; raise it with every change. A catalogue with newer ones is left alone."""
SERVICE = "Databricks Lineage"

DATASET = "lineage_dataset"
COLUMN = "lineage_column"
PROCESS = "lineage_process"
APPLICATION = "lineage_application"
OWN = frozenset({DATASET, COLUMN, PROCESS, APPLICATION})

PROCESS_FACTS: Mapping[str, str] = {
    "lastRun": "date",
    "lastStatus": "string",
    "lastError": "string",
    "lastMode": "string",
    "lastRows": "long",
    "lastBytes": "long",
    "lastFiles": "long",
    "lastDurationMs": "long",
    "runCount": "long",
    "runLink": "string",
    "notes": "int",
    "remarks": "string",
    "recentRuns": "string",
    "shortened": "string",
    "record": "string",
}
"""Run facts: typed attributes of ``lineage_process``, custom attributes of ``databricks_process``."""


@functools.cache
def _makers() -> Any:
    """pyapacheatlas has no types. It loads when types are made: a deployment's preview asks for their version alone."""
    from pyapacheatlas.core import typedef

    return typedef


def own_typedefs() -> dict[str, list[dict[str, Any]]]:
    """The body of ``POST types/typedefs``."""
    entities = [
        _entity(DATASET, "DataSet", {"uri": "string", "format": "string", "rule": "string", "confidence": "string"}),
        _entity(COLUMN, "DataSet", {"data_type": "string"}),
        _entity(APPLICATION, "Asset", {"kind": "string"}),
        _entity(PROCESS, "Process", {"columnMapping": "string", "operations": "string", **PROCESS_FACTS}),
    ]
    # Both options must be strings that hold a JSON list or a plain name; Purview refuses an unquoted schemaAttributes.
    entities[0]["options"] = {"schemaElementsAttribute": "columns"}
    entities[1]["options"] = {"schemaAttributes": json.dumps(["data_type"])}
    relations = [
        _relation("lineage_dataset_columns", "COMPOSITION", (DATASET, "columns"), (COLUMN, "dataset")),
        _relation("lineage_application_parts", "AGGREGATION", (APPLICATION, "parts"), (APPLICATION, "parent")),
        _relation("lineage_application_processes", "AGGREGATION", (APPLICATION, "processes"), (PROCESS, "application")),
    ]
    return {"entityDefs": entities, "relationshipDefs": relations}


def _entity(name: str, above: str, attributes: Mapping[str, str]) -> dict[str, Any]:
    definitions = [_makers().AtlasAttributeDef(key, typeName=kind) for key, kind in attributes.items()]
    made: dict[str, Any] = (
        _makers()
        .EntityTypeDef(name, superTypes=[above], attributeDefs=definitions, serviceType=SERVICE, typeVersion=VERSION)
        .to_json()
    )
    return made


def _relation(name: str, category: str, parent: tuple[str, str], child: tuple[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = (
        _makers()
        .RelationshipTypeDef(
            name,
            endDef1=_makers().ParentEndDef(typeName=parent[0], name=parent[1]),
            endDef2=_makers().ChildEndDef(typeName=child[0], name=child[1]),
            relationshipCategory=category,
            serviceType=SERVICE,
            typeVersion=VERSION,
        )
        .to_json()
    )
    return made


def ensure_types(client: AtlasClient) -> None:
    """Create our own types where they are missing, update them where they are older; two at once do no harm."""
    wanted = own_typedefs()
    found = {one["name"]: get_type(client, one["name"]) for one in wanted["entityDefs"]}
    missing = [one for one in wanted["entityDefs"] if found[one["name"]] is None]
    older = [_updated(one, there) for one in wanted["entityDefs"] if (there := found[one["name"]]) and _older(there)]
    if missing:
        _create(client, {"entityDefs": missing})
    if older:
        client.put("types/typedefs", body={"entityDefs": older})
    if missing or older:
        _create(client, {"relationshipDefs": wanted["relationshipDefs"]})


def _create(client: AtlasClient, body: dict[str, list[dict[str, Any]]]) -> None:
    try:
        client.post("types/typedefs", body=body)
    except CatalogueError as error:
        if error.status != 409:
            raise
        parts = [{kind: [one]} for kind, definitions in body.items() for one in definitions]
        for part in parts if len(parts) > 1 else ():
            _create(client, part)


def _older(there: Mapping[str, Any]) -> bool:
    return _version(there.get("typeVersion")) < _version(VERSION)


def _version(text: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in str(text or "0").split(".") if part.isdigit())


def _updated(wanted: dict[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Ours, and the attributes that only the catalogue has: removing one is refused."""
    ours = {one["name"] for one in wanted["attributeDefs"]}
    kept = [one for one in there.get("attributeDefs") or () if one["name"] not in ours]
    return {**wanted, "attributeDefs": [*wanted["attributeDefs"], *kept]}


def get_type(client: AtlasClient, name: str) -> dict[str, Any] | None:
    """The definition of an entity type, or ``None``."""
    try:
        found: dict[str, Any] | None = client.get(f"types/entitydef/name/{quote(name, safe='')}")
    except Rejected as error:
        if error.status != 404:
            raise
        return None
    return found
