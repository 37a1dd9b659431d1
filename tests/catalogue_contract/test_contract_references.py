"""References: who may be named, how, and from which end."""

from typing import Any

import pytest

from tests.catalogue_contract.catalogues import (
    COLUMN,
    DATASET,
    FOLDER,
    JOB,
    NOWHERE,
    PROCESS,
    Catalogue,
    entity,
    named,
)


@pytest.mark.parametrize("reference", [{"guid": NOWHERE}, {"guid": "-99"}, named(DATASET, "contract://none")])
def test_a_reference_to_nothing_is_refused(catalogue: Catalogue, reference: dict[str, Any]):
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", inputs=[{"typeName": DATASET, **reference}]))
    assert answer.refused == (404, "ATLAS-404-00-00A")


@pytest.mark.parametrize("reference", ["text", {"typeName": DATASET}, {"uniqueAttributes": {"qualifiedName": "x"}}])
def test_a_reference_that_names_nobody_is_refused(catalogue: Catalogue, reference: object):
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", inputs=[reference]))
    assert answer.refused == (400, "ATLAS-400-00-021")


def test_a_reference_by_an_unknown_type_is_refused(catalogue: Catalogue):
    catalogue.datasets("a")
    reference = named("contract_none", catalogue.qn("a"))
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", inputs=[reference]))
    assert answer.refused == (400, "ATLAS-400-00-014")


def test_a_reference_may_name_a_supertype(catalogue: Catalogue):
    catalogue.datasets("a")
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", inputs=[named("DataSet", catalogue.qn("a"))]))
    assert catalogue.held("p", "inputs") == {"a"}


def test_a_reference_by_name_does_not_find_what_the_same_call_creates(catalogue: Catalogue):
    """So what is new is referred to by its placeholder guid."""
    dataset = entity(DATASET, catalogue.qn("a"), "-1")
    process = entity(PROCESS, catalogue.qn("p"), "-2", inputs=[named(DATASET, catalogue.qn("a"))])
    assert catalogue.bulk(dataset, process).refused == (404, "ATLAS-404-00-00A")
    assert catalogue.look(DATASET, "a").status == 404


def test_a_process_is_no_input(catalogue: Catalogue):
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1"))
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("q"), "-1", inputs=[named(PROCESS, catalogue.qn("p"))]))
    assert answer.refused == (400, "ATLAS-400-00-036")


def test_the_other_end_must_be_of_its_type(catalogue: Catalogue):
    catalogue.datasets("a")
    relations = {"folder": named(DATASET, catalogue.qn("a"))}
    answer = catalogue.bulk(entity(JOB, catalogue.qn("j"), "-1", relations=relations))
    assert answer.refused == (400, "ATLAS-400-00-036")


def test_a_list_is_needed_where_many_are_held(catalogue: Catalogue):
    catalogue.datasets("a")
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", inputs=named(DATASET, catalogue.qn("a"))))
    assert answer.refused == (404, "ATLAS-404-00-007")


def test_no_list_where_one_is_held(catalogue: Catalogue):
    catalogue.bulk(entity(FOLDER, catalogue.qn("f"), "-1"))
    relations = {"folder": [named(FOLDER, catalogue.qn("f"))]}
    answer = catalogue.bulk(entity(JOB, catalogue.qn("j"), "-1", relations=relations))
    assert answer.refused == (400, "ATLAS-400-00-021")


def _folders_and_job(catalogue: Catalogue) -> None:
    folders = [entity(FOLDER, catalogue.qn(name), f"-{n}") for n, name in enumerate("fg", start=1)]
    job = entity(JOB, catalogue.qn("j"), "-3", relations={"folder": {"guid": "-1", "typeName": FOLDER}})
    assert catalogue.bulk(*folders, job).status == 200


def _jobs(catalogue: Catalogue, folder: str) -> list[str]:
    return [each["displayText"] for each in catalogue.get(FOLDER, folder)["entity"]["relationshipAttributes"]["jobs"]]


