"""Our own types: made once, brought up to date, never taken back; and what is learned of the catalogue's."""

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lineage.catalogue import typedefs
from lineage.catalogue.typedefs import OWN, ensure_types, get_type, own_typedefs
from lineage.catalogue.vocabulary import TypeCatalogue
from lineage.errors import Forbidden, SettingsError, Unavailable
from tests.catalogue.line import Answer, Line
from tests.catalogue.lineages import lineage

pytestmark = pytest.mark.unit


def posts(line: Line) -> list[Any]:
    return [body for method, path, body in line.transport.calls if method == "POST" and "types/typedefs" in path]


def test_types_are_created_in_two_calls_and_not_again(line):
    ensure_types(line.client)
    assert all(get_type(line.client, name) for name in OWN)
    assert [list(body) for body in posts(line)] == [["entityDefs"], ["relationshipDefs"]]
    line.quiet()
    ensure_types(line.client)
    assert posts(line) == []
    assert not [call for call in line.transport.calls if call[0] == "PUT"]


def test_a_missing_one_is_added(line):
    ensure_types(line.client)
    line.client.delete("types/typedef/name/lineage_application_parts")
    line.client.delete("types/typedef/name/lineage_application_processes")
    line.client.delete("types/typedef/name/lineage_application")
    assert get_type(line.client, "lineage_application") is None
    ensure_types(line.client)
    assert get_type(line.client, "lineage_application")
    line.publish(lineage())


def test_two_instances_at_once_do_no_harm(line):
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: ensure_types(line.client), range(6)))
    assert all(get_type(line.client, name) for name in OWN)


def test_an_older_version_is_updated_and_keeps_what_only_it_has(line, monkeypatch):
    older = copy.deepcopy(own_typedefs())
    for one in older["entityDefs"]:
        one["typeVersion"] = "0.9"
    process = next(one for one in older["entityDefs"] if one["name"] == "lineage_process")
    process["attributeDefs"] = [one for one in process["attributeDefs"] if one["name"] != "runCount"]
    process["attributeDefs"].append({"name": "theirs", "typeName": "string", "isOptional": True})
    line.client.post("types/typedefs", body=older)
    ensure_types(line.client)
    found = get_type(line.client, "lineage_process")
    assert found is not None
    assert found["typeVersion"] == typedefs.VERSION
    assert {"runCount", "theirs"} <= {one["name"] for one in found["attributeDefs"]}
    line.quiet()
    ensure_types(line.client)
    assert [method for method, *_ in line.transport.calls] == ["GET"] * 4


def test_a_newer_version_is_left_alone(line, monkeypatch):
    ensure_types(line.client)
    monkeypatch.setattr(typedefs, "VERSION", "0.1")
    line.quiet()
    ensure_types(line.client)
    assert {method for method, *_ in line.transport.calls} == {"GET"}


@pytest.mark.parametrize(
    ("version", "older"), [("1.0", False), ("0.9", True), ("0.10", True), ("2", False), (None, True), ("odd", True)]
)
def test_versions_compare_as_numbers(version, older):
    assert typedefs._older({"typeVersion": version}) is older


def test_a_role_that_is_missing_is_loud(line):
    line.transport.fault = lambda request, number: Answer(403, {}) if request.method == "POST" else None
    with pytest.raises(Forbidden, match="Data Curator"):
        ensure_types(line.client)


def test_types_that_are_refused_stop_the_line_and_not_one_event(line):
    refusal = Answer(400, {"errorCode": "ATLAS-400-00-01A", "errorMessage": "invalid parameters"})
    line.transport.fault = lambda request, number: refusal if request.method == "POST" else None
    with pytest.raises(SettingsError) as told:
        line.publish(lineage())
    for part in ("LINEAGE_CATALOGUE", "lineage_dataset", "ATLAS-400-00-01A", "invalid parameters", "remove them"):
        assert part in str(told.value)
    line.transport.fault = None
    line.publish(lineage())
    assert line.entity("databricks_process", lineage().process.qualified_name)


@pytest.mark.parametrize("answer", [Answer(404, b"<html>not found</html>"), Answer(302, b""), Answer(200, b"<html>")])
def test_something_else_in_the_catalogues_place_is_no_refusal_and_teaches_nothing(line, answer):
    line.transport.fault = lambda request, number: answer
    for _ in range(2):
        with pytest.raises(Unavailable):
            line.publish(lineage())
    line.transport.fault = None
    line.publish(lineage())
    assert line.entity("databricks_process", lineage().process.qualified_name)


def test_a_gateway_that_knows_no_path_for_a_moment_does_not_hide_a_type(line):
    types = TypeCatalogue(line.client, line.clock)
    line.transport.fault = lambda request, number: Answer(404, b"<html>")
    with pytest.raises(Unavailable):
        types.vocabulary(["azure_sql_table"])
    line.transport.fault = None
    assert types.vocabulary(["azure_sql_table"]).builtin_process


def test_each_type_is_asked_for_once(line):
    types = TypeCatalogue(line.client, line.clock)
    for _ in range(3):
        types.vocabulary(["azure_sql_table", "no_such_type"])
    asked = [path.split("?")[0].rpartition("/")[2] for _, path, _ in line.transport.calls]
    assert sorted(asked) == sorted(set(asked))


def test_a_type_that_was_not_there_is_asked_for_again_after_a_while(line):
    types = TypeCatalogue(line.client, line.clock)
    assert not types.vocabulary(["late_table"]).knows("late_table")
    late = {"name": "late_table", "category": "ENTITY", "superTypes": ["DataSet"], "attributeDefs": []}
    line.client.post("types/typedefs", body={"entityDefs": [late]})
    assert not types.vocabulary(["late_table"]).knows("late_table")
    line.clock.now += 1_000
    assert types.vocabulary(["late_table"]).knows("late_table")


def test_inherited_attributes_are_known(line):
    types = TypeCatalogue(line.client, line.clock)
    known = types.vocabulary(["databricks_notebook_task"]).types["databricks_notebook_task"]
    assert {"notebookPath", "jobId"} <= known


def test_without_column_mapping_the_built_in_process_is_not_used(line):
    def without(request: Any, number: int) -> Any:
        if request.url.split("?")[0].endswith("entitydef/name/databricks_process"):
            return Answer(200, {"name": "databricks_process", "superTypes": ["Process"], "attributeDefs": []})
        return None

    line.transport.fault = without
    line.publish(lineage())
    types = {type_name for type_name, _ in line.everything()}
    assert {"lineage_process", "lineage_application"} <= types
    assert not types & {"databricks_process", "databricks_workspace", "databricks_notebook"}
    process = line.entity("lineage_process", lineage().process.qualified_name)
    assert process["relationshipAttributes"]["application"]["typeName"] == "lineage_application"
    assert process["attributes"]["runCount"] == 1
