"""Name one write: all its sources, its process and the owner of that, and every column by its dataset's name."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from lineage.model import (
    AssetName,
    Column,
    ColumnEdge,
    ColumnRef,
    ColumnSource,
    Dataset,
    Dependency,
    Influence,
    Kind,
    Lineage,
    Note,
    Observation,
    Source,
    TargetColumn,
)
from lineage.naming.context import Naming, NamingContext
from lineage.naming.databricks import identity, name_owner, name_process
from lineage.naming.query import Origin, Value, stronger
from lineage.naming.rule import DATASET
from lineage.naming.sources import name_place, name_source
from lineage.naming.uri import normalise

_INFLUENCES = tuple(Influence)
_NAME = attrgetter("name")
_Reading = tuple[Source, Dataset]
"""A source, and one of the datasets that it stands for."""


def name(observation: Observation, context: NamingContext) -> Lineage:
    """The write under its catalogue names: inputs that are one asset are one dataset, columns are theirs.

    The order of inputs and their repetition change nothing. An output that leaves nothing behind gives a lineage with
    ``skip`` set. Never raises on what a harvester may have written.
    """
    if not context.workspace_url and observation.context.workspace_url:
        context = replace(context, workspace_url=observation.context.workspace_url)
    who = observation.context
    if context.workspace_url and not who.workspace_url:
        who = replace(who, workspace_url=context.workspace_url)
    names = _Names.of(observation.inputs, context)
    output, skip, notes = _output(observation, context)
    inputs = names.datasets
    if identity(output.qualified_name) in names.by_identity:
        inputs, output = _same_name(inputs, output)
    process = name_process(who, name_owner(who), inputs, output)
    tracer = _Tracer(names)
    columns = tuple([tracer.edge(column) for column in observation.columns])
    indirect = tracer.indirect(observation.indirect)
    return Lineage(
        process=process,
        output=output,
        mode=observation.mode,
        inputs=inputs,
        columns=columns,
        indirect=indirect,
        run=observation.run,
        context=who,
        role=observation.role,
        notes=_distinct([*observation.notes, *names.notes, *notes, *tracer.notes()]),
        skip=observation.skip or skip,
        plan_id=observation.plan_id,
        harvester=observation.harvester,
    )


class _Names(Struct, frozen=True):
    """The inputs' names: a naming for each input, and the distinct datasets by what makes them one."""

    namings: tuple[Naming, ...]
    assets: tuple[tuple[AssetName, ...], ...]
    """For each naming, what its datasets are called once those that are one asset are one."""
    by_identity: Mapping[str, Dataset]
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, sources: Sequence[Source], context: NamingContext) -> "_Names":
        namings = tuple([name_source(source, context) for source in sources])
        grouped: dict[str, list[_Reading]] = {}
        told: set[Note] = set()
        for source, naming in zip(sources, namings, strict=True):
            told.update(naming.notes)
            for dataset in naming.datasets:
                grouped.setdefault(identity(dataset.qualified_name), []).append((source, dataset))
        merged = {key: _merged(readings) for key, readings in grouped.items()}
        assets = tuple(
            [tuple([merged[identity(one.qualified_name)].asset for one in naming.datasets]) for naming in namings]
        )
        return cls(namings, assets, merged, tuple(sorted(told, key=lambda note: (note.code, note.text))))

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Distinct, in the order of their names."""
        return tuple(sorted(self.by_identity.values(), key=lambda dataset: dataset.asset))


def _rank(reading: _Reading) -> tuple[object, ...]:
    """Those of tables first; the source's spelling decides between readings that are alike in all else."""
    source, dataset = reading
    columns = tuple((column.name, column.type) for column in source.columns)
    spelled = (source.uri, source.format, source.table, source.options, source.fold_files, columns)
    return (not source.table, dataset.qualified_name, dataset.uri, spelled)


