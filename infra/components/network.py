"""The optional private network: storage is reached through private endpoints alone."""

import ipaddress

import pulumi
from pulumi_azure_native import network, privatedns

from infra.components.component import Component
from infra.components.storage import Storage
from infra.config import Config
from infra.names import Names

SERVICES = ("blob", "queue", "table")
"""All three: without the last two the Functions host does not start."""


class Network(Component):
    """``app_subnet`` is where the Function's instances live."""

    def __init__(self, config: Config, names: Names, group: pulumi.Input[str]) -> None:
        super().__init__("network")
        self._config, self._names, self._group = config, names, group
        halves = ipaddress.ip_network(config.address_space).subnets(prefixlen_diff=1)
        app_range, endpoint_range = map(str, halves)
        self.network = network.VirtualNetwork(
            "network",
            virtual_network_name=names.network,
            resource_group_name=group,
            location=config.location,
            address_space={"address_prefixes": [config.address_space]},
            tags=config.tag_map,
            # The subnets are resources of their own; named here as well they would be fought over.
            opts=self.own(ignore_changes=["subnets"]),
        )
        self.app = self._subnet("app", app_range, delegated=True)
        # Azure changes one subnet of a network at a time.
        self.endpoints = self._subnet("endpoints", endpoint_range, delegated=False, after=self.app)
        self.app_subnet = self.app.id
        self.register_outputs({"network": self.network.id})

    def connect(self, storage: Storage) -> list[pulumi.Resource]:
        """A private endpoint with its DNS for each service; the app starts after them."""
        return [self._endpoint(service, storage) for service in SERVICES]

    def _subnet(
        self, name: str, addresses: str, *, delegated: bool, after: pulumi.Resource | None = None
    ) -> network.Subnet:
        service = "Microsoft.App/environments"  # what Flex Consumption runs on
        return network.Subnet(
            f"subnet-{name}",
            subnet_name=f"snet-{name}",
            resource_group_name=self._group,
            virtual_network_name=self.network.name,
            address_prefix=addresses,
            delegations=[{"name": "function", "service_name": service}] if delegated else [],
            opts=self.own(depends_on=[after] if after else None),
        )

    def _endpoint(self, service: str, storage: Storage) -> network.PrivateDnsZoneGroup:
        zone = self._zone(service)
        endpoint = network.PrivateEndpoint(
            f"endpoint-{service}",
            private_endpoint_name=f"pep-lineage-{service}",
            resource_group_name=self._group,
            location=self._config.location,
            subnet={"id": self.endpoints.id},
            private_link_service_connections=[
                {"name": service, "private_link_service_id": storage.account.id, "group_ids": [service]}
            ],
            tags=self._config.tag_map,
            opts=self.own(),
        )
        return network.PrivateDnsZoneGroup(
            f"zone-group-{service}",
            private_dns_zone_group_name="default",
            private_endpoint_name=endpoint.name,
            resource_group_name=self._group,
            private_dns_zone_configs=[{"name": service, "private_dns_zone_id": zone.id}],
            opts=self.own(),
        )

    def _zone(self, service: str) -> privatedns.PrivateZone:
        zone = privatedns.PrivateZone(
            f"zone-{service}",
            private_zone_name=f"privatelink.{service}.core.windows.net",
            resource_group_name=self._group,
            location="Global",
            tags=self._config.tag_map,
            opts=self.own(),
        )
        privatedns.VirtualNetworkLink(
            f"zone-link-{service}",
            virtual_network_link_name="lineage",
            private_zone_name=zone.name,
            resource_group_name=self._group,
            location="Global",
            registration_enabled=False,
            virtual_network={"id": self.network.id},
            tags=self._config.tag_map,
            opts=self.own(),
        )
        return zone
