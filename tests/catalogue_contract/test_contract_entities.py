"""Single entities: reading, partial updates, labels, custom attributes, deletion."""

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


def test_an_entity_is_read_by_guid_and_by_name(catalogue: Catalogue):
    guid = catalogue.datasets("a")["a"]
    by_guid = catalogue.call("GET", f"entity/guid/{guid}").body
    assert by_guid == catalogue.get(DATASET, "a")
    found = by_guid["entity"]
    assert (found["guid"], found["typeName"], found["status"]) == (guid, DATASET, "ACTIVE")
    assert found["attributes"]["qualifiedName"] == catalogue.qn("a")
    assert found["createTime"] <= found["updateTime"]


def test_an_entity_is_found_through_its_supertype_and_not_through_another_type(catalogue: Catalogue):
    catalogue.datasets("a")
    assert catalogue.get("Asset", "a")["entity"]["typeName"] == DATASET
    assert catalogue.look(PROCESS, "a").refused == (404, "ATLAS-404-00-009")


def test_names_are_exact(catalogue: Catalogue):
    catalogue.datasets("Orders")
    for other in ("orders", "Orders/", "Order", "Orders "):
        assert catalogue.look(DATASET, other).status == 404, other


@pytest.mark.parametrize("name", ["ä/ñ 漢", 'it\'s "quoted" & <b>', "%41?x=1#y", "a\\b|c", "x" * 3000, "🙂"])
def test_any_name_is_kept_as_it_is(catalogue: Catalogue, name: str):
    catalogue.bulk(entity(DATASET, catalogue.qn(name), "-1", name=name))
    found = catalogue.get(DATASET, name)["entity"]["attributes"]
    assert (found["qualifiedName"], found["name"]) == (catalogue.qn(name), name)


def test_what_is_not_there(catalogue: Catalogue):
    assert catalogue.look(DATASET, "none").refused == (404, "ATLAS-404-00-009")
    assert catalogue.look("contract_none", "none").refused == (400, "ATLAS-400-00-014")
    assert catalogue.call("GET", f"entity/guid/{NOWHERE}").refused == (404, "ATLAS-404-00-005")


def test_several_entities_by_guid(catalogue: Catalogue):
    guids = catalogue.datasets("a", "b")
    found = catalogue.call("GET", "entity/bulk", None, guid=list(guids.values())).body
    assert {each["guid"] for each in found["entities"]} == set(guids.values())
    missing = catalogue.call("GET", "entity/bulk", None, guid=[guids["a"], NOWHERE])
    assert missing.refused == (404, "ATLAS-404-00-005")


def test_several_entities_by_name_leave_out_who_is_not_there(catalogue: Catalogue):
    guids = catalogue.datasets("a", "b")
    names = {f"attr_{n}:qualifiedName": catalogue.qn(name) for n, name in enumerate(["b", "none", "a"])}
    found = catalogue.call("GET", f"entity/bulk/uniqueAttribute/type/{DATASET}", None, **names).body
    assert [each["guid"] for each in found["entities"]] == [guids["b"], guids["a"]]


def test_less_is_shown_when_less_is_asked_for(catalogue: Catalogue):
    owner = {"dataset": {"guid": "-1", "typeName": DATASET}}
    said = {"data_type": "int", "owner": "me", "userDescription": "said by somebody"}
    column = entity(COLUMN, catalogue.qn("t#x"), "-2", name="x", relations=owner, **said)
    catalogue.bulk(entity(DATASET, catalogue.qn("t"), "-1"), column)
    (whole,) = catalogue.get(DATASET, "t")["referredEntities"].values()
    (brief,) = catalogue.get(DATASET, "t", minExtInfo="true")["referredEntities"].values()
    assert whole["attributes"].items() >= said.items()
    kept = {"data_type": "int", "owner": "me", "qualifiedName": catalogue.qn("t#x"), "name": "x"}
    assert brief["attributes"] == kept
    alone = catalogue.get(DATASET, "t", ignoreRelationships="true")["entity"]
    assert "relationshipAttributes" not in alone


def test_a_header_is_an_entity_in_short(catalogue: Catalogue):
    guid = catalogue.datasets("a")["a"]
    header = catalogue.call("GET", f"entity/guid/{guid}/header").body
    assert (header["guid"], header["typeName"], header["displayText"]) == (guid, DATASET, "a")
    assert header["attributes"] == {"qualifiedName": catalogue.qn("a"), "name": "a"}


