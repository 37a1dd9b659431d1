"""``show`` against catalogues, through the product's own client."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from lineage.catalogue import AtlasClient
from lineage.catalogue.client import open_client
from lineage.errors import CatalogueError
from lineage.page.read import NotFound
from lineage.settings import Settings
from lineage.show import Direction, Node, show
from tests.catalogue_contract import atlas_server
from tests.catalogue_contract.catalogues import (
    DATASET,
    FOLDER,
    JOB,
    PROCESS,
    Catalogue,
    apache,
    embedded,
    entity,
    named,
)


@dataclass(frozen=True)
class Lake:
    """A catalogue with raw → clean → silver → sum → gold, seen through the product's client."""

    catalogue: Catalogue
    client: AtlasClient

    def outline(self, name: str, direction: Direction = Direction.UPSTREAM, **options: Any) -> list[object]:
        return _outline(show(self.client, name, direction=direction, **options).root)


def _outline(node: Node) -> list[object]:
    return [node.asset.name, *(_outline(child) for child in node.children)]


def _mapping(source: str, sink: str, **columns: str) -> str:
    pairs = [{"Source": source_column, "Sink": column} for column, source_column in columns.items()]
    return json.dumps([{"DatasetMapping": {"Source": source, "Sink": sink}, "ColumnMapping": pairs}])


def _fill(catalogue: Catalogue) -> None:
    catalogue.datasets("raw", "silver", "gold", "other/gold", "alone")
    raw, silver, gold = (catalogue.qn(name) for name in ("raw", "silver", "gold"))
    catalogue.process("clean", ["raw"], ["silver"], columnMapping=_mapping(raw, silver, amount="price", id="id"))
    catalogue.process("sum", ["silver"], ["gold"], columnMapping=_mapping(silver, gold, total="amount"))
    catalogue.process("seed", [], ["alone"])


@pytest.fixture(scope="module")
def embedded_http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[httpx.Client, Settings]]:
    with embedded(tmp_path_factory.mktemp("show") / "catalogue.db") as http:
        yield http, Settings(catalogue=str(http.base_url).rstrip("/"))


@pytest.fixture(scope="module")
def atlas_http() -> Iterator[tuple[httpx.Client, Settings]]:
    atlas = atlas_server.running()
    settings = Settings(
        catalogue=f"{atlas.url}/api/atlas/v2",
        catalogue_auth="basic",
        catalogue_user=atlas.user,
        catalogue_password=atlas.password,
    )
    with apache(atlas) as http:
        yield http, settings


@pytest.fixture(params=["embedded", pytest.param("atlas", marks=[pytest.mark.atlas, pytest.mark.timeout(400)])])
def lake(request: pytest.FixtureRequest) -> Iterator[Lake]:
    http, settings = request.getfixturevalue(f"{request.param}_http")
    catalogue = Catalogue(request.param, http, f"show://{uuid.uuid4()}")
    _fill(catalogue)
    client = open_client(settings)
    yield Lake(catalogue, client)
    client.close()


def test_up_and_down(lake: Lake):
    assert lake.outline(lake.catalogue.qn("gold")) == ["gold", ["sum", ["silver", ["clean", ["raw"]]]]]
    assert lake.outline(lake.catalogue.qn("gold"), depth=1) == ["gold", ["sum", ["silver"]]]
    down = lake.outline(lake.catalogue.qn("raw"), Direction.DOWNSTREAM, depth=0)
    assert down == ["raw", ["clean", ["silver", ["sum", ["gold"]]]]]


def test_a_process_is_found_too(lake: Lake):
    assert lake.outline(lake.catalogue.qn("sum")) == ["sum", ["silver", ["clean", ["raw"]]]]


def test_a_guid_is_found(lake: Lake):
    assert lake.outline(lake.catalogue.guid(DATASET, "silver")) == ["silver", ["clean", ["raw"]]]


def test_the_end_of_a_name_is_found(lake: Lake):
    short = lake.catalogue.prefix.removeprefix("show://")
    assert lake.outline(f"{short}/silver") == ["silver", ["clean", ["raw"]]]


def test_an_exact_name_comes_before_one_that_ends_in_it(lake: Lake):
    found = show(lake.client, lake.catalogue.qn("gold"))
    assert found.root.asset.qualified_name == lake.catalogue.qn("gold")


