"""Which store and queue the settings name."""

import pytest

from lineage.errors import SettingsError
from lineage.settings import Settings
from lineage.store import open_queue, open_store
from lineage.store.files import FileStore
from lineage.store.queue import NoQueue

pytestmark = pytest.mark.unit


def test_a_folder_is_a_file_store(tmp_path):
    store = open_store(Settings(store=str(tmp_path / "store")))
    assert isinstance(store, FileStore)
    assert (tmp_path / "store").is_dir()


def test_a_url_is_a_container_that_is_opened_without_connecting():
    from lineage.store.blobs import BlobStore

    store = open_store(Settings(store="https://account.blob.core.windows.net/lineage"))
    assert isinstance(store, BlobStore)


@pytest.mark.parametrize(
    "url",
    [
        "https://account.blob.core.windows.net",
        "https://account.blob.core.windows.net/",
        "https://account.blob.core.windows.net/lineage?sv=2024&sig=sEcReT",
        "https://user:sEcReT@account.blob.core.windows.net/lineage",
        "https:///lineage",
    ],
)
def test_a_url_that_names_no_container_is_a_wrong_setting_and_is_not_repeated(url):
    with pytest.raises(SettingsError, match="store: expected") as error:
        open_store(Settings(store=url))
    assert "sEcReT" not in str(error.value)


def test_a_wrong_connection_string_is_a_wrong_setting_and_is_not_repeated():
    settings = Settings(
        store="https://account.blob.core.windows.net/lineage", queue="pointers", storage_connection="AccountKey=sEcReT"
    )
    for opening in (open_store, open_queue):
        with pytest.raises(SettingsError, match="storage_connection") as error:
            opening(settings)
        assert "sEcReT" not in str(error.value)


def test_without_a_name_there_is_no_queue():
    queue = open_queue(Settings())
    assert isinstance(queue, NoQueue)
    queue.send("pending/p")


def test_a_named_queue_needs_its_endpoint():
    from lineage.store.storage_queue import StorageQueue

    assert isinstance(
        open_queue(Settings(queue="pointers", queue_endpoint="https://account.queue.core.windows.net")), StorageQueue
    )
    with pytest.raises(SettingsError, match="queue_endpoint"):
        open_queue(Settings(queue="pointers"))
