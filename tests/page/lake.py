"""The demo's lakehouse in a real catalogue, and the answers that its oracle gives about columns."""

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from lineage.catalogue import AtlasClient, Publisher
from lineage.model import Lineage
from lineage.naming import NamingContext
from lineage.recording import convert_recording
from lineage.store.files import FileStore
from local.catalogue import create_app
from tests.oracle import Write, expected_writes

RECORDING = Path("demo/recording.json")
Column = tuple[str, str]
"""Qualified name of the dataset, name of the column."""


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The base URL of an application on a free port of loopback."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server did not start in time"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()


@contextmanager
def catalogue(folder: Path) -> Iterator[AtlasClient]:
    """An empty embedded catalogue, and a client of it."""
    app = create_app(folder / "catalogue.db")
    with served(app) as url:
        client = AtlasClient(f"{url}/api/atlas/v2")
        yield client
        client.close()
    app.state.database.close()


def publish(client: AtlasClient, folder: Path, recording: Path = RECORDING) -> list[Lineage]:
    """Every write of a recording, published."""
    writes = convert_recording(
        recording.read_bytes(), lambda seen: NamingContext(workspace_url=seen.context.workspace_url)
    )
    publisher = Publisher(client, FileStore(folder / "store"), window=0)
    for write in writes:
        publisher.publish(write)
    return writes


@dataclass(frozen=True)
class Oracle:
    """Column edges as the notebooks' code says, in the catalogue's names."""

    direct: frozenset[tuple[Column, Column]]
    indirect: frozenset[tuple[str, Column, str]]
    """Kind, source, qualified name of the output of the write that it is about."""
    columns: frozenset[Column]
    written: frozenset[Column]

    @classmethod
    def of(cls, writes: Iterable[Write]) -> "Oracle":
        succeeded = [write for write in writes if not write.failed]
        direct, indirect, columns = set(), set(), set()
        for write in succeeded:
            output = write.output.qualified_name
            columns |= {(output, column) for column in write.columns}
            direct |= {((dataset, source), (output, target)) for target, dataset, source in write.direct}
            indirect |= {(kind, (dataset, source), output) for kind, dataset, source in write.indirect}
        written = frozenset(columns)
        columns |= {source for source, _ in direct} | {source for _, source, _ in indirect}
        return cls(frozenset(direct), frozenset(indirect), frozenset(columns), written)

    def lit(self, column: Column) -> tuple[set[Column], set[tuple[Column, Column]]]:
        """Columns and edges that light up with a column: all the way up and all the way down."""
        edges = self._walk(column, 1, 0) | self._walk(column, 0, 1)
        return {column, *(end for edge in edges for end in edge)}, edges

    def influences(self, column: Column) -> set[tuple[str, Column]]:
        """Kind and source of all that decides about the column or what it comes from, and of what it decides itself."""
        made = {column, *(source for source, _ in self._walk(column, 1, 0))} & self.written
        outputs = {dataset for dataset, _ in made}
        return {(kind, source) for kind, source, output in self.indirect if output in outputs or source == column}

    def _walk(self, start: Column, here: int, there: int) -> set[tuple[Column, Column]]:
        found: set[tuple[Column, Column]] = set()
        border = {start}
        while border:
            passed = {edge for edge in self.direct if edge[here] in border} - found
            found |= passed
            border = {edge[there] for edge in passed}
        return found


def demo_oracle() -> Oracle:
    """That of the demo."""
    return Oracle.of(expected_writes())