def _merged(readings: Sequence[_Reading]) -> Dataset:
    """Several readings of one asset as one: the first one's name, everybody's columns and alternates."""
    if len(readings) == 1 and _are_distinct(readings[0][1].columns):
        return readings[0][1]
    datasets = [dataset for _, dataset in sorted(readings, key=_rank)]
    first = datasets[0]
    alternates = dict.fromkeys(itertools.chain.from_iterable(dataset.alternates for dataset in datasets))
    return replace(
        first,
        columns=_union(dataset.columns for dataset in datasets),
        alternates=tuple(one for one in alternates if one != first.asset),
        format=next((dataset.format for dataset in datasets if dataset.format), ""),
    )


def _are_distinct(columns: Sequence[Column]) -> bool:
    return len(set(map(_NAME, columns))) == len(columns)


def _union(all_columns: Iterable[tuple[Column, ...]]) -> tuple[Column, ...]:
    types: dict[str, str] = {}
    for column in itertools.chain.from_iterable(all_columns):
        types[column.name] = types.get(column.name) or column.type
    return tuple([Column(column, kind) for column, kind in types.items()])


def _same_name(inputs: tuple[Dataset, ...], output: Dataset) -> tuple[tuple[Dataset, ...], Dataset]:
    """A write into what it read: both ends are called alike, by the more telling of their names."""
    twin = next(dataset for dataset in inputs if identity(dataset.qualified_name) == identity(output.qualified_name))
    name = twin.name if "/" in output.name and "/" not in twin.name else output.name
    alternates = tuple(one for one in dict.fromkeys((*output.alternates, *twin.alternates)) if one != twin.asset)
    renamed = replace(twin, name=name, alternates=alternates)
    written = replace(output, asset=twin.asset, name=name, alternates=alternates)
    return tuple(renamed if dataset is twin else dataset for dataset in inputs), written


def _output(observation: Observation, context: NamingContext) -> tuple[Dataset, str, tuple[Note, ...]]:
    columns = tuple([Column(column.name, column.type) for column in observation.columns]) or observation.output.columns
    naming = name_place(observation.output, context)
    if not naming.datasets:
        uri = normalise(observation.output.uri)
        nothing = Dataset(AssetName(DATASET, uri), uri, uri, observation.output.format, columns)
        return nothing, "the output leaves nothing behind", naming.notes
    notes = naming.notes
    if len(naming.datasets) > 1:
        others = ", ".join(dataset.name for dataset in naming.datasets[1:])
        notes = (*notes, Note("output-ambiguous", f"the output may also be {others}"))
    if not _are_distinct(columns):
        columns = _union([columns])
    return replace(naming.datasets[0], columns=columns), "", notes


