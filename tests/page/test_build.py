import json

import pytest

from lineage.model import Column
from lineage.page.answers import Answers
from lineage.page.build import build
from lineage.page.graph import Link, Statement
from lineage.page.owners import Owner
from tests.page.atlas_double import AtlasDouble

pytestmark = pytest.mark.unit

LAKE = "https://acct.dfs.core.windows.net"
HOST = "adb-1.2.azuredatabricks.net"


def mapping(source, target, *pairs):
    ends = {"Source": source["attributes"]["qualifiedName"], "Sink": target["attributes"]["qualifiedName"]}
    return json.dumps(
        [{"DatasetMapping": ends, "ColumnMapping": [{"Source": one, "Sink": other} for one, other in pairs]}]
    )


def graph_of(atlas, *shown, focus=""):
    guids = tuple(entity["guid"] for entity in shown) or tuple(atlas.entities)
    return build(Answers(atlas.entities, guids, focus))


def two_tables(**attributes):
    atlas = AtlasDouble()
    source = atlas.dataset(f"{LAKE}/raw/orders", [("id", "bigint"), ("amount", "int")])
    target = atlas.dataset(f"{LAKE}/silver/orders", [("id", "bigint")], labels=["lineage-placeholder"])
    process = atlas.process(f"databricks://{HOST}/notebooks/a/b/processes/1", [source], [target], **attributes)
    return atlas, source, target, process


def test_a_dataset_has_its_place_standing_and_schema():
    atlas, source, target, process = two_tables()
    own = atlas.dataset("kafka://broker/topic", type_name="lineage_dataset", labels=["lineage-placeholder"])
    graph = graph_of(atlas, source, target, process, own)
    found = {dataset.qualified_name: dataset for dataset in graph.datasets}
    assert found[f"{LAKE}/raw/orders"].standing == "scanned"
    assert found[f"{LAKE}/silver/orders"].standing == "placeholder"
    assert found["kafka://broker/topic"].standing == "ours"
    assert found[f"{LAKE}/raw/orders"].columns == (Column("id", "bigint"), Column("amount", "int"))
    assert found[f"{LAKE}/silver/orders"].place.container == "silver · acct"


def test_a_process_that_was_not_seen_for_long_says_so():
    atlas, source, target, process = two_tables()
    assert not graph_of(atlas, source, target, process).processes[0].stale
    process["labels"] = ["lineage-feed", "lineage-stale"]
    assert graph_of(atlas, source, target, process).processes[0].stale


@pytest.mark.parametrize(
    ("qualified_name", "given", "shown"),
    [
        (f"{LAKE}/silver/orders", "silver/orders", "orders"),
        (f"{LAKE}/silver/orders", "", "orders"),
        (f"{LAKE}/silver/orders", f"{LAKE}/silver/orders", "orders"),
        (f"{LAKE}/silver/orders", "Orders, cleaned", "Orders, cleaned"),
        (f"{LAKE}/silver", "silver", "silver"),
        (f"{LAKE}/silver", "", "silver · acct"),
        ("postgresql://s.postgres.database.azure.com/db/public/t", "public.t", "t"),
    ],
)
def test_a_name_does_not_repeat_the_place(qualified_name, given, shown):
    atlas = AtlasDouble()
    entity = atlas.dataset(qualified_name)
    entity["attributes"]["name"] = given
    assert graph_of(atlas, entity).datasets[0].name == shown


def test_columns_of_a_table_type_are_a_relation_of_its_own():
    atlas = AtlasDouble()
    table = atlas.dataset(f"sales.orders@{HOST}", type_name="hive_table")
    columns = [
        atlas._add("hive_column", f"sales.orders.{name}@{HOST}", {"name": name, "type": type_})
        for name, type_ in (("id", "bigint"), ("note", "unknown"))
    ]
    table["relationshipAttributes"]["columns"] = [{"guid": c["guid"], "typeName": "hive_column"} for c in columns]
    assert graph_of(atlas, table).datasets[0].columns == (Column("id", "bigint"), Column("note"))


def test_column_edges_point_at_columns_and_add_those_that_no_schema_has():
    atlas, source, target, process = two_tables()
    process["attributes"]["columnMapping"] = mapping(source, target, ("amount", "total"), ("id", "id"))
    graph = graph_of(atlas, source, target, process)
    assert graph.datasets[1].columns == (Column("id", "bigint"), Column("total"))
    links = graph.processes[0].links
    assert links == (Link((1, 1), (((0, 1), ""),)), Link((1, 0), (((0, 0), ""),)))


def test_what_lies_beyond_what_is_shown_is_counted_and_left_out():
    atlas, source, target, process = two_tables()
    far = atlas.dataset(f"{LAKE}/raw/far", [("x", "int")])
    process["attributes"]["inputs"].append({"guid": far["guid"], "typeName": far["typeName"]})
    process["attributes"]["columnMapping"] = mapping(far, target, ("x", "id"))
    process["attributes"]["sparkPlan"] = json.dumps(
        {"statements": [{"mode": "append", "datasets": [f"{LAKE}/raw/far"], "indirect": {"filter": [[0, "x"]]}}]}
    )
    found = graph_of(atlas, source, target, process).processes[0]
    assert (found.inputs, found.outputs, found.hidden) == ((0,), (1,), 1)
    assert found.links == (Link((1, 0)),)
    assert found.statements == (Statement("append"),)


