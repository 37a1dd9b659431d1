"""The operations of a process as the catalogue keeps them: JSON, and how it is made to fit.

For each statement its mode, its expressions by column, and what the column mapping cannot say: which sources are
``aggregated``, which only decide about the value (``conditions``, with ``true`` where the column is a direct source as
well), and which decide about the rows (``indirect``, by kind). Columns are ``[dataset, name]``, the dataset by its
index in ``datasets``; both are called as the assets that they are bound to call them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from lineage.catalogue.binding import Binding, Spelling
from lineage.catalogue.process_view import View
from lineage.catalogue.statements import Source, Statement
from lineage.model import Kind

BYTES = 30 * 1024
"""Longest text of the operations; Purview takes 32 KiB an attribute."""

_REDUCTIONS = ((("indirect",), "indirect influences"), (("aggregated", "conditions"), "kinds of sources"))
"""What goes when the statements are too long without any expression, in this order."""

Written = dict[tuple[int, str], str]
"""Expressions by statement and column."""


def operations(view: View, bindings: Mapping[str, Binding], cuts: list[str], *, limit: int = BYTES) -> str:
    """The statements of a view in at most ``limit`` bytes; ``cuts`` is told what was left out."""
    if view.output is None:
        return ""
    names = _Names(
        {name: binding.spelling() for name, binding in bindings.items()}, bindings, view.output.qualified_name
    )
    direct = {edge for statement in view.statements for edge in names.direct(statement)}
    shown = [names.shown(statement, direct) for statement in view.statements]
    expressions = {
        (at, names.out(target.name)): target.expression
        for at, statement in enumerate(view.statements)
        for target in statement.columns
        if target.expression not in ("", target.name)
    }
    return _fit(shown, expressions, limit, cuts)


@dataclass(frozen=True, slots=True)
class _Names:
    """What datasets and columns are called."""

    spelled: Mapping[str, Spelling]
    bindings: Mapping[str, Binding]
    output: str

    @property
    def out(self) -> Callable[[str], str]:
        return self.spelled[self.output]

    def column(self, statement: Statement, source: Source) -> tuple[int, str]:
        return source.dataset, self.spelled[statement.datasets[source.dataset].qualified_name](source.column)

    def columns(self, statement: Statement, sources: Iterable[Source]) -> list[tuple[int, str]]:
        return list(dict.fromkeys(self.column(statement, source) for source in sources))

    def direct(self, statement: Statement) -> Iterable[tuple[str, str, str]]:
        """Every direct edge: dataset, column, target."""
        for target in statement.columns:
            for source in target.sources:
                dataset, name = self.column(statement, source)
                yield statement.datasets[dataset].qualified_name, name, target.name

    def shown(self, statement: Statement, direct: set[tuple[str, str, str]]) -> dict[str, Any]:
        aggregated: dict[str, list[Any]] = {}
        conditions: dict[str, list[Any]] = {}
        for target in statement.columns:
            name = self.out(target.name)
            aggregated[name] = self.columns(statement, (one for one in target.sources if one.kind is Kind.AGGREGATION))
            conditions[name] = [
                [dataset, column, True]
                if (statement.datasets[dataset].qualified_name, column, target.name) in direct
                else [dataset, column]
                for dataset, column in self.columns(statement, target.influences)
            ]
        indirect: dict[str, list[Any]] = {str(k): list(self.columns(statement, some)) for k, some in statement.indirect}
        found = {"aggregated": aggregated, "conditions": conditions, "indirect": indirect}
        kept = {key: {name: some for name, some in columns.items() if some} for key, columns in found.items()}
        used = {key: columns for key, columns in kept.items() if columns}
        datasets = [self.bindings[asset.qualified_name].asset.qualified_name for asset in statement.datasets]
        return {"mode": str(statement.mode), **({"datasets": datasets} if used else {}), **used}


def _fit(shown: Sequence[dict[str, Any]], expressions: Written, limit: int, cuts: list[str]) -> str:
    """Expressions go first, the longest before the others; then what ``_REDUCTIONS`` says."""
    text = _text(shown, expressions)
    if len(text) <= limit:
        return text.decode()
    kept = _shortest(expressions, limit - len(_text(shown, {})))
    if len(kept) < len(expressions):
        cuts.append(f"operations: {len(expressions) - len(kept)} expressions left out")
    text = _text(shown, kept)
    for keys, what in _REDUCTIONS:
        if len(text) > limit:
            shown = [{key: value for key, value in one.items() if key not in keys} for one in shown]
            cuts.append(f"operations: {what} left out")
            text = _text(shown, {})
    return text.decode() if len(text) <= limit else ""


def _shortest(expressions: Written, room: int) -> Written:
    """The short ones, as many as there is room for, in their own order."""
    kept: set[tuple[int, str]] = set()
    for key, text in sorted(expressions.items(), key=lambda one: (len(one[1]), one[0])):
        room -= len(msgspec.json.encode(key[1])) + len(msgspec.json.encode(text)) + len(':,"expressions":{}')
        if room < 0:
            break
        kept.add(key)
    return {key: text for key, text in expressions.items() if key in kept}


def _text(shown: Sequence[dict[str, Any]], expressions: Written) -> bytes:
    written: list[dict[str, str]] = [{} for _ in shown]
    for (at, name), text in expressions.items():
        written[at][name] = text
    statements = [{**one, **({"expressions": own} if own else {})} for one, own in zip(shown, written, strict=True)]
    return msgspec.json.encode({"version": 1, "statements": statements})
