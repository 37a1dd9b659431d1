"""Where payloads, marks, receipts and process state live: one protocol, two implementations.

Keys are relative paths with ``/`` (``payloads/plans/1f92….json``): any text that has at most 1,024 characters once
``keys`` has spelled it. A value is bytes; an ``etag`` names one version of it. Writes are durable when they return.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from lineage.settings import Settings
from lineage.store.queue import NoQueue, PointerQueue


@dataclass(frozen=True, slots=True)
class Stored:
    """A value and the version of it that was read."""

    value: bytes
    etag: str


class Store(Protocol):
    """A durable map with conditional writes. Every method may raise ``StoreError``."""

    def put_if_absent(self, key: str, value: bytes) -> bool:
        """Write ``value`` unless the key is there. Returns whether it was written.

        ``False`` may also mean that an attempt of this very call was written, whose answer the network lost.
        """
        ...

    def put_all(self, items: Sequence[tuple[str, bytes]]) -> None:
        """``put_if_absent`` for several keys, cheaper than one by one; an empty value costs least.

        All are durable when it returns. They appear in this order: who sees one finds those before it.
        """
        ...

    def put(self, key: str, value: bytes) -> str:
        """Write or replace, whatever was there. Returns the new etag."""
        ...

    def get(self, key: str) -> Stored | None:
        """The value and its etag, or ``None``."""
        ...

    def replace(self, key: str, value: bytes, etag: str | None) -> str:
        """Write only if the current version is ``etag`` (``None``: only if absent); returns the new etag.

        Raises ``Conflict`` when somebody else wrote first, or when the network lost the answer to this very write.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove the key; it need not be there. A power cut may bring it back."""
        ...

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that start with ``prefix``, in ascending order of their UTF-8 bytes."""
        ...

    def lease(self, name: str, *, wait: float = 30.0) -> AbstractContextManager[None]:
        """Hold the lease ``name`` for the block; one holder at a time over all processes and machines.

        Waits up to ``wait`` seconds, then raises ``LeaseLost``. A holder that dies frees it within 60 seconds. Raises
        ``LeaseLost`` at the end of the block, too, when the lease was lost meanwhile: another may have worked in it.
        """
        ...


def open_store(settings: Settings) -> Store:
    """The store that ``settings.store`` names: a folder, or a blob container by its URL.

    Raises ``SettingsError`` when it cannot name one, ``StoreError`` when it cannot be made.
    """
    if settings.store.startswith(("https://", "http://")):
        from lineage.store.blobs import open_blobs

        return open_blobs(settings.store, settings.storage_connection)
    from lineage.store.files import FileStore

    return FileStore(settings.store)


def open_queue(settings: Settings) -> PointerQueue:
    """The queue that ``settings.queue`` names; without a name one that takes nothing. Raises as ``open_store``."""
    if not settings.queue:
        return NoQueue()
    from lineage.store.storage_queue import open_storage_queue

    return open_storage_queue(settings.queue_endpoint, settings.queue, settings.storage_connection)
