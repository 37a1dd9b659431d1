"""What the page shows: datasets, processes, and how columns come to be.

Datasets are pointed at by their index; ``At`` is a column by the indexes of dataset and column.
"""

from dataclasses import dataclass

from lineage.model import Column
from lineage.page.facts import PastRun
from lineage.page.owners import Owner
from lineage.page.places import Place

At = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Dataset:
    """``key`` is the qualified name, with the type behind it where two types share one. ``standing`` is ``scanned``,
    ``ours`` (of a type of our own: no scanner covers it) or ``placeholder``."""

    key: str
    guid: str
    type_name: str
    qualified_name: str
    name: str
    place: Place
    standing: str
    columns: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """How one column of an output came to be: the columns whose values it has, each with its kind (empty where that is
    not known), those that only decide about its value, and expressions with the index of their statement."""

    target: At
    sources: tuple[tuple[At, str], ...] = ()
    influences: tuple[At, ...] = ()
    expressions: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What one statement does to the rows of its output, and the columns that decide which rows come out, by kind."""

    mode: str = ""
    indirect: tuple[tuple[str, tuple[At, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """``hidden`` counts the inputs and outputs that lie beyond what is shown; ``runs`` are the newest of
    ``run_count``, ``notes`` some of ``note_count``. A ``stale`` one was not seen for long."""

    key: str
    guid: str
    type_name: str
    qualified_name: str
    name: str
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    hidden: int = 0
    owners: tuple[Owner, ...] = ()
    links: tuple[Link, ...] = ()
    statements: tuple[Statement, ...] = ()
    runs: tuple[PastRun, ...] = ()
    run_count: int = 0
    notes: tuple[str, ...] = ()
    note_count: int = 0
    cut: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """``focus`` is the index of the dataset that was asked for, ``None`` for the whole catalogue."""

    datasets: tuple[Dataset, ...]
    processes: tuple[Process, ...]
    focus: int | None = None
    cut: str = ""

    def edges(self) -> tuple[tuple[int, int], ...]:
        """Edges between vertices: datasets by their index, processes behind them."""
        first = len(self.datasets)
        reads = ((dataset, first + at) for at, process in enumerate(self.processes) for dataset in process.inputs)
        writes = ((first + at, dataset) for at, process in enumerate(self.processes) for dataset in process.outputs)
        return (*reads, *writes)
