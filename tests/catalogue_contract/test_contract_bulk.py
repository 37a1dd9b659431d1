"""``POST entity/bulk``: what it creates, what it overwrites, what it leaves alone."""

from typing import Any

import pytest

from tests.catalogue_contract.catalogues import COLUMN, DATASET, NOWHERE, PROCESS, Catalogue, entity, named


def test_placeholder_guids_connect_what_one_call_creates(catalogue: Catalogue):
    source, target = entity(DATASET, catalogue.qn("a"), "-1"), entity(DATASET, catalogue.qn("b"), "-2")
    ends = {"inputs": [{"guid": "-1", "typeName": DATASET}], "outputs": [{"guid": "-2", "typeName": DATASET}]}
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-3", **ends), source, target)
    assert answer.changed("CREATE") == {catalogue.qn(name) for name in "abp"}
    assert answer.changed("UPDATE") == set()
    assert answer.guids["-3"] == catalogue.guid(PROCESS, "p")
    assert catalogue.held("p", "inputs") == {"a"}
    assert catalogue.held("p", "outputs") == {"b"}


def test_a_placeholder_guid_means_nothing_in_the_next_call(catalogue: Catalogue):
    catalogue.bulk(entity(DATASET, catalogue.qn("a"), "-1"))
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-2", inputs=[{"guid": "-1", "typeName": DATASET}]))
    assert answer.refused == (404, "ATLAS-404-00-00A")


def test_an_entity_without_a_guid_is_created_too(catalogue: Catalogue):
    answer = catalogue.bulk(entity(DATASET, catalogue.qn("a")), entity(DATASET, catalogue.qn("b")))
    assert answer.changed("CREATE") == {catalogue.qn("a"), catalogue.qn("b")}
    assert set(answer.guids.values()) == {catalogue.guid(DATASET, "a"), catalogue.guid(DATASET, "b")}
    assert all(placeholder.startswith("-") for placeholder in answer.guids)


def test_what_is_referred_to_comes_from_referred_entities(catalogue: Catalogue):
    body = {
        "entities": [entity(PROCESS, catalogue.qn("p"), "-1", inputs=[{"guid": "-2", "typeName": DATASET}])],
        "referredEntities": {
            "-2": entity(DATASET, catalogue.qn("a"), "-2"),
            "-3": entity(DATASET, catalogue.qn("b"), "-3"),
        },
    }
    answer = catalogue.call("POST", "entity/bulk", body)
    assert answer.changed("CREATE") == {catalogue.qn("p"), catalogue.qn("a")}
    assert catalogue.look(DATASET, "b").status == 404, "nobody referred to it"


def test_the_same_post_again_changes_nothing(catalogue: Catalogue):
    catalogue.datasets("a", "b")
    first = catalogue.process("p", ["a"], ["b"], runs=3, tags=["x", "y"], facts={"k": "v"}, columnMapping="[]")
    before = catalogue.get(PROCESS, "p")["entity"]
    again = catalogue.process("p", ["a"], ["b"], runs=3, tags=["x", "y"], facts={"k": "v"}, columnMapping="[]")
    assert again.status == 200
    assert "mutatedEntities" not in again.body
    assert again.guids == first.guids
    assert catalogue.get(PROCESS, "p")["entity"] == before, "not even the time of the update"


def test_one_changed_attribute_updates_that_entity_alone(catalogue: Catalogue):
    catalogue.datasets("a", "b")
    catalogue.process("p", ["a"], ["b"], runs=3)
    answer = catalogue.process("p", ["a"], ["b"], runs=4)
    assert answer.changed("UPDATE") == {catalogue.qn("p")}
    assert catalogue.get(PROCESS, "p")["entity"]["attributes"]["runs"] == 4


def test_absent_attributes_stay_and_given_ones_are_overwritten(catalogue: Catalogue):
    catalogue.bulk(entity(DATASET, catalogue.qn("a"), "-1", description="said", owner="someone", format="delta"))
    catalogue.bulk(entity(DATASET, catalogue.qn("a"), "-1", description="said again"))
    found = catalogue.get(DATASET, "a")["entity"]["attributes"]
    assert (found["description"], found["owner"], found["format"]) == ("said again", "someone", "delta")


def test_a_null_clears_an_optional_attribute(catalogue: Catalogue):
    catalogue.bulk(entity(DATASET, catalogue.qn("a"), "-1", description="said"))
    catalogue.bulk(entity(DATASET, catalogue.qn("a"), "-1", description=None))
    assert catalogue.get(DATASET, "a")["entity"]["attributes"]["description"] is None


