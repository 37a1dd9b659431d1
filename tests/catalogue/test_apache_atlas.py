"""The same publisher into a real Apache Atlas: our own types where it has none, Purview's where they are loaded."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from azure.core.pipeline.transport import RequestsTransport

from lineage.catalogue import AtlasClient, Publisher, open_client
from lineage.catalogue.prune import prune
from lineage.catalogue.stale import mark_stale
from lineage.errors import CatalogueError
from lineage.model import AssetName, Dataset, Lineage, Role, Status
from lineage.receipts import State
from lineage.settings import Settings
from tests.catalogue.line import Answer, Clock, MemoryStore
from tests.catalogue.lineages import edge, lineage, path, task
from tests.catalogue_contract import atlas_server
from tests.catalogue_contract.catalogues import PURVIEW_TYPES

pytestmark = [pytest.mark.atlas, pytest.mark.timeout(500)]


class Atlas:
    """A client whose view of the types may be narrowed, and names of its own for each test."""

    def __init__(self, client: AtlasClient) -> None:
        self.client = client
        self.place = f"https://lake{uuid.uuid4().hex[:8]}.dfs.core.windows.net/raw"

    def path(self, name: str, *columns: str) -> Dataset:
        return path(f"{self.place}/{name}", *columns)

    def publisher(self, store: Any = None) -> Publisher:
        return Publisher(self.client, store or MemoryStore(), window=0, clock=Clock())

    def entity(self, type_name: str, name: str) -> Any:
        found = self.client.find(AssetName(type_name, name))
        return found and found["entity"]

    def write(self, key: str = "a", at: int = 1_000, **options: Any) -> Lineage:
        source, target = self.path("in", "id:int", "name:string"), self.path("out", "id:int", "load_ts")
        columns = (edge("id", (source, "id"), influences=[(source, "name")]), edge("load_ts"))
        defaults: dict[str, Any] = {"inputs": (source,), "output": target, "columns": columns, "owner": self.owner()}
        return lineage(key, at, process=self.place[12:20] * 2, **{**defaults, **options})

    def owner(self) -> Any:
        return task(job=str(int(self.place[12:20], 16)))


def narrowed(hidden: tuple[str, ...]) -> Any:
    """A transport that answers for some types that there are none."""
    transport = RequestsTransport(connection_timeout=10, read_timeout=90)
    send = transport.send

    def answer(request: Any, **options: Any) -> Any:
        if "/types/entitydef/name/" in request.url and request.url.rpartition("/")[2].startswith(hidden):
            return Answer(404, {"errorCode": "ATLAS-404-00-001", "errorMessage": "hidden"})
        return send(request, **options)

    transport.send = answer
    return transport


@pytest.fixture(scope="module")
def settings() -> Settings:
    atlas = atlas_server.running()
    return Settings(
        catalogue=f"{atlas.url}/api/atlas/v2",
        catalogue_auth="basic",
        catalogue_user=atlas.user,
        catalogue_password=atlas.password,
    )


@pytest.fixture
def bare(settings: Settings) -> Iterator[Atlas]:
    client = open_client(settings, transport=narrowed(("azure_", "databricks_", "tabular_schema", "column")))
    yield Atlas(client)
    client.close()


@pytest.fixture
def purview(settings: Settings) -> Iterator[Atlas]:
    client = open_client(settings)
    types = json.loads(PURVIEW_TYPES.read_bytes())
    for kind in ("entityDefs", "relationshipDefs"):
        for one in types[kind]:
            try:
                client.post("types/typedefs", body={kind: [one]})
            except CatalogueError as error:
                if error.status != 409:
                    raise
    yield Atlas(client)
    client.close()


def test_without_other_types_our_own_carry_everything(bare):
    one = bare.write(rows=14)
    outcome = bare.publisher().publish(one)
    assert outcome.state is State.PUBLISHED
    process = bare.entity("lineage_process", one.process.qualified_name)
    assert process["attributes"]["lastRows"] == 14
    assert process["attributes"]["runCount"] == 1
    assert [each["guid"] for each in process["attributes"]["inputs"]] == [outcome.guids[one.inputs[0].qualified_name]]
    assert process["relationshipAttributes"]["application"]["typeName"] == "lineage_application"
    target = bare.entity("lineage_dataset", one.output.qualified_name)
    assert target["labels"] == ["lineage-placeholder"]
    assert {each["displayText"] for each in target["relationshipAttributes"]["columns"]} == {"id", "load_ts"}


def test_with_purviews_types_the_built_in_ones_are_used(purview):
    one = purview.write(rows=14)
    purview.publisher().publish(one)
    process = purview.entity("databricks_process", one.process.qualified_name)
    assert process["customAttributes"]["lastRows"] == "14"
    assert process["relationshipAttributes"]["task"]["typeName"] == "databricks_notebook_task"
    mapping = json.loads(process["attributes"]["columnMapping"])
    assert [len(pair["ColumnMapping"]) for pair in mapping] == [2, 1]
    assert purview.entity("azure_datalake_gen2_path", one.output.qualified_name)["labels"] == ["lineage-placeholder"]


def test_its_own_lineage_has_the_edges(purview):
    one = purview.write()
    outcome = purview.publisher().publish(one)
    guid = outcome.guids[one.output.qualified_name]
    answer = purview.client.get(f"lineage/{guid}", params=[("direction", "INPUT"), ("depth", "3")])
    edges = {(each["fromEntityId"], each["toEntityId"]) for each in answer["relations"]}
    process = outcome.guids[one.process.qualified_name]
    assert edges == {(outcome.guids[one.inputs[0].qualified_name], process), (process, guid)}


def test_a_second_time_nothing_is_written(purview):
    store = MemoryStore()
    purview.publisher(store).publish(purview.write())
    again = purview.publisher(store)
    before = purview.client.operations
    assert again.publish(purview.write()).state is State.UNCHANGED
    types_only = purview.client.operations - before
    assert again.publish(purview.write()).state is State.UNCHANGED
    assert purview.client.operations - before == types_only


def test_without_the_record_a_repetition_changes_nothing(purview):
    one = purview.write()
    first = purview.publisher().publish(one)
    before = purview.entity("databricks_process", one.process.qualified_name)
    second = purview.publisher().publish(one)
    assert second.guids == first.guids
    assert purview.entity("databricks_process", one.process.qualified_name)["attributes"] == before["attributes"]


@pytest.mark.parametrize(
    ("suffix", "type_name"),
    [
        ("/{SparkPartitions}", "azure_datalake_gen2_resource_set"),
        ("/year={Year}/{SparkPartitions}", "azure_datalake_gen2_resource_set"),
        ("/", "azure_datalake_gen2_path"),
        ("", "azure_datalake_gen2_path"),
    ],
)
def test_scanned_assets_are_found_and_left_as_they_are(purview, suffix, type_name):
    name = f"{purview.place}/in{suffix}"
    scanned = {"typeName": type_name, "guid": "-1", "attributes": {"qualifiedName": name, "name": "in"}}
    purview.client.post("entity/bulk", body={"entities": [scanned]})
    before = purview.entity(type_name, name)
    one = purview.write()
    outcome = purview.publisher().publish(one)
    match = next(match for match in outcome.matches if match["dataset"] == one.inputs[0].qualified_name)
    assert (match["scanned"], match["qualified_name"]) == (True, name)
    after = purview.entity(type_name, name)
    assert after["attributes"] == before["attributes"]
    assert after["labels"] == before["labels"] == []
    process = purview.entity("databricks_process", one.process.qualified_name)
    assert [each["guid"] for each in process["attributes"]["inputs"]] == [before["guid"]]


def test_reads_by_supertype_are_learned(purview):
    publisher = purview.publisher()
    publisher.publish(purview.write())
    assert publisher.matcher.lookup._by_supertype is True


def test_code_that_changes_replaces_inputs_and_columns(purview):
    publisher = purview.publisher()
    publisher.publish(purview.write())
    one = purview.write("b", 2_000, run="r2", columns=(edge("id", (purview.path("in", "id"), "id")),))
    publisher.publish(one)
    process = purview.entity("databricks_process", one.process.qualified_name)
    assert len(json.loads(process["attributes"]["columnMapping"])) == 1
    assert process["customAttributes"]["runCount"] == "2"


def test_a_failed_run_draws_nothing(purview):
    one = purview.write(status=Status.FAILED, error="E")
    purview.publisher().publish(one)
    process = purview.entity("databricks_process", one.process.qualified_name)
    assert not process["attributes"]["inputs"]
    assert process["customAttributes"]["lastError"] == "E"


def test_a_deleted_placeholder_is_made_again(purview):
    publisher = purview.publisher()
    one = purview.write()
    publisher.publish(one)
    entity = purview.entity("azure_datalake_gen2_path", one.output.qualified_name)
    purview.client.delete(f"entity/guid/{entity['guid']}")
    publisher.publish(purview.write("b", 2_000))
    found = purview.entity("azure_datalake_gen2_path", one.output.qualified_name)
    assert found["guid"] != entity["guid"]


def test_a_scan_after_the_fact_takes_over(purview):
    """One placeholder is replaced by a set, the other is found under its very name."""
    publisher = purview.publisher()
    one = purview.write()
    publisher.publish(one)
    source, target = (dataset.qualified_name for dataset in (one.inputs[0], one.output))
    named = {"qualifiedName": f"{source}/{{SparkPartitions}}", "name": "in"}
    found = {"qualifiedName": target, "name": "out", "size": 4_096}
    scanned = [("azure_datalake_gen2_resource_set", named), ("azure_datalake_gen2_path", found)]
    bodies = [{"typeName": name, "guid": f"-{at}", "attributes": said} for at, (name, said) in enumerate(scanned, 1)]
    purview.client.post("entity/bulk", body={"entities": bodies})
    before = purview.entity("azure_datalake_gen2_path", target)
    assert before["labels"] == ["lineage-placeholder"]
    assert publisher.relink() == 1
    after = purview.entity("azure_datalake_gen2_path", target)
    assert (after["guid"], after["labels"], after["attributes"]) == (before["guid"], [], before["attributes"])
    process = purview.entity("databricks_process", one.process.qualified_name)
    (source_guid,) = [each["guid"] for each in process["attributes"]["inputs"]]
    assert source_guid == purview.entity("azure_datalake_gen2_resource_set", named["qualifiedName"])["guid"]
    assert purview.entity("azure_datalake_gen2_path", source) is None
    assert publisher.relink() == 0


def test_eight_writers_of_one_new_asset_make_one(purview):
    store = MemoryStore()
    publishers = [purview.publisher(store) for _ in range(8)]

    def work(at: int) -> None:
        one = purview.write(f"k{at}", at, role=Role.WHOLE)
        qualified_name = f"{one.process.qualified_name}{at}"
        publishers[at].publish(
            msgspec.structs.replace(one, process=msgspec.structs.replace(one.process, qualified_name=qualified_name))
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    query = f'azure_datalake_gen2_path where qualifiedName = "{purview.place}/in"'
    answer = purview.client.get("search/dsl", params=[("query", query)])
    assert len(answer["entities"]) == 1


def test_a_wide_table_arrives_whole(purview):
    names = [f"column_{at}" for at in range(120)]
    source, target = purview.path("in", *names), purview.path("out", *names)
    one = purview.write(inputs=(source,), output=target, columns=tuple(edge(name, (source, name)) for name in names))
    purview.publisher().publish(one)
    schema = purview.entity("tabular_schema", f"{target.qualified_name}#__tabular_schema")
    assert len(schema["relationshipAttributes"]["columns"]) == 120


@pytest.mark.parametrize("catalogue", ["bare", "purview"])
def test_a_stale_process_is_labelled_and_removed_with_what_nothing_needs(catalogue, request):
    here: Atlas = request.getfixturevalue(catalogue)
    store, kind = MemoryStore(), "lineage_process" if catalogue == "bare" else "databricks_process"
    publisher = here.publisher(store)
    one = here.write()
    publisher.publish(one)
    (key,) = store.list("processes/")
    assert mark_stale(here.client, store, key, 2_000)
    assert set(here.entity(kind, one.process.qualified_name)["labels"]) == {"lineage-feed", "lineage-stale"}
    publisher.publish(here.write("b", 1_500, rows=3))
    publisher.flush(everything=True)
    assert here.entity(kind, one.process.qualified_name)["labels"] == ["lineage-feed"]
    found = prune(publisher, store, 2_000)
    assert [row.verdict for row in found.processes] == ["removed"]
    assert here.entity(kind, one.process.qualified_name) is None
    assert {asset.qualified_name for asset in found.placeholders} == {
        one.inputs[0].qualified_name,
        one.output.qualified_name,
    }
    owner = one.process.owner.asset.qualified_name
    assert owner in {asset.qualified_name for asset in found.owners}
    for asset in (*found.placeholders, *found.owners):
        assert here.entity(asset.type_name, asset.qualified_name) is None
