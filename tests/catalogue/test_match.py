"""Lineage binds to the scanned asset: by type, exact names first, never a twin beside it, never a guess."""

import json
from typing import Any

import msgspec
import pytest

from lineage.catalogue import lookup
from lineage.catalogue.candidates import Exact, Search, tiers
from lineage.model import AssetName
from tests.catalogue.line import Answer, Line, embedded
from tests.catalogue.lineages import LAKE, ORDERS, SILVER, edge, lineage, path

pytestmark = pytest.mark.unit

PATH, SET = "azure_datalake_gen2_path", "azure_datalake_gen2_resource_set"
BLOB, BLOB_SET = "azure_blob_path", "azure_blob_resource_set"
RAW = ORDERS.qualified_name
BLOB_RAW = RAW.replace(".dfs.", ".blob.")
SQL = "mssql://northwind.database.windows.net"


def bound(line: Line, one: Any = None) -> dict[str, Any]:
    """How the first input of a write was bound."""
    one = one or lineage()
    (outcome,) = line.publish(one)
    return next(dict(match) for match in outcome.matches if match["dataset"] == one.inputs[0].qualified_name)


def ours(line: Line) -> list[tuple[str, str]]:
    return [
        name for name, guid in line.everything().items() if line.client.get(f"entity/guid/{guid}")["entity"]["labels"]
    ]


@pytest.mark.parametrize(
    ("scanned", "winner", "rule"),
    [
        ([(SET, f"{RAW}/{{SparkPartitions}}"), (PATH, RAW), (PATH, f"{RAW}/")], 0, "resource set"),
        ([(SET, f"{RAW}/year={{Year}}/{{SparkPartitions}}"), (PATH, RAW)], 0, "resource set of partitions"),
        ([(SET, f"{RAW}/{{Year}}-{{Month}}/part-{{N}}.snappy.parquet")], 0, "resource set of partitions"),
        ([(SET, f"{RAW}/{{N}}")], 0, "resource set of partitions"),
        ([(SET, f"{RAW}/country=DE/{{SparkPartitions}}")], 0, "resource set of partitions"),
        ([(SET, f"{RAW}/country=DE/")], 0, "resource set of partitions"),
        ([(PATH, f"{RAW}/"), (PATH, RAW)], 0, "folder"),
        ([(PATH, RAW)], 0, "path"),
        ([(PATH, f"{RAW}/")], 0, "folder"),
        ([(BLOB_SET, f"{BLOB_RAW}/{{SparkPartitions}}")], 0, "resource set"),
        ([(BLOB, f"{BLOB_RAW}/")], 0, "folder"),
        ([(BLOB, BLOB_RAW)], 0, "path"),
        ([(BLOB_SET, f"{BLOB_RAW}/{{SparkPartitions}}"), (PATH, RAW)], 1, "path"),
    ],
)
def test_a_folder_binds_to_the_best_that_was_scanned(line, scanned, winner, rule):
    line.load(*scanned)
    match = bound(line)
    assert (match["type_name"], match["qualified_name"], match["rule"]) == (*scanned[winner], rule)
    assert match["scanned"]
    process = line.entity("databricks_process", lineage().process.qualified_name)
    assert line.inputs(process) == [scanned[winner]]
    assert json.loads(process["attributes"]["columnMapping"])[0]["DatasetMapping"]["Source"] == scanned[winner][1]
    assert (PATH, RAW) in scanned or (PATH, RAW) not in line.everything()


@pytest.mark.parametrize(
    "decoy",
    [
        (SET, f"{RAW}/archive/{{SparkPartitions}}"),
        (SET, f"{RAW}/orders_{{N}}.csv"),
        (SET, f"{RAW}_old/{{SparkPartitions}}"),
        (SET, f"{LAKE}/raw/{{SparkPartitions}}"),
        (PATH, f"{RAW}_old"),
        (PATH, RAW.upper().replace("HTTPS", "https")),
        (PATH, RAW.replace("orders", "Orders")),
        (PATH, f"{RAW}/part-00000.parquet"),
        (PATH, RAW.replace("northwindlake", "otherlake")),
        ("azure_datalake_gen2_filesystem", f"{LAKE}/raw"),
        ("databricks_notebook", RAW),
        ("databricks_process", RAW),
        ("azure_sql_table", RAW),
    ],
)
def test_what_only_looks_like_it_is_left_alone(line, decoy):
    line.load(decoy)
    match = bound(line)
    assert not match["scanned"]
    assert (match["type_name"], match["qualified_name"]) == (PATH, RAW)
    assert decoy not in [name for name in ours(line) if name != (PATH, RAW)]


