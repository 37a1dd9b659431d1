"""Lineage as entities: the hierarchy, the process, placeholders and their columns, within the catalogue's limits."""

import json
from typing import Any

import msgspec
import pytest

from lineage.catalogue.binding import Binding
from lineage.catalogue.bulk import BATCH, Group, batches
from lineage.catalogue.entities import Composition, assumed_vocabulary, compose, needed_types, preview
from lineage.catalogue.ledger import Addition, Entry
from lineage.catalogue.mapping import ATTRIBUTE_BYTES, NAME_BYTES, shorten_text
from lineage.catalogue.operations import BYTES as OPERATIONS_BYTES
from lineage.catalogue.parts import Part, name_of, number
from lineage.catalogue.process_state import merge
from lineage.catalogue.process_view import view
from lineage.catalogue.typedefs import OWN, PROCESS_FACTS, own_typedefs
from lineage.catalogue.vocabulary import Vocabulary
from lineage.model import AssetName, Column, Dataset, Kind, Lineage, Owner, Role, Status
from tests.catalogue.lineages import JOIN, LAKE, ORDERS, SILVER, WORKSPACE, edge, lineage, path, task

pytestmark = pytest.mark.unit


def composed(
    *lineages: Lineage,
    bindings: dict[str, Binding] | None = None,
    vocabulary: Vocabulary | None = None,
    **options: Any,
) -> Composition:
    state = None
    for one in lineages:
        state = merge(state, one)
    assert state is not None
    shown = view(state)
    bound = {dataset.qualified_name: Binding(dataset.asset) for dataset in shown.datasets}
    vocabulary = vocabulary or assumed_vocabulary(needed_types(shown))
    return compose(shown, {**bound, **(bindings or {})}, vocabulary, **options)


def own_only() -> Vocabulary:
    return Vocabulary({name: frozenset({"columnMapping", "operations", "kind", *PROCESS_FACTS}) for name in OWN})


def mapping(composition: Composition) -> Any:
    return json.loads(composition.process.entity["attributes"]["columnMapping"])


def operations(composition: Composition) -> Any:
    return json.loads(composition.process.entity["attributes"]["sparkPlan"])


def entities_of(one: Lineage) -> dict[str, Any]:
    return {entity["typeName"]: entity for entity in preview(one)["entities"]}


def test_the_hierarchy_comes_before_the_process_and_each_names_its_parent():
    body = preview(lineage(owner=task()))["entities"]
    types = [entity["typeName"] for entity in body]
    assert types[:4] == ["databricks_workspace", "databricks_job", "databricks_notebook", "databricks_notebook_task"]
    guid = {entity["typeName"]: entity["guid"] for entity in body}
    by_type = {entity["typeName"]: entity for entity in body}
    of_task = by_type["databricks_notebook_task"]["relationshipAttributes"]
    assert {name: reference["guid"] for name, reference in of_task.items()} == {
        "job": guid["databricks_job"],
        "notebook": guid["databricks_notebook"],
    }
    assert by_type["databricks_job"]["attributes"]["jobId"] == 4711
    assert by_type["databricks_process"]["relationshipAttributes"]["task"]["guid"] == guid["databricks_notebook_task"]


def test_every_guid_is_negative_and_unique_and_every_reference_is_within_the_call():
    body = preview(lineage(owner=task()))["entities"]
    guids = [entity["guid"] for entity in body]
    assert guids == [str(-at) for at in range(1, len(body) + 1)]
    assert "uniqueAttributes" not in json.dumps(body)


def test_the_same_lineage_gives_the_same_bytes():
    assert msgspec.json.encode(preview(lineage())) == msgspec.json.encode(preview(lineage()))


def test_a_placeholder_is_labelled_and_has_its_columns():
    body = entities_of(lineage())
    assert body["azure_datalake_gen2_path"]["labels"] == ["lineage-placeholder"]
    assert body["azure_datalake_gen2_path"]["attributes"]["path"] == "/silver/orders"
    assert body["column"]["attributes"]["qualifiedName"] == f"{LAKE}/silver/orders#__tabular_schema//load_ts"
    assert body["column"]["relationshipAttributes"]["composeSchema"]["typeName"] == "tabular_schema"


