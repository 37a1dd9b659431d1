"""What a steward lays down: which writes are ignored, and which collection something goes into."""

import msgspec
import pytest
from msgspec.structs import replace

from lineage.model import AssetName, Influence, WorkspaceContext
from lineage.rules import CollectionRule, IgnoreRule, collection_rules, covers, ignore_rules, without_ignored
from tests.catalogue.lineages import HOST, JOIN, LAKE, ORDERS, SILVER, edge, lineage, path

pytestmark = pytest.mark.unit

CUSTOMERS = path("raw/customers", "id")
TABLE = path("databricks://m1/catalogs/Main/schemas/s/tables/t", type_name="databricks_table")


def of(notebook="/Repos/data/retail/orders", cluster="nightly", **options):
    one = lineage(**options)
    return replace(
        one,
        context=WorkspaceContext(
            workspace_url=HOST, notebook_path=notebook, cluster_name=cluster, cluster_id="1120-abc"
        ),
    )


def test_without_a_rule_nothing_is_touched():
    one = of()
    assert without_ignored(one, ()) is one
    assert without_ignored(one, ignore_rules('[{"path": "https://elsewhere/x"}]')) is one


@pytest.mark.parametrize(
    ("rule", "ignored"),
    [
        (IgnoreRule(path=f"{LAKE}/silver"), True),
        (IgnoreRule(path=f"{LAKE}/silver/"), True),
        (IgnoreRule(path=f"{LAKE}/silver/orders"), True),
        (IgnoreRule(path=f"{LAKE}/silver/ord"), False),
        (IgnoreRule(path=f"{LAKE}/*/orders"), True),
        (IgnoreRule(path=f"{LAKE}/silver/order?"), True),
        (IgnoreRule(path="abfss://silver"), True),
        (IgnoreRule(path="HTTPS://NorthwindLake.dfs.core.windows.net/silver"), True),
        (IgnoreRule(path=f"{LAKE}/Silver"), False),
        (IgnoreRule(notebook="/Repos/data"), True),
        (IgnoreRule(notebook="/Repos/data/retail/orders"), True),
        (IgnoreRule(notebook="/Repos/dat"), False),
        (IgnoreRule(notebook="*/retail/*"), True),
        (IgnoreRule(notebook="Repos/data"), True),
        (IgnoreRule(notebook="Repos/*/retail"), True),
        (IgnoreRule(notebook="epos/data"), False),
        (IgnoreRule(cluster="nightly"), True),
        (IgnoreRule(cluster="night*"), True),
        (IgnoreRule(cluster="1120-abc"), True),
        (IgnoreRule(cluster="NIGHTLY"), False),
        (IgnoreRule(cluster="night*", notebook="/Repos"), True),
        (IgnoreRule(cluster="night*", notebook="/Users"), False),
        (IgnoreRule(cluster="day*", path=f"{LAKE}/silver"), False),
    ],
    ids=str,
)
def test_a_write_is_ignored_by_where_it_writes_and_where_it_runs(rule, ignored):
    found = without_ignored(of(), [rule])
    assert found.skip == (f"ignored by rule {rule}" if ignored else "")
    assert found.process == of().process


def test_brackets_stand_for_themselves():
    one = of(output=path("silver/[a]"))
    assert without_ignored(one, [IgnoreRule(path=f"{LAKE}/silver/[a]")]).skip
    assert not without_ignored(of(output=path("silver/a")), [IgnoreRule(path=f"{LAKE}/silver/[a]")]).skip


def test_a_write_whose_notebook_or_cluster_is_not_known_is_not_ignored_by_them():
    one = of(notebook="", cluster="")
    assert not without_ignored(one, [IgnoreRule(notebook="*"), IgnoreRule(cluster="night*")]).skip


def test_what_is_no_lineage_keeps_its_own_reason():
    one = replace(of(), skip="an in-memory sink")
    assert without_ignored(one, [IgnoreRule(notebook="/Repos")]).skip == "an in-memory sink"


def test_an_ignored_input_is_left_out_with_its_columns_and_a_note():
    columns = (edge("id", (ORDERS, "id"), (CUSTOMERS, "id"), influences=[(CUSTOMERS, "id")]),)
    sources = (*JOIN[0][1], *edge("x", (CUSTOMERS, "id")).sources)
    indirect = ((Influence.JOIN, sources), (Influence.SORT, edge("x", (CUSTOMERS, "id")).sources))
    both = of(inputs=(CUSTOMERS, ORDERS), columns=columns, indirect=indirect)
    rule = IgnoreRule(path=f"{LAKE}/raw/customers")
    found = without_ignored(both, [rule])
    assert found.inputs == (ORDERS,)
    assert [one.dataset for one in found.columns[0].sources] == [ORDERS.asset]
    assert found.columns[0].influences == ()
    assert [kind for kind, _ in found.indirect] == [Influence.JOIN]
    assert [(note.code, note.text) for note in found.notes] == [
        ("input-ignored", f"customers was left out: ignored by rule {rule}")
    ]
    assert found.skip == ""