def test_both_ends_show_an_edge(catalogue: Catalogue):
    _folders_and_job(catalogue)
    job = catalogue.get(JOB, "j")["entity"]
    shown = job["relationshipAttributes"]["folder"]
    assert shown["guid"] == catalogue.guid(FOLDER, "f")
    assert (shown["typeName"], shown["displayText"], shown["relationshipType"]) == (FOLDER, "f", "contract_folder_jobs")
    (back,) = catalogue.get(FOLDER, "f")["entity"]["relationshipAttributes"]["jobs"]
    assert (back["guid"], back["relationshipGuid"]) == (job["guid"], shown["relationshipGuid"])


def test_a_single_reference_is_replaced(catalogue: Catalogue):
    _folders_and_job(catalogue)
    catalogue.bulk(entity(JOB, catalogue.qn("j"), "-1", relations={"folder": named(FOLDER, catalogue.qn("g"))}))
    assert (_jobs(catalogue, "f"), _jobs(catalogue, "g")) == ([], ["j"])


def test_a_single_reference_moves_when_the_new_owner_names_it(catalogue: Catalogue):
    """Atlas 2.1 then holds it twice, against its own cardinality."""
    _folders_and_job(catalogue)
    catalogue.bulk(entity(FOLDER, catalogue.qn("g"), "-1", relations={"jobs": [named(JOB, catalogue.qn("j"))]}))
    assert _jobs(catalogue, "g") == ["j"]
    assert _jobs(catalogue, "f") == catalogue.either(purview=[], atlas=["j"])


def test_a_null_takes_a_single_reference_away(catalogue: Catalogue):
    _folders_and_job(catalogue)
    catalogue.bulk(entity(JOB, catalogue.qn("j"), "-1", relations={"folder": None}))
    assert _jobs(catalogue, "f") == []
    assert "folder" not in catalogue.get(JOB, "j")["entity"]["relationshipAttributes"]


def test_an_edge_given_at_one_end_updates_the_other(catalogue: Catalogue):
    _folders_and_job(catalogue)
    relations = {"folder": named(FOLDER, catalogue.qn("f"))}
    answer = catalogue.bulk(entity(JOB, catalogue.qn("k"), "-1", relations=relations))
    assert answer.changed("CREATE") == {catalogue.qn("k")}
    assert answer.changed("UPDATE") == {catalogue.qn("f")}


def _table(catalogue: Catalogue, *columns: str) -> None:
    owner = {"dataset": {"guid": "-1", "typeName": DATASET}}
    children = [
        entity(COLUMN, catalogue.qn(f"t#{name}"), f"-{n}", name=name, data_type="int", relations=owner)
        for n, name in enumerate(columns, start=2)
    ]
    assert catalogue.bulk(entity(DATASET, catalogue.qn("t"), "-1"), *children).status == 200


def _columns(catalogue: Catalogue, table: str = "t") -> list[str]:
    held = catalogue.get(DATASET, table)["entity"]["relationshipAttributes"]["columns"]
    return sorted(each["displayText"] for each in held)


def test_a_child_names_its_parent(catalogue: Catalogue):
    _table(catalogue, "x", "y")
    found = catalogue.get(DATASET, "t")
    assert _columns(catalogue) == ["x", "y"]
    kept = {each["attributes"]["name"]: each["attributes"]["data_type"] for each in found["referredEntities"].values()}
    assert kept == {"x": "int", "y": "int"}


def test_a_child_without_a_parent_is_refused(catalogue: Catalogue):
    answer = catalogue.bulk(entity(COLUMN, catalogue.qn("t#x"), "-1"))
    assert answer.refused == (404, "ATLAS-404-00-007")


def test_a_child_names_its_parent_in_an_update_too(catalogue: Catalogue):
    _table(catalogue, "x")
    answer = catalogue.bulk(entity(COLUMN, catalogue.qn("t#x"), "-1", data_type="long"))
    assert answer.refused == (404, "ATLAS-404-00-007")


