"""Every setting of the Function and of the server on one machine, read once from the environment.

Importing this module reads nothing; ``Settings.from_env`` reports every wrong value at once.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from lineage.errors import SettingsError
from lineage.rules import collection_rules, ignore_rules

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
    """Collection for what is ours, as the portal shows it or by its internal name; empty: the root."""
    collection_rules: str = ""
    """JSON list of ``{"workspace"|"path"|"catalogue": …, "collection": …}``, the first that fits wins."""
    ignore: str = ""
    """JSON list of ``{"path"|"notebook"|"cluster": …}``: writes that are skipped, inputs that are left out."""
    prefer: str = ""
    """Types, comma-separated, best first, that win where several assets match equally well (``databricks_table``)."""
    catalogue_scope: str = ""
    """Scope of the Entra token; empty: that of the cloud which the URL is in."""
    catalogue_api_version: str = ""
    """``api-version`` of every call; empty: the one that this version was made for, where the URL is Purview's."""
    catalogue_rate: int = 0
    """Catalogue operations a second at most, of this process (25 is one capacity unit of Purview); 0: no limit."""
    debounce_seconds: int = 7200
    """A process whose content stays the same is written at most once in so long; its runs are counted meanwhile. A
    status that changes is written within the minute; 0: every run is written at once."""
    relink_hours: int = 6
    """Every so many hours, placeholders that were scanned since are replaced and stale processes marked; 0: never."""
    stale_days: int = 90
    """A process that was not seen for so long is stale: marked, reported, removed by ``lineage prune``; 0: never."""
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
        for name, (decode, expected) in _JSON.items():
            try:
                decode(values.get(name, ""))
            except ValueError as error:
                wrong.append(f"{PREFIX}{name.upper()}: expected {expected}: {error}")
        wrong += [f"{PREFIX}{name.upper()}: expected 0 or more" for name in _COUNTS if values.get(name, 0) < 0]
        if "WEBSITE_SITE_NAME" in env and not values.get("store", "").startswith("https://"):
            wrong.append(f"{PREFIX}STORE: in Azure it must be a blob container; a folder is gone with its instance")
        if wrong:
            raise SettingsError("; ".join(wrong))
        return cls(**values)

    @property
    def preferred(self) -> tuple[str, ...]:
        """The types of ``prefer``."""
        return tuple(name for one in self.prefer.split(",") if (name := one.strip()))


def _boolean(text: str) -> bool:
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
    except KeyError:
        message = "expected true or false"
        raise ValueError(message) from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = "expected a whole number"
        raise ValueError(message) from None


def _mounts(text: str) -> dict[str, str]:
    return msgspec.json.decode(text, type=dict[str, str]) if text else {}


_COUNTS = ("catalogue_rate", "debounce_seconds", "relink_hours", "stale_days", "max_body_bytes", "waiting_hours")
_JSON: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "mounts": (_mounts, "a JSON object mount → target"),
    "collection_rules": (collection_rules, "a JSON list of rules, each a condition and a collection"),
    "ignore": (ignore_rules, "a JSON list of rules, each of path, notebook and cluster"),
}
"""Settings that are JSON: how they are read, and what they are for people."""
_READ: Mapping[type, Callable[[str], Any]] = {str: str.strip, int: _whole, bool: _boolean}