def test_a_column_of_which_nothing_is_left_is_no_constant_and_no_expression_names_what_is_ignored():
    columns = (
        replace(edge("gone", (CUSTOMERS, "id")), expression="customers.id"),
        replace(edge("tested", influences=[(CUSTOMERS, "id")]), expression="CASE WHEN customers.id THEN 1 END"),
        replace(edge("some", (ORDERS, "id"), (CUSTOMERS, "id")), expression="orders.id + customers.id"),
        replace(edge("kept", (ORDERS, "id")), expression="orders.id + 1"),
        replace(edge("constant"), expression="'EUR'"),
    )
    both = of(inputs=(CUSTOMERS, ORDERS), columns=columns)
    found = without_ignored(both, [IgnoreRule(path=f"{LAKE}/raw/customers")])
    assert [(one.name, len(one.sources), one.expression) for one in found.columns] == [
        ("some", 1, ""),
        ("kept", 1, "orders.id + 1"),
        ("constant", 0, "'EUR'"),
    ]


def test_what_is_left_out_takes_no_part_in_the_processs_name():
    rule = [IgnoreRule(path=f"{LAKE}/raw/customers")]
    never_read = without_ignored(of(inputs=(CUSTOMERS, ORDERS)), rule)
    alone = without_ignored(of(inputs=(ORDERS, CUSTOMERS)), rule)
    other = without_ignored(of(inputs=(CUSTOMERS,)), rule)
    assert never_read.process == alone.process
    assert never_read.process.qualified_name != other.process.qualified_name
    assert "customers" not in never_read.process.name
    assert other.inputs == ()


def test_an_asset_is_covered_by_any_of_its_names():
    twin = AssetName("azure_datalake_gen2_path", f"{LAKE}/tables/t")
    assert covers(f"{LAKE}/tables", path(TABLE.qualified_name, alternates=[twin]))


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        (CollectionRule("c", workspace=HOST), True),
        (CollectionRule("c", workspace=f"https://{HOST}/"), True),
        (CollectionRule("c", workspace="adb-87*"), True),
        (CollectionRule("c", workspace="adb-1.1.azuredatabricks.net"), False),
        (CollectionRule("c", path=LAKE), True),
        (CollectionRule("c", path=f"{LAKE}/raw"), False),
        (CollectionRule("c", workspace=HOST, path=f"{LAKE}/silver"), True),
        (CollectionRule("c", workspace="other", path=f"{LAKE}/silver"), False),
        (CollectionRule("c", catalogue="main"), False),
    ],
)
def test_a_rule_places_what_fits_all_of_its_conditions(rule, places):
    assert rule.places(HOST, SILVER) is places


def test_a_catalogue_is_that_of_the_table_whatever_its_case():
    assert CollectionRule("c", catalogue="main").places(HOST, TABLE)
    assert CollectionRule("c", catalogue="MA*").places(HOST, TABLE)
    assert not CollectionRule("c", catalogue="mai").places(HOST, TABLE)


def test_what_belongs_to_no_dataset_is_placed_by_the_workspace_alone():
    assert CollectionRule("c", workspace=HOST).places(HOST, None)
    assert not CollectionRule("c", path="*").places(HOST, None)
    assert not CollectionRule("c", workspace=HOST, catalogue="*").places(HOST, None)


@pytest.mark.parametrize("text", ["[{}]", '[{"path": " "}]', '[{"paths": "x"}]', "{}", "[1]", "path=x", "[", '["x"]'])
def test_ignore_rules_that_are_wrong_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        ignore_rules(text)


@pytest.mark.parametrize(
    "text", ["[{}]", '[{"path": "x"}]', '[{"collection": "c"}]', '[{"collection": "", "path": "x"}]', '{"x": "c"}']
)
def test_collection_rules_that_are_wrong_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        collection_rules(text)


def test_no_rules_are_no_rules():
    assert ignore_rules("") == ignore_rules("[]") == collection_rules("") == ()
    rules = collection_rules(msgspec.json.encode([{"collection": "F", "catalogue": "main"}]).decode())
    assert rules == (CollectionRule("F", catalogue="main"),)