def test_a_parent_that_lists_its_children_is_not_enough(catalogue: Catalogue):
    parent = entity(DATASET, catalogue.qn("t"), "-1", relations={"columns": [{"guid": "-2", "typeName": COLUMN}]})
    answer = catalogue.bulk(parent, entity(COLUMN, catalogue.qn("t#x"), "-2"))
    assert answer.refused == (404, "ATLAS-404-00-007")


def test_a_child_that_leaves_its_parents_list_is_deleted(catalogue: Catalogue):
    _table(catalogue, "x", "y")
    kept = {"columns": [named(COLUMN, catalogue.qn("t#y"))]}
    answer = catalogue.bulk(entity(DATASET, catalogue.qn("t"), "-1", relations=kept))
    assert answer.changed("DELETE") == {catalogue.qn("t#x")}
    assert catalogue.look(COLUMN, "t#x").status == 404
    assert _columns(catalogue) == ["y"]


def test_a_child_moves_to_another_parent(catalogue: Catalogue):
    _table(catalogue, "x")
    catalogue.datasets("u")
    relations = {"dataset": named(DATASET, catalogue.qn("u"))}
    catalogue.bulk(entity(COLUMN, catalogue.qn("t#x"), "-1", name="x", relations=relations))
    assert (_columns(catalogue, "t"), _columns(catalogue, "u")) == ([], ["x"])


def _relate(catalogue: Catalogue, process: str, dataset: str):
    ends = {"end1": named(PROCESS, catalogue.qn(process)), "end2": named(DATASET, catalogue.qn(dataset))}
    return catalogue.call("POST", "relationship", {"typeName": "dataset_process_inputs", **ends})


def test_one_edge_may_be_drawn_read_and_removed(catalogue: Catalogue):
    guids = catalogue.datasets("a", "b")
    catalogue.process("p", ["a"], [])
    drawn = _relate(catalogue, "p", "b")
    assert drawn.status == 200
    assert drawn.body["end2"]["guid"] == guids["b"]
    assert catalogue.held("p", "inputs") == {"a", "b"}
    path = f"relationship/guid/{drawn.body['guid']}"
    read = catalogue.call("GET", path, None, extendedInfo="true")
    assert read.body["relationship"]["end1"]["guid"] == catalogue.guid(PROCESS, "p")
    assert guids["b"] in read.body["referredEntities"]
    assert catalogue.call("PUT", "relationship", drawn.body).status == 200
    assert catalogue.call("DELETE", path).status == 204
    assert catalogue.held("p", "inputs") == {"a"}
    assert catalogue.call("GET", path).refused == (404, "ATLAS-404-00-00C")
    assert catalogue.call("DELETE", path).refused == (404, "ATLAS-404-00-00C")


def test_an_edge_that_is_there_is_not_drawn_again(catalogue: Catalogue):
    catalogue.datasets("a")
    catalogue.process("p", ["a"], [])
    assert _relate(catalogue, "p", "a").refused == (409, "ATLAS-409-00-004")


def test_an_edge_needs_both_its_ends(catalogue: Catalogue):
    catalogue.process("p", [], [])
    assert _relate(catalogue, "p", "none").refused == (400, "ATLAS-400-00-07D")


@pytest.mark.parametrize(
    ("type_name", "code"), [("contract_none", "ATLAS-400-00-028"), ("dataset_process_inputs", "ATLAS-400-00-036")]
)
def test_an_edge_must_be_one_of_the_model(catalogue: Catalogue, type_name: str, code: str):
    catalogue.process("p", [], [])
    catalogue.process("q", [], [])
    ends = {"end1": named(PROCESS, catalogue.qn("p")), "end2": named(PROCESS, catalogue.qn("q"))}
    answer = catalogue.call("POST", "relationship", {"typeName": type_name, **ends})
    assert answer.refused == (400, code)
