"""What the server of one machine does with a request, and where it does not start."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lineage.settings import Settings
from local.server import HOST, Server, build, called, refusal, settings_for
from tests.line import free_port
from tests.receive.served import served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("local")
    line = build(folder, settings_for(folder, 8057, Settings()), "embedded catalogue")
    with served(line.app) as port:
        yield f"http://{HOST}:{port}"
    line.close()


@pytest.mark.parametrize(
    "path",
    [
        "/api/producer/status",
        "/api/producer/status/",
        "/api/PRODUCER//status/",
        "//api//Producer/Status",
        "/API/producer/status",
    ],
)
def test_the_door_is_found_however_its_path_is_typed(server: str, path: str):
    answer = httpx.head(server + path)
    assert answer.status_code == 200
    assert answer.headers["ABSA-Spline-API-Version"] == "1.2"


@pytest.mark.parametrize("path", ["/producer/status", "/apis/producer/status", "/api", "/api/atlas/producer"])
def test_other_paths_are_not_the_doors(server: str, path: str):
    assert "ABSA-Spline-API-Version" not in httpx.head(server + path).headers


@pytest.mark.parametrize("path", ["/lineage", "/lineage?asset=", "/lineage?asset=%20", "/lineage?depth=3"])
def test_a_lineage_page_without_an_asset_says_how_to_ask_for_one(server: str, path: str):
    answer = httpx.get(server + path)
    assert answer.status_code == 400
    assert "/lineage?asset=NAME-OR-GUID" in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_catalogue_that_is_meant_is_asked_even_where_the_demos_own_usually_is(tmp_path: Path):
    """``make demo CATALOGUE=http://127.0.0.1:8057 PORT=8123``, beside a demo that serves there."""
    meant = Settings(store=str(tmp_path / "store"))
    for complete, asked in ((True, meant.catalogue), (False, f"http://{HOST}:8123/api/atlas/v2")):
        server = Server(tmp_path, 8123, meant, complete=complete)
        assert (server.settings.catalogue, server.settings.store) == (asked, meant.store)
        server._line.close()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (Settings().catalogue, "embedded catalogue"),
        ("http://localhost:8123/api/atlas/v2", "embedded catalogue"),
        ("http://127.0.0.1:21000/api/atlas/v2", "http://127.0.0.1:21000/api/atlas/v2"),
        ("http://localhost:812/api/atlas/v2", "http://localhost:812/api/atlas/v2"),
        ("https://127.0.0.1.example/api/atlas/v2", "https://127.0.0.1.example/api/atlas/v2"),
    ],
)
def test_the_catalogue_is_called_embedded_where_the_server_brings_it_along(tmp_path: Path, url: str, said: str):
    assert called(settings_for(tmp_path, 8123, Settings(catalogue=url)), 8123) == said


def test_the_page_of_another_catalogue_on_this_machine_names_it(tmp_path: Path):
    theirs, ours = free_port(), free_port()
    settings = Settings(catalogue=f"http://{HOST}:{theirs}/api/atlas/v2")
    with Server(tmp_path / "theirs", theirs, Settings()), Server(tmp_path / "ours", ours, settings):
        own, other = (httpx.get(f"http://{HOST}:{port}/").text for port in (theirs, ours))
    assert "embedded catalogue" in own
    assert settings.catalogue in other
    assert "embedded catalogue" not in other


@pytest.mark.unit
@pytest.mark.parametrize("port", [0, -1, 65536, 99999, 10**30])
def test_what_is_no_port_is_refused(port: int):
    assert refusal(port) == f"{port} is no port: choose one from 1 to 65535"


def test_a_port_in_use_is_refused():
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refusal(port) == f"port {port} is in use: stop what listens there, or choose another"
    assert refusal(port) == ""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("module", ["demo", "local.server"])
def test_a_wrong_port_is_one_line_and_status_2(module: str):
    ended = subprocess.run(
        [sys.executable, "-m", module, "--port", "99999"], capture_output=True, text=True, timeout=50
    )
    assert ended.returncode == 2
    said = ended.stdout + ended.stderr
    assert said.startswith("99999 is no port")
    assert said.count("\n") == 1
