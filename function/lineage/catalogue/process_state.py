"""What is remembered of one process: a pure merge of one ``Lineage`` after the other, in whatever order they arrive.

Everything kept is a greatest or a union over what was seen, so that every order, with repetitions, ends in the same
state. Three bounds keep it small: ``RUNS`` runs with their statements, ``STATEMENTS`` statements a run, ``WRITES``
writes; what is older is forgotten, and an event older than that changes nothing. The count of runs then is a lower
bound; up to there it is exact.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from lineage.catalogue.statements import Statement, digest, statement_of, used_columns
from lineage.model import (
    Column,
    Dataset,
    Lineage,
    Mode,
    Process,
    Role,
    Status,
)
from lineage.twins import TABLES, Half, tables_by_insert

VERSION = 1
RUNS = 10
STATEMENTS = 50
WRITES = 200
COLUMNS = 5_000
"""Columns remembered of one dataset."""
NOTES, NOTE_CHARACTERS = 5, 160
"""Notes of an event that are remembered in words, and how much of each."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One execution event; ``run`` is the run that it belongs to, ``statement`` the digest of what it did."""

    key: str
    timestamp: int
    run: str
    mode: Mode
    status: Status = Status.SUCCEEDED
    role: Role = Role.WHOLE
    application: str = ""
    statement: str = ""
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    duration_ns: int | None = None
    error: str = ""
    job: str = ""
    notes: int = 0
    remarks: tuple[str, ...] = ()


class Rank(NamedTuple):
    """Which of two reports of one thing is the newer; of the halves of one write, the table command's is."""

    timestamp: int
    table: bool
    key: str


class Known(msgspec.Struct, frozen=True):
    """A dataset as the newest event names it, and every column seen: name → (type, timestamp, position)."""

    dataset: Dataset
    rank: Rank
    columns: dict[str, tuple[str, int, int]] = {}


class Run(msgspec.Struct, frozen=True):
    """A run with a success: the time of its newest one, and its statements' digests with their newest times."""

    newest: int
    statements: dict[str, int]


class ProcessState(msgspec.Struct, frozen=True):
    """``forgotten`` writes were counted and dropped; none of them is newer than ``horizon`` (ms).

    ``process`` is as the newest event that knows the output as a table calls it, else as the newest at all; ``rank`` is
    that event's.
    """

    process: Process
    rank: Rank
    host: str = ""
    workspace_id: str = ""
    inputs: tuple[str, ...] = ()
    output: str = ""
    datasets: dict[str, Known] = {}
    runs: dict[str, Run] = {}
    statements: dict[str, Statement] = {}
    events: tuple[Event, ...] = ()
    forgotten: int = 0
    horizon: int = -1
    by_table: bool = False
    version: int = VERSION


def merge(state: ProcessState | None, lineage: Lineage) -> ProcessState:
    """The state after ``lineage``; equal to ``state`` where that says nothing new."""
    statement = statement_of(lineage)
    event = _event(lineage, digest(statement))
    state = state or ProcessState(lineage.process, Rank(-1, False, ""))
    before = next((known for known in state.events if known.key == event.key), None)
    if before == event or (before is None and event.timestamp <= state.horizon):
        return state
    state = _named(_without(state, before), lineage, event)
    if event.status is not Status.FAILED:
        state = _drawn(state, lineage, event, statement)
    return _remembered(state, event)


def encode(state: ProcessState) -> bytes:
    """The state as JSON."""
    return msgspec.json.encode(state)


def decode(value: bytes) -> ProcessState:
    """A stored state, of this version or an older one; raises ``msgspec.DecodeError`` when it is damaged."""
    return msgspec.json.decode(value, type=ProcessState)


def writes(events: Iterable[Event]) -> list[tuple[Event, ...]]:
    """The events by write, oldest first: one event, or the two halves (insert, table) of one write.

    The halves agree in application and in what they do to the rows; their process is this one.
    """
    known = list(events)
    twin_of = tables_by_insert(
        [Half((event.application,), event.mode, event.role, event.timestamp, event.key) for event in known]
    )
    tables = set(twin_of.values())
    found = [
        (event, known[twin_of[index]]) if index in twin_of else (event,)
        for index, event in enumerate(known)
        if index not in tables
    ]
    return sorted(found, key=lambda write: _order(write[-1]))


def _order(event: Event) -> Rank:
    return Rank(event.timestamp, event.role in TABLES, event.key)


def _event(lineage: Lineage, statement: str) -> Event:
    run, context = lineage.run, lineage.context
    return Event(
        key=run.key,
        timestamp=run.timestamp,
        run=context.run_id or run.application_id or run.key,
        mode=lineage.mode,
        status=run.status,
        role=lineage.role,
        application=run.application_id,
        statement="" if run.status is Status.FAILED else statement,
        rows=run.rows,
        bytes=run.bytes,
        files=run.files,
        duration_ns=run.duration_ns,
        error=run.error,
        job=context.job_id if context.run_id else "",
        notes=len(lineage.notes),
        remarks=tuple(note.text[:NOTE_CHARACTERS] for note in lineage.notes[:NOTES]),
    )


