"""The recorded payloads, and the structure that masking must leave as it is."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RECORDINGS = (*sorted(Path("tests/traffic").glob("*/wire.json")), Path("demo/recording.json"))


@functools.cache
def payloads() -> tuple[tuple[str, str, dict[str, str]], ...]:
    """Name of the recording, body and lower-cased headers of every plan and event."""
    return tuple(
        (path.parent.name, request["body"], {name.lower(): value for name, value in request["headers"]})
        for path in RECORDINGS
        for request in json.loads(path.read_bytes())["requests"]
        if request.get("body") and "/execution-" in request["path"]
    )


@functools.cache
def plans() -> tuple[str, ...]:
    """The bodies of the distinct plans."""
    return tuple({body: None for _, body, _ in payloads() if "operations" in body and len(body) < 50_000})


@functools.cache
def events() -> tuple[str, ...]:
    """The bodies of the distinct events."""
    return tuple({body: None for _, body, _ in payloads() if "planId" in body})


def references(value: Any) -> Iterator[tuple[str, Any]]:
    """Every reference and type id in ``value``, in order."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key in ("__attrId", "__exprId", "refId", "dataTypeId", "_typeHint"):
                yield key, item
            elif key != "value":
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def without_properties(value: Any) -> Any:
    """A table less the properties of its storage, which anybody may have written."""
    if not (isinstance(value, dict) and isinstance(value.get("storage"), str)):
        return value
    return {**value, "storage": value["storage"].partition("Storage Properties: ")[0]}


def without_rows(params: dict[str, Any] | None) -> dict[str, Any]:
    """The rows of ``VALUES`` are made of literals alone; masked with all that is in them."""
    return {key: value for key, value in (params or {}).items() if key != "rows"}


def skeleton(plan: dict[str, Any]) -> dict[str, Any]:
    """All that lineage is made of, literals apart."""
    operations, expressions = plan["operations"], plan.get("expressions") or {}
    steps = [operations["write"], *(operations.get("reads") or ()), *(operations.get("other") or ())]
    keys = ("id", "name", "childIds", "output", "schema", "outputSource", "inputSources", "append", "extra")
    kept = (
        "table",
        "identifier",
        "path",
        "joinType",
        "cteId",
        "id",
        "url",
        "dbtable",
        "isByName",
        "isTempView",
        "name",
    )
    return {
        "id": plan["id"],
        "steps": [{key: step.get(key) for key in keys} for step in steps],
        "params": [
            {key: without_properties(step["params"].get(key)) for key in kept} for step in steps if step.get("params")
        ],
        "references": [list(references(without_rows(step.get("params")))) for step in steps],
        "attributes": plan.get("attributes"),
        "functions": [
            {key: function.get(key) for key in ("id", "name", "dataType", "childRefs", "extra")}
            | {"references": list(references(function.get("params")))}
            for function in expressions.get("functions") or ()
        ],
        "constants": [
            {key: constant.get(key) for key in ("id", "dataType", "extra")}
            for constant in expressions.get("constants") or ()
        ],
        "extraInfo": plan.get("extraInfo"),
        "agentInfo": plan.get("agentInfo"),
    }
