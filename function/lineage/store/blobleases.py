"""Blob leases that are renewed for as long as they are held."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.blob import BlobClient, BlobLeaseClient

from lineage.errors import LeaseLost
from lineage.store.account import code, translated

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
"""Seconds between two attempts to get a lease that is held."""
_QUICK: dict[str, Any] = {"retry_total": 0, "connection_timeout": 3, "read_timeout": 3}
"""A renewal or release that hangs is worth less than the next one."""


class _Held:
    """A lease that was got, for ``seconds`` at a time."""

    def __init__(self, lease: BlobLeaseClient, seconds: int, until: float) -> None:
        self._lease, self._seconds, self._until = lease, seconds, until
        self._ended = Event()
        self._keeper = Thread(target=self._keep, name="blob lease", daemon=True)
        self._keeper.start()

    def _keep(self) -> None:
        while not self._ended.wait(self._seconds / 3):
            asked = time.monotonic()
            try:
                self._lease.renew(**_QUICK)
            except AzureError as error:
                if code(error):  # the service says no; without an answer there is time for another attempt
                    self._until = asked
                    return
            else:
                self._until = asked + self._seconds

    def end(self) -> bool:
        """Let go. Returns whether the lease was held all the time."""
        self._ended.set()
        self._keeper.join()
        kept = time.monotonic() < self._until
        try:
            self._lease.release(**_QUICK)
        except AzureError as error:
            return kept and not code(error)  # without an answer it runs out by itself
        return kept


@contextmanager
def leased(blob: BlobClient, name: str, *, seconds: int, wait: float) -> Iterator[None]:
    """Hold a lease on ``blob``, which is made; raises ``LeaseLost`` as ``Store.lease`` does.

    ``seconds`` (15 to 60) is how long the lease of a dead holder stays.
    """
    with translated(name):
        held = _acquire(blob, name, seconds, wait)
    try:
        yield
    except BaseException:
        held.end()
        raise
    if not held.end():
        message = f"{name}: lost while it was held"
        raise LeaseLost(message)


def _acquire(blob: BlobClient, name: str, seconds: int, wait: float) -> _Held:
    deadline = time.monotonic() + wait
    pause = _FIRST_PAUSE
    lease = BlobLeaseClient(blob)
    while True:
        asked = time.monotonic()
        try:
            lease.acquire(lease_duration=seconds)
        except AzureError as error:
            if code(error) == "BlobNotFound":
                _make(blob)
                continue
            if code(error) != "LeaseAlreadyPresent":
                raise
        else:
            return _Held(lease, seconds, asked + seconds)
        if time.monotonic() >= deadline:
            message = f"{name}: held by another for more than {wait:g} s"
            raise LeaseLost(message)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _make(blob: BlobClient) -> None:
    with suppress(ResourceExistsError):
        blob.upload_blob(b"", overwrite=False)
