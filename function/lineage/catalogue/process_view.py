"""What a process shows of all that is remembered of it: the statements of its newest run, and the last run's facts."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from lineage.catalogue.process_state import Event, Known, ProcessState, writes
from lineage.catalogue.statements import Statement
from lineage.model import AssetName, Column, Dataset, Mode, Process, Status

RECENT = 10
"""So many of the last writes are shown."""


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """The last run and how many there were. Times in ms since the epoch; ``None`` where the engine did not say."""

    last_run: int = 0
    status: Status = Status.UNKNOWN
    error: str = ""
    mode: Mode = Mode.APPEND
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    duration_ns: int | None = None
    run_link: str = ""
    count: int = 0
    notes: int = 0
    remarks: tuple[str, ...] = ()
    recent: tuple["PastWrite", ...] = ()


class PastWrite(NamedTuple):
    """One of the last writes; ``run`` is the job's run, where a job made it."""

    at: int
    status: str
    rows: int | None
    duration_ms: int | None
    run: str


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """What a process shows: the statements of its newest run, between its datasets; neither where none succeeded."""

    process: Process
    facts: Facts
    inputs: tuple[Dataset, ...] = ()
    output: Dataset | None = None
    statements: tuple[Statement, ...] = ()

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Inputs and output, each once."""
        return tuple(dict.fromkeys([*self.inputs, *([self.output] if self.output else [])]))


def view(state: ProcessState) -> View:
    """What the process shows."""
    facts = _facts(state)
    if not state.runs:
        return View(state.process, facts)
    newest = max(state.runs, key=lambda run: (state.runs[run].newest, run))
    shown = [state.statements[key] for key in sorted(state.runs[newest].statements)]
    return View(
        process=state.process,
        facts=facts,
        inputs=tuple(_dataset(state.datasets[name]) for name in state.inputs),
        output=_dataset(state.datasets[state.output]),
        statements=tuple(sorted(shown, key=lambda statement: -len(statement.columns))),
    )


def called(shown: View, tables: Mapping[str, Dataset]) -> View:
    """The same, where each dataset that ``tables`` has, by qualified name, is called as the table there.

    What is one dataset then has the columns of all.
    """
    if not any(one.qualified_name in tables for one in shown.datasets):
        return shown
    merged: dict[str, Dataset] = {}
    for one in shown.datasets:
        table = tables.get(one.qualified_name, one)
        before = merged.get(table.qualified_name)
        columns = {column.name: column for column in (*one.columns, *(before.columns if before else ()))}
        merged[table.qualified_name] = msgspec.structs.replace(table, columns=tuple(columns.values()))

    def asset(name: str, given: AssetName) -> AssetName:
        return tables[name].asset if name in tables else given

    def dataset(one: Dataset) -> Dataset:
        return merged[asset(one.qualified_name, one.asset).qualified_name]

    return dataclasses.replace(
        shown,
        inputs=tuple(dict.fromkeys(map(dataset, shown.inputs))),
        output=dataset(shown.output) if shown.output else None,
        statements=tuple(
            msgspec.structs.replace(one, datasets=tuple(asset(each.qualified_name, each) for each in one.datasets))
            for one in shown.statements
        ),
    )


def _facts(state: ProcessState) -> Facts:
    by_write = writes(state.events)
    last = by_write[-1]
    metrics, newest = last[0], last[-1]
    failed = next((event for event in reversed(last) if event.status is Status.FAILED), None)
    return Facts(
        last_run=max(event.timestamp for event in last),
        status=failed.status if failed else newest.status,
        error=failed.error if failed else "",
        mode=newest.mode,
        rows=metrics.rows,
        bytes=metrics.bytes,
        files=metrics.files,
        duration_ns=metrics.duration_ns,
        run_link=_link(state, newest),
        count=state.forgotten + len(by_write),
        notes=newest.notes,
        remarks=newest.remarks,
        recent=tuple(_past(write) for write in reversed(by_write[-RECENT:])),
    )


def _past(write: Sequence[Event]) -> PastWrite:
    metrics, newest = write[0], write[-1]
    failed = any(event.status is Status.FAILED for event in write)
    return PastWrite(
        at=max(event.timestamp for event in write),
        status=str(Status.FAILED if failed else newest.status),
        rows=metrics.rows,
        duration_ms=None if metrics.duration_ns is None else metrics.duration_ns // 1_000_000,
        run=newest.run if newest.job else "",
    )


def _link(state: ProcessState, event: Event) -> str:
    """The page of a job's run; a job whose name was made stable has no page by that name."""
    if not (state.host and event.job.isdigit() and event.run):
        return ""
    query = f"?o={state.workspace_id}" if state.workspace_id else ""
    return f"https://{state.host}/jobs/{event.job}/runs/{event.run}{query}"


def _dataset(known: Known) -> Dataset:
    places = sorted(known.columns.items(), key=lambda one: (one[1][2], one[0]))
    columns = tuple(Column(name, kind) for name, (kind, _, _) in places)
    return msgspec.structs.replace(known.dataset, columns=columns)
