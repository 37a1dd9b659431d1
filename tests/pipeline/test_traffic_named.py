"""Every recorded job as ``lineage convert`` tells it: masked as at the door, twins joined, under catalogue names."""

import json
from pathlib import Path
from typing import Any

import pytest

from lineage.model import Lineage, Source, Status
from lineage.naming import NamingContext, name_source
from lineage.recording import Recording
from tests.oracle import as_write
from tests.spline.test_traffic import GAPS, JOBS

pytestmark = pytest.mark.unit

TRAFFIC = Path("tests/traffic")
CONTEXT = NamingContext(workspace_url="adb-8765432109876543.7.azuredatabricks.net")


def expected(entry: dict[str, Any], tables: dict[str, str]) -> dict[str, Any]:
    """What the code of a job says of one write, facts by name."""

    def name(uri: str) -> str:
        source = Source(uri, table=tuple(tables.get(uri, "").split(".")) if uri in tables else ())
        return name_source(source, CONTEXT).datasets[0].asset.qualified_name

    columns = {
        f"columns.{column}": {(name(uri), source) for uri, source in sources}
        for column, sources in entry["columns"].items()
    }
    indirect = {
        f"indirect.{kind}": {(name(uri), source) for uri, source in sources}
        for kind, sources in entry["indirect"].items()
    }
    return {
        "output": name(entry["output"]),
        "mode": entry["mode"],
        "succeeded": not entry.get("failed", False),
        "inputs": {name(uri) for uri in entry["inputs"]},
        "columns": set(entry["columns"]),
        **columns,
        **indirect,
    }


def told(lineage: Lineage) -> dict[str, Any]:
    """What a conversion gave, in the same shape."""
    write = as_write(lineage)
    facts: dict[str, Any] = {
        "output": write.output.qualified_name,
        "mode": write.mode,
        "succeeded": lineage.run.status is Status.SUCCEEDED,
        "inputs": {asset.qualified_name for asset in write.inputs},
        "columns": set(write.columns),
        **{f"columns.{column}": set() for column in write.columns},
    }
    for prefix, edges in (("columns", write.direct), ("indirect", write.indirect)):
        for key, dataset, column in edges:
            facts.setdefault(f"{prefix}.{key}", set()).add((dataset, column))
    return facts


@pytest.mark.parametrize("job", JOBS)
def test_recorded_job_is_told_as_its_code_says(job: str) -> None:
    oracle = json.loads((TRAFFIC / job / "expected.json").read_bytes())
    tables = {location: table for table, location in oracle["tables"].items()}
    recording = Recording.of((TRAFFIC / job / "wire.json").read_bytes())
    lineages = [lineage for lineage in recording.convert(lambda _: CONTEXT) if not lineage.skip]
    wanted = [expected(entry, tables) for entry in oracle["writes"] for _ in range(entry.get("repeats", 1))]
    note, gaps = GAPS.get(job, ("", set()))

    assert recording.faults == []
    assert len(lineages) == len(wanted)
    for facts in wanted:
        lineage = next(lineage for lineage in lineages if lineage.output.asset.qualified_name == facts["output"])
        lineages.remove(lineage)
        found = told(lineage)
        different = {
            fact for fact in found.keys() | facts.keys() if (found.get(fact) or set()) != (facts.get(fact) or set())
        }
        assert different <= gaps, {fact: (found.get(fact), facts.get(fact)) for fact in different}
        assert not different or note in {one.code for one in lineage.notes}
