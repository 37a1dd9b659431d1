"""Names stay within Azure's limits, whatever a stack is called."""

import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import names
from infra.names import LIMITS, Names
from infra.roles import ROLES

pytestmark = pytest.mark.unit

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"


@given(st.text(min_size=1, max_size=120), st.text(min_size=1, max_size=40), st.uuids().map(str))
def test_every_name_fits(stack, project, subscription):
    made = asdict(Names.of(project=project, stack=stack, subscription=subscription))
    for kind, name in made.items():
        longest, shape = LIMITS[kind]
        assert len(name) <= longest
        assert re.fullmatch(shape, name), (kind, name)
        assert "--" not in name or kind == "workbook"


def test_stacks_that_differ_only_past_the_limit_get_different_names():
    one, other = (Names.of(project="p", stack="a" * 60 + end, subscription=SUBSCRIPTION) for end in "xy")
    assert not set(asdict(one).values()) & set(asdict(other).values())


def test_a_name_stays_the_same():
    made = Names.of(project="databricks-purview-lineage", stack="dev", subscription=SUBSCRIPTION)
    assert (made.group, made.storage, made.function) == (
        "rg-lineage-dev-" + made.group[-6:],
        "stlineagedev" + made.group[-6:],
        "func-lineage-dev-" + made.group[-6:],
    )
    assert made == Names.of(project="databricks-purview-lineage", stack="dev", subscription=SUBSCRIPTION.upper())


def test_containers_and_queues_are_names_that_storage_takes():
    for name in (names.CONTAINER, names.DEPLOYMENTS, names.QUEUE, names.POISON_QUEUE):
        assert re.fullmatch(r"[a-z0-9](-?[a-z0-9]){2,62}", name)


def test_roles_are_a_table_of_distinct_built_in_roles():
    assert len({role.id for role in ROLES}) == len(ROLES)
    for role in ROLES:
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", role.id)
        assert role.why
        assert role.definition("S") == f"/subscriptions/S/providers/Microsoft.Authorization/roleDefinitions/{role.id}"
