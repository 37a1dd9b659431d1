"""The storage account: payloads, receipts, pointers, and the package; no account key opens it."""

from collections.abc import Iterable

import pulumi
from pulumi_azure_native import storage

from infra import names
from infra.components.component import Component
from infra.config import Config
from infra.names import Names
from lineage.records import DATED
from lineage.store.keys import LEASES

CONTAINERS = (names.CONTAINER, names.DEPLOYMENTS)
QUEUES = (names.QUEUE, names.POISON_QUEUE)
LEASE_DAYS = 30
"""Age at which a blob that leases are taken on goes. One that is held cannot be deleted; the next who needs it makes
it anew, so the age is only how often that happens: without an end there would be one for each name there ever was."""


class Storage(Component):
    """``data`` is the URL of the lineage container, ``queues`` that of the queue service."""

    def __init__(self, config: Config, names: Names, group: pulumi.Input[str]) -> None:
        super().__init__("storage")
        self._config, self._group = config, group
        self.account = self._account(names.storage)
        self._blob_properties()
        self.containers = {name: self._container(name) for name in CONTAINERS}
        for name in QUEUES:
            self._queue(name)
        self._retention(config.retention_days)
        endpoints = self.account.primary_endpoints
        self.blobs = endpoints.apply(lambda one: one.blob.rstrip("/"))
        self.queues = endpoints.apply(lambda one: one.queue.rstrip("/"))
        self.tables = endpoints.apply(lambda one: one.table.rstrip("/"))
        self.register_outputs({"account": self.account.name, "blobs": self.blobs})

    def url_of(self, container: str) -> pulumi.Output[str]:
        """URL of one of ``CONTAINERS``."""
        return pulumi.Output.concat(self.blobs, "/", container)

    def _account(self, name: str) -> storage.StorageAccount:
        private = self._config.private_network
        return storage.StorageAccount(
            "account",
            account_name=name,
            resource_group_name=self._group,
            location=self._config.location,
            kind=storage.Kind.STORAGE_V2,
            sku={"name": storage.SkuName.STANDARD_LRS},
            allow_shared_key_access=False,
            allow_blob_public_access=False,
            default_to_o_auth_authentication=True,
            minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
            enable_https_traffic_only=True,
            public_network_access="Disabled" if private else "Enabled",
            network_rule_set={
                "default_action": storage.DefaultAction.DENY if private else storage.DefaultAction.ALLOW,
                "bypass": storage.Bypass.AZURE_SERVICES,
            },
            tags=self._config.tag_map,
            opts=self.own(protect=self._config.protect_data),
        )

    def _blob_properties(self) -> None:
        """A week in which what was deleted by mistake can be had back."""
        storage.BlobServiceProperties(
            "blobs",
            account_name=self.account.name,
            resource_group_name=self._group,
            blob_services_name="default",
            delete_retention_policy={"enabled": True, "days": 7},
            container_delete_retention_policy={"enabled": True, "days": 7},
            opts=self.own(),
        )

    def _container(self, name: str) -> storage.BlobContainer:
        return storage.BlobContainer(
            f"container-{name}",
            account_name=self.account.name,
            resource_group_name=self._group,
            container_name=name,
            public_access=storage.PublicAccess.NONE,
            opts=self.own(protect=self._config.protect_data and name == names.CONTAINER),
        )

    def _queue(self, name: str) -> None:
        storage.Queue(
            f"queue-{name}",
            account_name=self.account.name,
            resource_group_name=self._group,
            queue_name=name,
            opts=self.own(),
        )

    def _retention(self, days: int) -> None:
        """What is dated goes after ``days``, unless it is 0; what the future still refers to stays."""
        rules = [*([_expiry("expire", days, DATED)] if days else []), _expiry("leases", LEASE_DAYS, [LEASES])]
        storage.ManagementPolicy(
            "retention",
            account_name=self.account.name,
            resource_group_name=self._group,
            management_policy_name="default",
            policy={"rules": rules},
            opts=self.own(),
        )


def _expiry(name: str, days: int, prefixes: Iterable[str]) -> storage.ManagementPolicyRuleArgsDict:
    return {
        "name": name,
        "type": storage.RuleType.LIFECYCLE,
        "enabled": True,
        "definition": {
            "actions": {"base_blob": {"delete": {"days_after_modification_greater_than": days}}},
            "filters": {
                "blob_types": ["blockBlob"],
                "prefix_match": [f"{names.CONTAINER}/{prefix}" for prefix in prefixes],
            },
        },
    }
