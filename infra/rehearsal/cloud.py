"""What the deployment talks to, on one loopback port: identity, Azure Resource Manager, a deployment host, Purview.

It answers as the services do, with their recorded ways to fail: a call is answered with the next of ``faults`` for its
operation, if there is one. Every answer that means "later" asks for a wait of no time.
"""

import base64
import io
import json
import threading
import time
import uuid
import zipfile
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from infra.package import NEEDED, STAMP
from local.catalogue import create_app as create_catalogue

IDENTITY_HEADER = "rehearsal"
DEPLOYER = "00000000-0000-4000-8000-0000000000de"
"""Object id of who deploys."""
ACCOUNT = "contoso"
CHILD = "abc123"
"""Internal name of the collection that the portal calls ``Lakehouse``."""

_AUDIENCES = {
    "arm": "https://management.azure.com",
    "purview": "https://purview.azure.net",
    "databricks": "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
}
_LATER = {"Retry-After": "0"}
_AGAIN = (404, 409, 412, 429, 500, 502, 503, 504)
_ROLE = "purviewmetadatarole_builtin_"

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Fault:
    """``status`` 0 does the call and breaks the connection's promise: it says 200 and keeps nothing (a lost update)."""

    status: int
    body: Any = None


@dataclass(slots=True)
class State:
    """What the services remember."""

    policies: dict[str, dict[str, Any]]
    keys: dict[str, str] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    published: bytes = b""
    running: str = ""
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    clusters: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    policy: dict[str, Any] = field(default_factory=dict)
    unregistered: set[str] = field(default_factory=set)
    actions: list[str] = field(default_factory=lambda: ["*"])
    taken: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)


