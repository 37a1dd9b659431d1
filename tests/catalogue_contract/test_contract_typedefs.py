"""``/types``: uploads of type definitions are taken whole or not at all."""

import uuid
from typing import Any

import pytest

from tests.catalogue_contract.catalogues import DATASET, PROCESS, Catalogue, entity, entity_type, optional, relationship


@pytest.fixture
def name() -> str:
    return f"contract_{uuid.uuid4().hex}"


def _post(catalogue: Catalogue, *definitions: dict[str, Any]):
    return catalogue.call("POST", "types/typedefs", {"entityDefs": list(definitions)})


def _put(catalogue: Catalogue, *definitions: dict[str, Any]):
    return catalogue.call("PUT", "types/typedefs", {"entityDefs": list(definitions)})


def _get(catalogue: Catalogue, name: str, kind: str = "entitydef"):
    return catalogue.call("GET", f"types/{kind}/name/{name}")


def test_a_new_type_can_be_used_at_once(catalogue: Catalogue, name: str):
    made = _post(catalogue, entity_type(name, "DataSet", optional("colour")))
    assert [each["name"] for each in made.body["entityDefs"]] == [name]
    assert catalogue.bulk(entity(name, catalogue.qn("a"), "-1", colour="red")).status == 200
    assert catalogue.get(name, "a")["entity"]["attributes"]["colour"] == "red"


def test_a_type_is_answered_with_what_it_has(catalogue: Catalogue, name: str):
    _post(catalogue, entity_type(name, DATASET, optional("colour"), schemaElementsAttribute="columns"))
    found = _get(catalogue, name).body
    assert found == _get(catalogue, name, "typedef").body
    assert (found["category"], found["superTypes"]) == ("ENTITY", [DATASET])
    assert found["options"] == {"schemaElementsAttribute": "columns"}
    (attribute,) = found["attributeDefs"]
    assert (attribute["name"], attribute["typeName"], attribute["isOptional"]) == ("colour", "string", True)
    relations = {each["name"]: each["relationshipTypeName"] for each in found["relationshipAttributeDefs"]}
    assert relations["columns"] == "contract_dataset_columns"
    assert relations["inputToProcesses"] == "dataset_process_inputs"


def test_a_relationship_is_answered_by_name(catalogue: Catalogue):
    found = _get(catalogue, "contract_dataset_columns", "relationshipdef").body
    assert found["relationshipCategory"] == "COMPOSITION"
    assert (found["endDef1"]["type"], found["endDef1"]["name"]) == (DATASET, "columns")


def test_all_types(catalogue: Catalogue, name: str):
    _post(catalogue, entity_type(name, "DataSet"))
    everything = catalogue.call("GET", "types/typedefs").body
    assert {"DataSet", "Process", name} <= {each["name"] for each in everything["entityDefs"]}
    headers = catalogue.call("GET", "types/typedefs/headers").body
    assert (name, "ENTITY") in {(each["name"], each["category"]) for each in headers}


def test_an_unknown_type(catalogue: Catalogue, name: str):
    assert _get(catalogue, name).refused == (404, "ATLAS-404-00-001")
    assert _get(catalogue, "contract_dataset_columns").refused == (404, "ATLAS-404-00-001")
    assert _put(catalogue, entity_type(name, "DataSet")).refused == (404, "ATLAS-404-00-001")


def test_a_type_that_is_there_is_a_conflict_and_nothing_of_the_call_is_taken(catalogue: Catalogue, name: str):
    answer = _post(catalogue, entity_type(name, "DataSet"), entity_type(DATASET, "DataSet"))
    assert answer.refused == (409, "ATLAS-409-00-001")
    assert _get(catalogue, name).status == 404


def test_one_type_twice_in_a_call_is_a_conflict(catalogue: Catalogue, name: str):
    answer = _post(catalogue, entity_type(name, "DataSet"), entity_type(name, "DataSet"))
    assert answer.refused == (409, "ATLAS-409-00-001")


def test_an_update_adds_an_optional_attribute(catalogue: Catalogue, name: str):
    _post(catalogue, entity_type(name, "DataSet", optional("colour")))
    catalogue.bulk(entity(name, catalogue.qn("a"), "-1", colour="red"))
    answer = _put(catalogue, entity_type(name, "DataSet", optional("colour"), optional("size", "int")))
    assert answer.status == 200
    catalogue.bulk(entity(name, catalogue.qn("a"), "-1", size=3))
    found = catalogue.get(name, "a")["entity"]["attributes"]
    assert (found["colour"], found["size"]) == ("red", 3)