@pytest.mark.parametrize(
    ("type_name", "name", "column_type", "column_name", "parent"),
    [
        ("azure_sql_table", "mssql://s/db/dbo/t", "azure_sql_column", "mssql://s/db/dbo/t#id", "table"),
        ("hive_table", "sales.t@host", "hive_column", "sales.t.id@host", "table"),
        (
            "databricks_table",
            "databricks://m/catalogs/c/schemas/s/tables/t",
            "databricks_table_column",
            "databricks://m/catalogs/c/schemas/s/tables/t/columns/id",
            "table",
        ),
        ("lineage_dataset", "kafka://b/topic", "lineage_column", "kafka://b/topic#id", "dataset"),
        ("oracle_table", "oracle://h/d/s/t", "column", "oracle://h/d/s/t#__tabular_schema//id", "composeSchema"),
    ],
)
def test_each_type_has_columns_in_its_own_way(type_name, name, column_type, column_name, parent):
    target = path(name, "id:int", type_name=type_name)
    body = entities_of(lineage(output=target, columns=(edge("id"),), inputs=()))
    assert body[column_type]["attributes"]["qualifiedName"] == column_name
    assert parent in body[column_type]["relationshipAttributes"]


def test_columns_that_only_the_edges_know_are_in_the_schema_as_well():
    composition = composed(lineage(inputs=(msgspec.structs.replace(ORDERS, columns=()),)))
    by_name = {one.dataset.qualified_name: one for one in composition.placeholders}
    assert [column.name for column in by_name[ORDERS.qualified_name].columns] == ["id", "amount", "country"]


def test_a_scanned_asset_occurs_in_references_only():
    scanned = AssetName("azure_datalake_gen2_resource_set", f"{LAKE}/raw/orders/{{SparkPartitions}}")
    composition = composed(lineage(), bindings={ORDERS.qualified_name: Binding(scanned, scanned=True)})
    assert [one.dataset.asset for one in composition.placeholders] == [SILVER.asset]
    assert composition.process.entity["attributes"]["inputs"] == [
        {"typeName": scanned.type_name, "uniqueAttributes": {"qualifiedName": scanned.qualified_name}}
    ]


def test_column_mapping_names_what_is_bound_and_spells_columns_as_the_asset_does():
    scanned = AssetName("azure_datalake_gen2_resource_set", f"{LAKE}/raw/orders/{{SparkPartitions}}")
    bound = Binding(scanned, scanned=True, columns=("ID", "Amount", "country"))
    target = Binding(SILVER.asset, scanned=True, columns=("Id", "AMOUNT"))
    found = mapping(composed(lineage(), bindings={ORDERS.qualified_name: bound, SILVER.qualified_name: target}))
    assert found == [
        {
            "DatasetMapping": {"Source": scanned.qualified_name, "Sink": SILVER.qualified_name},
            "ColumnMapping": [
                {"Source": "ID", "Sink": "Id"},
                {"Source": "Amount", "Sink": "AMOUNT"},
                {"Source": "country", "Sink": "AMOUNT"},
            ],
        },
        {
            "DatasetMapping": {"Source": "*", "Sink": SILVER.qualified_name},
            "ColumnMapping": [{"Source": "*", "Sink": "load_ts"}],
        },
    ]


def test_one_object_for_each_pair_of_datasets():
    customers = path("raw/customers", "id", "name")
    columns = (edge("id", (ORDERS, "id"), (customers, "id")), edge("name", (customers, "name")))
    found = mapping(composed(lineage(inputs=(ORDERS, customers), columns=columns)))
    pairs = [(one["DatasetMapping"]["Source"], len(one["ColumnMapping"])) for one in found]
    assert pairs == [(ORDERS.qualified_name, 1), (customers.qualified_name, 2)]


def test_two_inputs_that_are_one_asset_become_one():
    twin = path("https://northwindlake.blob.core.windows.net/raw/orders", "id", type_name="azure_blob_path")
    columns = (edge("id", (ORDERS, "id"), (twin, "id")),)
    bound = Binding(ORDERS.asset, scanned=True)
    bindings = {ORDERS.qualified_name: bound, twin.qualified_name: bound}
    composition = composed(lineage(inputs=(ORDERS, twin), columns=columns), bindings=bindings)
    assert len(composition.process.entity["attributes"]["inputs"]) == 1
    assert mapping(composition)[0]["ColumnMapping"] == [{"Source": "id", "Sink": "id"}]


