"""Every recorded job gives what its author expects of it, from the code alone."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineage.model import ColumnRef, Observation, Status
from lineage.spline import Plan, decode_events, decode_plan, observe
from lineage.twins import Half, tables_by_insert
from tests.spline.seen import normal

pytestmark = pytest.mark.unit

TRAFFIC = Path(__file__).parents[1] / "traffic"
DEMO = Path(__file__).parents[2] / "demo"
JOBS = sorted(path.parent.name for path in TRAFFIC.glob("*/wire.json"))

Fact = tuple[str, ...]
GAPS: dict[str, tuple[str, set[str]]] = {
    "b11-subqueries": ("subquery-relation", {"inputs", "columns.mx", "indirect.filter"}),
    "b14-merge-full": ("merge-by-source", {"columns.status", "indirect.condition"}),
    "b31-generated-col": ("column-not-in-query", {"columns.y"}),
    "c12-cache-checkpoint": (
        "rows-through-rdd",
        {"inputs", "columns.order_id", "columns.status", "columns.s", "indirect.filter"},
    ),
    "c16-hive-tables": ("static-partition", {"columns"}),
    "c21-formats": ("rows-through-rdd", {"columns.line"}),
    "c30-lateral": ("subquery-relation", {"inputs", "columns.nm", "columns.total", "indirect.filter"}),
    "d02-access-logs": ("rows-through-rdd", {"columns.path", "columns.worst", "indirect.group"}),
    "d11-python-functions": ("rows-through-rdd", {"columns.order_id", "columns.state", "indirect.filter"}),
    "d15-retries-and-caches": (
        "rows-through-rdd",
        {"inputs", "columns.sku", "columns.order_id", "indirect.join", "indirect.filter"},
    ),
    "e02-generated-identity": ("column-not-in-query", {"columns.y", "columns.gross"}),
    "e03-merge-by-source": ("merge-by-source", {"columns.status", "indirect.condition"}),
    "e05-subquery-files": ("subquery-relation", {"inputs", "indirect.filter"}),
    "e06-merge-long-lists": ("cut-list", {"columns.currency"}),
    "f07-merge-api": ("merge-by-source", {"indirect.condition"}),
    "f15-streams": ("rows-through-rdd", {"columns.order_id", "columns.status", "indirect.filter"}),
    "d21-rdds-and-readers": (
        "rows-through-rdd",
        {"columns.tier", "columns.n_tags", "columns.path", "columns.ms", "indirect.filter"},
    ),
    "d22-more-writers": ("merge-by-source", {"indirect.condition"}),
}
"""What plans cannot show, by job: the note that says so, and the facts that are missing.

Sub-queries over views that the query itself does not read have no location in the plan; clauses WHEN NOT MATCHED BY
SOURCE, the expressions of generated columns and the static partitions of Hive tables are not in it at all; what is
behind an RDD or a checkpoint is not either, nor what a stream computes before its batches.
"""
DATABASE_QUERIES = frozenset({"c34-jdbc", "f16-jdbc-and-end"})
"""What is behind a query that was sent to a database is told by naming (``tests/pipeline/test_traffic_named.py``)."""


def observed(requests: Iterable[dict[str, Any]]) -> list[Observation]:
    """Every event with its plan, and plans that no event came for, in order."""
    plans: dict[str, Plan] = {}
    lonely: dict[str, dict[str, str]] = {}
    seen = []
    for request in requests:
        if request["method"] != "POST":
            continue
        headers = {name.lower(): value for name, value in request["headers"]}
        body, content_type = request["body"].encode(), headers["content-type"]
        if request["path"].endswith("/execution-plans"):
            plan = decode_plan(body, content_type)
            plans[plan.id] = plan
            lonely[plan.id] = headers
            continue
        for event in decode_events(body, content_type):
            lonely.pop(event.plan_id, None)
            seen.append(observe(plans[event.plan_id], event, headers))
    return [*seen, *(observe(plans[identity], None, headers) for identity, headers in lonely.items())]


def whole_writes(observations: list[Observation]) -> dict[str, list[Observation]]:
    """By output, the halves of writes that are reported twice as one: what it does is told by the table's."""
    told = [write for write in observations if not write.skip]
    twin_of = tables_by_insert(
        [
            Half((normal(write.output.uri),), write.mode, write.role, write.run.timestamp, write.run.key)
            for write in told
        ]
    )
    writes: dict[str, list[Observation]] = defaultdict(list)
    for number, write in enumerate(told):
        if number not in twin_of.values():
            mode = told[twin_of.get(number, number)].mode
            writes[normal(write.output.uri)].append(msgspec.structs.replace(write, mode=mode))
    return dict(writes)