@pytest.mark.parametrize(
    ("above", "attributes", "code"),
    [
        ("DataSet", [], "ATLAS-400-00-00D"),
        ("DataSet", [optional("colour"), {**optional("must"), "isOptional": False}], "ATLAS-400-00-00C"),
        ("DataSet", [optional("colour", "int")], "ATLAS-400-00-029"),
        ("Process", [optional("colour")], "ATLAS-400-00-00E"),
    ],
)
def test_an_update_takes_nothing_away(catalogue: Catalogue, name: str, above: str, attributes: list[Any], code: str):
    _post(catalogue, entity_type(name, "DataSet", optional("colour")))
    assert _put(catalogue, entity_type(name, above, *attributes)).refused == (400, code)


@pytest.mark.parametrize(
    "definition",
    [entity_type("contract_bad", "contract_none"), entity_type("contract_bad", "DataSet", optional("x", "none"))],
)
def test_a_type_that_builds_on_nothing_is_refused(catalogue: Catalogue, definition: dict[str, Any]):
    assert _post(catalogue, definition).refused == (400, "ATLAS-400-00-029")
    assert _get(catalogue, "contract_bad").status == 404


def test_a_name_is_letters_and_digits(catalogue: Catalogue):
    assert _post(catalogue, entity_type("bad-name!", "DataSet")).refused == (400, "ATLAS-400-00-019")


def test_an_option_that_must_be_a_list(catalogue: Catalogue, name: str):
    """Purview refuses the bare form, which Atlas takes: a schema that would never be shown."""
    answer = _post(catalogue, entity_type(name, "DataSet", schemaAttributes="data_type"))
    assert answer.refused == catalogue.either(purview=(400, "ATLAS-400-00-01A"), atlas=(200, ""))


@pytest.mark.parametrize(
    ("category", "container", "own", "other", "code"),
    [
        ("COMPOSITION", False, "SET", "SINGLE", "ATLAS-400-00-031"),
        ("COMPOSITION", True, "SET", "SET", "ATLAS-400-00-033"),
        ("AGGREGATION", False, "SET", "SINGLE", "ATLAS-400-00-032"),
        ("ASSOCIATION", True, "SET", "SINGLE", "ATLAS-400-00-030"),
        ("ASSOCIATION", False, "LIST", "SINGLE", "ATLAS-400-00-034"),
    ],
)
def test_a_relationship_has_the_ends_of_its_category(
    catalogue: Catalogue, category: str, container: bool, own: str, other: str, code: str
):
    definition = relationship("contract_bad", category, (DATASET, "xs"), (PROCESS, "x"))
    definition["endDef1"] |= {"isContainer": container, "cardinality": own}
    definition["endDef2"] |= {"cardinality": other}
    answer = catalogue.call("POST", "types/typedefs", {"relationshipDefs": [definition]})
    assert answer.refused == (400, code)


def test_a_type_is_deleted_when_nothing_uses_it(catalogue: Catalogue, name: str):
    _post(catalogue, entity_type(name, "DataSet"))
    catalogue.bulk(entity(name, catalogue.qn("a"), "-1"))
    assert catalogue.call("DELETE", f"types/typedef/name/{name}").refused == (409, "ATLAS-409-00-002")
    catalogue.call("DELETE", f"entity/guid/{catalogue.guid(name, 'a')}")
    assert catalogue.call("DELETE", f"types/typedef/name/{name}").status == 204
    assert _get(catalogue, name).status == 404


def test_an_enumeration_is_a_type_of_attributes(catalogue: Catalogue, name: str):
    enum = {"category": "ENUM", "name": f"{name}_e", "elementDefs": [{"value": "RED", "ordinal": 1}]}
    upload = {"enumDefs": [enum], "entityDefs": [entity_type(name, "DataSet", optional("colour", f"{name}_e"))]}
    assert catalogue.call("POST", "types/typedefs", upload).status == 200
    assert catalogue.bulk(entity(name, catalogue.qn("a"), "-1", colour="RED")).status == 200
    wrong = catalogue.bulk(entity(name, catalogue.qn("a"), "-1", colour="BLUE"))
    assert wrong.refused == (404, "ATLAS-404-00-007")


def test_what_is_not_supported_is_refused_and_not_ignored(purview: Catalogue, name: str):
    """Structs, classifications and references outside of a relationship: Apache Atlas has them."""
    classification = {"category": "CLASSIFICATION", "name": name}
    answer = purview.call("POST", "types/typedefs", {"classificationDefs": [classification]})
    assert answer.refused == (400, "ATLAS-400-00-01A")
    assert _post(purview, entity_type(name, "DataSet", optional("x", "array<DataSet>"))).status == 400
