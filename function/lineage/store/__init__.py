"""Where payloads, marks, receipts and process state live: one protocol, two implementations.

Keys are relative paths with ``/`` (``payloads/plans/1f92….json``). A value is bytes; an ``etag`` names one version of
it. Writes are durable when they return.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Stored:
    """A value and the version of it that was read."""

    value: bytes
    etag: str


class Store(Protocol):
    """A durable map with conditional writes. Every method may raise ``StoreError``."""

    def put_if_absent(self, key: str, value: bytes) -> bool:
        """Write ``value`` unless the key is there. Returns whether it was written."""
        ...

    def put(self, key: str, value: bytes) -> str:
        """Write or replace, whatever was there. Returns the new etag."""
        ...

    def get(self, key: str) -> Stored | None:
        """The value and its etag, or ``None``."""
        ...

    def replace(self, key: str, value: bytes, etag: str | None) -> str:
        """Write only if the current version is ``etag`` (``None``: only if absent); returns the new etag.

        Raises ``Conflict`` when somebody else wrote first.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove the key; it need not be there."""
        ...

    def list(self, prefix: str) -> Iterator[str]:
        """The keys that start with ``prefix``, in ascending order of their UTF-8 bytes."""
        ...

    def lease(self, name: str, *, wait: float = 30.0) -> AbstractContextManager[None]:
        """Hold the lease ``name`` for the block; one holder at a time over all processes and machines.

        Waits up to ``wait`` seconds, then raises ``LeaseLost``. A holder that dies frees it within 60 seconds.
        """
        ...
