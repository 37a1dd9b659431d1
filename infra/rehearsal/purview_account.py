"""A Purview account: its collections, and a metadata policy of each."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.rehearsal.state import ACCOUNT, CHILD, DEPLOYER, LATER, Row, State

_ROLE = "purviewmetadatarole_builtin_"


@dataclass(frozen=True, slots=True)
class PurviewAccount:
    """Who deploys may read and write policies as an administrator of the root collection alone."""

    state: State

    def rows(self) -> Iterator[Row]:
        """Its operations; that which makes an administrator is Azure Resource Manager's."""
        account = "/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind:path}"
        yield "POST", account + "/addRootCollectionAdmin", "admin", "arm", self._add_admin
        yield "GET", "/account/collections", "collections", "purview", self._collections
        yield "GET", "/policystore/collections/{name}/metadataPolicy", "policy", "purview", self._policy
        yield "PUT", "/policystore/metadataPolicies/{id}", "policy-put", "purview", self._put_policy

    def members(self, collection: str, role: str) -> list[str]:
        """Who has a role, as the policy says."""
        wanted = f"{_ROLE}{role}:{collection}"
        rules = self.state.policies[collection]["properties"]["attributeRules"]
        clauses = (clause for rule in rules if rule["id"] == wanted for one in rule["dnfCondition"] for clause in one)
        return [member for clause in clauses for member in clause.get("attributeValueIncludedIn", ())]

    def _add_admin(self, _request: Request, body: bytes) -> Response:
        rule = self.state.policies[ACCOUNT]["properties"]["attributeRules"][0]
        rule["dnfCondition"][0][0]["attributeValueIncludedIn"].append(json.loads(body)["objectId"])
        return JSONResponse({})

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
            return JSONResponse({"error": {"code": "Conflict"}}, 409 if name else 404, headers=LATER)
        self.state.policies[name] = {**policy, "version": policy["version"] + 1}
        return JSONResponse(self.state.policies[name])


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
