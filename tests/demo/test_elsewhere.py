"""``make demo CATALOGUE=URL``: into a catalogue that others use; said first, asked, and taken out again."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demo import elsewhere
from lineage.catalogue import open_client
from lineage.catalogue.typedefs import get_type
from lineage.errors import Forbidden
from lineage.settings import Settings
from local.server import HOST
from tests.atlas_dump import dump
from tests.catalogue_contract import atlas_server
from tests.line import free_port, process

ROOT = Path(__file__).parents[2]
KEPT = ("attributes", "labels", "collectionId")


def demo(folder, url, *options, env=(), answer=None):
    """``make demo CATALOGUE=url ONCE=1`` in a folder of its own; ``answer`` is typed on a terminal."""
    command = [sys.executable, "-m", "demo", "--once", "--port", str(free_port()), "--catalogue", url, *options]
    given = {name: value for name, value in os.environ.items() if not name.startswith(("LINEAGE_", "AZURE_"))}
    given |= {"PYTHONPATH": str(ROOT), **dict(env)}
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=300, input=answer)


def lineage(folder, command, env=()):
    """What the demo told to type."""
    names, _, rest = command.partition(" .venv/bin/lineage ")
    given = {name: value for name, value in os.environ.items() if not name.startswith("LINEAGE_")}
    given |= dict(one.split("=", 1) for one in names.split()) | dict(env)
    line = [sys.executable, "-c", "from lineage.cli import main; main()", *rest.split()]
    return subprocess.run(line, cwd=folder, env=given, capture_output=True, text=True, timeout=300)


def told_to_type(output):
    return re.search(r"^  (LINEAGE_STORE=.*)$", output, re.M)[1]


@pytest.fixture
def catalogue(tmp_path):
    """The embedded catalogue in a process of its own, as somebody else's Atlas; its URL and a client."""
    port = free_port()
    with process(tmp_path / "theirs", port):
        url = f"http://{HOST}:{port}"
        client = open_client(Settings(catalogue=f"{url}/api/atlas/v2"))
        yield url, client
        client.close()


def test_without_an_answer_nothing_is_written(tmp_path, catalogue):
    url, client = catalogue
    before = dump(client)
    done = demo(tmp_path, url)
    assert done.returncode == 2
    for said in ("15 processes", "15 placeholders", "nobody is there to answer: YES=1 says yes", f"{url}/api/atlas/v2"):
        assert said in done.stdout
    assert dump(client) == before
    assert get_type(client, "lineage_process") is None