def test_a_notebook_of_that_name_beside_the_asset_is_never_taken(line):
    line.load(("databricks_notebook", RAW), (PATH, RAW))
    assert bound(line)["type_name"] == PATH


def test_two_equal_candidates_are_not_guessed_at(line):
    line.load((SET, f"{RAW}/{{N}}/{{SparkPartitions}}"), (SET, f"{RAW}/{{Year}}/{{SparkPartitions}}"))
    match = bound(line)
    assert not match["scanned"]
    assert match["note"].startswith("2 equal candidates")
    assert sum(candidate["found"] for candidate in match["candidates"]) == 2


def test_two_equal_sets_do_not_hide_the_folder_itself(line):
    line.load((SET, f"{RAW}/{{N}}/{{GUID}}"), (SET, f"{RAW}/{{Year}}/{{GUID}}"), (PATH, RAW))
    match = bound(line)
    assert (match["qualified_name"], match["rule"]) == (RAW, "path")
    assert "equal candidates" in match["note"]


def table(name: str, *columns: str, type_name: str = "azure_sql_table") -> Any:
    return path(name, *columns, type_name=type_name)


@pytest.mark.parametrize(
    ("scanned", "rule"),
    [
        (("azure_sql_table", f"{SQL}/shop/dbo/orders"), "name"),
        (("azure_sql_view", f"{SQL}/shop/dbo/orders"), "name"),
        (("azure_sql_table", f"{SQL}/SHOP/DBO/ORDERS"), "name in other case"),
        (("azure_sql_table", f"{SQL}/Shop/dbo/Orders"), "name in any case"),
    ],
)
def test_a_table_binds_whatever_its_case(line, scanned, rule):
    line.load(scanned)
    match = bound(line, lineage(inputs=(table(f"{SQL}/shop/dbo/orders"),), columns=()))
    assert (match["qualified_name"], match["rule"]) == (scanned[1], rule)


def test_a_container_binds_under_its_other_host(line):
    scanned = ("azure_blob_container", f"{LAKE.replace('.dfs.', '.blob.')}/raw")
    line.load(scanned)
    match = bound(line, lineage(inputs=(path("raw", type_name="azure_datalake_gen2_filesystem"),), columns=()))
    assert ((match["type_name"], match["qualified_name"]), match["rule"]) == (scanned, "twin")


def test_a_placeholder_in_other_case_is_no_scanned_asset(line):
    first, second = f"{SQL}/shop/dbo/Orders", f"{SQL}/shop/Dbo/orders"
    line.publish(lineage(inputs=(table(first),), columns=()))
    line.publisher = line.another()
    match = bound(line, lineage(process="1" * 16, inputs=(table(second),), columns=()))
    assert (match["qualified_name"], match["scanned"]) == (second, False)


def test_what_is_not_found_for_a_path_is_looked_for_again_where_it_is_a_tables(line):
    scanned = AssetName("databricks_table", "databricks://adb-1.2.azuredatabricks.net/catalogs/m/schemas/s/tables/t")
    line.load((scanned.type_name, scanned.qualified_name))
    assert not bound(line)["scanned"]
    one = path("raw/orders", alternates=[scanned])
    match = bound(line, lineage(process="1" * 16, inputs=(one,), columns=()))
    assert (match["type_name"], match["scanned"]) == ("databricks_table", True)


