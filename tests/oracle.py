"""What the notebooks' code says should come out, in the catalogue's names; and what did come out, in the same shape.

``expected.json`` is written from the code of a job and never from its plans. Both sides go through naming, so that
part files and dated folders stand for their dataset.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from lineage.model import AssetName, Lineage, Source
from lineage.naming import NamingContext, name_source

DEMO = Path("demo/expected.json")
WORKSPACE = "adb-8765432109876543.7.azuredatabricks.net"
JOB = "4711"
FOLDER = "/Repos/data/retail/"

Edge = tuple[str, str, str]
"""Target column, source dataset, source column."""


@dataclass(frozen=True)
class Write:
    """One logical write."""

    owner: str
    output: AssetName
    inputs: frozenset[AssetName]
    mode: str
    columns: frozenset[str]
    direct: frozenset[Edge]
    indirect: frozenset[Edge]
    """The first part is the kind."""
    failed: bool = False


def expected_writes(path: Path = DEMO, context: NamingContext | None = None) -> list[Write]:
    """The demo's oracle: an entry for each owner (task, or notebook where it ran interactively)."""
    context = context or NamingContext(workspace_url=WORKSPACE)
    entries = msgspec.json.decode(path.read_bytes())["writes"]
    return [_write(entry, owner, context) for entry in entries for owner in _owners(entry)]


def _owners(entry: dict[str, Any]) -> list[str]:
    host = f"databricks://{WORKSPACE}"
    task = f"{host}/jobs/{JOB}/tasks/{entry['notebook']}"
    notebook = f"{host}/notebooks{FOLDER}{entry['notebook']}"
    return sorted({task if run else notebook for run in entry["run_ids"]})


def _write(entry: dict[str, Any], owner: str, context: NamingContext) -> Write:
    def asset(uri: str, table: str | None = None) -> AssetName:
        source = Source(uri, table=tuple(table.split(".")) if table else ())
        return name_source(source, context).datasets[0].asset

    return Write(
        owner=owner,
        output=asset(entry["output"], entry["output_table"]),
        inputs=frozenset(asset(uri) for uri in entry["inputs"]),
        mode=entry["mode"],
        columns=frozenset(entry["columns"]),
        direct=frozenset(
            (column, asset(uri).qualified_name, source)
            for column, sources in entry["columns"].items()
            for uri, source in sources
        ),
        indirect=frozenset(
            (kind, asset(uri).qualified_name, source)
            for kind, sources in entry["indirect"].items()
            for uri, source in sources
        ),
        failed=entry.get("failed", False),
    )


def as_write(lineage: Lineage) -> Write:
    """What a conversion gave, in the oracle's shape."""
    return Write(
        owner=lineage.process.owner.asset.qualified_name,
        output=lineage.output.asset,
        inputs=frozenset(dataset.asset for dataset in lineage.inputs),
        mode=str(lineage.mode),
        columns=frozenset(column.name for column in lineage.columns),
        direct=frozenset(
            (column.name, source.dataset.qualified_name, source.column)
            for column in lineage.columns
            for source in column.sources
        ),
        indirect=frozenset(
            (str(kind), source.dataset.qualified_name, source.column)
            for kind, sources in lineage.indirect
            for source in sources
        ),
        failed=str(lineage.run.status) == "failed",
    )


def distinct(writes: Iterable[Write]) -> set[Write]:
    """Repeats of one write once."""
    return set(writes)
