"""Values, types and definitions by themselves."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.catalogue import definitions
from local.catalogue.database import built_in
from local.catalogue.faults import AtlasError, Fault
from local.catalogue.incoming import Reader
from local.catalogue.typesystem import TypeSystem
from local.catalogue.values import Unfit, default, fit

pytestmark = pytest.mark.unit

ENUMS = {"colour": frozenset({"RED"})}


@pytest.mark.parametrize(
    ("type_name", "given", "kept"),
    [
        ("string", "x", "x"),
        ("string", 1, "1"),
        ("string", True, "true"),
        ("boolean", "False", False),
        ("byte", -128, -128),
        ("short", "32767", 32767),
        ("int", 1.9, 1),
        ("long", 2**63 - 1, 2**63 - 1),
        ("double", "1e3", 1000.0),
        ("bigdecimal", "12.30", "12.30"),
        ("date", 0, 0),
        ("date", "1970-01-01T00:00:01Z", 1000),
        ("date", "1970-01-01T01:00:00+01:00", 0),
        ("date", "1970-01-02", 86_400_000),
        ("colour", "RED", "RED"),
        ("array<int>", ["1", 2], [1, 2]),
        ("array<array<string>>", [["x"], []], [["x"], []]),
        ("map<string,int>", {"a": "1"}, {"a": 1}),
        ("map<string,array<int>>", {"a": ["1"]}, {"a": [1]}),
        ("int", None, None),
    ],
)
def test_a_value_that_fits(type_name: str, given: Any, kept: Any):
    found = fit(type_name, given, ENUMS)
    assert found == kept
    assert type(found) is type(kept)


@pytest.mark.parametrize(
    ("type_name", "given"),
    [
        ("string", ["x"]),
        ("string", {"x": 1}),
        ("boolean", "yes"),
        ("boolean", 1),
        ("byte", 128),
        ("int", -(2**31) - 1),
        ("int", "1.5"),
        ("int", True),
        ("int", math.inf),
        ("long", 2**63),
        ("double", "nan"),
        ("double", 10**400),
        ("double", False),
        ("bigdecimal", "x"),
        ("date", "soon"),
        ("date", True),
        ("colour", "BLUE"),
        ("array<int>", 1),
        ("array<int>", ["x"]),
        ("map<string,int>", [["a", 1]]),
        ("map<string,int>", {"a": "x"}),
    ],
)
def test_a_value_that_does_not_fit(type_name: str, given: Any):
    with pytest.raises(Unfit):
        fit(type_name, given, ENUMS)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    type_name=st.sampled_from(["string", "boolean", "long", "double", "date", "bigdecimal", "array<int>", "colour"]),
    value=_json,
)
def test_any_value_fits_or_is_refused_and_what_fits_fits_again(type_name: str, value: Any):
    try:
        kept = fit(type_name, value, ENUMS)
    except Unfit:
        return
    assert fit(type_name, kept, ENUMS) == kept


def test_what_was_never_given():
    assert [default(name) for name in ("int", "boolean", "double", "string", "array<int>")] == [
        0,
        False,
        0.0,
        None,
        None,
    ]


@pytest.fixture(scope="module")
def types() -> TypeSystem:
    return TypeSystem(built_in())


def test_the_built_in_types_fit_together(types: TypeSystem):
    task = types.entity("databricks_notebook_task")
    assert task.supers == ("databricks_notebook_task", "databricks_job_task", "Process", "Asset", "Referenceable")
    assert {"jobId", "notebookPath", "qualifiedName", "name"} <= task.attributes.keys()
    assert {"inputs", "outputs", "job", "notebook", "processes"} <= task.relations.keys()
    assert task.unique == ("qualifiedName",)
    assert types.is_a("azure_sql_table", "DataSet")
    assert not types.is_a("azure_sql_table", "Process")
    assert "databricks_notebook_task" in types.entity("Process").subs


def test_a_relation_knows_its_other_end(types: TypeSystem):
    columns = types.entity("databricks_table").relations["columns"]
    table = types.entity("databricks_table_column").relations["table"]
    assert (columns.many, columns.owns, columns.required, columns.other_many) == (True, True, False, False)
    assert (table.many, table.owns, table.required, table.other_many) == (False, False, True, True)
    assert (columns.side, table.side) == (1, 2)


def test_types_that_go_in_circles_are_refused():
    with pytest.raises(AtlasError, match="Given typename"):
        TypeSystem(
            [
                {"category": "ENTITY", "name": "a", "superTypes": ["b"], "attributeDefs": []},
                {"category": "ENTITY", "name": "b", "superTypes": ["a"], "attributeDefs": []},
            ]
        )


def test_what_is_answered_may_be_uploaded_again(types: TypeSystem):
    shown = [definitions.shown(types, each) for each in types.of("ENTITY")]
    again = definitions.read({"entityDefs": shown, "relationshipDefs": list(types.of("RELATIONSHIP"))})
    assert definitions.updated(types, again).definitions == types.definitions


def test_a_type_that_others_build_on_is_not_deleted(types: TypeSystem):
    with pytest.raises(AtlasError) as refused:
        definitions.without(types, ["databricks_job_task"])
    assert refused.value.code == Fault.TYPE_IN_USE.value[1]


def test_every_fault_has_a_status_and_a_text():
    for fault in Fault:
        error = fault("one", "two", "three")
        assert 400 <= error.status < 500
        assert error.code
        assert "{" not in error.message


def test_a_null_says_nothing_about_a_list_and_takes_a_single_reference_away(types: TypeSystem):
    attributes = {"qualifiedName": "x", "name": "x", "inputs": None, "workspace": None}
    incoming = Reader(types).entity({"typeName": "databricks_notebook", "attributes": attributes})
    assert incoming.relations == {"workspace": ()}
