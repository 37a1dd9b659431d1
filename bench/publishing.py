"""What publishing costs: operations of the catalogue for each entity, and time against a loop of plain uploads.

1,000 processes over 2,000 datasets go into the embedded catalogue, which another process serves, one ``publish`` each.
An entity is a dataset or a process. An operation is a request; a bulk write counts one for each entity in it, the
notebooks and the workspace included. Columns and what holds them are not counted, but for the figure that says so.

The loop of plain uploads sends the same entities, columns included, one ``upload_entities`` of pyapacheatlas a process,
into the same catalogue by turns: it matches nothing, remembers nothing and has no store.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyapacheatlas.auth
import pyapacheatlas.core

from bench.door import served
from bench.figures import Figure, figure
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.entities import preview
from lineage.catalogue.publish import FLUSHED, WINDOW, Publisher
from lineage.model import (
    AssetName,
    Column,
    ColumnEdge,
    ColumnSource,
    Dataset,
    Kind,
    Lineage,
    Mode,
    Owner,
    Process,
    Run,
    Status,
    WorkspaceContext,
)
from lineage.store.files import FileStore

PROCESSES, NOTEBOOKS, COLUMNS = 1_000, 100, 8
ENTITIES = 3 * PROCESSES
TURNS, TURN = 10, 10
DAY = 86_400.0
HOST = "adb-8765432109876543.7.azuredatabricks.net"
COLUMN_TYPES = frozenset({"column", "tabular_schema"})

AUTH: Any = pyapacheatlas.auth
CORE: Any = pyapacheatlas.core
"""pyapacheatlas has no types."""


class Counting(AtlasClient):
    """Also counts the columns among its operations."""

    columns = 0

    def post(self, path: str, **given: Any) -> Any:
        """See ``AtlasClient``."""
        entities = (given.get("body") or {}).get("entities") or ()
        self.columns += sum(entity["typeName"] in COLUMN_TYPES for entity in entities)
        return super().post(path, **given)


class Line:
    """A publisher into the catalogue at ``port``, with its own store and a clock that is set forward."""

    def __init__(self, port: int, folder: Path) -> None:
        self.client = Counting(f"http://127.0.0.1:{port}/api/atlas/v2")
        self.ahead = 0.0
        self.publisher = Publisher(self.client, FileStore(folder), clock=lambda: time.time() + self.ahead)

    def cost(self, act: Callable[[], Any]) -> tuple[float, float]:
        """Operations an entity that ``act`` takes: without columns, and all."""
        before, columns = self.client.operations, self.client.columns
        act()
        spent, of_columns = self.client.operations - before, self.client.columns - columns
        return (spent - of_columns) / ENTITIES, spent / ENTITIES

    def run(self, run: int) -> list[Any]:
        """Every process once."""
        return [self.publisher.publish(write(number, run, "lake")) for number in range(PROCESSES)]


def measure() -> dict[str, Figure]:
    """Operations of the first run and of two more, each with its sweep: at once, and a day later; then the times.

    What the sweep after that run leaves, for it is bounded, later ones write: ``operations_of_later_sweeps``.
    """
    folder = Path(tempfile.mkdtemp(dir="build"))
    try:
        with served(_catalogue, folder) as port:
            return {**_operations(Line(port, folder / "store")), **_times(port, folder / "timed")}
    finally:
        shutil.rmtree(folder)


def _operations(line: Line) -> dict[str, Figure]:
    new, with_columns = line.cost(lambda: line.run(0))
    at_once, _ = line.cost(lambda: [line.run(1), line.publisher.flush()])
    line.ahead += DAY
    next_day, _ = line.cost(lambda: [line.run(2), line.publisher.flush()])
    line.ahead += WINDOW
    sweeps, _ = line.cost(lambda: [line.publisher.flush() for _ in range(PROCESSES // FLUSHED + 1)])
    repeated = [at_once, next_day]
    return {
        "operations_per_new_entity": figure([new], "<= 2", "an entity"),
        "operations_per_new_with_columns": figure([with_columns], unit="an entity"),
        "operations_per_repeated_entity": Figure(round(max(repeated), 3), "an entity", "<= 0.2", repeated),
        "operations_of_later_sweeps": figure([sweeps], unit="an entity"),
    }


def _times(port: int, folder: Path) -> dict[str, Figure]:
    publisher = Line(port, folder).publisher
    nobody = AUTH.BasicAuthentication("bench", "bench")
    plain = CORE.AtlasClient(f"http://127.0.0.1:{port}/api/atlas/v2", authentication=nobody)
    ratios = []
    for turn in range(TURNS):
        numbers = range(turn * TURN, turn * TURN + TURN)
        mine = [write(number, 0, "turns") for number in numbers]
        bodies = [preview(write(number, 0, "plain"))["entities"] for number in numbers]
        ratios.append(_seconds(publisher.publish, mine) / _seconds(plain.upload_entities, bodies))
    return {"publish_over_pyapacheatlas": figure(ratios)}


def _seconds(call: Callable[[Any], Any], arguments: Sequence[Any]) -> float:
    start = time.perf_counter()
    for argument in arguments:
        call(argument)
    return time.perf_counter() - start


def write(number: int, run: int, lake: str) -> Lineage:
    """Run ``run`` of process ``number``: it reads a table and writes another, eight columns each."""
    source, target = _dataset(f"{lake}/raw/table_{number}"), _dataset(f"{lake}/silver/table_{number}")
    workspace = Owner(AssetName("databricks_workspace", f"databricks://{HOST}"), HOST)
    path = f"{lake}/notebook_{number % NOTEBOOKS}"
    notebook = Owner(
        AssetName("databricks_notebook", f"databricks://{HOST}/notebooks/{path}"), path, "workspace", workspace
    )
    columns = tuple(
        ColumnEdge(column.name, column.type, (ColumnSource(source.asset, column.name, Kind.IDENTITY),))
        for column in target.columns
    )
    return Lineage(
        process=Process(f"{notebook.asset.qualified_name}/processes/{number:016x}", f"write {number}", notebook),
        output=target,
        mode=Mode.OVERWRITE,
        inputs=(source,),
        columns=columns,
        run=Run(key=f"{lake}-{number}-{run}", timestamp=run * 1_000, status=Status.SUCCEEDED, rows=run),
        context=WorkspaceContext(workspace_url=HOST, run_id=str(run)),
    )


def _dataset(place: str) -> Dataset:
    container, _, folder = place.partition("/")
    return Dataset(
        asset=AssetName("azure_datalake_gen2_path", f"https://contosolake.dfs.core.windows.net/{place}"),
        name=folder,
        uri=f"abfss://{container}@contosolake.dfs.core.windows.net/{folder}",
        columns=tuple(Column(f"column_{number}", "string") for number in range(COLUMNS)),
        rule="adls_gen2",
    )


def _catalogue(folder: str) -> Any:
    from local.catalogue import create_app

    return create_app(Path(folder) / "catalogue.db")
