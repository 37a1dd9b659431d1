"""Which two reports are of one write: CTAS and ``saveAsTable`` are told of twice, by the insert and by the table.

A table command ends right after its insert, so it belongs to the latest insert before it that is still single and
agrees with it. The order in which the reports came does not matter.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from lineage.model import Mode, Role

TABLES = frozenset({Role.TABLE, Role.NEW_TABLE})
"""The half that has the table's name."""


class Half(NamedTuple):
    """One report. ``agreement`` is what both halves have in common; ``timestamp`` in ms; ``key`` decides ties."""

    agreement: tuple[str, ...]
    mode: Mode
    role: Role
    timestamp: int
    key: str


def tables_by_insert(halves: Sequence[Half]) -> dict[int, int]:
    """Index of each insert that has a table command → index of that; what is alone is not in it."""
    single: dict[tuple[str, ...], list[int]] = defaultdict(list)
    found: dict[int, int] = {}
    for index in sorted(range(len(halves)), key=lambda index: _order(halves[index])):
        half = halves[index]
        if half.role is Role.INSERT:
            single[(*half.agreement, half.mode)].append(index)
        elif half.role in TABLES:
            open_to_it = [waiting for mode in _modes(half) if (waiting := single[(*half.agreement, mode)])]
            if open_to_it:
                found[open_to_it[0].pop()] = index
    return found


def _modes(table: Half) -> tuple[Mode, ...]:
    """What the insert of a table command does to the rows, the likeliest first: the same, but where the table is new.

    A Hive table is created, then appended to; an append to a table that is not there yet is written as a whole.
    """
    if table.role is Role.NEW_TABLE:
        return (Mode.APPEND,)
    return (Mode.APPEND, Mode.OVERWRITE) if table.mode is Mode.APPEND else (table.mode,)


def _order(half: Half) -> tuple[int, bool, str]:
    return half.timestamp, half.role in TABLES, half.key
