"""Which two reports are of one write: CTAS and ``saveAsTable`` are told of twice, by the insert and by the table.

A table command ends right after its insert, so it belongs to the latest insert before it that is still single and
agrees with it. The order in which the reports came does not matter.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from lineage.model import Role


class Half(NamedTuple):
    """One report. ``agreement`` is what both halves have in common; ``timestamp`` in ms; ``key`` decides ties."""

    agreement: tuple[str, ...]
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
            single[half.agreement].append(index)
        elif half.role is Role.TABLE and single[half.agreement]:
            found[single[half.agreement].pop()] = index
    return found


def _order(half: Half) -> tuple[int, bool, str]:
    return half.timestamp, half.role is Role.TABLE, half.key
