"""The catalogues, each started once a session."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.catalogue_contract import atlas_server
from tests.catalogue_contract.catalogues import Catalogue, apache, embedded


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs Apache Atlas comes last, so that it starts meanwhile."""
    items.sort(key=lambda item: item.get_closest_marker("atlas") is not None)


def pytest_collection_finish(session: pytest.Session) -> None:
    needed = any(item.get_closest_marker("atlas") for item in session.items)
    if needed and not session.config.option.collectonly:
        atlas_server.warm_up()


@pytest.fixture(scope="session")
def embedded_http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with embedded(tmp_path_factory.mktemp("catalogue") / "catalogue.db") as client:
        yield client


@pytest.fixture(scope="session")
def atlas_http() -> Iterator[httpx.Client]:
    with apache(atlas_server.running()) as client:
        yield client


@pytest.fixture(params=["embedded", pytest.param("atlas", marks=[pytest.mark.atlas, pytest.mark.timeout(400)])])
def catalogue(request: pytest.FixtureRequest) -> Catalogue:
    """Each catalogue in turn."""
    client = request.getfixturevalue(f"{request.param}_http")
    return Catalogue(request.param, client, f"contract://{uuid.uuid4()}")


@pytest.fixture
def purview(embedded_http: httpx.Client) -> Catalogue:
    """The embedded catalogue alone, for what Purview documents and Apache Atlas does not have."""
    return Catalogue("embedded", embedded_http, f"contract://{uuid.uuid4()}")
