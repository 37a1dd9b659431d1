"""``GET lineage``: who is in it, in which direction, how far."""

import pytest

from tests.catalogue_contract.catalogues import DATASET, FOLDER, JOB, NOWHERE, PROCESS, Catalogue, entity, named


@pytest.fixture
def chain(catalogue: Catalogue) -> dict[str, str]:
    """a, b → p → c → q → d → r → e, and d → r → d: guids by name."""
    guids = catalogue.datasets("a", "b", "c", "d", "e", "alone")
    catalogue.process("p", ["a", "b"], ["c"])
    catalogue.process("q", ["c"], ["d"])
    catalogue.process("r", ["d"], ["e", "d"])
    return guids | {name: catalogue.guid(PROCESS, name) for name in "pqr"}


UP = {("a", "p"), ("b", "p"), ("p", "c")}
NEXT = {("c", "q"), ("q", "d")}
LAST = {("d", "r"), ("r", "e"), ("r", "d")}


@pytest.mark.parametrize(
    ("base", "direction", "depth", "edges"),
    [
        ("c", "BOTH", 3, UP | NEXT | LAST),
        ("c", "INPUT", 3, UP),
        ("c", "OUTPUT", 1, NEXT),
        ("c", "OUTPUT", 2, NEXT | LAST),
        ("c", "OUTPUT", -1, NEXT | LAST),
        ("c", "OUTPUT", 0, NEXT | LAST),
        ("e", "INPUT", 1, {("d", "r"), ("r", "e")}),
        ("e", "INPUT", 5, UP | NEXT | LAST),
        ("a", "INPUT", 3, set()),
        ("q", "BOTH", 1, NEXT),
        ("q", "INPUT", 2, UP | {("c", "q")}),
        ("q", "OUTPUT", 2, LAST | {("q", "d")}),
    ],
)
def test_edges(
    catalogue: Catalogue, chain: dict[str, str], base: str, direction: str, depth: int, edges: set[tuple[str, str]]
):
    names, found = catalogue.lineage(chain[base], direction=direction, depth=depth)
    assert found == edges
    assert names == {name for edge in edges for name in edge}


def test_three_levels_both_ways_unless_said_otherwise(catalogue: Catalogue, chain: dict[str, str]):
    answer = catalogue.call("GET", f"lineage/{chain['c']}").body
    assert (answer["lineageDirection"], answer["lineageDepth"]) == ("BOTH", 3)
    assert len(answer["relations"]) == len(UP | NEXT | LAST)


def test_an_asset_that_nothing_touches_has_none(catalogue: Catalogue, chain: dict[str, str]):
    assert catalogue.lineage(chain["alone"]) == (set(), set())


def test_by_name(catalogue: Catalogue, chain: dict[str, str]):
    path, name = f"lineage/uniqueAttribute/type/{DATASET}", {"attr:qualifiedName": catalogue.qn("c")}
    answer = catalogue.call("GET", path, None, direction="INPUT", **name).body
    assert answer["baseEntityGuid"] == chain["c"]
    assert len(answer["relations"]) == 3
    nobody = catalogue.call("GET", path, None, **{"attr:qualifiedName": catalogue.qn("none")})
    assert nobody.refused == (404, "ATLAS-404-00-009")


def test_an_edge_has_the_guid_of_its_relationship(catalogue: Catalogue, chain: dict[str, str]):
    answer = catalogue.call("GET", f"lineage/{chain['e']}", None, direction="INPUT", depth=1).body
    shown = {each["relationshipId"] for each in answer["relations"]}
    held = catalogue.get(PROCESS, "r")["entity"]["relationshipAttributes"]
    of_r = {each["guid"]: each["relationshipGuid"] for each in held["inputs"] + held["outputs"]}
    assert shown == {held["inputs"][0]["relationshipGuid"], of_r[chain["e"]]}


def test_what_has_no_lineage_says_so(catalogue: Catalogue):
    guid = catalogue.bulk(entity(FOLDER, catalogue.qn("f"), "-1")).guids["-1"]
    assert catalogue.call("GET", f"lineage/{guid}").refused == (404, "ATLAS-404-00-011")
    assert catalogue.call("GET", f"lineage/{NOWHERE}").refused == (404, "ATLAS-404-00-005")


def test_edges_go_with_the_inputs_that_are_replaced(catalogue: Catalogue, chain: dict[str, str]):
    catalogue.process("p", ["b"], ["c"])
    assert catalogue.lineage(chain["c"], direction="INPUT")[1] == {("b", "p"), ("p", "c")}


def test_a_writer_without_inputs(catalogue: Catalogue):
    """Upstream of a dataset Atlas 2.1 shows a process only together with its inputs."""
    guid = catalogue.datasets("a")["a"]
    catalogue.process("p", [], ["a"])
    edges = catalogue.lineage(guid, direction="INPUT")[1]
    assert edges == catalogue.either(purview={("p", "a")}, atlas=set())
    assert catalogue.lineage(catalogue.guid(PROCESS, "p"))[1] == {("p", "a")}


def test_a_diamond_shows_each_edge_once(catalogue: Catalogue):
    guids = catalogue.datasets("a", "b", "c", "d")
    for name, source, target in (("p", "a", "b"), ("q", "a", "c"), ("r", "b", "d"), ("s", "c", "d")):
        catalogue.process(name, [source], [target])
    names, edges = catalogue.lineage(guids["d"], direction="INPUT", depth=3)
    assert names == {*"abcd", *"pqrs"}
    assert len(edges) == 8


def _job(catalogue: Catalogue) -> str:
    catalogue.datasets("a", "b")
    job = catalogue.bulk(entity(JOB, catalogue.qn("j"), "-1")).guids["-1"]
    catalogue.process("p", ["a"], ["b"], relations={"job": named(JOB, catalogue.qn("j"))})
    return job


def test_a_parent_stands_for_the_lineage_of_its_parts(purview: Catalogue):
    """Purview's derived lineage, which Atlas 2.1 does not have."""
    job = _job(purview)
    assert purview.lineage(job)[1] == set()
    answer = purview.call("GET", f"lineage/{job}", None, getDerivedLineage="true").body
    assert {(each["childEntityId"], each["parentEntityId"]) for each in answer["parentRelations"]} == {
        (purview.guid(PROCESS, "p"), job)
    }
    assert purview.lineage(job, getDerivedLineage="true")[1] == {("a", "p"), ("p", "b")}


def test_a_part_shows_its_parent_on_request(purview: Catalogue):
    """Purview's ``includeParent``."""
    job = _job(purview)
    guid = purview.guid(DATASET, "b")
    assert purview.call("GET", f"lineage/{guid}").body["parentRelations"] == []
    (parent,) = purview.call("GET", f"lineage/{guid}", None, includeParent="true").body["parentRelations"]
    assert (parent["childEntityId"], parent["parentEntityId"]) == (purview.guid(PROCESS, "p"), job)


def test_width_bounds_the_neighbours_of_a_node(purview: Catalogue):
    """Purview's ``width``."""
    names = [f"in{n}" for n in range(12)]
    guid = purview.datasets("out", *names)["out"]
    purview.process("p", names, ["out"])
    assert len(purview.lineage(guid, direction="INPUT")[1]) == 13
    assert len(purview.lineage(guid, direction="INPUT", width=5)[1]) == 6


def test_an_unknown_direction_is_refused(purview: Catalogue):
    """Atlas 2.1 answers 500."""
    guid = purview.datasets("a")["a"]
    assert purview.call("GET", f"lineage/{guid}", None, direction="UP").refused == (400, "ATLAS-400-00-01A")