def test_one_attribute_may_be_changed_by_guid(catalogue: Catalogue):
    guid = catalogue.datasets("a")["a"]
    answer = catalogue.call("PUT", f"entity/guid/{guid}", "hello", name="description")
    assert answer.changed("PARTIAL_UPDATE") == {catalogue.qn("a")}
    found = catalogue.get(DATASET, "a")["entity"]["attributes"]
    assert (found["description"], found["name"]) == ("hello", "a")


def test_one_reference_may_be_changed_by_guid(catalogue: Catalogue):
    made = catalogue.bulk(entity(FOLDER, catalogue.qn("f"), "-1"), entity(JOB, catalogue.qn("j"), "-2"))
    answer = catalogue.call("PUT", f"entity/guid/{made.guids['-2']}", made.guids["-1"], name="folder")
    assert answer.status == 200
    assert catalogue.get(JOB, "j")["entity"]["relationshipAttributes"]["folder"]["guid"] == made.guids["-1"]


@pytest.mark.parametrize(
    ("attribute", "value", "code"),
    [("inputs", [], "ATLAS-400-00-027"), ("tags", ["x"], "ATLAS-400-00-027"), ("none", "x", "ATLAS-400-00-023")],
)
def test_a_list_may_not_be_changed_by_guid(catalogue: Catalogue, attribute: str, value: object, code: str):
    guid = catalogue.process("p", [], []).guids["-1"]
    assert catalogue.call("PUT", f"entity/guid/{guid}", value, name=attribute).refused == (400, code)


def test_some_attributes_may_be_changed_by_name(catalogue: Catalogue):
    catalogue.datasets("a", "b")
    catalogue.process("p", ["a"], ["b"], runs=1)
    path, name = f"entity/uniqueAttribute/type/{PROCESS}", {"attr:qualifiedName": catalogue.qn("p")}
    attributes = {"runs": 2, "inputs": [named(DATASET, catalogue.qn("b"))]}
    body = {"entity": {"typeName": PROCESS, "attributes": attributes}}
    assert catalogue.qn("p") in catalogue.call("PUT", path, body, **name).changed("PARTIAL_UPDATE")
    assert catalogue.get(PROCESS, "p")["entity"]["attributes"]["runs"] == 2
    assert catalogue.held("p", "inputs") == {"b"}
    assert catalogue.held("p", "outputs") == {"b"}
    nobody = catalogue.call("PUT", path, body, **{"attr:qualifiedName": catalogue.qn("none")})
    assert nobody.refused == (404, "ATLAS-404-00-009")


def _labels(catalogue: Catalogue, name: str = "a") -> set[str]:
    return set(catalogue.get(DATASET, name)["entity"]["labels"])


def test_labels_are_added_replaced_and_removed(catalogue: Catalogue):
    path = f"entity/guid/{catalogue.datasets('a')['a']}/labels"
    assert catalogue.call("PUT", path, ["one"]).status == 204
    assert catalogue.call("PUT", path, ["two", "one"]).status == 204
    assert _labels(catalogue) == {"one", "two"}
    assert catalogue.call("POST", path, ["three"]).status == 204
    assert _labels(catalogue) == {"three"}
    assert catalogue.call("DELETE", path, ["none"]).status == 204
    assert catalogue.call("DELETE", path, ["three"]).status == 204
    assert _labels(catalogue) == set()


def test_labels_by_name(catalogue: Catalogue):
    catalogue.datasets("a")
    name = {"attr:qualifiedName": catalogue.qn("a")}
    path = f"entity/uniqueAttribute/type/{DATASET}/labels"
    assert catalogue.call("PUT", path, ["one"], **name).status == 204
    assert _labels(catalogue) == {"one"}


def test_labels_in_a_bulk_count_at_creation_only(catalogue: Catalogue):
    body = entity(DATASET, catalogue.qn("a"), "-1")
    catalogue.bulk({**body, "labels": ["placeholder"]})
    catalogue.bulk({**body, "labels": ["other"]})
    assert _labels(catalogue) == {"placeholder"}


@pytest.mark.parametrize(
    ("label", "code"), [("has space", "ATLAS-400-00-090"), ("x" * 51, "ATLAS-400-00-08F"), ("ok" * 25, "")]
)
def test_a_label_is_short_and_plain(catalogue: Catalogue, label: str, code: str):
    path = f"entity/guid/{catalogue.datasets('a')['a']}/labels"
    assert catalogue.call("PUT", path, [label]).refused == ((400, code) if code else (204, ""))