def test_a_column_that_is_constant_in_one_statement_only_is_no_constant():
    other = lineage("b", 2, columns=(edge("load_ts", (ORDERS, "country")),))
    assert not [one for one in mapping(composed(lineage(), other)) if one["DatasetMapping"]["Source"] == "*"]


def test_expressions_and_indirect_influences_are_in_the_plan():
    assert operations(composed(lineage(indirect=JOIN))) == {
        "version": 1,
        "statements": [
            {
                "mode": "overwrite",
                "expressions": {"amount": "amount * 2"},
                "datasets": [ORDERS.qualified_name],
                "conditions": {"amount": [[0, "country"]]},
                "indirect": {"join": [[0, "id"]]},
            }
        ],
    }


def test_run_facts_are_texts_on_the_built_in_process():
    run = lineage(
        at=1_795_358_059_993, rows=14, duration_ns=334_821_594, status=Status.SUCCEEDED, run="9001", bytes=9, files=2
    )
    facts = composed(run, record="processes/x.json").process.entity["customAttributes"]
    assert facts == {
        "lastRun": "2026-11-22T14:34:19.993Z",
        "lastStatus": "succeeded",
        "lastMode": "overwrite",
        "lastRows": "14",
        "lastBytes": "9",
        "lastFiles": "2",
        "lastDurationMs": "334",
        "runCount": "1",
        "runLink": "https://adb-8765432109876543.7.azuredatabricks.net/jobs/4711/runs/9001?o=8765432109876543",
        "notes": "0",
        "recentRuns": '[[1795358059993,"succeeded",14,334,"9001"]]',
        "record": "processes/x.json",
    }
    assert set(facts) <= set(PROCESS_FACTS)


def test_custom_attributes_keep_to_the_catalogues_limits():
    facts = composed(lineage(status=Status.FAILED, error="x" * 2_000)).process.entity["customAttributes"]
    assert all(len(value) <= 500 for value in facts.values())


def test_without_built_in_types_everything_is_of_our_own_types():
    composition = composed(lineage(owner=task(), rows=3), vocabulary=own_only())
    assert {part.asset.type_name for part in composition.owners} == {"lineage_application"}
    process = composition.process.entity
    assert process["typeName"] == "lineage_process"
    assert process["relationshipAttributes"]["application"]["typeName"] == "lineage_application"
    assert process["attributes"]["lastRows"] == 3
    assert "customAttributes" not in process
    kinds = [part.entity["attributes"]["kind"] for part in composition.owners]
    assert kinds == ["workspace", "job", "notebook", "notebook_task"]


def test_our_own_process_type_has_every_attribute_that_is_set():
    defined = {
        definition["name"]: {attribute["name"] for attribute in definition["attributeDefs"]}
        for definition in own_typedefs()["entityDefs"]
    }
    run = lineage(rows=1, bytes=1, files=1, duration_ns=1, error="E", status=Status.FAILED)
    attributes = set(composed(run, vocabulary=own_only()).process.entity["attributes"])
    assert attributes <= defined["lineage_process"] | {"name", "qualifiedName", "inputs", "outputs"}
    assert set(PROCESS_FACTS) <= defined["lineage_process"]


def test_type_options_that_must_be_json_lists_are():
    column = next(one for one in own_typedefs()["entityDefs"] if one["name"] == "lineage_column")
    assert json.loads(column["options"]["schemaAttributes"]) == ["data_type"]


def test_a_process_that_never_succeeded_is_drawn_without_edges():
    composition = composed(lineage(status=Status.FAILED, error="X"))
    attributes = composition.process.entity["attributes"]
    assert (attributes["inputs"], attributes["outputs"], composition.placeholders) == ([], [], ())


def test_a_process_without_a_notebook_or_task_stands_alone():
    assert composed(lineage(owner=WORKSPACE)).process.entity["relationshipAttributes"] == {}


def test_run_facts_do_not_change_the_core():
    first, later = composed(lineage("a", 1, rows=1)), composed(lineage("a", 1), lineage("b", 2, rows=2))
    assert first.core == later.core
    assert first.facts != later.facts


