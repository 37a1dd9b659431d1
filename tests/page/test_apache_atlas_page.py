"""The page reads a real Apache Atlas as it reads the embedded catalogue."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from lineage.catalogue import AtlasClient, open_client
from lineage.errors import CatalogueError
from lineage.page.build import build
from lineage.page.graph import Graph
from lineage.page.read import everything, find, neighbourhood
from lineage.settings import Settings
from tests.catalogue_contract import atlas_server
from tests.catalogue_contract.catalogues import PURVIEW_TYPES
from tests.page import lake

pytestmark = [pytest.mark.atlas, pytest.mark.timeout(500)]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AtlasClient]:
    """Apache Atlas with Purview's types and every write of the demo."""
    running = atlas_server.running()
    client = open_client(
        Settings(
            catalogue=f"{running.url}/api/atlas/v2",
            catalogue_auth="basic",
            catalogue_user=running.user,
            catalogue_password=running.password,
        )
    )
    for kind, definitions in json.loads(PURVIEW_TYPES.read_bytes()).items():
        for one in definitions if kind in ("entityDefs", "relationshipDefs") else ():
            _define(client, {kind: [one]})
    lake.publish(client, tmp_path_factory.mktemp("atlas"))
    yield client
    client.close()


def _define(client: AtlasClient, definitions: dict[str, list[object]]) -> None:
    try:
        client.post("types/typedefs", body=definitions)
    except CatalogueError as error:
        if error.status != 409:  # another test has defined it
            raise


def comparable(graph: Graph) -> tuple[object, object]:
    """The graph in names: guids and the order of a schema's columns are the catalogue's own."""

    def column(at: tuple[int, int]) -> tuple[str, str]:
        dataset = graph.datasets[at[0]]
        return dataset.key, dataset.columns[at[1]].name

    datasets = [replace(one, guid="", columns=tuple(sorted(one.columns, key=str))) for one in graph.datasets]
    processes = [
        (
            replace(one, guid="", links=(), statements=()),
            {(column(link.target), column(source), kind) for link in one.links for source, kind in link.sources},
            {(column(link.target), column(at)) for link in one.links for at in link.influences},
            {(kind, column(at)) for statement in one.statements for kind, ats in statement.indirect for at in ats},
        )
        for one in graph.processes
    ]
    return datasets, processes


def test_an_asset_is_found_and_its_neighbourhood_is_the_same(atlas, lakehouse):
    graphs = [build(neighbourhood(client, find(client, "gold/daily_revenue"), 3)) for client in (atlas, lakehouse)]
    assert len(graphs[1].datasets) > 10
    assert comparable(graphs[0]) == comparable(graphs[1])


def test_the_whole_catalogue_is_listed(atlas, lakehouse):
    known = {process.key for process in build(everything(lakehouse)).processes}
    assert known <= {process.key for process in build(everything(atlas)).processes}
