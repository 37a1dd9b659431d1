"""The blob store beyond the contract: leases that are lost, errors and what they tell."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobLeaseClient, ContainerClient

from lineage.errors import Conflict, LeaseLost, StoreError
from lineage.store.blobs import BlobStore, open_blobs
from lineage.store.keys import LEASES
from tests.azurite import Azurite
from tests.store.other_process import SHORTEST_LEASE

pytestmark = pytest.mark.azurite


@pytest.fixture
def container(azurite: Azurite) -> ContainerClient:
    container = ContainerClient.from_connection_string(azurite.connection, uuid.uuid4().hex, retry_total=0)
    container.create_container()
    return container


@pytest.fixture
def store(container: ContainerClient) -> BlobStore:
    return BlobStore(container, lease_seconds=SHORTEST_LEASE)


def test_a_held_lease_is_renewed_beyond_its_seconds(store):
    with store.lease("k"):
        time.sleep(SHORTEST_LEASE + 3)
        with pytest.raises(LeaseLost), store.lease("k", wait=0):
            pass
    with store.lease("k", wait=0):
        pass


def break_lease(container: ContainerClient) -> None:
    """Take the only lease from its holder."""
    (name,) = container.list_blob_names()
    BlobLeaseClient(container.get_blob_client(name)).break_lease(0)


def test_a_lease_that_another_took_meanwhile_is_reported_at_the_end(store, container):
    done = []

    def work() -> None:
        with store.lease("k"):
            break_lease(container)
            with store.lease("k", wait=5):
                done.append("by another")
            done.append("by the first")

    with pytest.raises(LeaseLost, match="lost while it was held"):
        work()
    assert done == ["by another", "by the first"]


def delete_lease_blob(container: ContainerClient) -> None:
    """As a lifecycle rule does it: without the holder's consent."""
    (name,) = container.list_blob_names(name_starts_with=LEASES)
    container.delete_blob(name)


def test_a_lease_whose_blob_has_expired_can_be_taken_again(store, container):
    for _ in range(3):
        with store.lease("k"):
            pass
        delete_lease_blob(container)
    assert list(container.list_blob_names()) == []
    with store.lease("k"), pytest.raises(LeaseLost), store.lease("k", wait=0):
        pass


def test_the_blob_of_a_held_lease_cannot_expire(store, container):
    with store.lease("k"):
        with pytest.raises(HttpResponseError) as refused:
            delete_lease_blob(container)
        assert refused.value.error_code == "LeaseIdMissing"


def test_of_many_that_find_the_blob_gone_one_at_a_time_holds_the_lease(store, container):
    inside = threading.Lock()
    seen: list[bool] = []

    def work(number: int) -> None:
        with store.lease("k", wait=60):
            seen.append(inside.acquire(blocking=False))
            time.sleep(0.02)
            inside.release()
        if number % 3 == 0:
            with suppress(HttpResponseError, ValueError):  # gone, held, none at this moment
                delete_lease_blob(container)

    with ThreadPoolExecutor(8) as several:
        list(several.map(work, range(24)))
    assert seen == [True] * 24


def test_who_lost_the_lease_and_its_blob_is_told(store, container):
    def work() -> None:
        with store.lease("k"):
            break_lease(container)
            delete_lease_blob(container)

    with pytest.raises(LeaseLost, match="lost while it was held"):
        work()


def test_the_error_of_a_block_is_not_hidden_by_a_lost_lease(store, container):
    def work() -> None:
        with store.lease("k"):
            break_lease(container)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()


def test_plain_keys_are_the_names_of_blobs(store, container):
    store.put("payloads/plans/1f92-3c/ab.json", b"x")
    assert list(container.list_blob_names()) == ["payloads/plans/1f92-3c/ab.json"]


def test_a_missing_container_is_an_error_not_an_absent_key(container):
    container.delete_container()
    store = BlobStore(container)
    attempts = (
        lambda: store.get("k"),
        lambda: store.put("k", b""),
        lambda: store.put_if_absent("k", b""),
        lambda: store.delete("k"),
        lambda: list(store.list("")),
        lambda: store.lease("k").__enter__(),
    )
    for attempt in attempts:
        with pytest.raises(StoreError, match="ContainerNotFound") as error:
            attempt()
        assert not isinstance(error.value, Conflict)


def test_the_container_is_made_for_a_connection_string(azurite):
    url = f"{azurite.blob}/{uuid.uuid4().hex}"
    open_blobs(url, azurite.connection).put("k", b"value")
    assert list(open_blobs(url, azurite.connection).list("")) == ["k"]


def test_a_wrong_key_is_an_error_that_does_not_repeat_it(azurite, container):
    wrong = "d3Jvbmcga2V5IHNFY1JlVA=="
    connection = azurite.connection.replace(azurite.key, wrong)
    store = BlobStore(ContainerClient.from_connection_string(connection, container.container_name, retry_total=0))
    with pytest.raises(StoreError) as error:
        store.put("k", b"")
    assert wrong not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_service_that_is_down_is_an_error_of_the_store(azurite):
    nowhere = azurite.connection.replace(azurite.blob, "http://127.0.0.1:9/lineagetests")
    store = BlobStore(ContainerClient.from_connection_string(nowhere, "lineage", retry_total=0))
    with pytest.raises(StoreError, match="k: ServiceRequestError"):
        store.put("k", b"")
    with pytest.raises(StoreError), store.lease("k"):
        pass
