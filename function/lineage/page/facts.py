"""What a process entity says about itself, whichever type it has: how it makes columns, its runs, its notes.

Purview's ``columnMapping`` has the pairs of columns of any process, a column's own conditions among them. What only our
processes say lies beside it: operations as JSON (``sparkPlan`` of the built-in type, ``operations`` of our own), and
run facts (custom attributes, or attributes of our own type). Whatever is missing or damaged is left out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from lineage.model import Kind
from lineage.page.answers import Entity

Named = tuple[str, str]
"""A column by the qualified name of its dataset and its own name."""
UNKNOWN = ""
"""The kind of a source that is not known to be unchanged, computed or aggregated."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """How one column of an output came to be. ``expressions`` go with the index of their statement."""

    target: Named
    sources: tuple[tuple[Named, str], ...] = ()
    influences: tuple[Named, ...] = ()
    expressions: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """What one statement does to the rows of the output, and which columns decide which rows come out."""

    mode: str = ""
    indirect: tuple[tuple[str, tuple[Named, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run of a process; numbers are ``None`` where the engine did not say, ``at`` is in milliseconds."""

    at: int = 0
    status: str = "unknown"
    rows: int | None = None
    duration_ms: int | None = None
    error: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a process says about itself but its inputs and outputs. ``runs`` are the newest of ``run_count``."""

    derivations: tuple[Derivation, ...] = ()
    statements: tuple[Statement, ...] = ()
    runs: tuple[PastRun, ...] = ()
    run_count: int = 0
    notes: tuple[str, ...] = ()
    note_count: int = 0
    cut: str = ""


def facts_of(entity: Entity) -> Facts:
    """Read a process."""
    attributes = entity.get("attributes") or {}
    said = {**attributes, **(entity.get("customAttributes") or {})}
    operations = _operations(attributes.get("operations") or attributes.get("sparkPlan"))
    cut = _text(said.get("shortened"))
    runs = tuple(_runs(said))
    notes = tuple(_text(note) for note in _decoded(said.get("remarks"), list[str]) or ())
    return Facts(
        derivations=tuple(_derivations(attributes, operations, "expressions" in cut)),
        statements=tuple(Statement(one.mode, tuple(one.influences())) for one in operations),
        runs=runs,
        run_count=_number(said.get("runCount")) or len(runs),
        notes=notes,
        note_count=max(_number(said.get("notes")) or 0, len(notes)),
        cut=cut,
    )


class _Column(msgspec.Struct, array_like=True, frozen=True):
    """A column by the index of its dataset; ``direct`` says that a condition is a source of the value as well."""

    dataset: int
    name: str
    direct: bool = False


_Columns = tuple[_Column, ...]


class _Operation(msgspec.Struct):
    """One statement as our processes keep it."""

    mode: str = ""
    datasets: tuple[str, ...] = ()
    expressions: dict[str, str] = {}
    aggregated: dict[str, _Columns] = {}
    conditions: dict[str, _Columns] = {}
    indirect: dict[str, _Columns] = {}

    def names(self, columns: _Columns) -> Iterator[Named]:
        """The columns by name; a dataset that is not listed is left out."""
        return ((self.datasets[one.dataset], one.name) for one in columns if 0 <= one.dataset < len(self.datasets))

    def influences(self) -> Iterator[tuple[str, tuple[Named, ...]]]:
        """Kind and columns of every influence of the whole statement."""
        return ((kind, tuple(self.names(columns))) for kind, columns in self.indirect.items())


class _Operations(msgspec.Struct):
    statements: tuple[_Operation, ...] = ()


def _operations(text: Any) -> tuple[_Operation, ...]:
    found = _decoded(text, _Operations)
    return found.statements if found else ()


def _derivations(attributes: Mapping[str, Any], operations: tuple[_Operation, ...], cut: bool) -> Iterator[Derivation]:
    """``cut`` is whether expressions were left out, so that a missing one says nothing."""
    pairs: dict[Named, dict[Named, None]] = {}
    for source, target in column_mapping(attributes.get("columnMapping")):
        pairs.setdefault(target, {}).update({source: None} if source[0] else {})
    output = next(iter(pairs), ("", ""))[0] or _first_output(attributes)
    for name in dict.fromkeys(name for one in operations for name in (*one.expressions, *one.conditions)):
        pairs.setdefault((output, name), {})
    for target, sources in pairs.items():
        yield _derivation(target, sources, operations, cut)


def _derivation(target: Named, pairs: Iterable[Named], operations: tuple[_Operation, ...], cut: bool) -> Derivation:
    name = target[1]
    expressions = tuple((at, one.expressions[name]) for at, one in enumerate(operations) if name in one.expressions)
    aggregated = {named for one in operations for named in one.names(one.aggregated.get(name, ()))}
    influences: dict[Named, None] = {}
    only: set[Named] = set()
    for one in operations:
        conditions = one.conditions.get(name, ())
        influences |= dict.fromkeys(one.names(conditions))
        only |= set(one.names(tuple(column for column in conditions if not column.direct)))
    direct = tuple(source for source in pairs if source not in only)

    def kind(source: Named) -> str:
        if source in aggregated:
            return Kind.AGGREGATION
        if not operations or (cut and not expressions):
            return UNKNOWN
        unchanged = all(text.strip("`") == source[1] for _, text in expressions)
        return Kind.IDENTITY if len(direct) == 1 and unchanged else Kind.TRANSFORMATION

    return Derivation(target, tuple((source, kind(source)) for source in direct), tuple(influences), expressions)


def column_mapping(text: Any) -> Iterator[tuple[Named, Named]]:
    """Source and target of every pair of Purview's ``columnMapping``; the source of a constant is empty."""
    for pair in _decoded(text, tuple[_Pair, ...]) or ():
        for columns in pair.ColumnMapping:
            source = (pair.DatasetMapping.Source, columns.Source)
            yield ("", "") if "*" in source else source, (pair.DatasetMapping.Sink, columns.Sink)