@pytest.mark.parametrize(("given", "left"), [(["b", "c"], {"b", "c"}), (["b"], {"b"}), ([], set())])
def test_a_list_of_references_replaces_the_one_before(catalogue: Catalogue, given: list[str], left: set[str]):
    catalogue.datasets("a", "b", "c", "out")
    catalogue.process("p", ["a", "b"], ["out"])
    answer = catalogue.process("p", given, ["out"])
    assert catalogue.qn("p") in answer.changed("UPDATE")
    assert catalogue.held("p", "inputs") == left
    assert catalogue.held("p", "outputs") == {"out"}


def test_absent_inputs_stay(catalogue: Catalogue):
    catalogue.datasets("a", "b")
    catalogue.process("p", ["a"], ["b"])
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", runs=1))
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", runs=2, inputs=None))
    assert catalogue.held("p", "inputs") == {"a"}


def test_lists_and_maps_of_values_are_replaced_whole(catalogue: Catalogue):
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", tags=["x", "y"], facts={"a": "1", "b": "2"}))
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", tags=["y"], facts={"a": "1"}))
    found = catalogue.get(PROCESS, "p")["entity"]["attributes"]
    assert (found["tags"], found["facts"]) == (["y"], {"a": "1"})
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", tags=[], facts={}))
    found = catalogue.get(PROCESS, "p")["entity"]["attributes"]
    assert (found["tags"], found["facts"]) == ([], {})


def test_one_reference_twice_is_one_edge(catalogue: Catalogue):
    guids = catalogue.datasets("a")
    twice = [named(DATASET, catalogue.qn("a")), {"guid": guids["a"], "typeName": DATASET}]
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", inputs=twice))
    assert len(catalogue.get(PROCESS, "p")["entity"]["relationshipAttributes"]["inputs"]) == 1


def test_inputs_may_be_given_as_relationship_attributes(catalogue: Catalogue):
    catalogue.datasets("a")
    relations = {"inputs": [named(DATASET, catalogue.qn("a"))]}
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", relations=relations))
    assert catalogue.held("p", "inputs") == {"a"}


def test_an_entity_is_found_by_its_guid(catalogue: Catalogue):
    guid = catalogue.datasets("a")["a"]
    answer = catalogue.bulk(entity(DATASET, catalogue.qn("a2"), guid, name="renamed"))
    assert answer.changed("UPDATE") == {catalogue.qn("a2")}
    assert catalogue.look(DATASET, "a").status == 404
    assert catalogue.guid(DATASET, "a2") == guid


def test_one_name_twice_in_a_bulk_is_one_entity_and_the_last_wins(catalogue: Catalogue):
    first = entity(DATASET, catalogue.qn("a"), "-1", description="one", owner="first")
    second = entity(DATASET, catalogue.qn("a"), "-2", description="two")
    answer = catalogue.bulk(first, second)
    assert answer.guids["-1"] == answer.guids["-2"]
    found = catalogue.get(DATASET, "a")["entity"]["attributes"]
    assert (found["description"], found["owner"]) == ("two", "first")


def test_one_guid_with_two_names_keeps_the_first(catalogue: Catalogue):
    catalogue.bulk(entity(DATASET, catalogue.qn("a"), "-1"), entity(DATASET, catalogue.qn("b"), "-1"))
    assert catalogue.look(DATASET, "a").status == 200
    assert catalogue.look(DATASET, "b").refused == (404, "ATLAS-404-00-009")


def test_one_name_under_two_types_is_two_entities(catalogue: Catalogue):
    guid = catalogue.datasets("a")["a"]
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("a"), "-1"))
    assert answer.guids["-1"] != guid


def test_a_supertype_updates_the_entity_below_it(catalogue: Catalogue):
    guid = catalogue.datasets("a")["a"]
    answer = catalogue.bulk(entity("DataSet", catalogue.qn("a"), "-1", name="renamed"))
    assert answer.guids["-1"] == guid
    found = catalogue.get(DATASET, "a")["entity"]
    assert (found["typeName"], found["attributes"]["name"]) == (DATASET, "renamed")


def test_a_refused_call_leaves_nothing_behind(catalogue: Catalogue):
    catalogue.datasets("a")
    good = entity(DATASET, catalogue.qn("b"), "-1")
    changed = entity(DATASET, catalogue.qn("a"), "-2", description="half done")
    bad = entity(PROCESS, catalogue.qn("p"), "-3", inputs=[named(DATASET, catalogue.qn("none"))])
    assert catalogue.bulk(good, changed, bad).status == 404
    assert catalogue.look(DATASET, "b").status == 404
    assert catalogue.look(PROCESS, "p").status == 404
    assert catalogue.get(DATASET, "a")["entity"]["attributes"]["description"] is None


