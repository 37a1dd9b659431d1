"""A plan of 25 MB (500 columns, 60 chained steps): time against parsing it, memory against its bytes."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

from bench.conversion import converted
from bench.figures import Figure, figure, ratio

COLUMNS, STEPS, ROUNDS = 500, 60, 3
TYPE = "e63adadc-648a-56a0-9424-3289858cf0bb"
PLAN_ID = "5f0c9a52-2b1e-5d3c-8f64-7a1d3b9e0c42"
EVENT = orjson.dumps([{"planId": PLAN_ID, "timestamp": 1795357968709, "extra": {"appId": "local-1"}}])


def measure() -> dict[str, Figure]:
    """Each round in turn; the memory in processes of their own."""
    body = plan()
    times = [ratio(lambda: converted(body, EVENT, {}), lambda: orjson.loads(body), seconds=2) for _ in range(ROUNDS)]
    memory = [_peak(body) / len(body) for _ in range(ROUNDS)]
    return {
        "convert_25mb_over_parse": figure(times, "<= 5"),
        "convert_25mb_memory_over_bytes": figure(memory, "<= 10"),
    }


def plan(columns: int = COLUMNS, steps: int = STEPS) -> bytes:
    """Every step replaces each column by an expression over itself and its neighbour."""
    attributes = [_attribute(f"attr-0-{column}", f"column_{column}") for column in range(columns)]
    functions: list[dict[str, Any]] = []
    constants: list[dict[str, Any]] = []
    operations = []
    for step in range(1, steps + 1):
        for column in range(columns):
            key, neighbour = f"{step}-{column}", (column + 1) % columns
            constants.append({"id": f"lit-{key}", "dataType": TYPE, "value": "?", "extra": _hint("Literal")})
            operands = [f"attr-{step - 1}-{column}", f"attr-{step - 1}-{neighbour}"]
            functions.append(
                {
                    "id": f"add-{key}",
                    "dataType": TYPE,
                    "childRefs": [*({"__attrId": one} for one in operands), {"__exprId": f"lit-{key}"}],
                    "extra": {"simpleClassName": "Add", "_typeHint": "expr.Binary", "symbol": "+"},
                    "name": "add",
                    "params": {"evalMode": "LEGACY"},
                }
            )
            functions.append(
                {
                    "id": f"alias-{key}",
                    "dataType": TYPE,
                    "childRefs": [{"__exprId": f"add-{key}"}],
                    "extra": {"simpleClassName": "Alias", "_typeHint": "expr.Alias"},
                    "name": f"column_{column}",
                    "params": {"name": f"column_{column}", "nonInheritableMetadataKeys": ["__dataset_id"]},
                }
            )
            attributes.append(
                {**_attribute(f"attr-{key}", f"column_{column}"), "childRefs": [{"__exprId": f"alias-{key}"}]}
            )
        operations.append(
            {
                "id": f"op-{step}",
                "name": "Project",
                "childIds": [f"op-{step - 1}" if step > 1 else "read"],
                "output": [f"attr-{step}-{column}" for column in range(columns)],
                "params": {"projectList": [{"__exprId": f"alias-{step}-{column}"} for column in range(columns)]},
            }
        )
    return orjson.dumps(_plan(operations, attributes, functions, constants, columns, steps))


def _plan(
    operations: list[Any], attributes: list[Any], functions: list[Any], constants: list[Any], columns: int, steps: int
) -> dict[str, Any]:
    lake = "abfss://raw@contosolake.dfs.core.windows.net"
    return {
        "id": PLAN_ID,
        "name": "wide",
        "operations": {
            "write": {
                "id": "write",
                "name": "SaveIntoDataSourceCommand",
                "outputSource": f"{lake}/out",
                "append": False,
                "childIds": [f"op-{steps}"],
                "extra": {"destinationType": "delta"},
            },
            "reads": [
                {
                    "id": "read",
                    "name": "LogicalRelation",
                    "inputSources": [f"{lake}/in"],
                    "output": [f"attr-0-{column}" for column in range(columns)],
                    "extra": {"sourceType": "parquet"},
                }
            ],
            "other": operations,
        },
        "attributes": attributes,
        "expressions": {"functions": functions, "constants": constants},
        "systemInfo": {"name": "spark", "version": "3.5.3"},
        "agentInfo": {"name": "spline", "version": "2.2.0"},
        "extraInfo": {"dataTypes": [{"_typeHint": "dt.Simple", "id": TYPE, "name": "double", "nullable": True}]},
    }


def _attribute(key: str, name: str) -> dict[str, Any]:
    return {"id": key, "name": name, "dataType": TYPE}


def _hint(name: str) -> dict[str, str]:
    return {"simpleClassName": name, "_typeHint": f"expr.{name}"}


def _peak(body: bytes) -> int:
    """Bytes that converting adds to the peak of a process that has the plan's bytes already."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        code = f"from bench import large; print(large.grown({file.name!r}))"
        return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def grown(path: str) -> int:
    """Run in a process of its own: the peak after converting less the peak before, in bytes."""
    body = Path(path).read_bytes()
    converted(plan(2, 2), EVENT, {})
    before = _highest()
    converted(body, EVENT, {})
    return _highest() - before


def _highest() -> int:
    """The peak of this process' memory in bytes; what ``getrusage`` says may be the parent's."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024
