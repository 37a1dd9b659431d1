"""The embedded catalogue as an application: settings, hostile bodies, several writers, sudden death."""

import base64
import concurrent.futures
import contextlib
import multiprocessing
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.catalogue import create_app
from local.catalogue.database import Database, OtherVersion
from tests.catalogue_contract.catalogues import DATASET, NOWHERE, PROCESS, Catalogue, embedded, entity, named, served

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with embedded(tmp_path_factory.mktemp("catalogue") / "catalogue.db") as client:
        yield client


@pytest.fixture
def catalogue(shared: httpx.Client) -> Catalogue:
    return Catalogue("embedded", shared, f"local://{uuid.uuid4()}")


def _hits(catalogue: Catalogue) -> list[str]:
    mine = {"attributeName": "qualifiedName", "operator": "startswith", "attributeValue": f"{catalogue.prefix}/"}
    body = {"filter": {"and": [{"entityType": DATASET}, mine]}}
    return [hit["name"] for hit in catalogue.call("POST", "search/query", body).body["value"]]


def test_search_finds_a_new_asset_only_some_calls_later(tmp_path: Path):
    with embedded(tmp_path / "catalogue.db", search_lag=3) as client:
        catalogue = Catalogue("embedded", client, "local://")
        catalogue.datasets("a")
        assert [_hits(catalogue) for _ in range(4)] == [[], [], ["a"], ["a"]]


def test_search_knows_everything_after_a_refresh(tmp_path: Path):
    with embedded(tmp_path / "catalogue.db", search_lag=1000) as client:
        catalogue = Catalogue("embedded", client, "local://")
        catalogue.datasets("a")
        assert _hits(catalogue) == []
        assert catalogue.look(DATASET, "a").status == 200
        assert catalogue.call("POST", "search/refresh").status == 204
        assert _hits(catalogue) == ["a"]


def test_unknown_attributes_are_dropped_on_request(tmp_path: Path):
    with embedded(tmp_path / "catalogue.db", drop_unknown=True) as client:
        catalogue = Catalogue("embedded", client, "local://")
        assert catalogue.bulk(entity(DATASET, "local:///a", "-1", colour="red")).status == 200
        assert "colour" not in catalogue.get(DATASET, "a")["entity"]["attributes"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("guarded") / "catalogue.db"
    app = create_app(path, users={"steward": "invented"}, tokens=["made-up-token"])
    with served(app) as url:
        yield url
    app.state.database.close()


def _basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Bearer wrong", 401),
        ("Bearer made-up-token", 200),
        ("bearer made-up-token", 200),
        (_basic("steward:invented"), 200),
        (_basic("steward:wrong"), 401),
        (_basic("nobody:invented"), 401),
        (_basic("nobody:"), 401),
        ("Basic !!!", 401),
        ("Digest x", 401),
    ],
)
@pytest.mark.parametrize("path", ["/api/atlas/v2/types/typedefs/headers", "/"])
def test_who_may_call(guarded: str, path: str, authorization: str, status: int):
    answer = httpx.get(guarded + path, headers={"authorization": authorization} if authorization else {})
    assert answer.status_code == status
    assert "invented" not in answer.text


def test_the_caller_is_written_down(tmp_path: Path):
    app = create_app(tmp_path / "catalogue.db", users={"steward": "invented"})
    with served(app) as url, httpx.Client(base_url=f"{url}/api/atlas/v2/", auth=("steward", "invented")) as client:
        catalogue = Catalogue("embedded", client, "local://")
        catalogue.bulk(entity("DataSet", "local:///a", "-1"))
        assert catalogue.get("DataSet", "a")["entity"]["createdBy"] == "steward"
    app.state.database.close()


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"null",
        b'{"entities": {}}',
        b'{"entities": [1]}',
        b'{"entities": [null]}',
        b'{"entities": [{"typeName": ["x"]}]}',
        b'{"entities": [{"typeName": "DataSet", "attributes": []}]}',
        b'{"entities": [{"typeName": "DataSet", "attributes": [1]}]}',
        b'{"entities": [{"typeName": "DataSet", "attributes": {"name": "\\ud800", "qualifiedName": "x"}}]}',
        b'{"entities": [{"typeName": "DataSet", "attributes": {"name": "x", "qualifiedName": "x"}, "labels": "x"}]}',
        b'{"entities": [{"typeName": "DataSet", "attributes": {"name": "x", "qualifiedName": "x"}, "labels": [1]}]}',
        b'{"entities": [{"typeName": "DataSet", "attributes": {"name": "x", "qualifiedName": "x"}}],'
        b' "referredEntities": []}',
        b'{"entities": [{"typeName": "DataSet", "attributes": {"name": "x", "qualifiedName": "x"},'
        b' "customAttributes": [1]}]}',
        b"[" * 100_000,
        b'{"entities":' * 100_000,
    ],
)
def test_a_body_that_is_not_what_it_should_be_is_refused(catalogue: Catalogue, content: bytes):
    for path in ("entity/bulk", "entity", "relationship"):
        answer = catalogue.http.post(path, content=content)
        assert answer.status_code == 400, (path, answer.text)
        assert answer.json()["errorCode"].startswith("ATLAS-400"), path


