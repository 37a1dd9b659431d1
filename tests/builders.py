"""Small plans and events, built as the Spline agent builds them."""

import json
from typing import Any

Json = dict[str, Any]

LAKE = "abfss://lake@contoso.dfs.core.windows.net"


class PlanBuilder:
    """Builds one plan of Producer API 1.2; methods return the ids that the next call takes."""

    def __init__(self) -> None:
        self.attributes: list[Json] = []
        self.functions: list[Json] = []
        self.constants: list[Json] = []
        self.reads: list[Json] = []
        self.other: list[Json] = []
        self.types: dict[str, str] = {}

    def data_type(self, name: str) -> str:
        return self.types.setdefault(name, f"type-{len(self.types)}")

    def attribute(self, name: str, refs: list[Json] | None = None, of: str = "int") -> str:
        item: Json = {"id": f"attr-{len(self.attributes)}", "name": name, "dataType": self.data_type(of)}
        if refs:
            item["childRefs"] = refs
        self.attributes.append(item)
        return str(item["id"])

    def literal(self, value: Any = 1) -> Json:
        identity = f"expr-{len(self.functions) + len(self.constants)}"
        self.constants.append({"id": identity, "value": value, "extra": {"simpleClassName": "Literal"}})
        return {"__exprId": identity}

    def call(self, kind: str, *arguments: Any, title: str = "", of: str = "int", **params: Any) -> Json:
        """An expression of the Catalyst class ``kind``; arguments are attribute ids or references."""
        identity = f"expr-{len(self.functions) + len(self.constants)}"
        self.functions.append(
            {
                "id": identity,
                "name": title or kind.lower(),
                "dataType": self.data_type(of),
                "childRefs": [ref(argument) for argument in arguments],
                "params": params,
                "extra": {"simpleClassName": kind, "_typeHint": "expr.Generic"},
            }
        )
        return {"__exprId": identity}

    def alias(self, name: str, expression: Any, of: str = "int") -> tuple[str, Json]:
        """A named expression: the attribute and what stands in a project list."""
        alias = self.call("Alias", expression, title=name, of=of)
        return self.attribute(name, [alias], of), alias

    def operation(self, name: str, children: list[str], output: list[str] | None = None, **params: Any) -> str:
        item: Json = {"id": f"op-{len(self.other) + len(self.reads) + 1}", "name": name, "params": params}
        if children:
            item["childIds"] = children
        if output is not None:
            item["output"] = output
        self.other.append(item)
        return str(item["id"])

    def read(self, path: str, *columns: str, **params: Any) -> tuple[str, list[str]]:
        """A relation at ``LAKE/path``, or at ``path`` where that is a URI; returns the operation and its columns."""
        attributes = [self.attribute(column) for column in columns]
        uri = path if ":" in path else f"{LAKE}/{path}"
        identity = f"op-{len(self.other) + len(self.reads) + 1}"
        self.reads.append(
            {
                "id": identity,
                "name": "LogicalRelation",
                "inputSources": [uri],
                "output": attributes,
                "params": params,
                "extra": {"sourceType": "parquet"},
            }
        )
        return identity, attributes

    def project(self, child: str, *items: str | tuple[str, Json]) -> tuple[str, list[str]]:
        """A SELECT of attributes and aliases."""
        output = [item if isinstance(item, str) else item[0] for item in items]
        listed = [ref(item) if isinstance(item, str) else item[1] for item in items]
        return self.operation("Project", [child], output, projectList=listed), output

    def plan(
        self, child: str | None, *, name: str = "InsertIntoHadoopFsRelationCommand", to: str = "out", **write: Any
    ) -> Json:
        """The plan whose write takes the rows of ``child``."""
        operation: Json = {
            "id": "op-0",
            "name": name,
            "outputSource": to if ":" in to or not to else f"{LAKE}/{to}",
            "append": False,
            "childIds": [child] if child else [],
            "params": {},
            "extra": {"destinationType": "parquet"},
        } | write
        return {
            "id": "11111111-2222-5333-8444-555555555555",
            "name": "Databricks Shell",
            "operations": {"write": operation, "reads": self.reads, "other": self.other},
            "attributes": self.attributes,
            "expressions": {"functions": self.functions, "constants": self.constants},
            "systemInfo": {"name": "spark", "version": "3.5.3"},
            "agentInfo": {"name": "spline", "version": "2.2.0"},
            "extraInfo": {
                "appName": "Databricks Shell",
                "dataTypes": [
                    {"_typeHint": "dt.Simple", "id": identity, "name": name, "nullable": True}
                    for name, identity in self.types.items()
                ],
            },
        }


def ref(item: Any) -> Json:
    """A reference, from an attribute's id or from itself."""
    return {"__attrId": item} if isinstance(item, str) else item


def event(plan: Json, timestamp: int = 1_795_000_000_000, **fields: Any) -> Json:
    """A successful run of ``plan``."""
    extra = {"appId": "local-1", "user": "root", "readMetrics": {}, "writeMetrics": {}} | fields.pop("extra", {})
    return {"planId": plan["id"], "timestamp": timestamp, "durationNs": 1_000_000, "extra": extra} | fields


def body(value: Any) -> bytes:
    """JSON bytes as they stand on the wire."""
    return json.dumps(value).encode()