def test_several_are_listed(lake: Lake):
    lake.catalogue.datasets("x/twin", "y/twin")
    with pytest.raises(NotFound) as refused:
        show(lake.client, "twin")
    for name in ("x/twin", "y/twin"):
        assert lake.catalogue.qn(name) in str(refused.value)


def test_nobody_is_called_so(lake: Lake):
    with pytest.raises(NotFound, match="no-such-asset"):
        show(lake.client, "no-such-asset")


def test_a_writer_without_inputs_is_shown(lake: Lake):
    """Apache Atlas leaves it out of its lineage."""
    assert lake.outline(lake.catalogue.qn("alone")) == ["alone", ["seed"]]


def test_columns_come_from_the_mapping(lake: Lake):
    tree = show(lake.client, lake.catalogue.qn("gold"), columns=True)
    (total,) = tree.root.children[0].lines
    assert total.target == (lake.catalogue.qn("gold"), "total")
    assert total.sources == ((lake.catalogue.qn("silver"), "amount"),)


def test_one_column_is_followed(lake: Lake):
    outline = lake.outline(lake.catalogue.qn("gold"), column="total")
    assert outline == ["gold", ["sum", ["silver", ["clean", ["raw"]]]]]
    with pytest.raises(NotFound, match="it has total"):
        lake.outline(lake.catalogue.qn("gold"), column="nothing")


def test_the_schema_is_read(lake: Lake):
    owner = {"tabular_schema": {"guid": "-2", "typeName": "tabular_schema"}}
    made = lake.catalogue.bulk(
        entity("azure_datalake_gen2_path", lake.catalogue.qn("file"), "-1", relations=owner),
        entity("tabular_schema", lake.catalogue.qn("file#schema"), "-2"),
        entity(
            "column",
            lake.catalogue.qn("file#schema//id"),
            "-3",
            name="id",
            type="INT32",
            relations={"composeSchema": {"guid": "-2"}},
        ),
    )
    assert made.status == 200
    (column,) = show(lake.client, lake.catalogue.qn("file"), columns=True).loose
    assert (column.name, column.type) == ("id", "INT32")


def test_what_has_no_lineage_says_so(lake: Lake):
    guid = lake.catalogue.bulk(entity(FOLDER, lake.catalogue.qn("folder"), "-1")).guids["-1"]
    with pytest.raises(NotFound, match=f"it is a {FOLDER}"):
        show(lake.client, guid)


def test_a_job_stands_for_its_processes(lake: Lake):
    """By derived lineage, which Apache Atlas 2.1 does not have."""
    lake.catalogue.bulk(entity(JOB, lake.catalogue.qn("job"), "-1"))
    relations = {"job": named(JOB, lake.catalogue.qn("job"))}
    assert lake.catalogue.bulk(entity(PROCESS, lake.catalogue.qn("sum"), "-1", relations=relations)).status == 200
    outline = lake.outline(lake.catalogue.qn("job"))
    whole = ["job", ["sum", ["silver", ["clean", ["raw"]]]]]
    assert outline == lake.catalogue.either(purview=whole, atlas=["job"])


class Vanishing:
    """A catalogue where an asset is deleted between the lineage and the reading of it."""

    def __init__(self, lake: Lake, gone: str) -> None:
        self._lake = lake
        self._gone = gone

    def get(self, path: str, *, params: Any = ()) -> Any:
        if path == "entity/bulk" and self._gone:
            lake, gone = self._lake, self._gone
            self._gone = ""
            lake.catalogue.call("DELETE", f"entity/guid/{gone}")
        return self._lake.client.get(path, params=params)

    def post(self, path: str, *, params: Any = (), body: Any = None) -> Any:
        return self._lake.client.post(path, params=params, body=body)


def test_what_vanishes_meanwhile_is_left_out(lake: Lake):
    vanishing = Vanishing(lake, lake.catalogue.guid(DATASET, "raw"))
    tree = show(vanishing, lake.catalogue.qn("gold"))
    assert _outline(tree.root) == ["gold", ["sum", ["silver", ["clean"]]]]


def test_a_catalogue_that_is_down(tmp_path: Path):
    client = AtlasClient("http://127.0.0.1:9/api/atlas/v2", retries=0)
    with pytest.raises(CatalogueError):
        show(client, "gold")
    client.close()
