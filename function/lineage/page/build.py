"""A catalogue's answers made into the graph that the page shows. Pure: the same answers give the same graph."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from lineage.model import Column
from lineage.page.answers import Answers, Entity, is_process, qualified_name, schema_references
from lineage.page.facts import Derivation, Facts, Named, facts_of
from lineage.page.graph import At, Dataset, Graph, Link, Process, Statement
from lineage.page.owners import owners_of
from lineage.page.places import Place, last_part, place_of

PLACEHOLDER = "lineage-placeholder"
"""The label of assets that were made because no scanned one was found."""
STALE = "lineage-stale"
"""The label of processes that were not seen for long."""
UNTYPED = "unknown"
"""The type of a column of ours that no engine told the type of."""
OWN_TYPES = "lineage_"
"""How the names of our own types begin."""


def build(answers: Answers) -> Graph:
    """The graph of what was answered; entities that are deleted are left out."""
    shown = [
        answers.entities[guid]
        for guid in dict.fromkeys(answers.shown)
        if answers.entities.get(guid, {}).get("status") == "ACTIVE"
    ]
    key_of = _keys(shown)
    processes = sorted(filter(is_process, shown), key=key_of)
    datasets = sorted((entity for entity in shown if not is_process(entity)), key=_by_place(key_of))
    facts = [facts_of(entity) for entity in processes]
    columns = _Columns(datasets, answers.entities)
    index = {entity["guid"]: at for at, entity in enumerate(datasets)}
    made = tuple(
        _process(entity, said, index, columns, answers.entities, key_of)
        for entity, said in zip(processes, facts, strict=True)
    )
    return Graph(
        tuple(_dataset(entity, columns.of(at), key_of) for at, entity in enumerate(datasets)),
        made,
        index.get(answers.focus),
        answers.cut,
    )


KeyOf = Callable[[Entity], str]


def _keys(entities: Iterable[Entity]) -> KeyOf:
    entities = list(entities)
    often = Counter(map(qualified_name, entities))

    def key_of(entity: Entity) -> str:
        name = qualified_name(entity)
        return name if often[name] == 1 else f"{name}@{entity['typeName']}"

    return key_of


def _by_place(key_of: KeyOf) -> Callable[[Entity], tuple[str, str]]:
    return lambda entity: (place_of(qualified_name(entity)).container, key_of(entity))


def _dataset(entity: Entity, columns: tuple[Column, ...], key_of: KeyOf) -> Dataset:
    name = qualified_name(entity)
    place = place_of(name)
    labelled = PLACEHOLDER in (entity.get("labels") or ())
    standing = "ours" if entity["typeName"].startswith(OWN_TYPES) else "placeholder" if labelled else "scanned"
    return Dataset(
        key=key_of(entity),
        guid=entity["guid"],
        type_name=entity["typeName"],
        qualified_name=name,
        name=_short_name(str((entity.get("attributes") or {}).get("name") or ""), name, place),
        place=place,
        standing=standing,
        columns=columns,
    )


def _short_name(given: str, qualified: str, place: Place) -> str:
    """Its own name; of one that repeats where the asset is (``silver/orders``, ``public.orders``) the end."""
    short = last_part(place.path)
    repeats = not given or given == qualified or (short and given.endswith((f"/{short}", f".{short}")))
    return (short or place.container) if repeats else given


def _process(
    entity: Entity,
    facts: Facts,
    index: Mapping[str, int],
    columns: "_Columns",
    entities: Mapping[str, Entity],
    key_of: KeyOf,
) -> Process:
    attributes = entity["attributes"]
    guids = [[reference.get("guid") for reference in attributes.get(side) or ()] for side in ("inputs", "outputs")]
    inputs, outputs = (tuple(dict.fromkeys(index[guid] for guid in side if guid in index)) for side in guids)
    ends = {*inputs, *outputs}
    return Process(
        key=key_of(entity),
        guid=entity["guid"],
        type_name=entity["typeName"],
        qualified_name=qualified_name(entity),
        name=str(attributes.get("name") or qualified_name(entity)),
        inputs=inputs,
        outputs=outputs,
        hidden=len({*guids[0], *guids[1]} - set(index)),
        owners=owners_of(entity, entities),
        links=tuple(columns.links(facts, ends)),
        statements=tuple(columns.statements(facts, ends)),
        runs=facts.runs,
        run_count=facts.run_count,
        notes=facts.notes,
        note_count=facts.note_count,
        cut=facts.cut,
        stale=STALE in (entity.get("labels") or ()),
    )


class _Columns:
    """The columns of every dataset: those of its schema, and those that only a process knows of."""

    def __init__(self, datasets: Iterable[Entity], entities: Mapping[str, Entity]) -> None:
        self._datasets: dict[str, list[int]] = {}
        self._known: list[dict[str, str]] = []
        for at, entity in enumerate(datasets):
            self._datasets.setdefault(qualified_name(entity), []).append(at)
            self._known.append({column.name: column.type for column in _schema(entity, entities)})
        self._positions = [{name: at for at, name in enumerate(known)} for known in self._known]

    def of(self, dataset: int) -> tuple[Column, ...]:
        """All of a dataset, in order."""
        return tuple(Column(name, type_) for name, type_ in self._known[dataset].items())

    def links(self, facts: Facts, ends: Set[int]) -> Iterator[Link]:
        """How columns come to be; what lies outside of the datasets ``ends`` is left out."""
        for derivation in facts.derivations:
            target = self._at(derivation.target, ends)
            if target:
                yield self._link(derivation, target, ends)

    def statements(self, facts: Facts, ends: Set[int]) -> Iterator[Statement]:
        """The statements, likewise."""
        for statement in facts.statements:
            influences = ((kind, self._ats(names, ends)) for kind, names in statement.indirect)
            yield Statement(statement.mode, tuple((kind, ats) for kind, ats in influences if ats))

    def _link(self, derivation: Derivation, target: At, ends: Set[int]) -> Link:
        found = ((self._at(source, ends), kind) for source, kind in derivation.sources)
        sources = tuple((at, kind) for at, kind in found if at)
        return Link(target, sources, self._ats(derivation.influences, ends), derivation.expressions)

    def _ats(self, names: Iterable[Named], ends: Set[int]) -> tuple[At, ...]:
        return tuple(at for name in names if (at := self._at(name, ends)))

    def _at(self, name: Named, ends: Set[int]) -> At | None:
        dataset = next((at for at in self._datasets.get(name[0], ()) if at in ends), None)
        if dataset is None:
            return None
        self._known[dataset].setdefault(name[1], "")
        return dataset, self._positions[dataset].setdefault(name[1], len(self._positions[dataset]))


def _schema(entity: Entity, entities: Mapping[str, Entity]) -> Iterator[Column]:
    for reference in schema_references(entity):
        found = entities.get(reference.get("guid", ""), {})
        below = list(schema_references(found))
        if below:
            yield from (_column(column, entities.get(column.get("guid", ""), {})) for column in below)
        elif reference.get("typeName") != "tabular_schema":
            yield _column(reference, found)


def _column(reference: Entity, entity: Entity) -> Column:
    attributes = entity.get("attributes") or {}
    types = (attributes.get(name) for name in ("type", "data_type", "dataType"))
    known = next((str(type_) for type_ in types if type_ and type_ != UNTYPED), "")
    return Column(str(attributes.get("name") or reference.get("displayText", "")), known)