def test_labels_of_nobody(catalogue: Catalogue):
    assert catalogue.call("PUT", f"entity/guid/{NOWHERE}/labels", ["x"]).refused == (404, "ATLAS-404-00-005")


def _custom(catalogue: Catalogue) -> dict[str, Any]:
    return dict(catalogue.get(DATASET, "a")["entity"].get("customAttributes") or {})


def test_custom_attributes_are_replaced_whole_where_they_are_given(catalogue: Catalogue):
    body = entity(DATASET, catalogue.qn("a"), "-1")
    catalogue.bulk({**body, "customAttributes": {"k": "1", "l": "2"}})
    catalogue.bulk(body)
    assert _custom(catalogue) == {"k": "1", "l": "2"}
    answer = catalogue.bulk({**body, "customAttributes": {"k": "3"}})
    assert answer.changed("UPDATE") == {catalogue.qn("a")}
    assert _custom(catalogue) == {"k": "3"}
    again = catalogue.bulk({**body, "customAttributes": {"k": "3"}})
    assert "mutatedEntities" not in again.body
    catalogue.bulk({**body, "customAttributes": {}})
    assert _custom(catalogue) == {}


@pytest.mark.parametrize(
    ("key", "code"), [("has space", "ATLAS-400-00-08D"), ("x" * 51, "ATLAS-400-00-08C"), ("x-_1" * 12, "")]
)
def test_the_key_of_a_custom_attribute_is_short_and_plain(catalogue: Catalogue, key: str, code: str):
    body = entity(DATASET, catalogue.qn("a"), "-1")
    answer = catalogue.bulk({**body, "customAttributes": {key: "v"}})
    assert answer.refused == ((400, code) if code else (200, ""))


def test_a_deleted_entity_takes_its_edges_along(catalogue: Catalogue):
    guids = catalogue.datasets("a", "b")
    catalogue.process("p", ["a"], ["b"])
    gone = catalogue.call("DELETE", f"entity/guid/{guids['a']}")
    assert gone.changed("DELETE") == {catalogue.qn("a")}
    assert catalogue.look(DATASET, "a").status == 404
    assert catalogue.held("p", "inputs") == set()
    assert ("a", "p") not in catalogue.lineage(guids["b"])[1]


def test_a_deleted_process_leaves_its_datasets_unconnected(catalogue: Catalogue):
    guids = catalogue.datasets("a", "b")
    catalogue.process("p", ["a"], ["b"])
    name = {"attr:qualifiedName": catalogue.qn("p")}
    catalogue.call("DELETE", f"entity/uniqueAttribute/type/{PROCESS}", None, **name)
    assert catalogue.lineage(guids["a"]) == (set(), set())
    found = catalogue.get(DATASET, "b")["entity"]["relationshipAttributes"]
    assert found["outputFromProcesses"] == []


def test_a_deleted_parent_takes_its_children_along(catalogue: Catalogue):
    owner = {"dataset": {"guid": "-1", "typeName": DATASET}}
    column = entity(COLUMN, catalogue.qn("t#x"), "-2", relations=owner)
    made = catalogue.bulk(entity(DATASET, catalogue.qn("t"), "-1"), column)
    gone = catalogue.call("DELETE", f"entity/guid/{made.guids['-1']}").body["mutatedEntities"]["DELETE"]
    assert {each["guid"] for each in gone} == {made.guids["-1"], made.guids["-2"]}
    assert catalogue.look(COLUMN, "t#x").status == 404


def test_deleting_what_is_gone_is_no_fault(catalogue: Catalogue):
    guids = catalogue.datasets("a", "b")
    both = {"guid": list(guids.values())}
    assert len(catalogue.call("DELETE", "entity/bulk", None, **both).body["mutatedEntities"]["DELETE"]) == 2
    for again in (
        catalogue.call("DELETE", "entity/bulk", None, **both),
        catalogue.call("DELETE", f"entity/guid/{guids['a']}"),
        catalogue.call("DELETE", f"entity/uniqueAttribute/type/{DATASET}", None, **{"attr:qualifiedName": "none"}),
    ):
        assert (again.status, again.body) == (200, {})
    assert catalogue.call("DELETE", "entity/bulk").refused == (400, "ATLAS-400-00-01A")


def test_a_deleted_name_comes_back_with_another_guid(catalogue: Catalogue):
    guid = catalogue.datasets("a")["a"]
    catalogue.call("DELETE", f"entity/guid/{guid}")
    assert catalogue.datasets("a")["a"] != guid