@pytest.mark.parametrize(
    "change",
    [
        {"columns": (edge("id", (ORDERS, "amount")),)},
        {"name": "another name"},
        {"output": msgspec.structs.replace(SILVER, columns=(Column("new", "int"),))},
        {"columns": (edge("id", (ORDERS, "id"), expression="id + 1"),)},
    ],
)
def test_everything_else_does(change):
    assert composed(lineage(**change)).core != composed(lineage()).core


def wide(
    columns: int,
    *,
    name: str = "a_rather_long_column_name_number_{:04d}",
    expression: str = "",
    kind: Kind = Kind.IDENTITY,
) -> Lineage:
    names = [name.format(at) for at in range(columns)]
    source = path("raw/wide", *names)
    target = path("silver/wide", *names)
    edges = tuple(edge(one, (source, one, kind), expression=expression) for one in names)
    return lineage(inputs=(source,), output=target, columns=edges, indirect=())


def sizes(composition: Composition) -> dict[str, int]:
    attributes = composition.process.entity["attributes"]
    return {key: len(key.encode()) + len(str(value).encode()) for key, value in attributes.items()}


def test_500_columns_with_long_names_fit_and_the_table_lineage_is_whole():
    composition = composed(wide(500, expression="coalesce(x, y) * " * 20))
    assert all(size <= ATTRIBUTE_BYTES for size in sizes(composition).values())
    assert len(composition.process.entity["attributes"]["inputs"]) == 1
    assert len(composition.process.entity["attributes"]["outputs"]) == 1
    facts = composition.process.entity["customAttributes"]
    assert "unchanged columns left out" in facts["shortened"]
    assert "expressions left out" in facts["shortened"]
    json.loads(composition.process.entity["attributes"]["columnMapping"])


def test_what_was_left_out_is_told_where_nobody_knows_the_workspace():
    one = wide(500)
    application = Owner(AssetName("lineage_application", "lineage://applications/loads"), "loads")
    one = msgspec.structs.replace(one, process=msgspec.structs.replace(one.process, owner=application))
    body = {entity["typeName"]: entity for entity in preview(one)["entities"]}
    process = body["lineage_process"]["attributes"]
    assert "unchanged columns left out" in process["shortened"]
    assert (process["lastStatus"], process["runCount"]) == ("succeeded", 1)


def test_a_placeholder_of_our_own_type_says_what_it_stands_for():
    read = Dataset(AssetName("lineage_dataset", "odps://unknown/t"), "t", "odpstable:t", rule="odps", confidence="low")
    body = {
        entity["typeName"]: entity for entity in preview(lineage(inputs=(read,), columns=(), indirect=()))["entities"]
    }
    told = body["lineage_dataset"]["attributes"]
    assert (told["uri"], told["rule"], told["confidence"]) == ("odpstable:t", "odps", "low")


def test_what_fits_is_not_shortened():
    composition = composed(wide(50))
    assert composition.cuts == ()
    assert len(mapping(composition)[0]["ColumnMapping"]) == 50


def test_constants_go_first_then_unchanged_columns_then_the_rest():
    source = path("raw/wide", "id")
    names = [f"column_{at:05d}_{'x' * 40}" for at in range(450)]
    constants = tuple(edge(f"k{one}") for one in names)
    changed = tuple(edge(one, (source, "id", Kind.TRANSFORMATION)) for one in names[:100])
    composition = composed(lineage(inputs=(source,), columns=changed + constants))
    assert composition.cuts == ("column mapping: 450 constant columns left out",)
    assert len(mapping(composition)[0]["ColumnMapping"]) == 100

    composition = composed(wide(1_000, kind=Kind.TRANSFORMATION))
    assert composition.cuts[0].startswith("column mapping: ")
    assert composition.cuts[0].endswith(" other columns left out")
    kept = len(mapping(composition)[0]["ColumnMapping"])
    assert f"{1_000 - kept} other columns" in composition.cuts[0]
    assert 200 < kept < 1_000


def test_multi_byte_names_are_measured_in_bytes():
    composition = composed(wide(400, name="客户订单金额合计列名称_{:04d}", kind=Kind.TRANSFORMATION))
    assert all(size <= ATTRIBUTE_BYTES for size in sizes(composition).values())


