"""Pointers to stored events on a queue of Azure Storage."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from lineage.errors import SettingsError
from lineage.store.account import identity, translated

_OPTIONS: dict[str, Any] = {
    "message_encode_policy": TextBase64EncodePolicy(),  # what the Functions host expects unless it is told otherwise
    "retry_total": 0,
    "connection_timeout": 2,
    "read_timeout": 3,
}
"""One attempt of a few seconds: who sends has a client waiting, and the sweep to fall back on."""


def open_storage_queue(endpoint: str, name: str, connection: str = "") -> "StorageQueue":
    """The queue ``name`` at ``endpoint``; with ``connection``, an emulator's connection string, it is made if absent.

    Opens no connection. Raises ``SettingsError``.
    """
    if connection:
        try:
            return StorageQueue(QueueClient.from_connection_string(connection, name, **_OPTIONS), make=True)
        except ValueError as error:
            message = f"storage_connection: {error}"
            raise SettingsError(message) from None
    if not urlsplit(endpoint).netloc:
        message = "queue_endpoint: expected https://ACCOUNT.queue.core.windows.net"
        raise SettingsError(message)
    return StorageQueue(QueueClient(endpoint, name, credential=identity(), **_OPTIONS))


class StorageQueue:
    """A ``PointerQueue``; with ``make`` a queue that is not there is made when it is sent to."""

    def __init__(self, client: QueueClient, *, make: bool = False) -> None:
        self._client = client
        self._make = make

    def send(self, pointer: str) -> None:
        """See ``PointerQueue``."""
        with translated(f"queue {self._client.queue_name}"):
            try:
                self._client.send_message(pointer)
            except ResourceNotFoundError:
                if not self._make:
                    raise
                with suppress(ResourceExistsError):
                    self._client.create_queue()
                self._client.send_message(pointer)
