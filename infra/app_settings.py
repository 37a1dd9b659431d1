"""What the Function is told, as one table. No setting holds a key, a password or a connection string with one."""

from dataclasses import dataclass
from typing import Any

from infra import names
from infra.config import Config

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


def _chosen(config: Config) -> dict[str, Any]:
    chosen = {
        "LINEAGE_CATALOGUE_RATE": str(config.catalogue_rate or ""),
        "LINEAGE_COLLECTION_RULES": config.collection_rules,
        "LINEAGE_IGNORE": config.ignore_rules,
        "LINEAGE_PREFER": ",".join(config.prefer_types),
        "LINEAGE_RELINK_HOURS": _unless(6, config.relink_hours),
        "LINEAGE_STALE_DAYS": _unless(90, config.stale_days),
        "LINEAGE_METASTORE_ID": config.metastore_id,
        "LINEAGE_SIGN_IN": "entra" if config.auth == "entra" else "",
        "LINEAGE_KEEP_LITERALS": "true" if config.keep_literals else "",
    }
    return {name: value for name, value in chosen.items() if value}


def _unless(default: int, value: int) -> str:
    return "" if value == default else str(value)


def _joined(before: str, value: Any, after: str) -> Any:
    return f"{before}{value}{after}" if isinstance(value, str) else value.apply(lambda text: f"{before}{text}{after}")