def test_a_bulk_of_nothing_is_refused(catalogue: Catalogue):
    assert catalogue.bulk().refused == (400, "ATLAS-400-00-01A")


def test_an_unknown_type_is_refused(catalogue: Catalogue):
    assert catalogue.bulk(entity("contract_none", catalogue.qn("a"), "-1")).refused == (400, "ATLAS-400-00-014")


def test_an_assigned_guid_must_exist(catalogue: Catalogue):
    assert catalogue.bulk(entity(DATASET, catalogue.qn("a"), NOWHERE)).refused == (404, "ATLAS-404-00-00A")


@pytest.mark.parametrize("missing", ["name", "qualifiedName"])
def test_a_mandatory_attribute_must_be_there(catalogue: Catalogue, missing: str):
    body = entity(DATASET, catalogue.qn("a"), "-1")
    del body["attributes"][missing]
    assert catalogue.bulk(body).refused == (404, "ATLAS-404-00-007")


def test_a_mandatory_attribute_must_be_there_in_an_update_too(catalogue: Catalogue):
    catalogue.datasets("a")
    body = entity(DATASET, catalogue.qn("a"), "-1", description="more")
    del body["attributes"]["name"]
    assert catalogue.bulk(body).refused == (404, "ATLAS-404-00-007")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("runs", "many"),
        ("small", 3_000_000_000),
        ("ok", "maybe"),
        ("at", "yesterday"),
        ("ratio", "half"),
        ("facts", "text"),
        ("tags", "text"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(catalogue: Catalogue, attribute: str, value: object):
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", **{attribute: value}))
    assert answer.refused == (404, "ATLAS-404-00-007")


@pytest.mark.parametrize(
    ("attribute", "given", "kept"),
    [
        ("runs", "12", 12),
        ("columnMapping", 12, "12"),
        ("ok", "true", True),
        ("at", 1_700_000_000_000, 1_700_000_000_000),
        ("at", "2026-11-20T10:00:00.000Z", 1_795_168_800_000),
        ("ratio", 2, 2.0),
    ],
)
def test_a_value_is_taken_for_what_it_says(catalogue: Catalogue, attribute: str, given: object, kept: object):
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", **{attribute: given}))
    assert catalogue.get(PROCESS, "p")["entity"]["attributes"][attribute] == kept


def test_a_list_for_a_string(catalogue: Catalogue):
    """Atlas stores how Java prints the list, which is never what was meant; here it is refused."""
    answer = catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1", columnMapping=["x"]))
    assert answer.refused == catalogue.either(purview=(404, "ATLAS-404-00-007"), atlas=(200, ""))


def test_an_attribute_that_the_type_lacks(catalogue: Catalogue):
    """Purview refuses it; Atlas drops it without a word, which hides a wrong type definition."""
    answer = catalogue.bulk(entity(DATASET, catalogue.qn("a"), "-1", colour="red"))
    assert answer.refused == catalogue.either(purview=(400, "ATLAS-400-00-023"), atlas=(200, ""))


def test_a_new_entity_has_every_attribute_of_its_type(catalogue: Catalogue):
    catalogue.bulk(entity(PROCESS, catalogue.qn("p"), "-1"))
    found = catalogue.get(PROCESS, "p")["entity"]["attributes"]
    kept = {name: found[name] for name in ("description", "columnMapping", "runs", "ok", "ratio", "tags", "inputs")}
    empty: dict[str, Any] = {
        "description": None,
        "columnMapping": None,
        "runs": 0,
        "ok": False,
        "ratio": 0.0,
        "inputs": [],
    }
    assert kept == {**empty, "tags": None}


def test_one_entity_may_be_posted_alone(catalogue: Catalogue):
    answer = catalogue.call("POST", "entity", {"entity": entity(DATASET, catalogue.qn("a"), "-1")})
    assert answer.changed("CREATE") == {catalogue.qn("a")}


def test_what_was_read_may_be_posted_back(catalogue: Catalogue):
    catalogue.datasets("a", "b")
    catalogue.process("p", ["a"], ["b"], runs=1)
    catalogue.bulk(entity(COLUMN, catalogue.qn("a#x"), "-1", relations={"dataset": named(DATASET, catalogue.qn("a"))}))
    read = catalogue.get(PROCESS, "p")["entity"]
    answer = catalogue.bulk(read)
    assert answer.status == 200
    assert "mutatedEntities" not in answer.body