def test_what_was_said_is_written_and_taken_out_again(tmp_path, catalogue):
    url, client = catalogue
    scanned = {
        "typeName": "azure_datalake_gen2_path",
        "guid": "-1",
        "attributes": {"qualifiedName": "https://northwindlake.dfs.core.windows.net/bronze/orders", "name": "orders"},
    }
    client.post("entity/bulk", body={"entities": [scanned]})
    before = dump(client)
    done = demo(tmp_path, url, "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "14 placeholders" in done.stdout
    assert "(1 datasets are there already and are only referred to)" in done.stdout
    after = dump(client)
    kinds = [name.partition(" ")[0] for name in set(after) - set(before)]
    assert kinds.count("databricks_process") == 15
    labelled = [one for name, one in after.items() if "lineage-placeholder" in one["labels"]]
    assert len(labelled) == 14
    for name, one in before.items():
        assert [after[name][key] for key in KEPT] == [one[key] for key in KEPT]

    command = told_to_type(done.stdout)
    would = lineage(tmp_path, command.removesuffix(" --yes"))
    assert "15 stale" in would.stdout, would.stderr
    assert dump(client) == after
    pruned = lineage(tmp_path, command)
    assert pruned.returncode == 0, pruned.stderr
    left = {name: one for name, one in dump(client).items() if not name.startswith("databricks_workspace ")}
    assert left == before


def test_a_second_time_changes_nothing_and_after_the_removal_it_begins_anew(tmp_path, catalogue):
    url, client = catalogue
    first = demo(tmp_path, url, "--yes")
    after = dump(client)
    again = demo(tmp_path, url, "--yes")
    assert again.returncode == 0, again.stdout
    assert dump(client) == after
    lineage(tmp_path, told_to_type(first.stdout))
    assert demo(tmp_path, url, "--yes").returncode == 0
    assert dump(client) == after


@pytest.mark.parametrize(
    ("url", "env", "says"),
    [
        ("https://contoso.purview.azure.com", {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}, "az login"),
        ("{url}", {"LINEAGE_COLLECTION": "Nowhere"}, "LINEAGE_COLLECTION: there is no collection 'Nowhere'"),
        ("{url}", {"LINEAGE_IGNORE": "[1]"}, "LINEAGE_IGNORE"),
        ("{url}", {"LINEAGE_CATALOGUE_AUTH": "magic"}, "LINEAGE_CATALOGUE_AUTH"),
    ],
)
def test_what_is_missing_is_said_in_words(tmp_path, catalogue, url, env, says):
    done = demo(tmp_path, url.format(url=catalogue[0]), "--yes", env=env)
    assert (done.returncode, says in done.stdout) == (2, True), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


unit = pytest.mark.unit


@unit
@pytest.mark.parametrize(
    ("given", "url", "auth"),
    [
        ("https://contoso.purview.azure.com", "https://contoso.purview.azure.com/datamap/api/atlas/v2", "entra"),
        ("contoso.purview.azure.com/", "https://contoso.purview.azure.com/datamap/api/atlas/v2", "entra"),
        ("https://contoso.purview.azure.us", "https://contoso.purview.azure.us/datamap/api/atlas/v2", "entra"),
        (
            "https://api.purview-service.microsoft.com",
            "https://api.purview-service.microsoft.com/datamap/api/atlas/v2",
            "entra",
        ),
        ("http://localhost:21000", "http://localhost:21000/api/atlas/v2", "none"),
        ("http://localhost:21000/api/atlas/v2", "http://localhost:21000/api/atlas/v2", "none"),
    ],
)
def test_a_catalogue_may_be_called_as_people_call_it(given, url, auth):
    settings = elsewhere.settings_for(given, Settings())
    assert (settings.catalogue, settings.catalogue_auth) == (url, auth)


@unit
def test_a_user_means_basic_authentication_and_a_setting_wins():
    user = Settings(catalogue_user="steward")
    assert elsewhere.settings_for("http://localhost:21000", user).catalogue_auth == "basic"
    given = Settings(catalogue_auth="basic")
    assert elsewhere.settings_for("https://contoso.purview.azure.com", given).catalogue_auth == "basic"


@unit
@pytest.mark.parametrize(("status", "helps"), [(0, True), (401, True), (403, False)])
def test_a_missing_sign_in_and_a_missing_role_are_two_things(status, helps):
    said = elsewhere.explained(Forbidden("the identity needs the role Data Curator", status=status))
    assert ("az login" in said) is helps
    assert "Data Curator" in said


@unit
@pytest.mark.parametrize(
    ("answer", "agreed"), [("y", True), ("YES", True), ("", False), ("n", False), ("yesterday", False)]
)
def test_only_yes_is_yes(monkeypatch, answer, agreed):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    if agreed:
        elsewhere.agreed(yes=False)
    else:
        with pytest.raises(elsewhere.Declined):
            elsewhere.agreed(yes=False)


@pytest.mark.atlas
@pytest.mark.timeout(500)
def test_the_same_into_a_real_apache_atlas(tmp_path):
    atlas = atlas_server.running()
    env = {"LINEAGE_CATALOGUE_USER": atlas.user, "LINEAGE_CATALOGUE_PASSWORD": atlas.password}
    done = demo(tmp_path, atlas.url, "--yes", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gold/daily_revenue" in done.stdout
    assert atlas.password not in done.stdout + done.stderr
    pruned = lineage(tmp_path, told_to_type(done.stdout), env)
    assert pruned.returncode == 0, pruned.stderr
    assert "15 removed" in pruned.stdout
    again = lineage(tmp_path, told_to_type(done.stdout), env)
    assert "no process is stale" in again.stdout
