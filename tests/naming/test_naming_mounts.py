"""Mounts, and their history."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.naming.mounts import MountTable, may_be_mounted, normalise_mounts, resolve

pytestmark = pytest.mark.unit

LAKE = "abfss://raw@a.dfs.core.windows.net"


@pytest.mark.parametrize(
    "spelling",
    ["/mnt/raw", "/mnt/raw/", "mnt/raw", "dbfs:/mnt/raw", "dbfs:///mnt//raw/", " /mnt/raw ", "/mnt/x/../raw"],
)
def test_mount_points_have_one_spelling(spelling):
    assert normalise_mounts({spelling: LAKE}) == {"/mnt/raw": LAKE}


def test_secrets_of_targets_are_dropped():
    assert normalise_mounts({"/": f"{LAKE}/x?sv=1&sig=secret"}) == {"/": f"{LAKE}/x"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("mnt/raw/x", f"{LAKE}/x"),
        ("mnt/raw", f"{LAKE}/"),
        ("mnt/raw/deep/x", "wasbs://b@c/in/x"),
        ("mnt/raw/deeper", f"{LAKE}/deeper"),
        ("mnt/RAW/x", "s3a://root/mnt/RAW/x"),
        ("other", "s3a://root/other"),
        ("", "s3a://root/"),
        ("databricks-datasets/x", None),
    ],
)
def test_longest_whole_prefix_wins(path, expected):
    mounts = normalise_mounts(
        {
            "/mnt/raw": LAKE,
            "/mnt/raw/deep": "wasbs://b@c/in/",
            "/": "s3a://root",
            "/databricks-datasets": "databricks-datasets",
        }
    )

    resolved = resolve(tuple(path.split("/")) if path else (), mounts)

    assert (resolved.uri if resolved else None) == expected


def test_mapping_valid_at_event_time_is_used():
    table = MountTable.of([(2_000, {"/mnt/a": "b://2"}), (1_000, {"/mnt/a": "b://1"}), (3_000, {"/mnt/b/": "b://3"})])

    assert table.at(1_000) == table.at(1_999) == {"/mnt/a": "b://1"}
    assert table.at(2_000) == {"/mnt/a": "b://2"}
    assert table.at(99_999) == {"/mnt/b": "b://3"}
    assert table.at(0) == {"/mnt/a": "b://1"}, "before the first entry the first is better than none"
    assert MountTable().at(5) == {}


def test_of_two_entries_at_one_time_the_later_given_holds():
    assert MountTable.of([(1, {"/a": "b://1"}), (1, {"/a": "b://2"})]).at(1) == {"/a": "b://2"}


TEXTS = st.text(max_size=12)


@given(st.dictionaries(TEXTS, TEXTS, max_size=4), st.lists(st.sampled_from(["a", "b", "mnt"]), max_size=4))
def test_any_mounts_are_taken(mounts, segments):
    once = normalise_mounts(mounts)

    assert normalise_mounts(once) == once
    resolve(tuple(segments), once)


@pytest.mark.parametrize(
    "uri", ["dbfs:/mnt/a", "DBFS:/x", "/mnt/a", "/dbfs/x", "file:/dbfs/x", "hdfs://adb-1.2/x", "x", ""]
)
def test_what_is_no_storage_of_its_own_may_be_mounted(uri):
    assert may_be_mounted(uri)


@pytest.mark.parametrize("uri", ["abfss://raw@lake.dfs.core.windows.net/mnt", "WASBS://c@a/x", "jdbc:mysql://h/d:t"])
def test_what_names_its_storage_is_not_mounted(uri):
    assert not may_be_mounted(uri)
