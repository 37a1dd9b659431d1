"""The server of one machine: its upkeep, and what keeps it from starting."""

import os
import subprocess
import sys
import threading

import httpx
import pytest

from lineage.errors import Unavailable
from lineage.model import AssetName
from lineage.settings import Settings
from local.server import HOST, Server
from local.wakeup import Wakeup, Worker
from tests.catalogue.lineages import ORDERS, lineage
from tests.line import client, free_port


class Chores:
    """Counts, and fails every other time."""

    def __init__(self):
        self.swept = self.kept = 0
        self.enough, self.often = threading.Event(), threading.Event()

    def sweep(self):
        self.swept += 1
        if self.swept >= 3:
            self.often.set()

    def upkeep(self):
        self.kept += 1
        if self.kept >= 4:
            self.enough.set()
        if self.kept % 2:
            raise Unavailable("away")


@pytest.mark.unit
def test_upkeep_comes_again_and_again_whatever_fails(caplog):
    chores = Chores()
    with Worker(chores, Wakeup(), sweep_seconds=60, upkeep_seconds=0.01):
        assert chores.enough.wait(timeout=30)
    assert "upkeep stopped: away" in caplog.text
    assert chores.swept == 1


@pytest.mark.unit
def test_upkeep_does_not_come_first():
    chores = Chores()
    with Worker(chores, Wakeup(), sweep_seconds=0.01, upkeep_seconds=60):
        assert chores.often.wait(timeout=30)
    assert chores.kept == 0


def test_the_upkeep_of_the_server_binds_what_was_scanned_since(tmp_path):
    port = free_port()
    with Server(tmp_path, port, Settings()) as server:
        server.pipeline.publisher.publish(lineage())
        asked = client(tmp_path, port)
        scanned = {"qualifiedName": f"{ORDERS.qualified_name}/{{SparkPartitions}}", "name": "orders"}
        entity = {"typeName": "azure_datalake_gen2_resource_set", "guid": "-1", "attributes": scanned}
        asked.post("entity/bulk", body={"entities": [entity]})
        server.pipeline.upkeep()
        assert asked.find(ORDERS.asset) is None
        assert asked.find(AssetName(entity["typeName"], scanned["qualifiedName"]))
        asked.close()


@pytest.mark.parametrize(
    ("env", "says"),
    [
        (
            {"LINEAGE_COLLECTION": "Nowhere"},
            "LINEAGE_COLLECTION: there is no collection 'Nowhere'; there are: embedded",
        ),
        (
            {"LINEAGE_COLLECTION_RULES": '[{"path": "https://x", "collection": "Y"}]'},
            "LINEAGE_COLLECTION_RULES: there is no collection 'Y'",
        ),
        ({"LINEAGE_COLLECTION_RULES": "Finance"}, "LINEAGE_COLLECTION_RULES: expected a JSON list"),
    ],
)
def test_a_wrong_collection_keeps_the_server_from_starting_and_says_which_there_are(tmp_path, env, says):
    command = [sys.executable, "-m", "local.server", "--folder", str(tmp_path), "--port", str(free_port())]
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(says), done.stderr


def test_a_collection_that_is_there_is_where_it_all_goes(tmp_path):
    port = free_port()
    with Server(tmp_path, port, Settings()):
        url = f"http://{HOST}:{port}/account/collections/fin123"
        assert httpx.put(url, json={"friendlyName": "Finance"}).status_code == 200
    given = Settings(
        collection_rules='[{"path": "https://northwindlake.dfs.core.windows.net", "collection": "Finance"}]'
    )
    with Server(tmp_path, port, given) as server:
        server.pipeline.publisher.publish(lineage())
        asked = client(tmp_path, port)
        found = asked.find(ORDERS.asset)
        assert found
        assert found["entity"]["collectionId"] == "fin123"
        asked.close()
