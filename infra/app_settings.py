"""What the Function is told, as one table. No setting holds a key, a password or a connection string with one."""

from dataclasses import dataclass, fields
from typing import Any

from infra import names
from infra.config import Config
from lineage.settings import PREFIX, Settings

STORAGE = "AzureWebJobsStorage"
"""The connection that the triggers name; its parts say how the identity signs in."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known only once other resources are there; each a text or Pulumi's output of one."""

    store: Any
    blobs: Any
    queues: Any
    tables: Any
    client_id: Any
    collection: Any
    insights: Any


def app_settings(config: Config, facts: Facts) -> dict[str, Any]:
    """Name → value. Whatever has its default is left out, so that a new default comes with new code."""
    fixed = {
        f"{STORAGE}__credential": "managedidentity",
        f"{STORAGE}__clientId": facts.client_id,
        f"{STORAGE}__blobServiceUri": facts.blobs,
        f"{STORAGE}__queueServiceUri": facts.queues,
        f"{STORAGE}__tableServiceUri": facts.tables,
        "APPLICATIONINSIGHTS_CONNECTION_STRING": facts.insights,
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": _joined("ClientId=", facts.client_id, ";Authorization=AAD"),
        "AZURE_CLIENT_ID": facts.client_id,
        "LINEAGE_STORE": facts.store,
        "LINEAGE_QUEUE": names.QUEUE,
        "LINEAGE_QUEUE_ENDPOINT": facts.queues,
        "LINEAGE_CATALOGUE": catalogue_url(config),
        "LINEAGE_CATALOGUE_AUTH": "entra",
        "LINEAGE_COLLECTION": facts.collection,
    }
    return fixed | _chosen(config)


def catalogue_url(config: Config) -> str:
    """The Atlas v2 API of the account."""
    return f"{config.purview_url}/datamap/api/atlas/v2"


KEYS = {
    "catalogue_api_version": "catalogue_api_version",
    "catalogue_rate": "catalogue_rate",
    "catalogue_scope": "catalogue_scope",
    "collection_rules": "collection_rules",
    "debounce_seconds": "debounce_seconds",
    "fold_dates": "fold_dates",
    "ignore": "ignore_rules",
    "keep_literals": "keep_literals",
    "max_body_bytes": "max_body_bytes",
    "metastore_id": "metastore_id",
    "mounts": "mounts",
    "prefer": "prefer_types",
    "relink_hours": "relink_hours",
    "stale_days": "stale_days",
    "waiting_hours": "waiting_hours",
}
"""Setting of the Function → field of the configuration that it is taken from as it is."""


def _chosen(config: Config) -> dict[str, Any]:
    defaults = {one.name: _text(one.default) for one in fields(Settings)}
    chosen = {name: _text(getattr(config, field)) for name, field in KEYS.items()}
    chosen["sign_in"] = "entra" if config.auth == "entra" else defaults["sign_in"]
    return {f"{PREFIX}{name.upper()}": value for name, value in chosen.items() if value != defaults[name]}


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _joined(before: str, value: Any, after: str) -> Any:
    return f"{before}{value}{after}" if isinstance(value, str) else value.apply(lambda text: f"{before}{text}{after}")