@pytest.mark.parametrize(
    "upload",
    [
        b"[]",
        b'{"entityDefs": {"x": 1}}',
        b'{"entityDefs": [1]}',
        b'{"entityDefs": [{"name": 1}]}',
        b'{"entityDefs": [{"name": "x", "superTypes": "DataSet"}]}',
        b'{"entityDefs": [{"name": "x", "superTypes": ["x"]}]}',
        b'{"entityDefs": [{"name": "x", "superTypes": ["DataSet"], "attributeDefs": [1]}]}',
        b'{"entityDefs": [{"name": "x", "superTypes": ["DataSet"], "attributeDefs": [{"name": "y"}]}]}',
        b'{"entityDefs": [{"name": "x", "superTypes": ["DataSet"], "options": []}]}',
        b'{"relationshipDefs": [{"name": "x"}]}',
        b'{"relationshipDefs": [{"name": "x", "endDef1": {}, "endDef2": {}}]}',
        b'{"enumDefs": [{"name": "x", "elementDefs": 1}]}',
        b'{"enumDefs": [{"name": "x", "elementDefs": [1]}]}',
    ],
)
def test_a_type_upload_that_is_not_what_it_should_be_is_refused(catalogue: Catalogue, upload: bytes):
    assert catalogue.http.post("types/typedefs", content=upload).status_code == 400
    assert catalogue.call("GET", "types/typedef/name/x").status == 404


def test_a_number_that_no_machine_holds_is_refused(catalogue: Catalogue):
    for value in (10**400, 1e308 * 10, "NaN", "inf"):
        body = entity(PROCESS, "local:///p", "-1")
        content = str({"entities": [body]}).replace("'", '"').replace('"name"', f'"ratio": {value}, "name"')
        assert catalogue.http.post("entity/bulk", content=content.encode()).status_code in (400, 404), value


def test_an_endless_body_is_cut_off(catalogue: Catalogue):
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 1024 * 1024

    try:
        answer = catalogue.http.post("entity/bulk", content=endless())
    except httpx.WriteError:  # cut off while it was still being sent
        return
    assert answer.status_code == 413


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "nothing", 404), ("PATCH", "entity/bulk", 405)])
def test_what_is_not_part_of_it(catalogue: Catalogue, method: str, path: str, status: int):
    answer = catalogue.call(method, path)
    assert answer.status == status
    assert answer.code == "NotFound"


def test_a_deep_filter_is_refused(catalogue: Catalogue):
    for depth, status in ((11, 200), (12, 400), (800, 400), (3000, 400)):
        content = b'{"filter": ' + b'{"not": ' * depth + b'{"label": "x"}' + b"}" * depth + b"}"
        assert catalogue.http.post("search/query", content=content).status_code == status, depth


def test_a_wide_filter(catalogue: Catalogue):
    for width, status in ((200, 200), (2000, 400)):
        body = {"filter": {"or": [{"label": str(n)} for n in range(width)]}}
        assert catalogue.call("POST", "search/query", body).status == status, width


def test_eight_threads_posting_one_new_name_make_one_entity(catalogue: Catalogue):
    """Apache Atlas makes several of it now and then."""
    ready = threading.Barrier(8)

    def post(number: int) -> str:
        ready.wait()
        return catalogue.bulk(entity(DATASET, catalogue.qn("new"), "-1", description=str(number))).guids["-1"]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        guids = set(pool.map(post, range(8)))
    assert len(guids) == 1
    assert _hits(catalogue) == ["new"]


def test_eight_threads_connect_one_dataset_without_losing_an_edge(catalogue: Catalogue):
    catalogue.datasets("out")
    ready = threading.Barrier(8)

    def write(number: int) -> None:
        ready.wait()
        ends = {"inputs": [{"guid": "-2"}], "outputs": [named(DATASET, catalogue.qn("out"))]}
        source = entity(DATASET, catalogue.qn(f"in{number}"), "-2")
        assert catalogue.bulk(entity(PROCESS, catalogue.qn(f"p{number}"), "-1", **ends), source).status == 200

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    edges = catalogue.lineage(catalogue.guid(DATASET, "out"), direction="INPUT")[1]
    assert len(edges) == 16


