"""The recorded traffic of the agent, with the headers and extras that the script's settings make it send."""

import dataclasses
import json
from pathlib import Path

import httpx
import pytest

from demo import replay
from lineage.catalogue import open_client
from lineage.receipts import State
from lineage.records import PENDING
from lineage.store import open_store
from tests.atlas_dump import dump, processes
from tests.databricks_init.node import RULES, Node, node
from tests.functions_app import KEY, running_functions
from tests.host.test_functions_line import catalogue, environment, settings_for, states, wait
from tests.line import client, idle, send
from tests.line import served as one_machine
from tests.oracle import JOB, WORKSPACE

pytestmark = [pytest.mark.host, pytest.mark.azurite, pytest.mark.timeout(300)]

HEADER = "spark.spline.lineageDispatcher.http.header."
IDENTITY = (
    "x-databricks-workspace-url",
    "x-databricks-workspace-id",
    "x-databricks-cluster-id",
    "x-databricks-cluster-name",
)


def attached(root: Path, recorded: dict[str, str], url: str) -> Node:
    """The script on a cluster as the recorded one."""
    name = recorded["x-databricks-cluster-name"]
    made = node(
        root / recorded["x-databricks-cluster-id"],
        env={
            "LINEAGE_URL": url,
            "LINEAGE_KEY": KEY,
            "LINEAGE_WORKSPACE_URL": recorded["x-databricks-workspace-url"],
            "LINEAGE_WORKSPACE_ID": recorded["x-databricks-workspace-id"],
            "DB_CLUSTER_ID": recorded["x-databricks-cluster-id"],
            "DB_CLUSTER_NAME": name,
            "DB_IS_JOB_CLUSTER": "TRUE" if name.startswith("job-") else "FALSE",
        },
    )
    assert made.run().code == 0
    return made


def as_settings_make_them(requests, root: Path, url: str):
    """The recorded requests with the script's headers, key and event extras in place of the recorded ones."""
    clusters: dict[str, Node] = {}
    for request in requests:
        recorded = dict(request.headers)
        cluster = recorded["x-databricks-cluster-id"]
        if cluster not in clusters:
            clusters[cluster] = attached(root, recorded, url)
        yield _with(request, clusters[cluster])


def _with(request: replay.Request, made: Node) -> replay.Request:
    kept = {name: text for name, text in request.headers if name not in (*IDENTITY, "x-functions-key")}
    written = {key.removeprefix(HEADER): value for key, value in made.conf().items() if key.startswith(HEADER)}
    name, _, value = made.secrets().strip().partition("=")
    key = {name.removeprefix(HEADER.removeprefix("spark.")): value}
    body = request.body
    if request.is_event:
        extra = json.loads((made.root / RULES).read_text())["executionEvent"]["extra"]
        events = [event | {"extra": {**event.get("extra", {}), **extra}} for event in json.loads(body)]
        body = json.dumps(events).encode()
    return dataclasses.replace(request, headers=tuple({**kept, **written, **key}.items()), body=body)


def post(url: str, requests) -> set[int]:
    host, port = url.removeprefix("http://").split(":")
    return {status for _, status in replay.send(host, int(port), list(requests))}


def test_what_the_settings_send_is_taken_and_becomes_the_same_catalogue(azurite, tmp_path):
    with one_machine(tmp_path / "machine") as (server, port):
        send(port, replay.load())
        idle(server.pipeline)
        expected = dump(client(tmp_path / "machine", port))
    with catalogue(tmp_path) as catalogue_url:
        settings = settings_for(azurite, "settings", catalogue_url)
        store = open_store(settings)
        with running_functions(tmp_path, environment(settings, azurite)) as app:
            requests = as_settings_make_them(replay.load(), tmp_path, f"{app.url}/api/producer")
            assert post(app.url, requests) == {201}
            wait(lambda: not any(store.list(PENDING)), app)
            assert states(store) == {State.PUBLISHED: 25, State.FAILED_RUN: 2}
            assert dump(open_client(settings)) == expected


def test_a_job_without_our_notebook_is_named_after_workspace_and_job(azurite, tmp_path):
    job = [one for one in replay.load() if dict(one.headers)["x-databricks-cluster-name"] == "job-4711-run-9001-retail"]
    with catalogue(tmp_path) as catalogue_url:
        settings = settings_for(azurite, "unchanged", catalogue_url)
        store = open_store(settings)
        with running_functions(tmp_path, environment(settings, azurite)) as app:
            requests = [
                _without_notebook(one) for one in as_settings_make_them(job, tmp_path, f"{app.url}/api/producer")
            ]
            assert post(app.url, requests) == {201}
            wait(lambda: not any(store.list(PENDING)), app)
            found = processes(open_client(settings))
    assert len(found) == 12
    assert all(name.startswith(f"databricks://{WORKSPACE}/jobs/{JOB}/processes/") for name in found)


def _without_notebook(request: replay.Request) -> replay.Request:
    if not request.is_event:
        return request
    events = json.loads(request.body)
    for event in events:
        del event["extra"]["databricks"]
    return dataclasses.replace(request, body=json.dumps(events).encode())


def test_without_the_key_nothing_is_taken(azurite, tmp_path):
    settings = settings_for(azurite, "keyless", "http://127.0.0.1:9/api/atlas/v2")
    with running_functions(tmp_path, environment(settings, azurite)) as app:
        answer = httpx.post(f"{app.url}/api/producer/execution-plans", json={}, headers={"x-functions-key": "wrong"})
    assert answer.status_code == 401
