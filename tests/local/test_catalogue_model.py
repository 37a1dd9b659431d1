"""Random bulks against a model of a few lines: the same state after every call, whatever was refused in between."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.catalogue.database import Database
from local.catalogue.faults import AtlasError
from local.catalogue.graph import Graph
from local.catalogue.incoming import Reader
from local.catalogue.upsert import Mutations, Upsert, Writing

NAMES = ("a", "b", "c")
PROCESSES = ("p", "q")
RUNS = itertools.count()


@dataclass(frozen=True)
class Dataset:
    name: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Process:
    """``inputs``, ``outputs``: dataset names, each with whether it is meant by the guid of this call; or not given."""

    name: str
    inputs: tuple[tuple[str, bool], ...] | None
    outputs: tuple[tuple[str, bool], ...] | None


@dataclass
class Model:
    """What there is: datasets with their attributes, and each process with its two sets of names."""

    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    processes: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def apply(self, bulk: list[Dataset | Process]) -> bool:
        """Whether the call is taken; a refused one changes nothing."""
        new = {each.name for each in bulk if isinstance(each, Dataset)}
        for each in bulk:
            if isinstance(each, Process):
                for name, by_guid in (*(each.inputs or ()), *(each.outputs or ())):
                    if name not in (new if by_guid else self.datasets):
                        return False
        for each in bulk:
            if isinstance(each, Dataset):
                self.datasets.setdefault(each.name, {"description": None, "owner": None}).update(each.attributes)
            else:
                held = self.processes.setdefault(each.name, {"inputs": set(), "outputs": set()})
                for key, ends in (("inputs", each.inputs), ("outputs", each.outputs)):
                    if ends is not None:
                        held[key] = {name for name, _ in ends}
        return True


texts = st.sampled_from([None, "one", "two"])
datasets = st.builds(
    Dataset,
    st.sampled_from(NAMES),
    st.fixed_dictionaries({}, optional={"description": texts, "owner": texts}),
)
ends = st.none() | st.lists(st.tuples(st.sampled_from(NAMES), st.booleans()), max_size=3).map(tuple)
processes = st.builds(Process, st.sampled_from(PROCESSES), ends, ends)
bulks = st.lists(datasets | processes, min_size=1, max_size=5)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    found = Database(tmp_path_factory.mktemp("model") / "catalogue.db", "embedded")
    yield found
    found.close()


def _body(bulk: list[Dataset | Process], prefix: str) -> dict[str, Any]:
    """Every entity has its own placeholder, so the last dataset of a name stands for the name."""
    guids = {each.name: f"-{n}" for n, each in enumerate(bulk, start=1) if isinstance(each, Dataset)}

    def reference(name: str, by_guid: bool) -> dict[str, Any]:
        if by_guid:
            return {"guid": guids.get(name, "-99"), "typeName": "DataSet"}
        return {"typeName": "DataSet", "uniqueAttributes": {"qualifiedName": f"{prefix}/{name}"}}

    entities = []
    for n, each in enumerate(bulk, start=1):
        more: dict[str, Any]
        if isinstance(each, Dataset):
            more = each.attributes
        else:
            given = (("inputs", each.inputs), ("outputs", each.outputs))
            more = {key: [reference(*one) for one in ends] for key, ends in given if ends is not None}
        attributes = {"qualifiedName": f"{prefix}/{each.name}", "name": each.name, **more}
        type_name = "DataSet" if isinstance(each, Dataset) else "Process"
        entities.append({"typeName": type_name, "guid": f"-{n}", "attributes": attributes})
    return {"entities": entities}


def _post(database: Database, body: dict[str, Any]) -> Mutations | None:
    """What the call changed, or ``None`` when it was refused."""
    try:
        with database.writing() as connection:
            types = database.types(connection)
            upsert = Upsert(Graph(connection), types, Writing("me", 1), "embedded")
            upsert.run(Reader(types).bulk(body))
    except AtlasError:
        return None
    return upsert.mutations


def _state(database: Database, prefix: str) -> Model:
    model = Model()
    with database.reading() as connection:
        graph = Graph(connection)
        found = graph.select("WHERE qualified_name LIKE ?", [f"{prefix}/%"])
        names = {entity.id: entity.name for entity in found}
        assert len(names) == len({(entity.type_name, entity.name) for entity in found}), "a name twice"
        for entity in found:
            if entity.type_name == "DataSet":
                kept = {key: entity.attributes[key] for key in ("description", "owner")}
                model.datasets[entity.name] = kept
                continue
            held: dict[str, set[str]] = {}
            for key, kind in (("inputs", "dataset_process_inputs"), ("outputs", "process_dataset_outputs")):
                edges = graph.edges([entity.id], 1, [kind])
                held[key] = {names[edge.end2] for edge in edges}
                assert len(held[key]) == len(edges), "an edge twice"
            model.processes[entity.name] = held
    return model


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(bulks, min_size=1, max_size=6))
def test_bulks_do_what_the_model_does(database: Database, calls: list[list[Dataset | Process]]):
    prefix, model = f"model://{next(RUNS)}", Model()
    for bulk in calls:
        body = _body(bulk, prefix)
        taken = model.apply(bulk)
        mutations = _post(database, body)
        assert (mutations is not None) == taken
        assert _state(database, prefix) == model


@settings(max_examples=75, deadline=None)
@given(calls=st.lists(bulks, min_size=1, max_size=4), last=st.lists(datasets | processes, min_size=1, max_size=4))
def test_the_same_bulk_again_changes_nothing(
    database: Database, calls: list[list[Dataset | Process]], last: list[Dataset | Process]
):
    prefix = f"again://{next(RUNS)}"
    for bulk in calls:
        _post(database, _body(bulk, prefix))
    # One entity a name: of two that disagree the last wins, so a repetition changes it to and fro.
    body = _body(list({(type(each), each.name): each for each in last}.values()), prefix)
    if _post(database, body) is None:
        return
    before = _state(database, prefix)
    assert _post(database, body) == Mutations()
    assert _state(database, prefix) == before


def test_the_model_takes_and_refuses(tmp_path: Path):
    """The strategies reach both outcomes; without this the properties above could hold for nothing."""
    model = Model()
    assert model.apply([Dataset("a", {}), Process("p", (("a", True),), None)])
    assert not model.apply([Process("p", (("b", False),), None)])
    assert model.processes == {"p": {"inputs": {"a"}, "outputs": set()}}