class Cloud:
    """Serve for as long as the block lasts; ``host`` is what stands for every host name."""

    def __init__(self, folder: Path, *, admin: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.state = State({ACCOUNT: root_policy(admin=admin), CHILD: child_policy()})
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self._lock = threading.Lock()
        self._catalogue = create_catalogue(folder / "catalogue.db", account=ACCOUNT)
        config = uvicorn.Config(self._app(), host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Cloud":
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._catalogue.state.database.close()

    @property
    def host(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make azure-identity ask here for its tokens."""
        identity = {"IDENTITY_ENDPOINT": f"http://{self.host}/msi/token", "IDENTITY_HEADER": IDENTITY_HEADER}
        return {"ARM_USE_MSI": "true", **identity}

    def members(self, collection: str, role: str = "data-curator") -> list[str]:
        """Who has a role, as the policy says."""
        wanted = f"{_ROLE}{role}:{collection}"
        rules = self.state.policies[collection]["properties"]["attributeRules"]
        clauses = (clause for rule in rules if rule["id"] == wanted for one in rule["dnfCondition"] for clause in one)
        return [member for clause in clauses for member in clause.get("attributeValueIncludedIn", ())]

    def _app(self) -> Starlette:
        site = "/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind:path}"
        rows: list[tuple[str, str, str, str, Callable[[Request, bytes], Response]]] = [
            ("GET", "/msi/token", "token", "", self._token),
            ("PUT", site + "/host/default/functionkeys/{key}", "key-put", "arm", self._put_key),
            ("DELETE", site + "/host/default/functionkeys/{key}", "key-delete", "arm", self._delete_key),
            ("POST", site + "/host/default/listkeys", "key-list", "arm", self._list_keys),
            ("POST", site + "/addRootCollectionAdmin", "admin", "arm", self._add_admin),
            ("POST", "/api/publish", "publish", "arm", self._publish),
            ("GET", "/api/deployments/{id}/log", "log", "arm", self._log),
            ("GET", "/api/deployments/{id}", "deployment", "arm", self._deployment),
            ("GET", "/api/version", "version", "", self._version),
            ("GET", "/api/health", "health", "", self._version),
            ("GET", "/account/collections", "collections", "purview", self._collections),
            ("GET", "/policystore/collections/{name}/metadataPolicy", "policy", "purview", self._policy),
            ("PUT", "/policystore/metadataPolicies/{id}", "policy-put", "purview", self._put_policy),
            ("GET", "/subscriptions/{subscription}", "subscription", "arm", self._subscription),
            ("GET", "/subscriptions/{subscription}/providers/{name}", "provider", "arm", self._provider),
            (
                "GET",
                "/subscriptions/{subscription}/providers/Microsoft.Web/geoRegions",
                "regions",
                "arm",
                self._regions,
            ),
            (
                "GET",
                "/subscriptions/{subscription}/providers/Microsoft.Authorization/permissions",
                "rights",
                "arm",
                self._rights,
            ),
            ("POST", "/subscriptions/{subscription}/providers/{name}/checkNameAvailability", "name", "arm", self._name),
            ("GET", "/api/producer/status", "status", "", self._status),
            ("GET", "/api/2.1/clusters/list", "clusters", "databricks", self._clusters),
            ("POST", "/api/2.1/clusters/update", "cluster-update", "databricks", self._update_cluster),
            ("GET", "/api/2.2/jobs/list", "jobs", "databricks", self._jobs),
            ("POST", "/api/2.2/jobs/update", "job-update", "databricks", self._update_job),
            ("GET", "/api/2.0/policies/clusters/get", "cluster-policy", "databricks", self._cluster_policy),
            ("GET", "/api/2.0/workspace/get-status", "file", "databricks", self._file),
            ("GET", "/api/2.0/preview/scim/v2/Me", "me", "databricks", self._me),
            ("POST", "/api/2.0/secrets/scopes/create", "scope", "databricks", self._create_scope),
            ("POST", "/api/2.0/secrets/put", "secret-put", "databricks", self._put_secret),
            ("POST", "/api/2.0/secrets/acls/put", "secret-acl", "databricks", self._put_reader),
            ("GET", "/api/2.0/secrets/list", "secrets", "databricks", self._secrets),
        ]
        routes: list[Any] = [
            Route(path, self._endpoint(operation, audience, run), methods=[method])
            for method, path, operation, audience, run in rows
        ]
        return Starlette(routes=[*routes, Mount("/", app=self._catalogue)])

    def _endpoint(self, operation: str, audience: str, run: Callable[[Request, bytes], Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with self._lock:
                self.state.calls.append(operation)
                if audience and _claims(request).get("aud") != _AUDIENCES[audience]:
                    return JSONResponse({"error": {"code": "InvalidAuthenticationToken"}}, 401)
                fault = self.faults[operation].pop(0) if self.faults[operation] else None
                if fault and fault.status:
                    return JSONResponse(fault.body, fault.status, headers=_LATER if fault.status in _AGAIN else None)
                before = json.dumps(self.state.policies)
                answer = run(request, body)
                if fault:
                    self.state.policies = json.loads(before)
                return answer

        return endpoint

    def _token(self, request: Request, _: bytes) -> Response:
        if request.headers.get("x-identity-header") != IDENTITY_HEADER:
            return JSONResponse({"error": "unknown"}, 401)
        claims = {"aud": request.query_params["resource"], "oid": DEPLOYER}
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, claims)]
        expires = str(int(time.time()) + 3600)
        return JSONResponse({"access_token": ".".join([*parts, ""]), "expires_on": expires, "token_type": "Bearer"})

    def _put_key(self, request: Request, body: bytes) -> Response:
        self.state.keys[request.path_params["key"]] = json.loads(body)["properties"]["value"]
        return JSONResponse({"properties": {"name": request.path_params["key"]}}, 201)

    def _delete_key(self, request: Request, _: bytes) -> Response:
        return Response(status_code=204 if self.state.keys.pop(request.path_params["key"], "") else 404)

    def _list_keys(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"functionKeys": self.state.keys, "masterKey": "", "systemKeys": {}})

    def _add_admin(self, _request: Request, body: bytes) -> Response:
        rule = self.state.policies[ACCOUNT]["properties"]["attributeRules"][0]
        rule["dnfCondition"][0][0]["attributeValueIncludedIn"].append(json.loads(body)["objectId"])
        return JSONResponse({})

    def _publish(self, request: Request, body: bytes) -> Response:
        if request.headers.get("content-type") != "application/zip":
            return JSONResponse({"Message": "expected a zip"}, 415)
        deployment = str(uuid.uuid4())
        self.state.deployments[deployment] = {"id": deployment, "polls": 0}
        self.state.published = body
        return JSONResponse(deployment, 202)

    def _deployment(self, request: Request, _: bytes) -> Response:
        """Pending at first, then at the end that ``faults`` of ``deployment-end`` say, or at success."""
        found = self.state.deployments.get(request.path_params["id"])
        if found is None:
            return JSONResponse({"Message": "not found"}, 404)
        found["polls"] += 1
        if found["polls"] < 3:
            running = {"id": found["id"], "status": found["polls"] - 1, "status_text": "Building"}
            return JSONResponse(running, headers=_LATER)
        if self.faults["deployment-end"]:
            text = self.faults["deployment-end"].pop(0).body
            return JSONResponse({"id": found["id"], "status": 3, "status_text": text})
        self.state.running = _started(self.state.published)
        return JSONResponse({"id": found["id"], "status": 4, "status_text": ""})

    def _log(self, _request: Request, _: bytes) -> Response:
        return JSONResponse([{"message": "Uploading the package"}, {"message": "Deployment ended"}])

    def _version(self, _request: Request, _: bytes) -> Response:
        if not self.state.running:
            return Response(status_code=404)
        return JSONResponse({"version": "0", "package": self.state.running})

    def _collections(self, _request: Request, _: bytes) -> Response:
        child = {"name": CHILD, "friendlyName": "Lakehouse", "parentCollection": {"referenceName": ACCOUNT}}
        return JSONResponse({"value": [{"name": ACCOUNT, "friendlyName": "Contoso"}, child], "count": 2})

    def _policy(self, request: Request, _: bytes) -> Response:
        if DEPLOYER not in self.members(ACCOUNT, "collection-administrator"):
            return JSONResponse({"error": {"code": "Unauthorized"}}, 403)
        found = self.state.policies.get(request.path_params["name"])
        return JSONResponse(found) if found else JSONResponse({"error": {"code": "NotFound"}}, 404)

    def _put_policy(self, request: Request, body: bytes) -> Response:
        policy = json.loads(body)
        name = next((key for key, one in self.state.policies.items() if one["id"] == request.path_params["id"]), "")
        if not name or policy["version"] != self.state.policies[name]["version"]:
            return JSONResponse({"error": {"code": "Conflict"}}, 409 if name else 404, headers=_LATER)
        self.state.policies[name] = {**policy, "version": policy["version"] + 1}
        return JSONResponse(self.state.policies[name])

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

    def _status(self, request: Request, _: bytes) -> Response:
        given = request.headers.get("x-functions-key")
        return Response(status_code=200 if given and given in self.state.keys.values() else 401)

    def _clusters(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"clusters": self.state.clusters})

    def _update_cluster(self, _request: Request, body: bytes) -> Response:
        given = json.loads(body)
        cluster = next(one for one in self.state.clusters if one["cluster_id"] == given["cluster_id"])
        for key in given["update_mask"].split(","):
            cluster.pop(key, None)
            if key in given["cluster"]:
                cluster[key] = given["cluster"][key]
        return JSONResponse({})

    def _jobs(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"jobs": self.state.jobs})

    def _update_job(self, _request: Request, body: bytes) -> Response:
        """Lists are merged by key, as the API does."""
        given = json.loads(body)
        settings = next(one for one in self.state.jobs if one["job_id"] == given["job_id"])["settings"]
        for name, key in (("job_clusters", "job_cluster_key"), ("tasks", "task_key")):
            new = {one[key]: one for one in given["new_settings"].get(name, ())}
            settings[name] = [new.get(one[key], one) for one in settings.get(name, ())]
        return JSONResponse({})

    def _cluster_policy(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"definition": json.dumps(self.state.policy)})

    def _file(self, request: Request, _: bytes) -> Response:
        there = request.query_params["path"] in self.state.files
        return JSONResponse({"object_type": "FILE"} if there else {}, 200 if there else 404)

    def _me(self, _request: Request, _: bytes) -> Response:
        return JSONResponse({"userName": "deployer@contoso.example"})

    def _create_scope(self, _request: Request, body: bytes) -> Response:
        scope = json.loads(body)["scope"]
        if scope in self.state.secrets:
            return JSONResponse({"error_code": "RESOURCE_ALREADY_EXISTS", "message": f"Scope {scope} exists"}, 400)
        self.state.secrets[scope] = {}
        return JSONResponse({})

    def _put_secret(self, _request: Request, body: bytes) -> Response:
        given = json.loads(body)
        self.state.secrets[given["scope"]][given["key"]] = given["string_value"]
        return JSONResponse({})

    def _put_reader(self, _request: Request, body: bytes) -> Response:
        given = json.loads(body)
        self.state.readers[given["scope"]] = given["principal"]
        return JSONResponse({})

    def _secrets(self, request: Request, _: bytes) -> Response:
        scope = self.state.secrets.get(request.query_params["scope"])
        if scope is None:
            return JSONResponse({"error_code": "RESOURCE_DOES_NOT_EXIST"}, 404)
        return JSONResponse({"secrets": [{"key": key} for key in scope]})


def _claims(request: Request) -> dict[str, Any]:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or token.count(".") != 2:
        return {}
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _started(package: bytes) -> str:
    """The hash with which an app that runs this package answers; nothing where it could not start."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        names = archive.namelist()
        return archive.read(STAMP).decode() if all(name in names for name in NEEDED) else ""


def _rule(rule_id: str, conjunctions: list[list[dict[str, Any]]]) -> dict[str, Any]:
    return {"kind": "attributerule", "id": rule_id, "name": rule_id, "dnfCondition": conjunctions}


def _role(name: str, members: list[str]) -> list[dict[str, Any]]:
    role = f"{_ROLE}{name}"
    return [
        {"attributeName": "principal.microsoft.id", "attributeValueIncludedIn": members},
        {"fromRule": role, "attributeName": "derived.purview.role", "attributeValueIncludes": role},
    ]


def _permission(rule_id: str) -> dict[str, str]:
    return {"fromRule": rule_id, "attributeName": "derived.purview.permission", "attributeValueIncludes": rule_id}


def root_policy(*, admin: bool = True) -> dict[str, Any]:
    """The root's policy, with a steward; ``admin`` says whether who deploys is an administrator."""
    admins = f"{_ROLE}collection-administrator:{ACCOUNT}"
    curators = f"{_ROLE}data-curator:{ACCOUNT}"
    rules = [
        _rule(admins, [_role("collection-administrator", ["somebody", *([DEPLOYER] if admin else [])])]),
        _rule(curators, [_role("data-curator", ["a-steward"])]),
        _rule(f"permission:{ACCOUNT}", [[_permission(admins)], [_permission(curators)]]),
    ]
    return _whole(ACCOUNT, None, rules)


def child_policy() -> dict[str, Any]:
    """As a new child has it: administrators alone."""
    admins = f"{_ROLE}collection-administrator:{CHILD}"
    inherited = [_permission(f"{_ROLE}collection-administrator:{ACCOUNT}")]
    rules = [
        _rule(admins, [_role("collection-administrator", ["somebody"]), inherited]),
        _rule(f"permission:{CHILD}", [[_permission(admins)], [_permission(f"permission:{ACCOUNT}")]]),
    ]
    return _whole(CHILD, ACCOUNT, rules)


def _whole(collection: str, parent: str | None, rules: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": f"policy_collection_{collection}",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, collection)),
        "version": 1,
        "properties": {
            "collection": {"type": "CollectionReference", "referenceName": collection},
            **({"parentCollectionName": parent} if parent else {}),
            "attributeRules": rules,
            "decisionRules": [{"kind": "decisionrule", "effect": "Permit", "dnfCondition": []}],
        },
    }