def test_the_exact_case_wins(line):
    line.load(("azure_sql_table", f"{SQL}/shop/dbo/ORDERS"), ("azure_sql_table", f"{SQL}/shop/dbo/orders"))
    match = bound(line, lineage(inputs=(table(f"{SQL}/shop/dbo/orders"),), columns=()))
    assert match["qualified_name"] == f"{SQL}/shop/dbo/orders"


def test_two_tables_that_differ_in_case_only_are_not_guessed_at(line):
    line.load(("azure_sql_table", f"{SQL}/shop/dbo/Orders"), ("azure_sql_table", f"{SQL}/shop/Dbo/orders"))
    match = bound(line, lineage(inputs=(table(f"{SQL}/shop/dbo/orders"),), columns=()))
    assert not match["scanned"]
    assert match["note"]


def test_a_table_of_that_name_in_another_database_is_left_alone(line):
    line.load(("azure_sql_table", f"{SQL}/crm/dbo/orders"), ("azure_sql_table", f"{SQL}/shop/sales/orders"))
    assert not bound(line, lineage(inputs=(table(f"{SQL}/shop/dbo/orders"),), columns=()))["scanned"]


def test_alternates_are_tried_after_the_name_itself(line):
    uc = AssetName("databricks_table", "databricks://m/catalogs/c/schemas/s/tables/orders")
    one = lineage(inputs=(msgspec.structs.replace(ORDERS, alternates=(uc,)),), columns=())
    line.load((uc.type_name, uc.qualified_name))
    assert bound(line, one)["qualified_name"] == uc.qualified_name


def test_an_alternate_folder_is_looked_for_in_all_its_spellings(line):
    uc = path("databricks://m/catalogs/c/schemas/s/tables/orders", type_name="databricks_table")
    one = lineage(inputs=(msgspec.structs.replace(uc, alternates=(ORDERS.asset,)),), columns=())
    line.load((SET, f"{RAW}/{{SparkPartitions}}"))
    assert bound(line, one)["rule"] == "resource set"


def test_a_preferred_type_wins(tmp_path):
    uc = AssetName("databricks_table", "databricks://m/catalogs/c/schemas/s/tables/orders")
    line = Line(embedded(tmp_path), prefer=["databricks_table"])
    line.load((uc.type_name, uc.qualified_name), (PATH, RAW))
    one = lineage(inputs=(msgspec.structs.replace(ORDERS, alternates=(uc,)),), columns=())
    assert bound(line, one)["qualified_name"] == uc.qualified_name
    line.close()


def test_both_twins_bind_to_the_one_that_was_scanned(line):
    twin = path(BLOB_RAW, "id", type_name=BLOB)
    line.load((PATH, RAW))
    columns = (edge("id", (ORDERS, "id"), (twin, "id")),)
    one = lineage(inputs=(ORDERS, twin), columns=columns)
    line.publish(one)
    process = line.entity("databricks_process", one.process.qualified_name)
    assert line.inputs(process) == [(PATH, RAW)]
    assert BLOB not in {type_name for type_name, _ in line.everything()}


def test_columns_are_spelled_as_the_scanned_table_spells_them(line):
    line.load_table("azure_sql_table", "azure_sql_column", f"{SQL}/shop/dbo/orders", ["ID", "Amount"])
    source = table(f"{SQL}/shop/dbo/orders", "id", "amount")
    one = lineage(inputs=(source,), columns=(edge("id", (source, "id")), edge("amount", (source, "amount"))))
    line.publish(one)
    process = line.entity("databricks_process", one.process.qualified_name)
    (pair,) = json.loads(process["attributes"]["columnMapping"])
    assert [column["Source"] for column in pair["ColumnMapping"]] == ["ID", "Amount"]


def test_columns_of_a_scanned_folder_come_from_its_tabular_schema(line):
    schema = f"{RAW}#__tabular_schema"
    holder = {"typeName": "tabular_schema", "uniqueAttributes": {"qualifiedName": schema}}
    line.load(("tabular_schema", schema))
    line.load(
        (PATH, RAW, {"tabular_schema": holder}), ("column", f"{schema}//ID", {"composeSchema": holder}, {"name": "ID"})
    )
    line.publish(lineage())
    process = line.entity("databricks_process", lineage().process.qualified_name)
    pair = json.loads(process["attributes"]["columnMapping"])[0]
    assert pair["ColumnMapping"][0] == {"Source": "ID", "Sink": "id"}