class _Tracer:
    """Columns of numbered inputs → columns of named datasets."""

    def __init__(self, names: _Names) -> None:
        self._names = names
        self._single = {
            number: assets[0]
            for number, (naming, assets) in enumerate(zip(names.namings, names.assets, strict=True))
            if assets and naming.query is None
        }
        self._untold: set[str] = set()
        self._queried = any(naming.query for naming in names.namings)
        self._asked: dict[ColumnRef, None] = {}
        """Columns of queries that the write makes use of."""

    def edge(self, column: TargetColumn) -> ColumnEdge:
        """A target column with its sources under their datasets' names."""
        influences = self._keys(column.influences) if column.influences else []
        if self._queried:
            influences += [one for source in column.sources for one in self._conditions(source.ref)]
        direct = self._direct(column.sources) if column.sources else ()
        return ColumnEdge(column.name, column.type, direct, _plain(influences), column.expression)

    def _direct(self, sources: tuple[Dependency, ...]) -> tuple[ColumnSource, ...]:
        ref, kind = sources[0].ref, sources[0].kind
        asset = self._single.get(ref.input)
        if asset and len(sources) == 1:
            return (ColumnSource(asset, ref.column, kind, ref.path),)
        return _strongest([one for source in sources for one in self._sources(source.ref, source.kind)])

    def indirect(
        self, observed: Iterable[tuple[Influence, tuple[ColumnRef, ...]]]
    ) -> tuple[tuple[Influence, tuple[ColumnSource, ...]], ...]:
        """The influences on the whole write: those inside of queries that were sent to a database, and of the columns
        that were taken from these, are among them."""
        found: dict[Influence, list[ColumnSource]] = defaultdict(list)
        for kind, refs in observed:
            found[kind] += self._keys(refs)
        for naming, assets in zip(self._names.namings, self._names.assets, strict=True):
            for kind, origins in naming.query.indirect if naming.query else ():
                found[kind] += [_origin(assets, origin) for origin in origins]
        for ref in tuple(self._asked):
            for kind, origins in self._value(ref).influences:
                found[kind] += [_origin(self._names.assets[ref.input], origin) for origin in origins]
        return tuple([(kind, _plain(found[kind])) for kind in _INFLUENCES if found.get(kind)]) if found else ()

    def notes(self) -> list[Note]:
        """What could not be told."""
        return [Note("column-untold", text) for text in sorted(self._untold)]

    def _sources(self, ref: ColumnRef, kind: Kind) -> list[ColumnSource]:
        asset = self._single.get(ref.input)
        if asset:
            return [ColumnSource(asset, ref.column, kind, ref.path)]
        if not 0 <= ref.input < len(self._names.namings):
            self._untold.add(f"{ref.column}: refers to an input that is not there")
            return []
        value = self._value(ref)
        assets = self._names.assets[ref.input]
        return [replace(_origin(assets, one), kind=stronger(one.kind, kind)) for one in value.direct]

    def _keys(self, refs: Iterable[ColumnRef]) -> list[ColumnSource]:
        """What columns stand for as keys: those of a query for their influences as well."""
        asset_of, found = self._single.get, []
        for ref in refs:
            asset = asset_of(ref.input)
            found += [ColumnSource(asset, ref.column, path=ref.path)] if asset else self._queried_key(ref)
        return found

    def _queried_key(self, ref: ColumnRef) -> list[ColumnSource]:
        sources = self._sources(ref, Kind.TRANSFORMATION)
        assets = self._names.assets[ref.input] if sources or self._value(ref).influences else ()
        return sources + [_origin(assets, one) for _, origins in self._value(ref).influences for one in origins]

    def _conditions(self, ref: ColumnRef) -> list[ColumnSource]:
        """The columns that a CASE within a query tests for this column of it."""
        origins = () if ref.input in self._single else self._value(ref).influence(Influence.CONDITION)
        return [_origin(self._names.assets[ref.input], one) for one in origins]

    def _value(self, ref: ColumnRef) -> Value:
        """What the query of an input makes a column of."""
        query = self._names.namings[ref.input].query if 0 <= ref.input < len(self._names.namings) else None
        if query is None:
            return Value()
        value = query.value(ref.column)
        self._asked[ref] = None
        if not value.told:
            self._untold.add(f"{ref.column}: not all that the query makes it of is told")
        return value


def _origin(assets: tuple[AssetName, ...], origin: Origin) -> ColumnSource:
    return ColumnSource(assets[origin.table], origin.column)


def _strongest(sources: Iterable[ColumnSource]) -> tuple[ColumnSource, ...]:
    """Each column once, with the strongest of its kinds, in order."""
    several = list(sources)
    if len(several) < 2:
        return tuple(several)
    kinds: dict[tuple[AssetName, str, str], Kind] = {}
    for source in several:
        key = (source.dataset, source.column, source.path)
        kinds[key] = stronger(source.kind, kinds[key]) if key in kinds else source.kind
    return tuple(sorted(ColumnSource(dataset, column, kind, path) for (dataset, column, path), kind in kinds.items()))


def _plain(sources: Sequence[ColumnSource]) -> tuple[ColumnSource, ...]:
    """Influences have no kind of their own: each column once, in order."""
    if not sources:
        return ()
    kindless = [
        source if source.kind is Kind.TRANSFORMATION else replace(source, kind=Kind.TRANSFORMATION)
        for source in sources
    ]
    return tuple(sorted(set(kindless)) if len(kindless) > 1 else kindless)


def _distinct(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(notes))