def test_edges_run_through_processes():
    atlas, source, target, process = two_tables()
    assert graph_of(atlas, source, target, process).edges() == ((0, 2), (2, 1))


def test_two_types_under_one_name_stay_apart():
    atlas = AtlasDouble()
    name = f"{LAKE}/raw/orders"
    path = atlas.dataset(name, [("a", "int")])
    folder = atlas.dataset(name, [("b", "int")], type_name="azure_datalake_gen2_resource_set")
    target = atlas.dataset(f"{LAKE}/silver/orders")
    reading = mapping(folder, target, ("b", "x"))
    process = atlas.process("p", [folder], [target], columnMapping=reading)
    graph = graph_of(atlas, path, folder, target, process)
    keys = {dataset.key: at for at, dataset in enumerate(graph.datasets)}
    assert set(keys) == {
        f"{name}@azure_datalake_gen2_path",
        f"{name}@azure_datalake_gen2_resource_set",
        f"{LAKE}/silver/orders",
    }
    [link] = graph.processes[0].links
    assert link.sources[0][0][0] == keys[f"{name}@azure_datalake_gen2_resource_set"]


def test_deleted_and_missing_entities_are_not_shown():
    atlas, source, target, process = two_tables()
    source["status"] = "DELETED"
    graph = build(Answers(atlas.entities, (source["guid"], target["guid"], process["guid"], "nowhere")))
    assert [dataset.name for dataset in graph.datasets] == ["orders"]
    assert graph.processes[0].inputs == ()


def test_the_same_answers_in_any_order_give_the_same_graph():
    atlas, source, target, process = two_tables()
    assert graph_of(atlas, source, target, process) == graph_of(atlas, process, target, source)


def test_the_focus_is_found_again():
    atlas, source, target, process = two_tables()
    graph = graph_of(atlas, source, target, process, focus=target["guid"])
    assert graph.focus == 1
    assert graph_of(atlas, source, target, process).focus is None


def test_owners_go_from_the_workspace_down():
    atlas = AtlasDouble()
    workspace = atlas.owner("databricks_workspace", f"databricks://{HOST}", HOST)
    job = atlas.owner("databricks_job", f"databricks://{HOST}/jobs/42", "nightly", workspace=workspace)
    notebook = atlas.owner("databricks_notebook", f"databricks://{HOST}/notebooks/a/b", "a/b", workspace=workspace)
    task = atlas.owner(
        "databricks_notebook_task", f"databricks://{HOST}/jobs/42/tasks/load", "load", job=job, notebook=notebook
    )
    process = atlas.process(f"databricks://{HOST}/jobs/42/tasks/load/processes/1", [], [], owner=task)
    assert graph_of(atlas, process).processes[0].owners == (
        Owner("workspace", HOST, f"https://{HOST}/"),
        Owner("job", "nightly", f"https://{HOST}/jobs/42"),
        Owner("task", "load"),
        Owner("notebook", "a/b", f"https://{HOST}/#workspace/a/b"),
    )


@pytest.mark.parametrize(
    ("qualified_name", "owners"),
    [
        (f"databricks://{HOST}/jobs/42/tasks/load/processes/1", ["workspace", "job", "task"]),
        (f"databricks://{HOST}/jobs/ADF_f_p/processes/1", ["workspace", "job"]),
        (f"databricks://{HOST}/notebooks/a/b/processes/1", ["workspace", "notebook"]),
        (f"databricks://{HOST}/processes/1", ["workspace"]),
        ("databricks://HOST<script>/jobs/1/processes/1", []),
        ("javascript:alert(1)", []),
    ],
)
def test_owners_are_read_from_the_name_where_no_entity_tells(qualified_name, owners):
    atlas = AtlasDouble()
    found = graph_of(atlas, atlas.process(qualified_name, [], [])).processes[0].owners
    assert [owner.kind for owner in found] == owners
    assert all(owner.link.startswith(f"https://{HOST}/") for owner in found if owner.link)


def test_owners_of_our_own_types_are_found_as_well():
    atlas = AtlasDouble()
    above = atlas._add("lineage_application", f"databricks://{HOST}", {"name": HOST, "kind": "workspace"})
    task = atlas._add("lineage_application", "t", {"name": "load", "kind": "notebook_task"})
    task["relationshipAttributes"]["parent"] = {"guid": above["guid"], "typeName": "lineage_application"}
    process = atlas.process("p", [], [], type_name="lineage_process")
    process["relationshipAttributes"]["application"] = {"guid": task["guid"], "typeName": "lineage_application"}
    owners = graph_of(atlas, process).processes[0].owners
    assert [(owner.kind, owner.name) for owner in owners] == [("workspace", HOST), ("task", "load")]


def test_owners_in_a_circle_come_to_an_end():
    atlas = AtlasDouble()
    one = atlas.owner("databricks_job", "databricks://h/jobs/1", "one")
    one["relationshipAttributes"]["job"] = {"guid": one["guid"], "typeName": "databricks_job"}
    process = atlas.process("p", [], [], owner=one)
    assert [owner.name for owner in graph_of(atlas, process).processes[0].owners] == ["one"]