def test_long_expressions_go_before_short_ones_and_before_influences():
    columns = tuple(edge(f"c{at}", (ORDERS, "id"), expression="x" * (100 + at * 40)) for at in range(100))
    composition = composed(lineage(columns=columns, indirect=JOIN))
    statement = operations(composition)["statements"][0]
    assert statement["indirect"] == {"join": [[0, "id"]]}
    kept = list(statement["expressions"])
    assert kept == [f"c{at}" for at in range(len(kept))]
    assert 10 < len(kept) < 100
    assert len(composition.process.entity["attributes"]["sparkPlan"].encode()) <= OPERATIONS_BYTES


def test_influences_go_when_they_alone_are_too_large():
    many = path("raw/many", *[f"column_{at}" for at in range(4_000)])
    refs = tuple(edge("x", (many, column.name)).sources[0] for column in many.columns)
    one = lineage(inputs=(many,), columns=(edge("x", (many, "column_1")),), indirect=((JOIN[0][0], refs),))
    composition = composed(one)
    assert "operations: indirect influences left out" in composition.cuts
    assert "indirect" not in operations(composition)["statements"][0]


def test_a_tighter_scale_makes_everything_smaller():
    tight = composed(wide(500, kind=Kind.TRANSFORMATION), scale=0.5)
    assert all(size <= ATTRIBUTE_BYTES / 2 for size in sizes(tight).values())


def test_a_name_is_cut_to_its_limit():
    composition = composed(lineage(name="é" * 5_000))
    name = composition.process.entity["attributes"]["name"]
    assert len(name.encode()) <= NAME_BYTES
    assert name.endswith("…")
    assert shorten_text("short", NAME_BYTES) == "short"


def part(name: str, *references: str) -> dict[str, Any]:
    attributes = {"name": name, "qualifiedName": name}
    inputs = [{"typeName": "t", "uniqueAttributes": {"qualifiedName": one}} for one in references]
    return {"typeName": "t", "attributes": {**attributes, "inputs": inputs}}


def test_references_to_earlier_calls_use_the_guid_that_the_catalogue_gave():
    (numbered,) = number([part("b", "a", "elsewhere")], {AssetName("t", "a"): "guid-of-a"})
    assert numbered["attributes"]["inputs"] == [
        {"typeName": "t", "guid": "guid-of-a"},
        {"typeName": "t", "uniqueAttributes": {"qualifiedName": "elsewhere"}},
    ]


def group(name: str, placeholders: int, columns: int = 0) -> Group:
    own = [Addition(Entry(), (part(f"{name}-{at}"),)) for at in range(placeholders)]
    cols = Addition(Entry(), (), tuple(part(f"{name}-c{at}", f"{name}-0") for at in range(columns)))
    refs = [f"{name}-{at}" for at in range(placeholders)]
    return Group([*own, cols], Part(AssetName("t", name), part(name, *refs)))


def names(batch: list[dict[str, Any]]) -> list[str]:
    return [name_of(entity).qualified_name for entity in batch]


def test_a_process_travels_with_its_placeholders_and_its_columns_follow():
    (batch,) = batches([group("p", 2, columns=3)])
    assert names(batch) == ["p-0", "p-1", "p", "p-c0", "p-c1", "p-c2"]


def test_no_call_has_more_than_the_limit_and_no_process_comes_before_its_placeholders():
    made = list(batches([group("a", 30, columns=70), group("b", 30), group("c", 120)]))
    assert all(len(batch) <= BATCH for batch in made)
    order = [name for batch in made for name in names(batch)]
    assert len(order) == len(set(order)) == 30 + 70 + 1 + 31 + 121
    for name, count in (("a", 30), ("b", 30), ("c", 120)):
        assert all(order.index(f"{name}-{at}") < order.index(name) for at in range(count))
    together = next(names(batch) for batch in made if "b" in names(batch))
    assert all(f"b-{at}" in together for at in range(30))


def test_what_two_groups_share_is_written_once():
    shared = Addition(Entry(), (part("shared"),))
    groups = [Group([shared], Part(AssetName("t", name), part(name, "shared"))) for name in ("a", "b")]
    assert [names(batch) for batch in batches(groups)] == [["shared", "a", "b"]]


def test_twin_halves_give_the_tables_name():
    insert = lineage("i", 1, role=Role.INSERT, name="by path", rows=4)
    table = lineage("t", 1, role=Role.TABLE, name="by table")
    for order in ((insert, table), (table, insert)):
        process = composed(*order).process.entity
        assert process["attributes"]["name"] == "by table"
        assert process["customAttributes"]["lastRows"] == "4"
