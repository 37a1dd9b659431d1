"""The storage account behind blobs and queue: who we are to it, and what its errors mean."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError

from lineage.errors import Conflict, StoreError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

_MEANINGS: Mapping[str, type[StoreError]] = {
    "BlobAlreadyExists": Conflict,
    "BlobNotFound": Conflict,
    "ConditionNotMet": Conflict,
}
"""Error codes of the service that are more than a ``StoreError``; ``BlobNotFound`` meets who replaces a version."""


@cache
def identity() -> "TokenCredential":
    """The managed identity in Azure (which one: ``AZURE_CLIENT_ID``), the developer's own elsewhere."""
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


def code(error: AzureError) -> str:
    """The service's error code; empty where it did not answer."""
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", {})
    return headers.get("x-ms-error-code", "")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise every error of the SDK within the block as the ``StoreError`` that it means for ``what``."""
    try:
        yield
    except AzureError as error:
        known = code(error)
        reason = (error.message or type(error).__name__).splitlines()[0]
        message = f"{what}: {known or type(error).__name__}: {reason}"
        raise _MEANINGS.get(known, StoreError)(message) from error