def test_names_are_read_although_the_index_does_not_know_them_yet(tmp_path):
    line = Line(embedded(tmp_path, search_lag=10_000))
    line.load((SET, f"{RAW}/{{SparkPartitions}}"), (PATH, SILVER.qualified_name))
    (outcome,) = line.publish(lineage())
    assert all(match["scanned"] for match in outcome.matches)
    line.close()


def test_an_entry_of_the_index_whose_asset_is_gone_is_no_match(line):
    name = f"{RAW}/{{N}}/{{SparkPartitions}}"

    hit = {"id": "gone", "entityType": SET, "qualifiedName": name}

    def stale(request: Any, number: int) -> Any:
        return Answer(200, {"value": [hit]}) if "/search/query" in request.url else None

    line.transport.fault = stale
    assert not bound(line)["scanned"]


def test_a_match_is_believed_for_a_while_and_then_asked_for_again(line):
    line.load((PATH, RAW))
    bound(line)
    line.quiet()
    other = lineage("b", 2, process="1111111111111111", output=path("silver/other", "id"))
    line.publish(other)
    assert not any(RAW.replace(":", "%3A").replace("/", "%2F") in path for _, path, _ in line.transport.calls)
    line.clock.now += 10_000
    line.quiet()
    line.publish(lineage("c", 3, process="2222222222222222", output=path("silver/third", "id")))
    assert any("raw%2Forders" in path for _, path, _ in line.transport.calls)


def test_a_scan_that_came_later_is_seen_by_the_next_process_after_a_while(line):
    bound(line)
    line.load((SET, f"{RAW}/{{SparkPartitions}}"))
    line.clock.now += 10_000
    match = bound(line, lineage("b", 2, process="1111111111111111"))
    assert match["scanned"]


def test_our_own_placeholder_is_never_taken_for_a_scanned_asset(line):
    bound(line)
    line.clock.now += 10_000
    line.publisher = line.another()
    match = bound(line, lineage("b", 2, process="1111111111111111"))
    assert not match["scanned"]


def test_matching_costs_few_operations(line):
    """Two per new dataset or process at most, its columns not counted."""
    line.publish(lineage())
    before = line.client.operations
    columns = ("tabular_schema", "column")
    written = 0
    line.quiet()
    for at in range(30):
        source, target = path(f"raw/in_{at}", "id"), path(f"silver/out_{at}", "id")
        line.publish(lineage(f"k{at}", at, process=f"{at:016d}", inputs=(source,), output=target, columns=()))
    for bulk in line.transport.bulks():
        written += sum(type_name in columns for type_name, _ in bulk)
    per_entity = (line.client.operations - before - written) / 90
    assert per_entity <= 1.7


def test_a_container_of_too_many_sets_is_searched_by_the_folders_own_prefix(line, monkeypatch):
    line.load(*[(SET, f"{LAKE}/raw/other_{at}/{{SparkPartitions}}") for at in range(60)])
    line.load((SET, f"{RAW}/{{N}}/{{SparkPartitions}}"))

    monkeypatch.setattr(lookup, "_PAGE", 10)
    monkeypatch.setattr(lookup, "_PAGES", 2)
    assert bound(line)["scanned"]
    prefixes = [
        body["filter"]["and"][1]["attributeValue"] for _, path, body in line.transport.calls if "search" in path
    ]
    assert f"{LAKE}/raw/" in prefixes
    assert f"{RAW}/" in prefixes


def found_by_dsl(name: str, **more: str) -> dict[str, Any]:
    return {"typeName": SET, "guid": "g", "attributes": {"qualifiedName": name}, **more}


