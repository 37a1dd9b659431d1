"""Pointers on a storage queue."""

import base64
import uuid

import pytest
from azure.storage.queue import QueueClient

from lineage.errors import StoreError
from lineage.store.storage_queue import StorageQueue, open_storage_queue

pytestmark = pytest.mark.azurite

POINTER = "pending/1f92-3c,2024-01-01,0f é"


def test_a_pointer_arrives_as_base64_and_the_queue_is_made(azurite):
    name = f"q-{uuid.uuid4().hex}"
    queue = open_storage_queue("", name, azurite.connection)
    queue.send(POINTER)
    queue.send(POINTER)
    messages = QueueClient.from_connection_string(azurite.connection, name).receive_messages()
    assert [base64.b64decode(message.content).decode() for message in messages] == [POINTER, POINTER]


def test_a_queue_that_is_not_there_is_an_error_unless_it_is_to_be_made(azurite):
    queue = StorageQueue(QueueClient.from_connection_string(azurite.connection, f"q-{uuid.uuid4().hex}"))
    with pytest.raises(StoreError, match="QueueNotFound"):
        queue.send(POINTER)


def test_a_queue_that_is_down_is_an_error_after_one_attempt(azurite, caplog):
    nowhere = azurite.connection.replace(azurite.queue, "http://127.0.0.1:9/lineagetests")
    queue = open_storage_queue("", "pointers", nowhere)
    caplog.set_level("INFO", "azure.core.pipeline.policies.http_logging_policy")
    with pytest.raises(StoreError, match="queue pointers: ServiceRequestError"):
        queue.send(POINTER)
    assert sum("Request URL" in record.getMessage() for record in caplog.records) == 1
