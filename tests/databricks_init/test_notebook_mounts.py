"""The workspace's mounts on their way to the Function: where to, with what, when, and whatever is wrong with that."""

import json

import pytest

from databricks_init.lineage_notebook import mounts
from demo.dbutils import DBUtils, MountInfo
from tests.databricks_init.endpoint import endpoint

KEY = "inventedKeyOfTheNotebook"
MOUNTS = [
    MountInfo("/mnt/raw", "abfss://raw@northwindlake.dfs.core.windows.net/"),
    MountInfo("/databricks-datasets", "databricks-datasets"),
]
TARGET = {"secretScope": "lineage", "secretKey": "ingest-key", "url": "https://f/api/producer", "workspaceUrl": "adb-9"}


@pytest.mark.unit
def test_the_policy_tells_where_lineage_goes_else_a_file_and_a_secret(tmp_path):
    dbutils = DBUtils({}, secrets={"lineage": {"ingest-key": "k"}})
    env = {"LINEAGE_URL": "https://p/api/producer", "LINEAGE_KEY": "e"}
    (tmp_path / "settings.json").write_text(json.dumps(TARGET))
    assert mounts.read_target(dbutils, str(tmp_path), env, {}) == mounts.Target("https://p/api/producer", "", "e")
    assert mounts.read_target(dbutils, str(tmp_path), {}, {}) == mounts.Target("https://f/api/producer", "adb-9", "k")
    assert mounts.read_target(DBUtils({}), str(tmp_path), {}, {}) == mounts.Target()
    assert mounts.read_target(dbutils, "/nonexistent", {}, {}) == mounts.Target()
    entra = {"LINEAGE_TOKEN_URL": "https://login", "LINEAGE_CLIENT_ID": "c", "LINEAGE_SCOPE": "s"}
    target = mounts.read_target(dbutils, "", env | entra, {})
    assert target == mounts.Target("https://p/api/producer", "", "e", "https://login", "c", "s")
    assert KEY not in repr(mounts.Target("u", "w", KEY))


def target_of(url: str) -> mounts.Target:
    return mounts.Target(f"{url}/api/producer", "adb-7.net", KEY)


def test_mounts_are_sent_once_and_again_when_they_change(tmp_path):
    with endpoint() as door:
        target = target_of(door.url)
        told = [
            mounts.post_mounts(DBUtils({}, mounts=found), target, tmp_path)
            for found in (MOUNTS, MOUNTS, [*MOUNTS, MountInfo("/mnt/b", "wasbs://b@a.blob.core.windows.net")])
        ]
    assert told == ["1 sent", "1, as sent before", "2 sent"]
    assert len(door.requests) == 2


def test_mounts_are_sent_with_a_token_where_the_key_is_a_client_secret(tmp_path):
    with endpoint("token") as door:
        target = mounts.Target(
            f"{door.url}/api/producer", "adb-7.net", KEY, f"{door.url}/token", "1a", "api://x/.default"
        )
        assert mounts.post_mounts(DBUtils({}, mounts=MOUNTS), target, tmp_path) == "1 sent"
    assert [one.path for one in door.requests] == ["/token", "/api/databricks/mounts"]
    assert door.requests[1].headers["authorization"] == "Bearer invented-token"
    assert "x-functions-key" not in door.requests[1].headers
    assert KEY not in repr(target)


@pytest.mark.parametrize("status", ["302", "401", "500"])
def test_mounts_that_are_not_taken_are_sent_next_time(tmp_path, status):
    with endpoint(status) as door:
        told = [mounts.post_mounts(DBUtils({}, mounts=MOUNTS), target_of(door.url), tmp_path) for _ in range(2)]
    assert all(line.startswith(f"not sent: HTTPError: HTTP Error {status}") for line in told)
    assert len(door.requests) == 2
    assert KEY not in str(told)


def test_mounts_of_nobody_and_to_nobody(tmp_path):
    whole = target_of("http://127.0.0.1:9")
    assert mounts.post_mounts(DBUtils({}), whole, tmp_path) == "not sent: the workspace has none"
    assert mounts.post_mounts(DBUtils({}, mounts=MOUNTS), mounts.Target(), tmp_path) == (
        "not sent: no url, no key, no workspace_url"
    )
    assert "not sent: URLError" in mounts.post_mounts(DBUtils({}, mounts=MOUNTS), whole, tmp_path)