def _without(state: ProcessState, event: Event | None) -> ProcessState:
    """Take back an event that is converted anew: its statement goes, unless another event of its run has it, too."""
    if event is None:
        return state
    events = tuple(known for known in state.events if known.key != event.key)
    run = state.runs.get(event.run)
    if run is None or any((known.run, known.statement) == (event.run, event.statement) for known in events):
        return msgspec.structs.replace(state, events=events)
    left = {key: at for key, at in run.statements.items() if key != event.statement}
    runs = {**state.runs, event.run: Run(run.newest, left)}
    return msgspec.structs.replace(state, events=events, runs={key: one for key, one in runs.items() if one.statements})


def _named(state: ProcessState, lineage: Lineage, event: Event) -> ProcessState:
    by_table = lineage.output.place is not None
    if (by_table, _order(event)) < (state.by_table, state.rank):
        return state
    return msgspec.structs.replace(
        state,
        process=lineage.process,
        rank=_order(event),
        by_table=by_table,
        host=lineage.context.workspace_url,
        workspace_id=lineage.context.workspace_id,
    )


def _drawn(state: ProcessState, lineage: Lineage, event: Event, statement: Statement) -> ProcessState:
    run = state.runs.get(event.run) or Run(event.timestamp, {})
    last_seen = max(event.timestamp, run.statements.get(event.statement, event.timestamp))
    of_run = _greatest({**run.statements, event.statement: last_seen}, STATEMENTS)
    runs = {**state.runs, event.run: Run(max(run.newest, event.timestamp), of_run)}
    kept = _greatest({key: one.newest for key, one in runs.items()}, RUNS)
    runs = {key: one for key, one in runs.items() if key in kept}
    used = {key for one in runs.values() for key in one.statements}
    statements = {**state.statements, event.statement: statement}
    datasets = _seen(state.datasets, lineage, _order(event))
    return msgspec.structs.replace(
        state,
        inputs=tuple(sorted({*state.inputs, *(dataset.qualified_name for dataset in lineage.inputs)})),
        output=_named_best(datasets, {lineage.output.qualified_name, *((state.output,) if state.output else ())}),
        datasets=datasets,
        runs=dict(sorted(runs.items())),
        statements={key: one for key, one in sorted(statements.items()) if key in used},
    )


def _named_best(datasets: Mapping[str, Known], outputs: Iterable[str]) -> str:
    """Of an output's names: that of the table, which whoever writes by its path does not know; else the newest."""
    return max(outputs, key=lambda name: (datasets[name].dataset.place is not None, datasets[name].rank, name))


def _greatest(times: Mapping[str, int], limit: int) -> dict[str, int]:
    """The ``limit`` newest, sorted by name."""
    if len(times) > limit:
        newest = sorted(times, key=lambda key: (times[key], key), reverse=True)[:limit]
        times = {key: times[key] for key in newest}
    return dict(sorted(times.items()))


def _seen(known: Mapping[str, Known], lineage: Lineage, rank: Rank) -> dict[str, Known]:
    seen = dict(known)
    used = used_columns(lineage)
    for dataset in (*lineage.inputs, lineage.output):
        before = seen.get(dataset.qualified_name)
        listed = {column.name for column in dataset.columns}
        columns = (*dataset.columns, *(one for one in used[dataset.qualified_name] if one.name not in listed))
        merged = _columns(before.columns if before else {}, columns, rank.timestamp)
        if before is None or rank >= before.rank:
            seen[dataset.qualified_name] = Known(msgspec.structs.replace(dataset, columns=()), rank, merged)
        else:
            seen[dataset.qualified_name] = Known(before.dataset, before.rank, merged)
    return dict(sorted(seen.items()))


def _columns(
    known: Mapping[str, tuple[str, int, int]], columns: Iterable[Column], at: int
) -> dict[str, tuple[str, int, int]]:
    """The newest type and position of each column; a column without a type tells nothing about it."""
    seen = dict(known)
    for position, column in enumerate(columns):
        before = seen.get(column.name, ("", -1, 0))
        now = (column.type, at, position)
        seen[column.name] = max(before, now, key=lambda one: (bool(one[0]), one[1], one[0], -one[2]))
    kept = _greatest({name: time for name, (_, time, _) in seen.items()}, COLUMNS)
    return {name: seen[name] for name in kept}


def _remembered(state: ProcessState, event: Event) -> ProcessState:
    events = sorted((*state.events, event), key=_order)
    old = writes(events)[:-WRITES]
    if not old:
        return msgspec.structs.replace(state, events=tuple(events))
    gone = {one.key: one.timestamp for write in old for one in write}
    return msgspec.structs.replace(
        state,
        events=tuple(one for one in events if one.key not in gone),
        forgotten=state.forgotten + len(old),
        horizon=max(state.horizon, *gone.values()),
    )
