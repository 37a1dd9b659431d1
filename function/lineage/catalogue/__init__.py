"""Lineage in a catalogue: Atlas entities, matching to scanned assets, the REST client, publishing.

Importing this loads none of the SDKs; what is imported from it does.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lineage.catalogue.client import AtlasClient, open_client
    from lineage.catalogue.outcome import Outcome
    from lineage.catalogue.publish import Publisher
    from lineage.settings import Settings
    from lineage.store import Store

__all__ = ["AtlasClient", "Outcome", "Publisher", "open_client", "open_publisher"]

_HOMES: Mapping[str, str] = {
    "AtlasClient": "client",
    "open_client": "client",
    "Outcome": "outcome",
    "Publisher": "publish",
}


def open_publisher(settings: "Settings", store: "Store") -> "Publisher":
    """The publisher into the catalogue that the settings name. Raises ``SettingsError``."""
    from lineage.catalogue.client import open_client
    from lineage.catalogue.publish import Publisher
    from lineage.rules import collection_rules

    return Publisher(
        open_client(settings),
        store,
        collection=settings.collection,
        collection_rules=collection_rules(settings.collection_rules),
        window=float(settings.debounce_seconds),
        prefer=settings.preferred,
    )


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"lineage.catalogue.{_HOMES[name]}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
