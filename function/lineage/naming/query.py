"""What was read out of a query that was sent to a database.

A value is followed as in Spark's own plans: what it is made of, and what influences it without being part of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from lineage.model import Influence, Kind
from lineage.naming.identifiers import Part

Names = tuple[str, ...]
"""What a reader calls the columns of a query, in order."""
_STRENGTH = (Kind.IDENTITY, Kind.TRANSFORMATION, Kind.AGGREGATION)


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A column of ``Query.tables[table]`` that a value is made from."""

    table: int
    column: str
    kind: Kind = Kind.IDENTITY


@dataclass(frozen=True, slots=True)
class Value:
    """``direct`` is what a value is made of; ``told`` is false where that may not be all."""

    direct: frozenset[Origin] = frozenset()
    influences: tuple[tuple[Influence, frozenset[Origin]], ...] = ()
    told: bool = True

    def everything(self) -> frozenset[Origin]:
        """All columns behind it, its influences included: what it stands for as a key."""
        plain = {Origin(one.table, one.column) for one in self.direct}
        return frozenset(plain.union(*(origins for _, origins in self.influences)))

    def influence(self, kind: Influence) -> frozenset[Origin]:
        """Its influences of one kind."""
        return dict(self.influences).get(kind, frozenset())

    @property
    def size(self) -> int:
        """How many columns it has to do with, one in several ways counted several times."""
        return len(self.direct) + sum(len(origins) for _, origins in self.influences)


UNTOLD = Value(told=False)


def merged(values: Iterable[Value]) -> Value:
    """A value that may be any of several, or is made of all of them."""
    values = list(values)
    direct = union(value.direct for value in values)
    return Value(direct, joined(value.influences for value in values), all(value.told for value in values))


def joined(
    many: Iterable[Iterable[tuple[Influence, frozenset[Origin]]]],
) -> tuple[tuple[Influence, frozenset[Origin]], ...]:
    """Influences in one, in the order of ``Influence``."""
    found: dict[Influence, list[frozenset[Origin]]] = {}
    for influences in dict.fromkeys(map(tuple, many)):
        for kind, origins in influences:
            found.setdefault(kind, []).append(origins)
    sets = ((kind, union(found[kind])) for kind in Influence if kind in found)
    return tuple((kind, origins) for kind, origins in sets if origins)


def union(sets: Iterable[frozenset[Origin]]) -> frozenset[Origin]:
    """All that is in any of the sets; one that is alone is not copied."""
    several = list(dict.fromkeys(sets))
    return several[0] if len(several) == 1 else frozenset().union(*several)


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a query. Without a name it stands for any number of columns: those of ``table``, where that is one,
    else for some that all have this value. ``others`` are tables that a UNION puts below that one, whose columns are
    taken to be called the same. ``is_partial``: some of the columns are listed, under names of their own."""

    name: str
    value: Value = Value()
    table: int | None = None
    others: tuple[int, ...] = ()
    is_partial: bool = False

    @property
    def is_star(self) -> bool:
        """Whether it stands for any number of columns."""
        return not self.name

    @property
    def tables(self) -> tuple[int, ...]:
        """All tables whose columns it stands for."""
        return self.others if self.table is None else (self.table, *self.others)

    def of(self, column: str) -> Value:
        """The value of one column."""
        return replace(self.value, direct=self.value.direct.union(Origin(table, column) for table in self.tables))


class Outputs:
    """The outputs of a query in order, found by name whatever the case of its letters."""

    __slots__ = ("_named", "_stars", "listed")

    def __init__(self, listed: Iterable[Output]) -> None:
        self.listed = tuple(listed)
        self._named: dict[str, list[Value]] = {}
        self._stars = list(dict.fromkeys(output for output in self.listed if output.is_star))
        for output in self.listed:
            if not output.is_star:
                self._named.setdefault(output.name.casefold(), []).append(output.value)

    def __iter__(self) -> Iterator[Output]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Outputs) and self.listed == other.listed

    def __hash__(self) -> int:
        return hash(self.listed)

    @property
    def has_star(self) -> bool:
        """Whether there may be columns that are not listed."""
        return bool(self._stars)

    @property
    def names(self) -> Iterable[str]:
        """Those of the columns that are listed, casefolded."""
        return self._named.keys()

    def has(self, name: str) -> bool:
        """Whether a column of this name is listed."""
        return name.casefold() in self._named

    def find(self, name: str, stored: str = "") -> Value | None:
        """The value of the column called ``name``, or of one that a single ``*`` may hold; ``None`` where that cannot
        be told. ``stored`` is what the database calls the column."""
        values = self._named.get(name.casefold())
        if values:
            return values[0] if len(values) == 1 else merged(values)
        return self._stars[0].of(stored or name) if len(self._stars) == 1 else None

    def values(self) -> list[Value]:
        """Those of all outputs, in order."""
        return [output.value for output in self.listed]


UNNAMED = "?"
"""The name of an output that the query gives none: the database makes one up."""
UNKNOWN = Outputs([Output("", UNTOLD)])
"""What a thing gives that cannot be read."""


@dataclass(frozen=True, slots=True)
class Query:
    """Tables as parts of names, in order of appearance; outputs in order; influences on all rows.

    ``counts``: more of it would be told by the names of its columns. ``assumed`` are tables whose columns are taken to
    be called as those that they are united with. ``is_read`` is false where nothing but the tables is told.
    """

    tables: tuple[tuple[Part, ...], ...]
    outputs: Outputs
    indirect: tuple[tuple[Influence, frozenset[Origin]], ...] = ()
    counts: bool = False
    assumed: tuple[int, ...] = ()
    is_read: bool = True

    def value(self, column: str) -> Value:
        """What an output column is made of."""
        return self.outputs.find(column) or UNTOLD

    def called(self, names: Sequence[str]) -> "Query":
        """The same with the names that the reader gave its columns, which may differ where the query gives none."""
        if len(names) != len(self.outputs) or any(output.tables for output in self.outputs):
            return self
        known = {name.casefold() for name in names}
        for output, name in zip(self.outputs, names, strict=True):
            is_same = output.name.casefold() == name.casefold()
            if not is_same and (output.name.casefold() in known or self.outputs.has(name)):
                return self
        renamed = [replace(output, name=name) for output, name in zip(self.outputs, names, strict=True)]
        return replace(self, outputs=Outputs(renamed))


def stronger(one: Kind, other: Kind) -> Kind:
    """The kind of a value that goes through both steps."""
    return max(one, other, key=_STRENGTH.index)
