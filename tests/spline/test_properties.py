"""What holds for all plans, whole or damaged."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lineage.errors import MalformedPayload, NotConvertible
from lineage.model import Observation
from lineage.spline import decode_events, decode_plan, observe
from tests.builders import Json, body
from tests.spline.seen import V12, influences, look, spelled
from tests.spline.trees import Value, trees

pytestmark = pytest.mark.unit

TRAFFIC = Path(__file__).parents[1] / "traffic"
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def recorded() -> list[tuple[Json, Json | None]]:
    """Every plan of the recorded jobs but the widest, with an event where it has one."""
    found: dict[str, tuple[Json, Json | None]] = {}
    for path in sorted(TRAFFIC.glob("*/wire.json")):
        for request in json.loads(path.read_bytes())["requests"]:
            sent = json.loads(request["body"]) if request["method"] == "POST" else None
            if isinstance(sent, dict) and len(request["body"]) < 60_000:
                found[sent["id"]] = (sent, None)
            elif isinstance(sent, list) and sent[0]["planId"] in found:
                found[sent[0]["planId"]] = (found[sent[0]["planId"]][0], sent[0])
    return list(found.values())


RECORDED = recorded()


@UNTIMED
@given(trees())
def test_lineage_of_a_random_tree_is_what_its_generator_knows(
    tree: tuple[Json, list[Value], dict[str, set[str]]],
) -> None:
    plan, outputs, expected = tree
    seen = look(plan)

    assert [spelled(seen, (source.ref for source in column.sources)) for column in seen.columns] == [
        set(value.direct) for value in outputs
    ]
    assert [spelled(seen, column.influences) for column in seen.columns] == [set(value.condition) for value in outputs]
    assert influences(seen) == expected


def shuffled(plan: Json, chance: random.Random) -> Json:
    """The same plan with other ids, everything that has no order in another order, and some of it twice."""
    plan = copy.deepcopy(plan)
    lists = [
        plan["operations"].get("reads"),
        plan["operations"].get("other"),
        plan.get("attributes"),
        (plan.get("expressions") or {}).get("functions"),
        (plan.get("expressions") or {}).get("constants"),
    ]
    for items in lists:
        if items:
            items.extend(copy.deepcopy(chance.sample(items, chance.randint(0, len(items)))))
            chance.shuffle(items)
    names: dict[str, str] = {}

    def renamed(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: renamed(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [renamed(item, key) for item in value]
        if isinstance(value, str) and key in ("id", "childIds", "output", "__attrId", "__exprId"):
            return names.setdefault(value, f"{value.partition('-')[0]}-{chance.getrandbits(8)}-{len(names)}")
        return value

    return plan | {part: renamed(plan[part]) for part in ("operations", "attributes", "expressions") if part in plan}


@UNTIMED
@given(st.sampled_from(range(len(RECORDED))), st.randoms(use_true_random=False))
def test_ids_order_and_duplicates_do_not_matter(number: int, chance: random.Random) -> None:
    plan, event = RECORDED[number]
    assert look(shuffled(plan, chance), event) == look(plan, event)


@UNTIMED
@given(trees(), st.randoms(use_true_random=False))
def test_ids_order_and_duplicates_do_not_matter_in_random_trees(
    tree: tuple[Json, list[Value], dict[str, set[str]]], chance: random.Random
) -> None:
    assert look(shuffled(tree[0], chance)) == look(tree[0])


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON value that something else could stand in."""
    found: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        container = pending.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        found.extend((container, key) for key in keys)
        pending.extend(container[key] for key in keys if isinstance(container[key], dict | list))
    return found


def damage(plan: Json, chance: random.Random) -> Json:
    """``plan`` with parts dropped, replaced by others of its own, or by anything."""
    plan = copy.deepcopy(plan)
    for _ in range(chance.randint(1, 12)):
        spots = places(plan)
        container, key = chance.choice(spots)
        other, its_key = chance.choice(spots)
        action = chance.randint(0, 3)
        if action == 0 and isinstance(container, dict):
            del container[key]
        elif action == 1:
            container[key] = copy.deepcopy(other[its_key])
        elif action == 2:
            container[key] = chance.choice(
                [None, [], {}, "", 0, -1, 1.5, True, "op-1", "attr-0", "expr-0", "x#1L", "\x00"]
            )
        elif isinstance(container, list):
            container.append(copy.deepcopy(other[its_key]))
        if not plan:
            break
    return plan


def attempt(plan: Any, event: Any) -> Observation | None:
    try:
        events = decode_events(body(event), V12) if event else ()
        return observe(decode_plan(body(plan), V12), events[0] if events else None, {})
    except (MalformedPayload, NotConvertible):
        return None


@settings(UNTIMED, max_examples=400)
@given(st.sampled_from(range(len(RECORDED))), st.randoms(use_true_random=False))
def test_damaged_plans_give_an_observation_or_a_documented_error(number: int, chance: random.Random) -> None:
    plan, event = RECORDED[number]
    seen = attempt(damage(plan, chance), damage(event, chance) if event and chance.random() < 0.3 else event)

    if seen is not None:
        assert all(source.ref.input < len(seen.inputs) for column in seen.columns for source in column.sources)
        assert list(seen.inputs) == sorted(seen.inputs, key=lambda item: (item.uri, item.table, item.options))


@UNTIMED
@given(st.sampled_from(range(len(RECORDED))), st.randoms(use_true_random=False))
def test_retargeted_references_give_an_observation(number: int, chance: random.Random) -> None:
    """Loops, dangling references and wrong kinds of references are no errors at all."""
    plan = copy.deepcopy(RECORDED[number][0])
    attributes = [item["id"] for item in plan.get("attributes", [])] + ["attr-nowhere"]
    expressions = [item["id"] for item in plan.get("expressions", {}).get("functions", [])] + ["expr-nowhere"]
    for container, key in places(plan):
        if key in ("__attrId", "__exprId") and chance.random() < 0.3:
            del container[key]
            kind = chance.choice(["__attrId", "__exprId"])
            container[kind] = chance.choice(attributes if kind == "__attrId" else expressions)
    look(plan, RECORDED[number][1])


@UNTIMED
@given(st.text(max_size=60), st.sampled_from(["condition", "updateExpressions"]))
def test_any_text_can_stand_where_catalyst_s_text_stands(text: str, name: str) -> None:
    plan, _ = next(pair for pair in RECORDED if pair[0]["operations"]["write"]["name"] == "UpdateCommand")
    plan = copy.deepcopy(plan)
    plan["operations"]["write"]["params"][name] = [text] * 5 if name == "updateExpressions" else text
    look(plan)