def located(write: Observation, tables: Mapping[str, str]) -> Observation:
    """With the location of each input that is known by its table's name alone."""
    inputs = [
        msgspec.structs.replace(source, uri=source.uri or tables.get(".".join(source.table), ""))
        for source in write.inputs
    ]
    return msgspec.structs.replace(write, inputs=tuple(inputs))


def location(write: Observation, number: int) -> str:
    source = write.inputs[number]
    return normal(source.uri, fold=source.fold_files)


def facts_of(write: Observation) -> dict[str, Any]:
    def pairs(refs: Iterable[ColumnRef]) -> set[Fact]:
        return {(location(write, ref.input), ref.column) for ref in refs}

    facts: dict[str, Any] = {
        "mode": write.mode.value,
        "inputs": {location(write, number) for number in range(len(write.inputs))},
        "columns": [column.name for column in write.columns],
    }
    facts |= {f"columns.{column.name}": pairs(source.ref for source in column.sources) for column in write.columns}
    return facts | {f"indirect.{influence.value}": pairs(refs) for influence, refs in write.indirect}


def facts_expected(write: dict[str, Any]) -> dict[str, Any]:
    def pairs(listed: list[list[str]]) -> set[Fact]:
        return {(normal(dataset), column) for dataset, column in listed}

    facts: dict[str, Any] = {
        "mode": write["mode"],
        "inputs": {normal(uri) for uri in write["inputs"]},
        "columns": list(write["columns"]),
    }
    facts |= {f"columns.{name}": pairs(listed) for name, listed in write["columns"].items()}
    return facts | {f"indirect.{kind}": pairs(listed) for kind, listed in write["indirect"].items() if listed}


def differences(write: Observation, expected: dict[str, Any]) -> dict[str, Any]:
    found, wanted = facts_of(write), facts_expected(expected)
    return {
        fact: (found.get(fact), wanted.get(fact))
        for fact in found.keys() | wanted.keys()
        if found.get(fact, set()) != wanted.get(fact, set())
    }


@pytest.mark.parametrize("job", [job for job in JOBS if job not in DATABASE_QUERIES])
def test_recorded_job_gives_what_its_code_says(job: str) -> None:
    requests = json.loads((TRAFFIC / job / "wire.json").read_bytes())["requests"]
    oracle = json.loads((TRAFFIC / job / "expected.json").read_bytes())
    expected, tables = oracle["writes"], oracle["tables"]
    writes = whole_writes(observed(requests))
    note, gaps = GAPS.get(job, ("", set()))

    assert set(writes) == {normal(write["output"]) for write in expected}
    for wanted in expected:
        found = writes[normal(wanted["output"])]
        for write in found if "repeats" in wanted else [found.pop(0)]:
            missing = differences(located(write, tables), wanted)
            assert missing.keys() <= gaps, missing
            assert not missing or note in {note.code for note in write.notes}
            assert (write.run.status is Status.SUCCEEDED) is not wanted.get("failed", False)
            if wanted.get("format"):
                assert write.output.format == wanted["format"]
        if "repeats" in wanted:
            assert len(found) == wanted["repeats"]


@pytest.mark.parametrize("job", sorted(GAPS))
def test_gap_is_a_lack_and_never_an_invention(job: str) -> None:
    requests = json.loads((TRAFFIC / job / "wire.json").read_bytes())["requests"]
    expected = json.loads((TRAFFIC / job / "expected.json").read_bytes())["writes"]
    writes = whole_writes(observed(requests))

    for wanted in expected:
        write = writes[normal(wanted["output"])].pop(0)
        for fact, (found, true) in differences(write, wanted).items():
            assert fact in GAPS[job][1]
            assert set(found or ()) < set(true)


def test_demo_gives_what_its_notebooks_say() -> None:
    requests = json.loads((DEMO / "recording.json").read_bytes())["requests"]
    expected = json.loads((DEMO / "expected.json").read_bytes())["writes"]
    writes = whole_writes(observed(requests))

    for wanted in expected:
        inputs = {normal(uri) for uri in wanted["inputs"]}
        matching = [write for write in writes[normal(wanted["output"])] if facts_of(write)["inputs"] == inputs]
        assert len(matching) == wanted["runs"]
        for write in matching:
            assert differences(write, wanted) == {}
            assert (write.run.status is Status.FAILED) is wanted.get("failed", False)
            assert write.context.workspace_url == "adb-8765432109876543.7.azuredatabricks.net"
            assert write.context.notebook_path.endswith(wanted["notebook"])
    assert sum(len(found) for found in writes.values()) == sum(wanted["runs"] for wanted in expected)
