"""Sets of source columns as bit masks, and what a value is made of.

Bit *i* of a mask is origin *i* of the plan: a column, or a nested field of one, of a relation that is read.
"""

from collections.abc import Iterable, Sequence
from operator import or_

from lineage.model import Influence
from lineage.spline.sources import Leaf, Location
from lineage.spline.wire import Node

Influences = tuple[int, ...]
"""A mask for each ``Influence``, in its order."""
Trace = tuple[int, int, int, Influences]
"""What a value is made of: masks of the columns that it is identical to, computed from and aggregated from, and of
those that influence it without being part of it."""

NONE: Influences = (0,) * len(Influence)
EMPTY: Trace = (0, 0, 0, NONE)
PLACE = {influence: place for place, influence in enumerate(Influence)}
PATH_LIMIT = 1_000
"""Characters of a nested path; a deeper field stands for the field that it is in."""

Origin = tuple[int, str, str]
"""The number of the relation, the column, and the nested path (empty for the column itself)."""


class Origins:
    """Gives every source column of a plan its bit."""

    def __init__(self) -> None:
        self._bits: dict[Origin, int] = {}
        self._listed: list[Origin] = []
        self.relations: list[tuple[Location, ...]] = []
        """The locations of each relation, by its number: relations at the same locations are one."""
        self._numbers: dict[Leaf, int] = {}
        self._number_at: dict[tuple[Location, ...], int] = {}

    def mask(self, leaf: Leaf, column: str) -> int:
        """The mask of one column of ``leaf``; the same column of the same locations has one bit however often read."""
        number = self._numbers.get(leaf)
        return self._mask((self._number(leaf) if number is None else number, column, ""))

    def columns(self, leaf: Leaf) -> dict[Node, Trace]:
        """The traces of the columns of ``leaf``."""
        number, bits = self._number(leaf), self._bits
        return {
            attribute: (1 << bits.setdefault((number, attribute.name or "", ""), len(bits)), 0, 0, NONE)
            for attribute in leaf.attributes
        }

    @property
    def listed(self) -> list[Origin]:
        """Every origin so far, by its bit."""
        if len(self._listed) < len(self._bits):
            self._listed = list(self._bits)
        return self._listed

    def field(self, mask: int, name: str) -> int:
        """The mask of the field ``name`` within the single origin of ``mask``."""
        number, column, path = self.listed[mask.bit_length() - 1]
        nested = f"{path or column}.{name}"
        return self._mask((number, column, nested)) if len(nested) <= PATH_LIMIT else mask

    def _number(self, leaf: Leaf) -> int:
        number = self._numbers[leaf] = self._number_at.setdefault(leaf.locations, len(self.relations))
        if number == len(self.relations):
            self.relations.append(leaf.locations)
        return number

    def _mask(self, origin: Origin) -> int:
        listed = self.listed
        bit = self._bits.setdefault(origin, len(listed))
        if bit == len(listed):
            listed.append(origin)
        return 1 << bit


def bits(mask: int) -> list[int]:
    """The positions of the bits of ``mask``, ascending."""
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def everything(trace: Trace) -> int:
    """All columns behind a value, its influences included: what it stands for as a key."""
    identity, transformation, aggregation, influences = trace
    mask = identity | transformation | aggregation
    if influences is not NONE:
        for influence in influences:
            mask |= influence
    return mask


def direct(trace: Trace) -> int:
    """The columns that a value is made of."""
    return trace[0] | trace[1] | trace[2]


def influenced(trace: Trace, influence: Influence, mask: int) -> Trace:
    """``trace`` with the columns of ``mask`` as a further influence."""
    if not mask:
        return trace
    influences = list(trace[3])
    influences[PLACE[influence]] |= mask
    return (*trace[:3], tuple(influences))


def collect(masks: list[int], place: int, trace: Trace) -> None:
    """Add a key to ``masks``; ``place`` is that of the influence that it is."""
    identity, transformation, aggregation, influences = trace
    masks[place] |= identity | transformation | aggregation
    if influences is not NONE:
        for own, mask in enumerate(influences):
            masks[own] |= mask
            masks[place] |= mask


def frozen(masks: Iterable[int]) -> Influences:
    """``masks`` as they have been collected."""
    found = tuple(masks)
    return NONE if found == NONE else found


def merged(traces: Iterable[Trace]) -> Trace:
    """A value that may be any of several."""
    identity = transformation = aggregation = 0
    influences = NONE
    for one, other, third, more in traces:
        identity |= one
        transformation |= other
        aggregation |= third
        if more is not NONE:
            influences = joined(influences, more)
    return identity, transformation, aggregation, influences


def computed(traces: Sequence[Trace]) -> Trace:
    """A value that a function makes of one or several."""
    identity, transformation, aggregation, influences = traces[0] if len(traces) == 1 else merged(traces)
    return 0, identity | transformation, aggregation, influences


def aggregated(trace: Trace) -> Trace:
    """A value that is made of many rows."""
    return 0, 0, direct(trace), trace[3]


def joined(one: Influences, other: Influences) -> Influences:
    """The union, kind by kind."""
    if one is NONE or one is other:
        return other
    if other is NONE:
        return one
    return tuple(map(or_, one, other))