class _Ends(msgspec.Struct, frozen=True):
    Source: str = ""
    Sink: str = ""


class _Pair(msgspec.Struct, frozen=True):
    DatasetMapping: _Ends = _Ends()
    ColumnMapping: tuple[_Ends, ...] = ()


def _first_output(attributes: Mapping[str, Any]) -> str:
    outputs = attributes.get("outputs") or [{}]
    return _text((outputs[0].get("uniqueAttributes") or {}).get("qualifiedName"))


def _runs(said: Mapping[str, Any]) -> Iterator[PastRun]:
    """Newest first; at least the last one, where any is known."""
    link, error = _text(said.get("runLink")), _text(said.get("lastError"))
    recent = _decoded(said.get("recentRuns"), list[_Recent]) or []
    for at, run in enumerate(recent):
        yield PastRun(
            run.at,
            run.status,
            run.rows,
            run.duration_ms,
            "" if at else error,
            _other_run(link, run.run) if at else link,
        )
    if not recent and said.get("lastStatus"):
        yield PastRun(
            _time(said.get("lastRun")),
            _text(said["lastStatus"]),
            _number(said.get("lastRows")),
            _number(said.get("lastDurationMs")),
            error,
            link,
        )


class _Recent(msgspec.Struct, array_like=True):
    at: int = 0
    status: str = "unknown"
    rows: int | None = None
    duration_ms: int | None = None
    run: str = ""


def _other_run(link: str, run: str) -> str:
    """The page of another run of the same job."""
    before, found, after = link.rpartition("/runs/")
    _, query, rest = after.partition("?")
    return f"{before}{found}{run}{query}{rest}" if found and run.isdecimal() else ""


def _time(value: Any) -> int:
    """Milliseconds, from themselves or from an ISO text."""
    number = _number(value)
    if number is not None:
        return number
    try:
        return int(datetime.fromisoformat(_text(value)).replace(tzinfo=UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _decoded(text: Any, kind: Any) -> Any:
    """JSON that somebody else may have written: ``None`` when it is not what it should be."""
    try:
        return msgspec.json.decode(_text(text) or "null", type=kind | None)
    except (msgspec.MsgspecError, RecursionError):
        return None
