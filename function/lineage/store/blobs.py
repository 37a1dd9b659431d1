"""The store as a blob container: for any number of machines."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobClient, ContainerClient, ExponentialRetry

from lineage.errors import Conflict, SettingsError
from lineage.store import Stored
from lineage.store.account import code, identity, translated
from lineage.store.blobleases import leased
from lineage.store.keys import LEASES, read_all, spell, spell_prefix

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_CONTAINER_URL = re.compile(r"https?://[^/?#@]+(?:/[^/?#]+){0,1}/(?P<name>[^/?#]+)/?")
_WHOLE = 256 * 1024 * 1024
"""Bytes up to which a value is one request: blocks that are staged under one name by two writers get in each other's
way, one request is there or is not."""


def open_blobs(
    url: str, connection: str = "", *, credential: "TokenCredential | None" = None, lease_seconds: int = 30
) -> "BlobStore":
    """The container at ``url``, as ``credential`` or else as ``account.identity``; with ``connection`` (an emulator's
    connection string) it is made when it is not there.

    Raises ``SettingsError``, ``StoreError``.
    """
    found = _CONTAINER_URL.fullmatch(url)
    if not found:
        message = "store: expected a folder or https://ACCOUNT.blob.core.windows.net/CONTAINER"
        raise SettingsError(message)
    if not connection:
        container = ContainerClient.from_container_url(url, credential=credential or identity(), **_options())
        return BlobStore(container, lease_seconds=lease_seconds)
    try:
        container = ContainerClient.from_connection_string(connection, found["name"], **_options())
    except ValueError as error:
        message = f"storage_connection: {error}"
        raise SettingsError(message) from None
    with translated(container.container_name), suppress(ResourceExistsError):
        container.create_container()
    return BlobStore(container, lease_seconds=lease_seconds)


def _options() -> dict[str, Any]:
    """Three attempts, seconds apart: the SDK's own would keep whoever waits at the door for a minute."""
    return {
        "connection_timeout": 5,
        "read_timeout": 30,
        "retry_policy": ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=2, random_jitter_range=1),
        "max_single_put_size": _WHOLE,
        "max_single_get_size": _WHOLE,
    }


class BlobStore:
    """A ``Store`` in a container that is there; a dead holder keeps a lease for ``lease_seconds`` (15 to 60)."""

    def __init__(self, container: ContainerClient, *, lease_seconds: int = 30) -> None:
        self._container = container
        self._lease_seconds = lease_seconds

    def put_if_absent(self, key: str, value: bytes) -> bool:
        """See ``Store``."""
        try:
            self.replace(key, value, None)
        except Conflict:
            return False
        return True

    def put_all(self, items: Sequence[tuple[str, bytes]]) -> None:
        """See ``Store``. One after the other: the order is worth a round trip."""
        for key, value in items:
            self.put_if_absent(key, value)

    def put(self, key: str, value: bytes) -> str:
        """See ``Store``."""
        with translated(key):
            return str(self._blob(key).upload_blob(value, overwrite=True)["etag"])

    def get(self, key: str) -> Stored | None:
        """See ``Store``."""
        with translated(key), _absent_is_none():
            stream = self._blob(key).download_blob()
            return Stored(stream.readall(), str(stream.properties.etag))
        return None

    def replace(self, key: str, value: bytes, etag: str | None) -> str:
        """See ``Store``."""
        condition: dict[str, Any] = (
            {"match_condition": MatchConditions.IfMissing}
            if etag is None
            else {"match_condition": MatchConditions.IfNotModified, "etag": etag}
        )
        with translated(key):
            return str(self._blob(key).upload_blob(value, overwrite=True, **condition)["etag"])

    def delete(self, key: str) -> None:
        """See ``Store``."""
        with translated(key), _absent_is_none():
            self._blob(key).delete_blob()

    def list(self, prefix: str) -> Iterator[str]:
        """See ``Store``. Holds one page of names at a time."""
        with translated(prefix):
            yield from read_all(self._container.list_blob_names(name_starts_with=spell_prefix(prefix)), prefix)

    def lease(self, name: str, *, wait: float = 30.0) -> AbstractContextManager[None]:
        """See ``Store``. It is renewed as long as it is held; that of a dead holder runs out."""
        blob = self._container.get_blob_client(LEASES + sha256(name.encode("utf-8", "surrogatepass")).hexdigest())
        return leased(blob, name, seconds=self._lease_seconds, wait=wait)

    def _blob(self, key: str) -> BlobClient:
        return self._container.get_blob_client(spell(key))


@contextmanager
def _absent_is_none() -> Iterator[None]:
    """Leave the block when there is no such blob; a container that is missing stays an error."""
    try:
        yield
    except ResourceNotFoundError as error:
        if code(error) != "BlobNotFound":
            raise