def _write_from_another_process(path: str, number: int, count: int) -> None:
    app = create_app(path)
    with served(app) as url, httpx.Client(base_url=f"{url}/api/atlas/v2/", timeout=60) as client:
        for each in range(count):
            body = {"entities": [entity("DataSet", f"local:///{each}", "-1", description=f"{number}")]}
            client.post("entity/bulk", json=body).raise_for_status()
    app.state.database.close()


def test_several_processes_write_one_file(tmp_path: Path):
    path = str(tmp_path / "catalogue.db")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_from_another_process, args=(path, n, 20)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    database = Database(path, "embedded")
    with database.reading() as connection:
        rows = connection.execute("SELECT count(*), count(DISTINCT qualified_name) FROM entity").fetchone()
    database.close()
    assert rows == (20, 20)


def test_a_file_that_another_process_holds_is_answered_503(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("local.catalogue.database._BUSY_SECONDS", 0.05)
    path = tmp_path / "catalogue.db"
    with embedded(path) as client, contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        catalogue = Catalogue("embedded", client, "local://")
        other.execute("BEGIN IMMEDIATE")
        refused = catalogue.bulk(entity(DATASET, "local:///a", "-1"))
        assert (refused.status, refused.code) == (503, "ServiceUnavailable")
        assert catalogue.look(DATASET, "a").status == 404, "reading goes on"
        other.execute("ROLLBACK")
        assert catalogue.bulk(entity(DATASET, "local:///a", "-1")).status == 200


def test_types_added_by_one_process_are_known_to_the_other(tmp_path: Path):
    path = tmp_path / "catalogue.db"
    with embedded(path) as one, embedded(tmp_path / "other.db"):
        app = create_app(path)
        with served(app) as url, httpx.Client(base_url=f"{url}/api/atlas/v2/") as two:
            assert two.get(f"types/entitydef/name/{DATASET}").status_code == 200
            added = {"entityDefs": [{"name": "added", "superTypes": ["DataSet"]}]}
            two.post("types/typedefs", json=added).raise_for_status()
            assert one.get("types/entitydef/name/added").status_code == 200
        app.state.database.close()


SERVER = """
import sys, uvicorn
from local.catalogue import create_app
uvicorn.run(create_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="error", lifespan="off")
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("after", [1, 7, 23])
def test_what_was_answered_survives_a_killed_server(tmp_path: Path, after: int):
    path, port = str(tmp_path / "catalogue.db"), _free_port()
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'function'}"}
    server = subprocess.Popen([sys.executable, "-c", SERVER, path, str(port)], env=environment)
    acknowledged: list[int] = []

    def write() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/atlas/v2/", timeout=10) as client:
            for number in range(10_000):
                ends = {"inputs": [{"guid": "-2"}], "outputs": [{"guid": "-2"}]}
                pair = [entity("Process", f"p{number}", "-1", **ends), entity("DataSet", f"d{number}", "-2")]
                try:
                    client.post("entity/bulk", json={"entities": pair}).raise_for_status()
                except httpx.TransportError:
                    if acknowledged:
                        return
                    time.sleep(0.05)
                else:
                    acknowledged.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    deadline = time.monotonic() + 60
    while len(acknowledged) < after and time.monotonic() < deadline:
        time.sleep(0.001)
    server.send_signal(signal.SIGKILL)
    server.wait(20)
    writer.join(60)
    assert len(acknowledged) >= after
    database = Database(path, "embedded")
    with database.reading() as connection:
        kept = {name for (name,) in connection.execute("SELECT qualified_name FROM entity")}
        edges = connection.execute("SELECT count(*) FROM edge").fetchone()[0]
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
    database.close()
    assert whole == "ok"
    assert {f"p{number}" for number in acknowledged} <= kept
    assert len(kept) == edges, "a process, its dataset and their two edges come together"


def test_a_file_of_another_layout_is_left_alone(tmp_path: Path):
    path = tmp_path / "catalogue.db"
    database = Database(path, "embedded")
    with database.writing() as connection:
        connection.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(OtherVersion, match="layout 99"):
        create_app(path)


def test_the_state_of_the_server(catalogue: Catalogue):
    assert catalogue.http.get(f"{catalogue.root}/api/atlas/admin/status").json() == {"Status": "ACTIVE"}
    assert catalogue.http.get(f"{catalogue.root}/api/atlas/admin/version").json()["Name"] == "embedded-catalogue"


def test_nobody_there(catalogue: Catalogue):
    assert catalogue.http.get(f"{catalogue.root}/asset/{NOWHERE}").status_code == 404
