"""An Atlas catalogue in memory that answers what the page asks, for graphs that no job ever made."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

Column = tuple[str, str]


def guid_of(*parts: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join(parts)))


class AtlasDouble:
    """Datasets and processes are added by qualified name, then read through the Atlas v2 paths."""

    def __init__(self) -> None:
        self.entities: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []

    def _add(self, type_name: str, qualified_name: str, attributes: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        entity = {
            "guid": guid_of(type_name, qualified_name),
            "typeName": type_name,
            "status": "ACTIVE",
            "attributes": {"qualifiedName": qualified_name, **attributes},
            "relationshipAttributes": {},
            "labels": [],
            "customAttributes": {},
            **more,
        }
        self.entities[entity["guid"]] = entity
        return entity

    def dataset(
        self,
        qualified_name: str,
        columns: Iterable[Column] = (),
        *,
        type_name: str = "azure_datalake_gen2_path",
        name: str = "",
        labels: Iterable[str] = (),
    ) -> dict[str, Any]:
        entity = self._add(
            type_name, qualified_name, {"name": name or qualified_name.rpartition("/")[2]}, labels=list(labels)
        )
        found = [
            self._add("column", f"{qualified_name}#__tabular_schema//{column}", {"name": column, "type": type_})
            for column, type_ in columns
        ]
        if found:
            schema = self._add("tabular_schema", f"{qualified_name}#__tabular_schema", {"name": "tabular_schema"})
            schema["relationshipAttributes"]["columns"] = [reference(column) for column in found]
            entity["relationshipAttributes"]["tabular_schema"] = reference(schema)
        return entity

    def process(
        self,
        qualified_name: str,
        inputs: Iterable[Mapping[str, Any]],
        outputs: Iterable[Mapping[str, Any]],
        *,
        name: str = "",
        type_name: str = "databricks_process",
        owner: Mapping[str, Any] | None = None,
        **attributes: Any,
    ) -> dict[str, Any]:
        entity = self._add(
            type_name,
            qualified_name,
            {
                "name": name or qualified_name,
                "inputs": [reference(one) for one in inputs],
                "outputs": [reference(one) for one in outputs],
                **attributes,
            },
        )
        if owner:
            entity["relationshipAttributes"]["task"] = reference(owner)
        return entity

    def owner(self, type_name: str, qualified_name: str, name: str, **above: Mapping[str, Any]) -> dict[str, Any]:
        entity = self._add(type_name, qualified_name, {"name": name})
        entity["relationshipAttributes"] = {relation: reference(one) for relation, one in above.items()}
        return entity

    def get(self, path: str, *, params: Iterable[tuple[str, str]] = ()) -> Any:
        self.asked.append(path)
        pairs = list(params)
        if path == "entity/bulk":
            return self._bulk([value for _, value in pairs])
        if path.startswith("lineage/"):
            return self._lineage(path.removeprefix("lineage/"), int(dict(pairs)["depth"]))
        message = f"not an answer of this double: {path}"
        raise LookupError(message)

    def post(self, path: str, *, params: Iterable[tuple[str, str]] = (), body: Any = None) -> Any:
        self.asked.append(path)
        assert path == "search/query"
        return self._search(body)

    def _bulk(self, guids: Iterable[str]) -> Any:
        return {"entities": [self.entities[guid] for guid in guids if guid in self.entities], "referredEntities": {}}

    def _steps(self) -> list[tuple[str, str]]:
        steps = []
        for guid, entity in self.entities.items():
            steps += [(one["guid"], guid) for one in entity["attributes"].get("inputs", ())]
            steps += [(guid, one["guid"]) for one in entity["attributes"].get("outputs", ())]
        return steps

    def _lineage(self, guid: str, depth: int) -> Any:
        steps = self._steps()
        relations: set[tuple[str, str]] = set()
        for here, there in ((1, 0), (0, 1)):
            border = {guid}
            for _ in range(2 * depth):
                passed = {step for step in steps if step[here] in border}
                border = {step[there] for step in passed}
                relations |= passed
        guids = {guid} | {end for relation in relations for end in relation}
        return {
            "baseEntityGuid": guid,
            "guidEntityMap": {each: header(self.entities[each]) for each in guids},
            "relations": [{"fromEntityId": source, "toEntityId": target} for source, target in sorted(relations)],
        }

    def _search(self, body: Mapping[str, Any]) -> Any:
        keywords = (body.get("keywords") or "").lower()
        wanted = (body.get("filter") or {}).get("entityType")
        found = [
            {**header(entity), "id": entity["guid"], "entityType": entity["typeName"], **entity["attributes"]}
            for entity in self.entities.values()
            if (not wanted or entity["typeName"] == wanted) and keywords in _words(entity)
        ]
        start, limit = int(body.get("continuationToken") or 0), body.get("limit", 50)
        answer = {"@search.count": len(found), "value": found[start : start + limit]}
        if start + limit < len(found):
            answer["continuationToken"] = str(start + limit)
        return answer


def reference(entity: Mapping[str, Any]) -> dict[str, Any]:
    attributes = entity["attributes"]
    return {
        "guid": entity["guid"],
        "typeName": entity["typeName"],
        "displayText": attributes.get("name", ""),
        "uniqueAttributes": {"qualifiedName": attributes["qualifiedName"]},
    }


def header(entity: Mapping[str, Any]) -> dict[str, Any]:
    attributes = entity["attributes"]
    return {
        "guid": entity["guid"],
        "typeName": entity["typeName"],
        "status": "ACTIVE",
        "displayText": attributes.get("name", ""),
        "attributes": {"name": attributes.get("name", ""), "qualifiedName": attributes["qualifiedName"]},
        "labels": entity["labels"],
    }


def _words(entity: Mapping[str, Any]) -> str:
    return " ".join(str(entity["attributes"].get(name, "")) for name in ("name", "qualifiedName")).lower()
