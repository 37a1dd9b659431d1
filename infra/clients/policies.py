"""A collection's metadata policy in Purview as a value: who has a role, with one more, with one less. Pure.

A rule's id is ``purviewmetadatarole_builtin_ROLE:COLLECTION``. A child collection starts with the administrators' rule
alone, so another role's rule must be added with what inherits it from the parent, and named in the rule
``permission:COLLECTION``.
"""

import copy
from typing import Any

Policy = dict[str, Any]

_PREFIX = "purviewmetadatarole_builtin_"
_PERSON = "principal.microsoft.id"


def members(policy: Policy, role: str) -> frozenset[str]:
    """Object ids of the users and applications that have ``role`` on the collection itself."""
    rule = _rule(policy, _id(policy, role))
    lists = [clause["attributeValueIncludedIn"] for clause in _people(rule)] if rule else []
    return frozenset(one for listed in lists for one in listed)


def with_member(policy: Policy, role: str, principal: str) -> Policy:
    """The policy in which ``principal`` has ``role``; the same object where nothing is to change."""
    if principal in members(policy, role):
        return policy
    changed = copy.deepcopy(policy)
    rule = _rule(changed, _id(changed, role)) or _add_rule(changed, role)
    people = next(_people(rule), None)
    if people is None:
        rule["dnfCondition"].insert(0, [_person_clause([principal]), _role_clause(role)])
    else:
        people["attributeValueIncludedIn"].append(principal)
    _permit(changed, role)
    return changed


def without_member(policy: Policy, role: str, principal: str) -> Policy:
    """The policy in which ``principal`` does not have ``role``; everybody else keeps it. The same object as above."""
    if principal not in members(policy, role):
        return policy
    changed = copy.deepcopy(policy)
    rule = _rule(changed, _id(changed, role))
    assert rule is not None  # noqa: S101 - it has a member
    for clause in _people(rule):
        clause["attributeValueIncludedIn"] = [one for one in clause["attributeValueIncludedIn"] if one != principal]
    rule["dnfCondition"] = [one for one in rule["dnfCondition"] if not any(_is_empty(clause) for clause in one)]
    if not rule["dnfCondition"]:
        _drop_rule(changed, rule["id"])
    return changed


def collection_of(policy: Policy) -> str:
    """Internal name of the collection that the policy is of."""
    name: str = policy["properties"]["collection"]["referenceName"]
    return name


def _id(policy: Policy, role: str) -> str:
    return f"{_PREFIX}{role}:{collection_of(policy)}"


def _rule(policy: Policy, rule_id: str) -> Any:
    return next((one for one in policy["properties"]["attributeRules"] if one["id"] == rule_id), None)


def _people(rule: Any) -> Any:
    clauses = (clause for conjunction in rule["dnfCondition"] for clause in conjunction)
    return (one for one in clauses if one.get("attributeName") == _PERSON and "attributeValueIncludedIn" in one)


def _is_empty(clause: dict[str, Any]) -> bool:
    return clause.get("attributeName") == _PERSON and clause.get("attributeValueIncludedIn") == []


def _person_clause(principals: list[str]) -> dict[str, Any]:
    return {"attributeName": _PERSON, "attributeValueIncludedIn": principals}


def _role_clause(role: str) -> dict[str, str]:
    name = f"{_PREFIX}{role}"
    return {"fromRule": name, "attributeName": "derived.purview.role", "attributeValueIncludes": name}


def _permission_clause(rule_id: str) -> dict[str, str]:
    return {"fromRule": rule_id, "attributeName": "derived.purview.permission", "attributeValueIncludes": rule_id}


def _add_rule(policy: Policy, role: str) -> Any:
    rule_id = _id(policy, role)
    parent = policy["properties"].get("parentCollectionName")
    inherited = [[_permission_clause(f"{_PREFIX}{role}:{parent}")]] if parent else []
    rule = {"kind": "attributerule", "id": rule_id, "name": rule_id, "dnfCondition": inherited}
    policy["properties"]["attributeRules"].append(rule)
    return rule


def _permit(policy: Policy, role: str) -> None:
    """Name the role's rule in the collection's permission rule, where it is not."""
    rule_id = _id(policy, role)
    permission = _rule(policy, f"permission:{collection_of(policy)}")
    if permission is None:
        return  # a policy without one permits by the role's rule alone
    if not any(clause.get("fromRule") == rule_id for one in permission["dnfCondition"] for clause in one):
        permission["dnfCondition"].append([_permission_clause(rule_id)])


def _drop_rule(policy: Policy, rule_id: str) -> None:
    rules = policy["properties"]["attributeRules"]
    rules[:] = [one for one in rules if one["id"] != rule_id]
    for one in rules:
        one["dnfCondition"] = [
            conjunction
            for conjunction in one["dnfCondition"]
            if not any(clause.get("fromRule") == rule_id for clause in conjunction)
        ]
