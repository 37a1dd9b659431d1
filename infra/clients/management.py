"""The few calls to Azure Resource Manager for what has no resource of its own."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from infra.clients.rest import Rest, failed
from infra.clients.waiting import Clock
from infra.errors import CallError

SCOPE = "https://management.azure.com/.default"
PATIENCE = 600.0
"""Seconds within which a new app's host and fresh roles must be there."""

_SITES = "api-version=2024-04-01"
_YOUNG = frozenset({0, 400, 404, 409, 429, 500, 502, 503, 504})
"""What the host's endpoint answers while the app starts for the first time."""


@dataclass(frozen=True, slots=True)
class Management:
    """``site`` is the resource id of a Function app; every method raises ``CallError``."""

    rest: Rest
    clock: Clock = field(default_factory=Clock)

    def put_key(self, site: str, name: str, value: str) -> None:
        """Make or replace a function key that opens every function of the app. Raises ``CallError``."""
        body = {"properties": {"name": name, "value": value}}
        for wait in self.clock.tries(PATIENCE):
            answer = self.rest.send("PUT", _key(site, name), body)
            if 200 <= answer.status < 300:
                return
            if answer.status not in _YOUNG:
                break
            wait(f"the Function's host does not take keys yet ({answer.status})", answer.wait(5.0))
        raise _without(value, failed(f"PUT function key {name}", answer))

    def has_key(self, site: str, name: str) -> bool:
        """Whether the app has a key of that name. Raises ``CallError``."""
        answer = self.rest.send("POST", f"{site}/host/default/listkeys?{_SITES}")
        if answer.status == 404:
            return False
        if answer.status != 200:
            raise CallError(f"list the keys of {site}: {answer.status}", status=answer.status)
        return name in (answer.body.get("functionKeys") or {})

    def delete_key(self, site: str, name: str) -> None:
        """Remove a function key; one that is gone, or whose app is, is no fault. Raises ``CallError``."""
        answer = self.rest.send("DELETE", _key(site, name))
        if answer.status not in (200, 202, 204, 404):
            raise failed(f"DELETE function key {name}", answer)

    def settings(self, site: str) -> dict[str, str]:
        """The app's settings."""
        found: dict[str, str] = self.rest.call("POST", f"{site}/config/appsettings/list?{_SITES}")["properties"]
        return found

    def roles(self, scope: str, principal: str) -> frozenset[str]:
        """Ids (GUIDs) of the roles that a principal has on a resource, wherever they were granted."""
        chosen = quote(f"assignedTo('{principal}')")
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments?$filter={chosen}&api-version=2022-04-01"
        found = self.rest.call("GET", path)["value"]
        return frozenset(one["properties"]["roleDefinitionId"].rsplit("/", 1)[-1] for one in found)

    def waiting(self, account: str, queue: str) -> int:
        """About how many messages a queue of a storage account has."""
        path = f"{account}/queueServices/default/queues/{quote(queue)}?api-version=2023-05-01"
        return int(self.rest.call("GET", path)["properties"].get("approximateMessageCount", 0))

    def logged(self, workspace: str, query: str, within: str) -> list[list[Any]]:
        """Rows that a query finds in a Log Analytics workspace; ``within`` is an ISO 8601 duration."""
        asked = f"query={quote(query)}&timespan={within}&api-version=2018-03-01-preview"
        tables = self.rest.call("GET", f"{workspace}/providers/microsoft.insights/logs?{asked}")["tables"]
        rows: list[list[Any]] = tables[0]["rows"] if tables else []
        return rows

    def add_root_admin(self, account: str, object_id: str) -> None:
        """Make somebody administrator of the account's root collection. Raises ``CallError``."""
        path = f"{account}/addRootCollectionAdmin?api-version=2021-12-01"
        answer = self.rest.send("POST", path, {"objectId": object_id})
        if answer.status == 403:
            raise CallError(
                f"adding a root collection administrator needs Owner or User Access Administrator on {account}:"
                " ask the subscription's owner, or for the administrator's role in the Purview portal",
                status=403,
            )
        if not 200 <= answer.status < 300:
            raise failed("addRootCollectionAdmin", answer)


def _key(site: str, name: str) -> str:
    return f"{site}/host/default/functionkeys/{quote(name)}?{_SITES}"


def _without(secret: str, error: CallError) -> CallError:
    """An answer may repeat what it was sent."""
    return CallError(str(error).replace(secret, "*****"), status=error.status)
