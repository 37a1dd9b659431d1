"""Every setting of the Function and of the server on one machine, read once from the environment.

Importing this module reads nothing; ``Settings.from_env`` reports every wrong value at once.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from lineage.errors import SettingsError

PREFIX = "LINEAGE_"
"""Environment variables are the field's name in capitals behind this prefix: ``LINEAGE_CATALOGUE``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The defaults suit one machine; ``infra/`` sets what differs in Azure."""

    store: str = "build/store"
    """Folder of the file store, or ``https://ACCOUNT.blob.core.windows.net/CONTAINER``."""
    queue: str = ""
    """Name of the storage queue; empty: the sweep and the in-process wake-up alone."""
    queue_endpoint: str = ""
    """``https://ACCOUNT.queue.core.windows.net``."""
    storage_connection: str = ""
    """Connection string, for the emulator only; empty: the identity of azure-identity."""
    catalogue: str = "http://127.0.0.1:8057/api/atlas/v2"
    """Atlas v2 base URL of the catalogue."""
    catalogue_auth: str = "none"
    """``none``, ``basic`` or ``entra``."""
    catalogue_user: str = ""
    catalogue_password: str = ""
    collection: str = ""
    """Internal name of the Purview collection that placeholders and processes are placed in; empty: the root."""
    catalogue_scope: str = "https://purview.azure.net/.default"
    """Scope of the Entra token; ``https://purview.azure.com/.default`` would be answered 401."""
    catalogue_api_version: str = ""
    """``api-version`` of every call; empty: the one that this version was made for, where the URL is Purview's."""
    catalogue_rate: int = 0
    """Catalogue operations a second at most, of this process (25 is one capacity unit of Purview); 0: no limit."""
    debounce_seconds: int = 60
    """A process whose content stays the same is written at most once in so long; its runs are counted meanwhile."""
    max_body_bytes: int = 100 * 1024 * 1024
    """Largest body after decompression; a larger one is answered 413 and recorded."""
    keep_literals: bool = False
    """Keep literal values of queries in the store; by default they are masked before anything is stored."""
    mounts: str = ""
    """JSON object mount → target that applies where the workspace has not posted its own."""
    metastore_id: str = ""
    """Unity Catalog metastore of the workspaces; names ``databricks_table`` assets."""
    fold_dates: bool = True
    """Folders named by a full date stand for their parent, as partitions do."""
    waiting_hours: int = 48
    """An event whose plan has not come for so long is parked."""
    sign_in: str = "key"
    """``key``: a function key; ``entra``: the platform checks a token before the door is asked."""
    package_hash: str = ""
    """SHA-256 of the deployed package, set by the deployment; ``health`` and ``version`` show it."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read ``LINEAGE_*``; raises ``SettingsError`` that names every wrong value."""
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for field in fields(cls):
            name = PREFIX + field.name.upper()
            if name not in env:
                continue
            try:
                values[field.name] = _READ[type(field.default)](env[name])
            except ValueError as error:
                wrong.append(f"{name}={env[name]!r}: {error}")
        if values.get("mounts"):
            try:
                msgspec.json.decode(values["mounts"], type=dict[str, str])
            except msgspec.DecodeError as error:
                wrong.append(f"{PREFIX}MOUNTS: expected a JSON object mount → target: {error}")
        if "WEBSITE_SITE_NAME" in env and not values.get("store", "").startswith("https://"):
            wrong.append(f"{PREFIX}STORE: in Azure it must be a blob container; a folder is gone with its instance")
        if wrong:
            raise SettingsError("; ".join(wrong))
        return cls(**values)


def _boolean(text: str) -> bool:
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
    except KeyError:
        message = "expected true or false"
        raise ValueError(message) from None


_READ: Mapping[type, Callable[[str], Any]] = {str: str.strip, int: int, bool: _boolean}
