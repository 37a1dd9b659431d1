"""Name one write: all its sources, its process and the owner of that, and every column by its dataset's name."""

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    Process,
    Source,
    TargetColumn,
)
from lineage.naming.context import Naming, NamingContext
from lineage.naming.databricks import identity, name_owner, process_name, process_qualified_name
from lineage.naming.query import Origin, stronger
from lineage.naming.rule import DATASET
from lineage.naming.sources import name_source
from lineage.naming.uri import normalise


def name(observation: Observation, context: NamingContext) -> Lineage:
    """The write under its catalogue names: inputs that are one asset are one dataset, columns are theirs.

    The order of inputs and their repetition change nothing. An output that leaves nothing behind gives a lineage with
    ``skip`` set. Never raises on what a harvester may have written.
    """
    if not context.workspace_url and observation.context.workspace_url:
        context = dataclasses.replace(context, workspace_url=observation.context.workspace_url)
    who = observation.context
    if context.workspace_url and not who.workspace_url:
        who = replace(who, workspace_url=context.workspace_url)
    names = _Names.of(observation.inputs, context)
    output, skip, notes = _output(observation, context)
    inputs = names.datasets
    if identity(output.qualified_name) in names.by_identity:
        inputs, output = _same_name(inputs, output)
    owner = name_owner(who)
    qualified_name = process_qualified_name(
        owner, (dataset.qualified_name for dataset in inputs), [output.qualified_name]
    )
    readable = process_name(who, (dataset.name for dataset in inputs), output.name)
    tracer = _Tracer(names)
    columns = tuple([tracer.edge(column) for column in observation.columns])
    indirect = tracer.indirect(observation.indirect)
    return Lineage(
        process=Process(qualified_name, readable, owner),
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


@dataclass(frozen=True, slots=True)
class _Names:
    """The inputs' names: a naming for each input, and the distinct datasets by what makes them one."""

    namings: tuple[Naming, ...]
    assets: tuple[tuple[AssetName, ...], ...]
    """For each naming, what its datasets are called once those that are one asset are one."""
    by_identity: Mapping[str, Dataset]
    notes: tuple[Note, ...]

    @classmethod
    def of(cls, sources: Sequence[Source], context: NamingContext) -> "_Names":
        known: dict[Source, Naming] = {}
        for source in sources:
            if source not in known:
                known[source] = name_source(source, context)
        found = sorted(
            ((source, dataset) for source, naming in known.items() for dataset in naming.datasets),
            key=lambda pair: (not pair[0].table, pair[1].qualified_name, pair[1].uri, _spelled(pair[0])),
        )
        grouped: dict[str, list[Dataset]] = defaultdict(list)
        for _, dataset in found:
            grouped[identity(dataset.qualified_name)].append(dataset)
        told = {note for naming in known.values() for note in naming.notes}
        notes = sorted(told, key=lambda note: (note.code, note.text))
        merged = {key: _merged(datasets) for key, datasets in grouped.items()}
        namings = tuple([known[source] for source in sources])
        assets = {
            source: tuple([merged[identity(dataset.qualified_name)].asset for dataset in naming.datasets])
            for source, naming in known.items()
        }
        return cls(namings, tuple([assets[source] for source in sources]), merged, tuple(notes))

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Distinct, in the order of their names."""
        return tuple(sorted(self.by_identity.values(), key=lambda dataset: dataset.asset))


def _spelled(source: Source) -> tuple[object, ...]:
    """Decides between readings that are alike in all else."""
    columns = tuple((column.name, column.type) for column in source.columns)
    return (source.uri, source.format, source.table, source.options, source.fold_files, columns)


def _merged(datasets: Sequence[Dataset]) -> Dataset:
    """Several readings of one asset as one: the first one's name, everybody's columns and alternates."""
    first = datasets[0]
    if len(datasets) == 1 and len({column.name for column in first.columns}) == len(first.columns):
        return first
    alternates = dict.fromkeys(itertools.chain.from_iterable(dataset.alternates for dataset in datasets))
    return replace(
        first,
        columns=_union(dataset.columns for dataset in datasets),
        alternates=tuple(one for one in alternates if one != first.asset),
        format=next((dataset.format for dataset in datasets if dataset.format), ""),
    )


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
    naming = name_source(replace(observation.output, columns=()), context)
    if not naming.datasets:
        uri = normalise(observation.output.uri)
        nothing = Dataset(AssetName(DATASET, uri), uri, uri, observation.output.format, columns)
        return nothing, "the output leaves nothing behind", naming.notes
    notes = naming.notes
    if len(naming.datasets) > 1:
        others = ", ".join(dataset.name for dataset in naming.datasets[1:])
        notes = (*notes, Note("output-ambiguous", f"the output may also be {others}"))
    if len({column.name for column in columns}) < len(columns):
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

    def edge(self, column: TargetColumn) -> ColumnEdge:
        """A target column with its sources under their datasets' names."""
        influences = [one for ref in column.influences for one in self._sources(ref, Kind.TRANSFORMATION)]
        return ColumnEdge(column.name, column.type, self._direct(column.sources), _plain(influences), column.expression)

    def _direct(self, sources: tuple[Dependency, ...]) -> tuple[ColumnSource, ...]:
        if not sources:
            return ()
        ref, kind = sources[0].ref, sources[0].kind
        asset = self._single.get(ref.input)
        if asset and len(sources) == 1:
            return (ColumnSource(asset, ref.column, kind, ref.path),)
        return _strongest([one for source in sources for one in self._sources(source.ref, source.kind)])

    def indirect(
        self, observed: Iterable[tuple[Influence, tuple[ColumnRef, ...]]]
    ) -> tuple[tuple[Influence, tuple[ColumnSource, ...]], ...]:
        """The influences on the whole write, with those inside of queries that were sent to a database."""
        found: dict[Influence, list[ColumnSource]] = defaultdict(list)
        for kind, refs in observed:
            found[kind] += [one for ref in refs for one in self._sources(ref, Kind.TRANSFORMATION)]
        for naming, assets in zip(self._names.namings, self._names.assets, strict=True):
            for kind, origins in naming.query.indirect if naming.query else ():
                found[kind] += [_origin(assets, origin) for origin in origins]
        return tuple((kind, _plain(found[kind])) for kind in Influence if found.get(kind))

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
        naming = self._names.namings[ref.input]
        if naming.query is None:
            return []
        origins = naming.query.origins(ref.column)
        if origins is None or ref.column.casefold() in naming.query.untold:
            self._untold.add(f"{ref.column}: which table of the query it comes from is not told")
        assets = self._names.assets[ref.input]
        return [replace(_origin(assets, one), kind=stronger(one.kind, kind)) for one in origins or ()]


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
        kinds[key] = stronger(source.kind, kinds.get(key, source.kind))
    return tuple(sorted(ColumnSource(dataset, column, kind, path) for (dataset, column, path), kind in kinds.items()))


def _plain(sources: Iterable[ColumnSource]) -> tuple[ColumnSource, ...]:
    """Influences have no kind of their own: each column once, in order."""
    several = list(sources)
    return tuple(sorted({replace(source, kind=Kind.TRANSFORMATION) for source in several})) if several else ()


def _distinct(notes: Iterable[Note]) -> tuple[Note, ...]:
    return tuple(dict.fromkeys(notes))
