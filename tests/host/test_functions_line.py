"""The demo's traffic through the real runtime and Azurite: every entity as on one machine."""

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo import replay
from lineage.catalogue import open_client
from lineage.model import AssetName
from lineage.receipts import State, decode
from lineage.records import PENDING, RECEIPTS
from lineage.settings import Settings
from lineage.store import Store, open_store
from local.catalogue import create_app
from tests.atlas_dump import dump
from tests.azurite import Azurite
from tests.functions_app import KEY, FunctionsApp, running_functions
from tests.line import client, idle, send
from tests.line import served as one_machine
from tests.receive.served import served

pytestmark = [pytest.mark.host, pytest.mark.azurite, pytest.mark.timeout(300)]

PATIENCE = 180.0
LAKE = "https://northwindlake.dfs.core.windows.net"


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    with one_machine(folder) as (server, port):
        send(port, replay.load())
        idle(server.pipeline)
        return dump(client(folder, port))


@contextmanager
def catalogue(folder: Path) -> Iterator[str]:
    app = create_app(folder / "catalogue.db")
    with served(app) as port:
        yield f"http://127.0.0.1:{port}/api/atlas/v2"
    app.state.database.close()


def settings_for(azurite: Azurite, name: str, catalogue_url: str) -> Settings:
    return Settings(
        store=f"{azurite.blob}/{name}",
        queue=name,
        queue_endpoint=azurite.queue,
        storage_connection=azurite.connection,
        catalogue=catalogue_url,
        debounce_seconds=0,
    )


def environment(settings: Settings, azurite: Azurite) -> dict[str, str]:
    given = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    changed = {name: value for name, value in given.items() if value != getattr(Settings(), name)}
    named = {f"LINEAGE_{name.upper()}": str(value) for name, value in changed.items()}
    return named | {"AzureWebJobsStorage": azurite.connection}


def post(app: FunctionsApp, requests: list[replay.Request]) -> None:
    host, port = app.url.removeprefix("http://").split(":")
    keyed = [
        dataclasses.replace(request, headers=tuple({**dict(request.headers), "x-functions-key": KEY}.items()))
        for request in requests
    ]
    assert {status for _, status in replay.send(host, int(port), keyed)} == {201}


def wait(done: Callable[[], bool], app: FunctionsApp) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, app.output.read_text()[-3000:]
        time.sleep(0.2)


def states(store: Store) -> Counter[State]:
    found = [store.get(key) for key in store.list(RECEIPTS)]
    return Counter(decode(one.value).state for one in found if one)


def test_the_queue_brings_the_demo_into_the_catalogue(azurite, tmp_path, expected):
    with catalogue(tmp_path) as url:
        settings = settings_for(azurite, "line", url)
        store = open_store(settings)
        with running_functions(tmp_path, environment(settings, azurite)) as app:
            post(app, replay.load())
            wait(lambda: not any(store.list(PENDING)), app)
            assert states(store) == {State.PUBLISHED: 25, State.FAILED_RUN: 2}
            assert reach(app) == {"host": "127.0.0.1", "reached": True}
            assert httpx.get(f"{app.url}/api/catalogue").status_code == 401, "it is not for everybody"
            assert health(app)["status"] == "ok"
            assert dump(open_client(settings)) == expected


def test_the_sweep_brings_what_the_queue_did_not(azurite, tmp_path, expected):
    with catalogue(tmp_path) as url:
        settings = settings_for(azurite, "swept", url)
        store = open_store(settings)
        without_queue = dataclasses.replace(settings, queue="")
        with running_functions(tmp_path, environment(without_queue, azurite)) as app:
            post(app, replay.load())
            assert not states(store)
            assert app.run("sweep").status_code == 202
            wait(lambda: not any(store.list(PENDING)), app)
            assert dump(open_client(settings)) == expected


def test_nothing_is_acknowledged_that_is_not_in_the_container(azurite, tmp_path):
    settings = settings_for(azurite, "kept", "http://127.0.0.1:9/api/atlas/v2")
    store = open_store(settings)
    requests = replay.load()
    with running_functions(tmp_path, environment(settings, azurite)) as app:
        post(app, requests)
        assert reach(app)["fault"] == "refused"
    plans = {request.body for request in requests if not request.is_event}
    events = [request for request in requests if request.is_event]
    assert len(list(store.list("payloads/plans/"))) == len(plans)
    assert len(list(store.list("payloads/events/"))) == len(events)
    assert len(list(store.list(PENDING))) == len(events)


def test_the_timer_binds_what_was_scanned_since(azurite, tmp_path):
    with catalogue(tmp_path) as url:
        settings = settings_for(azurite, "relinked", url)
        store, asked = open_store(settings), open_client(settings)
        with running_functions(tmp_path, environment(settings, azurite)) as app:
            post(app, replay.load()[:2])
            wait(lambda: states(store) == {State.PUBLISHED: 1}, app)
            placeholder = AssetName("azure_datalake_gen2_path", f"{LAKE}/bronze/orders")
            scanned = AssetName("azure_datalake_gen2_resource_set", f"{placeholder.qualified_name}/{{SparkPartitions}}")
            body = {"qualifiedName": scanned.qualified_name, "name": "orders"}
            asked.post("entity/bulk", body={"entities": [{"typeName": scanned.type_name, "attributes": body}]})
            assert asked.find(placeholder)
            assert app.run("relink").status_code == 202
            wait(lambda: asked.find(placeholder) is None, app)
            found = asked.find(scanned)
            assert found
            assert len(found["entity"]["relationshipAttributes"]["outputFromProcesses"]) == 1
        asked.close()


def test_a_collection_that_is_not_there_stops_the_line_says_so_and_loses_nothing(azurite, tmp_path):
    with catalogue(tmp_path) as url:
        settings = dataclasses.replace(settings_for(azurite, "stopped", url), collection="Finance")
        store, asked = open_store(settings), open_client(settings)
        with running_functions(tmp_path, environment(settings, azurite)) as app:
            post(app, replay.load()[:2])
            wait(lambda: "publishing" in health(app), app)
            assert health(app)["publishing"] == "stopped: LINEAGE_COLLECTION: there is no collection 'Finance'"
            assert states(store) == {State.RETRYING: 1}
            made = httpx.put(
                f"{url.removesuffix('/api/atlas/v2')}/account/collections/fin123", json={"friendlyName": "Finance"}
            )
            assert made.status_code == 200
        with running_functions(tmp_path, environment(settings, azurite)) as app:
            assert app.run("sweep").status_code == 202
            wait(lambda: not any(store.list(PENDING)), app)
            assert "publishing" not in health(app)
        assert states(store) == {State.PUBLISHED: 1}
        asked.close()


def reach(app: FunctionsApp) -> dict[str, Any]:
    answer = httpx.get(f"{app.url}/api/catalogue", headers={"x-functions-key": KEY})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def health(app: FunctionsApp) -> dict[str, Any]:
    answer = httpx.get(f"{app.url}/api/health")
    assert answer.status_code == 200
    return dict(answer.json())
