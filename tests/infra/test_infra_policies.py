"""A collection's policy as a value: one more, one less, and nobody else touched."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.clients.policies import members, with_member, without_member
from infra.rehearsal.purview_account import child_policy, root_policy
from infra.rehearsal.state import ACCOUNT, CHILD

pytestmark = pytest.mark.unit

CURATOR = "data-curator"
PRINCIPALS = st.lists(st.uuids().map(str), unique=True, max_size=5)


def rule_of(policy, name):
    return next(one for one in policy["properties"]["attributeRules"] if one["id"] == name)


def test_a_child_without_the_rule_gets_it_with_what_inherits_it_and_its_permission():
    policy = child_policy()
    changed = with_member(policy, CURATOR, "me")
    name = f"purviewmetadatarole_builtin_{CURATOR}:{CHILD}"
    (people, role), (inherited,) = rule_of(changed, name)["dnfCondition"]
    assert people == {"attributeName": "principal.microsoft.id", "attributeValueIncludedIn": ["me"]}
    assert role["attributeValueIncludes"] == f"purviewmetadatarole_builtin_{CURATOR}"
    assert inherited["fromRule"] == f"purviewmetadatarole_builtin_{CURATOR}:{ACCOUNT}"
    permissions = [
        clause["fromRule"] for one in rule_of(changed, f"permission:{CHILD}")["dnfCondition"] for clause in one
    ]
    assert permissions.count(name) == 1
    assert f"permission:{ACCOUNT}" in permissions
    assert policy == child_policy()


def test_the_root_keeps_its_steward():
    changed = with_member(root_policy(), CURATOR, "me")
    assert members(changed, CURATOR) == {"a-steward", "me"}
    assert members(without_member(changed, CURATOR, "me"), CURATOR) == {"a-steward"}


def test_a_group_in_the_rule_stays_as_it_is():
    policy = root_policy()
    group = [{"attributeName": "principal.microsoft.groups", "attributeValueIncludedIn": ["stewards"]}]
    rule_of(policy, f"purviewmetadatarole_builtin_{CURATOR}:{ACCOUNT}")["dnfCondition"].append(group)
    changed = without_member(with_member(policy, CURATOR, "me"), CURATOR, "me")
    assert changed == policy


@given(st.sampled_from([child_policy, root_policy]), PRINCIPALS, st.uuids().map(str))
def test_giving_and_taking_back_leaves_the_policy_as_it_was(make, others, me):
    policy = make()
    for other in others:
        policy = with_member(policy, CURATOR, other)
    before = copy.deepcopy(policy)
    given_role = with_member(policy, CURATOR, me)
    assert me in members(given_role, CURATOR)
    if me not in others:
        taken = without_member(given_role, CURATOR, me)
        assert members(taken, CURATOR) == members(before, CURATOR)
        # Without anybody else a child keeps what it inherits: others may have counted on it meanwhile.
        assert taken == before or (make is child_policy and not others)
    assert policy == before
    assert with_member(given_role, CURATOR, me) is given_role
    assert without_member(policy, CURATOR, "nobody") is policy
