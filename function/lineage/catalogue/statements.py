"""What one statement of a program does: its mode and its edges, apart from when and how often it ran."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from lineage.model import AssetName, Column, ColumnSource, Influence, Kind, Lineage, Mode


class Source(msgspec.Struct, frozen=True, array_like=True):
    """A column of ``Statement.datasets[dataset]``."""

    dataset: int
    column: str
    kind: Kind = Kind.TRANSFORMATION
    path: str = ""


class Target(msgspec.Struct, frozen=True, array_like=True):
    """A column of the output; see ``ColumnEdge``."""

    name: str
    type: str = ""
    sources: tuple[Source, ...] = ()
    influences: tuple[Source, ...] = ()
    expression: str = ""


class Statement(msgspec.Struct, frozen=True):
    """What one statement of a program does: its mode and its edges. Two runs of one statement are equal."""

    mode: Mode
    datasets: tuple[AssetName, ...] = ()
    columns: tuple[Target, ...] = ()
    indirect: tuple[tuple[Influence, tuple[Source, ...]], ...] = ()


def statement_of(lineage: Lineage) -> Statement:
    """The statement that a lineage reports; equal for every run of it."""
    assets = tuple(sorted({source.dataset for source in all_sources(lineage)}))
    index = {asset: at for at, asset in enumerate(assets)}

    def stored(sources: Sequence[ColumnSource]) -> tuple[Source, ...]:
        return tuple(Source(index[one.dataset], one.column, one.kind, one.path) for one in sources)

    columns = tuple(
        Target(column.name, column.type, stored(column.sources), stored(column.influences), column.expression)
        for column in lineage.columns
    )
    return Statement(lineage.mode, assets, columns, tuple((kind, stored(some)) for kind, some in lineage.indirect))


def digest(statement: Statement) -> str:
    """16 hexadecimal digits that stand for the statement."""
    return hashlib.sha256(msgspec.json.encode(statement)).hexdigest()[:16]


def used_columns(lineage: Lineage) -> dict[str, list[Column]]:
    """The columns that the edges name, by dataset: a dataset need not list all that it has."""
    used: dict[str, list[Column]] = defaultdict(list)
    used[lineage.output.qualified_name] = [Column(column.name, column.type) for column in lineage.columns]
    for source in all_sources(lineage):
        used[source.dataset.qualified_name].append(Column(source.column))
    return used


def all_sources(lineage: Lineage) -> list[ColumnSource]:
    """Every column of an input that is named anywhere."""
    direct = [source for column in lineage.columns for source in (*column.sources, *column.influences)]
    return direct + [source for _, sources in lineage.indirect for source in sources]
