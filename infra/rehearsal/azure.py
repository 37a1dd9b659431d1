"""What Azure computes for a resource that it made, for the few types whose outputs the program uses."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
CLIENT = {
    "subscriptionId": SUBSCRIPTION,
    "tenantId": "00000000-0000-4000-8000-0000000000aa",
    "clientId": "00000000-0000-4000-8000-0000000000bb",
    "objectId": "00000000-0000-4000-8000-0000000000de",
}
"""Answer of ``getClientConfig``."""
PRINCIPAL = "00000000-0000-4000-8000-0000000000f1"
"""Object id of the Function's identity."""
CLIENT_ID = "00000000-0000-4000-8000-0000000000c1"
"""Its client id."""

Inputs = Mapping[str, Any]


def resource_id(kind: str, name: str, inputs: Inputs) -> str:
    """Of the shape that Azure's have, unique by type and name."""
    where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{inputs.get('resourceGroupName', 'none')}"
    if kind.endswith(":ResourceGroup"):
        return f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{inputs.get('resourceGroupName', name)}"
    _, module, what = kind.split(":")
    return f"{where}/providers/Microsoft.{module.split('/')[0].capitalize()}/{what}/{name}"


def outputs(kind: str, name: str, inputs: Inputs, *, host: str = "") -> dict[str, Any]:
    """All outputs. ``host`` stands for the app's host names; without it they have Azure's shape."""
    own = next((inputs[key] for key in _NAMES if isinstance(inputs.get(key), str)), name)
    computed = _COMPUTED.get(kind)
    return {**inputs, "name": own, **(computed({**inputs, "name": own}, host) if computed else {})}


_NAMES = ("accountName", "resourceName", "resourceGroupName")
"""Keys of the types whose output ``name`` is used and is not an input of that name; most specific first."""


def _account(inputs: Inputs, _: str) -> dict[str, Any]:
    services = ("blob", "queue", "table", "dfs", "file", "web")
    return {"primaryEndpoints": {one: f"https://{inputs['accountName']}.{one}.core.windows.net/" for one in services}}


def _app(inputs: Inputs, host: str) -> dict[str, Any]:
    names = host or f"{inputs['name']}-x1.azurewebsites.net", host or f"{inputs['name']}-x1.scm.azurewebsites.net"
    states = [{"name": one, "hostType": kind} for one, kind in zip(names, ("Standard", "Repository"), strict=True)]
    # A list of identities goes in and a map comes out.
    identity = {"type": "UserAssigned", "principalId": "", "tenantId": "", "userAssignedIdentities": {}}
    return {"defaultHostName": names[0], "hostNameSslStates": states, "identity": identity}


_COMPUTED: Mapping[str, Callable[[Inputs, str], dict[str, Any]]] = {
    "azure-native:managedidentity:UserAssignedIdentity": lambda *_: {
        "principalId": PRINCIPAL,
        "clientId": CLIENT_ID,
    },
    "azure-native:storage:StorageAccount": _account,
    "azure-native:web:WebApp": lambda inputs, host: _app(inputs, host),
    "azure-native:applicationinsights:Component": lambda *_: {
        "connectionString": "InstrumentationKey=00000000;IngestionEndpoint=https://westeurope.in.example/"
    },
    "random:index/randomPassword:RandomPassword": lambda *_: {"result": secrets.token_hex(24)},
}
