"""What was read out of a query that was sent to a database."""

from dataclasses import dataclass

from lineage.model import Influence, Kind
from lineage.naming.identifiers import Part

_STRENGTH = (Kind.IDENTITY, Kind.TRANSFORMATION, Kind.AGGREGATION)


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A column of ``Query.tables[table]`` that a value is made from."""

    table: int
    column: str
    kind: Kind = Kind.IDENTITY


@dataclass(frozen=True, slots=True)
class Query:
    """Tables as parts of names, in order of appearance; output columns in order; influences on all rows.

    ``stars`` are tables that were selected with ``*``: a column that is not listed comes from the only one of them.
    ``untold`` are output columns (in lower case) of which not every source could be told.
    """

    tables: tuple[tuple[Part, ...], ...]
    columns: tuple[tuple[str, tuple[Origin, ...]], ...] = ()
    stars: tuple[int, ...] = ()
    untold: frozenset[str] = frozenset()
    indirect: tuple[tuple[Influence, tuple[Origin, ...]], ...] = ()

    def origins(self, column: str) -> tuple[Origin, ...] | None:
        """Where an output column comes from; ``None`` where that cannot be told."""
        wanted = column.casefold()
        for name, origins in self.columns:
            if name.casefold() == wanted:
                return origins
        return (Origin(self.stars[0], column),) if len(self.stars) == 1 else None


def stronger(one: Kind, other: Kind) -> Kind:
    """The kind of a value that goes through both steps."""
    return max(one, other, key=_STRENGTH.index)
