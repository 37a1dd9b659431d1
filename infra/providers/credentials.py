"""Who deploys, found the way that the Azure provider itself finds it: from ``ARM_*``, else the Azure CLI.

No token is ever an input of a resource: it would differ in every run.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential


def credential(env: Mapping[str, str] = os.environ) -> "TokenCredential":
    """The first of the rows below that ``env`` calls for; the Azure CLI where it calls for none."""
    for wanted, make in _WAYS:
        if all(env.get(name, "").lower() not in ("", "false", "0") for name in wanted):
            return make(env)
    from azure.identity import AzureCliCredential

    return AzureCliCredential(tenant_id=env.get("ARM_TENANT_ID", ""))


def _oidc(env: Mapping[str, str]) -> "TokenCredential":
    from azure.identity import ClientAssertionCredential

    def assertion() -> str:
        file = env.get("ARM_OIDC_TOKEN_FILE_PATH", "")
        return Path(file).read_text().strip() if file else env["ARM_OIDC_TOKEN"]

    return ClientAssertionCredential(env["ARM_TENANT_ID"], env["ARM_CLIENT_ID"], assertion)


def _secret(env: Mapping[str, str]) -> "TokenCredential":
    from azure.identity import ClientSecretCredential

    return ClientSecretCredential(env["ARM_TENANT_ID"], env["ARM_CLIENT_ID"], env["ARM_CLIENT_SECRET"])


def _managed(env: Mapping[str, str]) -> "TokenCredential":
    from azure.identity import ManagedIdentityCredential

    return ManagedIdentityCredential(client_id=env.get("ARM_CLIENT_ID") or None)


_WAYS: tuple[tuple[tuple[str, ...], Callable[[Mapping[str, str]], "TokenCredential"]], ...] = (
    (("ARM_USE_OIDC", "ARM_TENANT_ID", "ARM_CLIENT_ID"), _oidc),
    (("ARM_CLIENT_SECRET", "ARM_TENANT_ID", "ARM_CLIENT_ID"), _secret),
    (("ARM_USE_MSI",), _managed),
)
