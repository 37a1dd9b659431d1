"""The Function's identity and what it may do in Azure."""

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import authorization, managedidentity

from infra.components.component import Component
from infra.config import Config
from infra.names import Names
from infra.roles import ROLES


class Identity(Component):
    """User-assigned, so that its roles are there before the app is. ``principal_id`` is what Purview grants to."""

    def __init__(self, config: Config, names: Names, group: pulumi.Input[str]) -> None:
        super().__init__("identity")
        self.resource = managedidentity.UserAssignedIdentity(
            "identity",
            resource_name_=names.identity,
            resource_group_name=group,
            location=config.location,
            tags=config.tag_map,
            opts=self.own(),
        )
        self.id = self.resource.id
        self.client_id = self.resource.client_id
        self.principal_id = self.resource.principal_id
        self.register_outputs({"principalId": self.principal_id})

    def grant_all(self, subscription: str, scopes: Mapping[str, pulumi.Input[str]]) -> list[pulumi.Resource]:
        """Every row of ``ROLES`` on the resource that ``scopes`` has for it."""
        return [
            authorization.RoleAssignment(
                role.name.lower().replace(" ", "-"),
                scope=scopes[role.scope],
                role_definition_id=role.definition(subscription),
                principal_id=self.principal_id,
                principal_type=authorization.PrincipalType.SERVICE_PRINCIPAL,
                opts=self.own(),
            )
            for role in ROLES
        ]