def test_a_search_ends_with_its_last_page(line):
    line.load((SET, f"{RAW}/{{N}}"))
    hits = lookup.Lookup(line.client).search([SET], f"{RAW}/")
    assert hits == lookup.Hits((AssetName(SET, f"{RAW}/{{N}}"),), complete=True)
    assert len(line.transport.calls) == 1


@pytest.mark.parametrize("refused", [404, 405])
@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (b"", []),
        ({"queryText": "nothing was found"}, []),
        ({"entities": None}, []),
        ({"entities": [found_by_dsl(f"{RAW}/{{N}}"), found_by_dsl(f"{RAW}/x", status="DELETED")]}, [f"{RAW}/{{N}}"]),
        ({"entities": [found_by_dsl(f"{RAW}_old/{{N}}"), found_by_dsl(f"{RAW.upper()}/{{N}}")]}, []),
    ],
)
def test_apache_atlas_is_searched_in_its_query_language(line, answer, names, refused):
    answers = {"search/query": Answer(refused), "search/dsl": Answer(200, answer)}
    line.transport.fault = lambda request, _: next((answers[path] for path in answers if path in request.url), None)
    hits = lookup.Lookup(line.client).search([SET], f"{RAW}/")
    assert (list(hits.assets), hits.complete) == ([AssetName(SET, name) for name in names], True)


def test_a_name_that_fits_into_no_url_becomes_a_placeholder(line):
    long = path(f"raw/{'x' * 7_000}", "id")
    assert not bound(line, lineage(inputs=(long,), columns=()))["scanned"]


def test_tiers_of_a_folder():
    spelled = [tier.asset.qualified_name if isinstance(tier, Exact) else tier.prefix for tier in tiers(ORDERS)]
    assert spelled == [
        f"{RAW}/{{SparkPartitions}}",
        f"{RAW}/",
        f"{RAW}/",
        RAW,
        f"{BLOB_RAW}/{{SparkPartitions}}",
        f"{BLOB_RAW}/",
        f"{BLOB_RAW}/",
        BLOB_RAW,
    ]


def test_every_search_is_constrained_by_type():
    for dataset in (ORDERS, table(f"{SQL}/a/b/c"), path("oracle://h/s/t", type_name="oracle_table")):
        assert all(tier.types for tier in tiers(dataset) if isinstance(tier, Search))


@pytest.mark.timeout(20)
def test_a_hostile_name_does_not_stall_matching():
    search = next(tier for tier in tiers(ORDERS) if isinstance(tier, Search))
    assert not search.accepts(f"{RAW}/" + "{N}" * 20_000 + "/!")
    assert not search.accepts(f"{RAW}/" + "{N}-" * 20_000 + "!")


def test_each_asset_is_a_candidate_once_by_its_first_rule(line: Line):
    """Naming knows some spellings of a place as alternates that matching tries by itself."""
    alternates = [AssetName(PATH, f"{RAW}/"), AssetName(SET, f"{RAW}/{{SparkPartitions}}"), AssetName(PATH, f"{RAW}/a")]
    dataset = path(RAW, alternates=alternates)
    exact = [tier for tier in tiers(dataset) if isinstance(tier, Exact)]
    assert len({tier.asset for tier in exact}) == len(exact)
    rules = {tier.asset: tier.rule for tier in exact}
    assert [rules[asset] for asset in alternates] == ["folder", "resource set", "alternate"]
    match = bound(line, lineage(inputs=[dataset]))
    tried = [(one["type_name"], one["qualified_name"]) for one in match["candidates"]]
    assert len(tried) == len(set(tried)) > 3


def test_a_table_is_a_candidate_once_in_each_spelling():
    name, other = (
        AssetName("azure_sql_table", f"{SQL}/db/dbo/orders"),
        AssetName("azure_sql_table", f"{SQL}/DB/DBO/ORDERS"),
    )
    dataset = path(name.qualified_name, type_name=name.type_name, alternates=[other])
    rules = [(tier.asset, tier.rule) for tier in tiers(dataset) if isinstance(tier, Exact)]
    assert [rule for asset, rule in rules if asset == name] == ["name"]
    assert [rule for asset, rule in rules if asset == other] == ["name in other case"]
