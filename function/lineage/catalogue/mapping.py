"""The texts of a process in the catalogue: its column mapping, its operations, and how both are made to fit.

What does not fit goes in a stated order: of the operations the expressions, longest first, then the indirect
influences, then the kinds of sources; of the column mapping the constants, then columns that are passed on unchanged,
then the rest from the end. The inputs and outputs of the process are never shortened.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from lineage.catalogue.binding import Binding
from lineage.catalogue.operations import BYTES as OPERATIONS_BYTES
from lineage.catalogue.operations import operations
from lineage.catalogue.process_view import View
from lineage.catalogue.statements import Source
from lineage.model import Kind

ATTRIBUTE_BYTES = 32 * 1024
"""Purview's limit on name and value of an attribute."""
NAME_BYTES = 4 * 1024

Bindings = Mapping[str, Binding]
"""By the qualified name that the dataset had before matching."""


@dataclass(slots=True)
class Texts:
    """``column_mapping`` and ``operations`` are JSON, each within its limit; ``cuts`` say what was left out."""

    column_mapping: str = "[]"
    operations: str = ""
    cuts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Pair:
    """A column of ``source`` that goes into a column of the output; ``*`` is the source of a constant."""

    source: str
    column: str
    target: str
    unchanged: bool = False


def texts(view: View, bindings: Bindings, *, scale: float = 1.0) -> Texts:
    """The texts of a process; a ``scale`` below 1 makes the limits that much tighter."""
    made = Texts()
    if view.output is None:
        return made
    pairs = column_pairs(view, bindings)
    sink = bindings[view.output.qualified_name].asset.qualified_name
    made.column_mapping = _fit_mapping(pairs, sink, int((ATTRIBUTE_BYTES - 100) * scale), made.cuts)
    made.operations = operations(view, bindings, made.cuts, limit=int(OPERATIONS_BYTES * scale))
    return made


def column_pairs(view: View, bindings: Bindings) -> tuple[Pair, ...]:
    """The edges of all statements together: direct sources and a column's own conditional influences.

    Datasets and columns are called as the assets that they are bound to call them.
    """
    if view.output is None:
        return ()
    spelled = {name: binding.spelling() for name, binding in bindings.items()}
    out = spelled[view.output.qualified_name]
    found: dict[tuple[str, str, str], bool] = {}
    for statement in view.statements:
        names = [asset.qualified_name for asset in statement.datasets]
        for target in statement.columns:
            for source, unchanged in _sources(target.name, target.sources, target.influences):
                name = names[source.dataset]
                bound = bindings[name].asset.qualified_name
                edge = (bound, spelled[name](source.column), out(target.name))
                found[edge] = found.get(edge, False) or unchanged
    mapped = {target for _, _, target in found}
    targets = dict.fromkeys(out(target.name) for statement in view.statements for target in statement.columns)
    constants = [Pair("*", "*", target) for target in targets if target not in mapped]
    return (*(Pair(*edge, unchanged) for edge, unchanged in found.items()), *constants)


def _sources(name: str, direct: Iterable[Source], influences: Iterable[Source]) -> Iterable[tuple[Source, bool]]:
    for source in direct:
        yield source, source.kind is Kind.IDENTITY and source.column == name
    for source in influences:
        yield source, False


def _fit_mapping(pairs: Sequence[Pair], sink: str, limit: int, cuts: list[str]) -> str:
    reductions: tuple[tuple[str, Callable[[Pair], bool]], ...] = (
        ("constant columns", lambda pair: pair.source == "*"),
        ("unchanged columns", lambda pair: pair.unchanged),
    )
    text = _mapping(pairs, sink)
    left_out = []
    for what, gone in reductions:
        if len(text.encode()) <= limit:
            break
        kept = [pair for pair in pairs if not gone(pair)]
        if len(kept) < len(pairs):
            left_out.append(f"{len(pairs) - len(kept)} {what}")
        pairs, text = kept, _mapping(kept, sink)
    if len(text.encode()) > limit:
        longest = _longest(pairs, sink, limit)
        left_out.append(f"{len(pairs) - len(longest)} other columns")
        text = _mapping(longest, sink)
    if left_out:
        cuts.append(f"column mapping: {', '.join(left_out)} left out")
    return text


def _longest(pairs: Sequence[Pair], sink: str, limit: int) -> Sequence[Pair]:
    """As many pairs from the start as fit."""
    fits, too_many = 0, len(pairs)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if len(_mapping(pairs[:middle], sink).encode()) <= limit:
            fits = middle
        else:
            too_many = middle
    return pairs[:fits]


def _mapping(pairs: Sequence[Pair], sink: str) -> str:
    """Purview's ``columnMapping``: one object a pair of datasets, as a JSON text."""
    by_source: dict[str, list[dict[str, str]]] = {}
    for pair in pairs:
        by_source.setdefault(pair.source, []).append({"Source": pair.column, "Sink": pair.target})
    return _json(
        [
            {"DatasetMapping": {"Source": source, "Sink": sink}, "ColumnMapping": columns}
            for source, columns in by_source.items()
        ]
    )


def shorten_text(text: str, limit: int) -> str:
    """``text`` in at most ``limit`` bytes of UTF-8, with an ellipsis where it was cut."""
    encoded = text.encode()
    return text if len(encoded) <= limit else encoded[: limit - 3].decode(errors="ignore") + "…"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
