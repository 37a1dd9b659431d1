"""Azure Resource Manager, for what the deployment and its checks ask it themselves."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.rehearsal.state import Row, State

_SUBSCRIPTION = "/subscriptions/{subscription}"
_ANY = _SUBSCRIPTION + "/resourceGroups/{group}/providers/{kind:path}"
"""A resource by its id."""


@dataclass(frozen=True, slots=True)
class ResourceManager:
    """One subscription."""

    state: State

    def rows(self) -> Iterator[Row]:
        """Its operations."""
        yield "PUT", _ANY + "/host/default/functionkeys/{key}", "key-put", "arm", self._put_key
        yield "DELETE", _ANY + "/host/default/functionkeys/{key}", "key-delete", "arm", self._delete_key
        yield "POST", _ANY + "/host/default/listkeys", "key-list", "arm", self._list_keys
        yield "POST", _ANY + "/config/appsettings/list", "settings", "arm", self._settings
        yield "GET", _ANY + "/providers/Microsoft.Authorization/roleAssignments", "roles", "arm", self._roles
        yield "GET", _ANY + "/providers/microsoft.insights/logs", "logs", "arm", self._logs
        yield "GET", _ANY + "/queueServices/default/queues/{queue}", "queue", "arm", self._queue
        yield "GET", _SUBSCRIPTION, "subscription", "arm", self._subscription
        yield "GET", _SUBSCRIPTION + "/providers/{name}", "provider", "arm", self._provider
        yield "GET", _SUBSCRIPTION + "/providers/Microsoft.Web/geoRegions", "regions", "arm", self._regions
        rights = _SUBSCRIPTION + "/providers/Microsoft.Authorization/permissions"
        yield "GET", rights, "rights", "arm", self._rights
        yield "POST", _SUBSCRIPTION + "/providers/{name}/checkNameAvailability", "name", "arm", self._name

    def _put_key(self, request: Request, body: bytes) -> Response:
        self.state.keys[request.path_params["key"]] = json.loads(body)["properties"]["value"]
        return JSONResponse({"properties": {"name": request.path_params["key"]}}, 201)

    def _delete_key(self, request: Request, _: bytes) -> Response:
        return Response(status_code=204 if self.state.keys.pop(request.path_params["key"], "") else 404)

    def _list_keys(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"functionKeys": self.state.keys, "masterKey": "", "systemKeys": {}})

    def _settings(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"properties": self.state.settings})

    def _roles(self, _request: Request, _: bytes) -> Response:
        where = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions"
        found = [{"properties": {"roleDefinitionId": f"{where}/{role}"}} for role in self.state.roles]
        return JSONResponse({"value": found})

    def _logs(self, request: Request, _: bytes) -> Response:
        found = self.state.logged.get(request.query_params["query"], [])
        return JSONResponse({"tables": [{"name": "PrimaryResult", "columns": [], "rows": found}]})

    def _queue(self, request: Request, _: bytes) -> Response:
        count = self.state.queues.get(request.path_params["queue"])
        if count is None:
            return JSONResponse({"error": {"code": "QueueNotFound"}}, 404)
        return JSONResponse({"properties": {"approximateMessageCount": count}})

    def _subscription(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"state": "Enabled", "displayName": "Data"})

    def _provider(self, request: Request, _: bytes) -> Response:
        missing = request.path_params["name"] in self.state.unregistered
        return JSONResponse({"registrationState": "NotRegistered" if missing else "Registered"})

    def _regions(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"value": [{"name": "West Europe"}, {"name": "North Europe"}]})

    def _rights(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"value": [{"actions": self.state.actions, "notActions": []}]})

    def _name(self, _request: Request, body: bytes) -> Response:
        taken = json.loads(body)["name"] in self.state.taken
        return JSONResponse({"nameAvailable": not taken, **({"reason": "AlreadyExists"} if taken else {})})
