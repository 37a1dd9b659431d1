"""The Function app on the Flex Consumption plan, signed in everywhere as one identity."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_azure_native import web

from infra import names
from infra.components.component import Component
from infra.components.identity import Identity
from infra.components.storage import Storage
from infra.config import Config
from infra.names import Names
from infra.package import PYTHON

OPEN_PATHS = ("/api/health", "/api/version")
"""What answers without signing in."""
CALLS_AT_ONCE = 16
"""HTTP requests that one instance takes before another one starts."""


class FunctionApp(Component):
    """``host`` and ``scm`` are host names, ``url`` is where the agent posts to."""

    def __init__(
        self,
        config: Config,
        names: Names,
        group: pulumi.Input[str],
        *,
        storage: Storage,
        identity: Identity,
        settings: Mapping[str, Any],
        subnet: pulumi.Input[str] | None,
        after: Sequence[pulumi.Resource],
    ) -> None:
        super().__init__("function")
        self._config, self._names, self._group = config, names, group
        self.plan = self._plan()
        self.app = self._app(storage, identity, settings, subnet, after)
        self._no_passwords()
        if config.auth == "entra":
            self._sign_in()
        self.id = self.app.id
        self.host = self.app.default_host_name
        self.scm = self.app.host_name_ssl_states.apply(scm_host)
        self.url = pulumi.Output.concat("https://", self.host, "/api")
        self.register_outputs({"url": self.url, "scm": self.scm})

    def _plan(self) -> web.AppServicePlan:
        return web.AppServicePlan(
            "plan",
            name=self._names.plan,
            resource_group_name=self._group,
            location=self._config.location,
            kind="functionapp",
            reserved=True,
            sku={"name": "FC1", "tier": "FlexConsumption"},
            tags=self._config.tag_map,
            opts=self.own(),
        )

    def _app(
        self,
        storage: Storage,
        identity: Identity,
        settings: Mapping[str, Any],
        subnet: pulumi.Input[str] | None,
        after: Sequence[pulumi.Resource],
    ) -> web.WebApp:
        return web.WebApp(
            "app",
            name=self._names.function,
            resource_group_name=self._group,
            location=self._config.location,
            kind="functionapp,linux",
            server_farm_id=self.plan.id,
            https_only=True,
            public_network_access="Enabled",
            virtual_network_subnet_id=subnet,
            identity={
                "type": web.ManagedServiceIdentityType.USER_ASSIGNED,
                "user_assigned_identities": [identity.id],
            },
            function_app_config={
                "deployment": {
                    "storage": {
                        "type": web.FunctionsDeploymentStorageType.BLOB_CONTAINER,
                        "value": storage.url_of(names.DEPLOYMENTS),
                        "authentication": {
                            "type": web.AuthenticationType.USER_ASSIGNED_IDENTITY,
                            "user_assigned_identity_resource_id": identity.id,
                        },
                    }
                },
                "runtime": {"name": web.RuntimeName.PYTHON, "version": PYTHON},
                "scale_and_concurrency": self._scale(),
            },
            site_config={
                "min_tls_version": web.SupportedTlsVersions.SUPPORTED_TLS_VERSIONS_1_2,
                "ftps_state": web.FtpsState.DISABLED,
                "http20_enabled": True,
                "app_settings": [{"name": name, "value": settings[name]} for name in sorted(settings)],
            },
            tags=self._config.tag_map,
            opts=self.own(depends_on=[*after, *storage.containers.values()]),
        )

    def _scale(self) -> web.FunctionsScaleAndConcurrencyArgsDict:
        ready = self._config.always_ready
        return {
            "instance_memory_mb": self._config.memory_mb,
            "maximum_instance_count": self._config.maximum_instances,
            "always_ready": [{"name": "http", "instance_count": ready}] if ready else [],
            "triggers": {"http": {"per_instance_concurrency": CALLS_AT_ONCE}},
        }

    def _no_passwords(self) -> None:
        """Neither FTP nor the deployment host takes a user and a password; a token still opens the latter."""
        name, group = self.app.name, self._group
        web.WebAppFtpAllowed("no-ftp-passwords", name=name, resource_group_name=group, allow=False, opts=self.own())
        web.WebAppScmAllowed("no-scm-passwords", name=name, resource_group_name=group, allow=False, opts=self.own())

    def _sign_in(self) -> None:
        tenant = pulumi.Output.from_input(self._tenant())
        web.WebAppAuthSettingsV2(
            "sign-in",
            name=self.app.name,
            resource_group_name=self._group,
            platform={"enabled": True, "runtime_version": "~2"},
            global_validation={
                "require_authentication": True,
                "unauthenticated_client_action": web.UnauthenticatedClientActionV2.RETURN401,
                "excluded_paths": list(OPEN_PATHS),
            },
            identity_providers={
                "azure_active_directory": {
                    "enabled": True,
                    "registration": {
                        "client_id": self._config.entra_client_id,
                        "open_id_issuer": pulumi.Output.concat("https://login.microsoftonline.com/", tenant, "/v2.0"),
                    },
                    "validation": {
                        "allowed_audiences": [
                            self._config.entra_client_id,
                            f"api://{self._config.entra_client_id}",
                        ],
                        "default_authorization_policy": {
                            "allowed_applications": list(self._config.entra_allowed_clients)
                        },
                    },
                }
            },
            opts=self.own(),
        )

    def _tenant(self) -> str:
        from pulumi_azure_native import authorization

        return authorization.get_client_config().tenant_id


def scm_host(states: Sequence[Any] | None) -> str:
    """The deployment host. It is never made up from the app's name: unique host names would break that."""
    found = [state.name for state in states or () if state.host_type == web.HostType.REPOSITORY]
    return str(found[0]) if found else ""
