"""Messages of all versions, whole and broken."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from lineage.errors import MalformedPayload
from lineage.spline import decode_events, decode_plan, observe
from tests.builders import PlanBuilder, body, event
from tests.spline.seen import V12, codes, columns, conditional, influences, kinds, look

pytestmark = pytest.mark.unit

DATA = Path(__file__).parent / "data"
RECORDED = sorted(path.stem for path in DATA.glob("*.json"))


def simple() -> dict[str, Any]:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    return build.plan(build.project(read, a, build.alias("c", build.call("Upper", b)))[0])


@pytest.mark.parametrize("job", RECORDED)
def test_version_1_0_gives_what_1_2_gives(job: str) -> None:
    """Recorded from one job, once with each version; the agent numbers things differently each time."""
    recorded = json.loads((DATA / f"{job}.json").read_bytes())
    old = look(recorded["v10"]["plan"], recorded["v10"]["events"], content_type="application/json")
    new = look(recorded["v12"]["plan"], recorded["v12"]["events"])

    assert columns(old) == columns(new)
    assert kinds(old) == kinds(new)
    assert conditional(old) == conditional(new)
    assert influences(old) == influences(new)
    assert [column.expression for column in old.columns] == [column.expression for column in new.columns]
    assert [column.type for column in old.columns] == [column.type for column in new.columns]
    assert old.run.duration_ns
    assert (old.mode, old.command, old.inputs) == (new.mode, new.command, new.inputs)


def test_shape_decides_the_version_where_the_content_type_names_none() -> None:
    recorded = json.loads((DATA / "nullif.json").read_bytes())
    for version in ("v10", "v12"):
        plan = body(recorded[version]["plan"])
        for content_type in ("", "application/json", "text/plain; charset=utf-8"):
            assert len(decode_plan(plan, content_type).attributes or []) == 16


def test_nulls_absent_keys_and_empty_lists_mean_the_same() -> None:
    whole = simple()
    empties: tuple[list[Any] | None, ...] = (None, [])
    for empty in empties:
        plan = copy.deepcopy(whole)
        plan["operations"]["other"][0]["params"]["unused"] = empty
        for attribute in plan["attributes"]:
            attribute.setdefault("childRefs", empty)
            attribute["extra"] = None
        plan["labels"] = plan["discriminator"] = None
        plan["expressions"]["constants"] = empty
        assert look(plan) == look(whole)
    without = copy.deepcopy(whole)
    del without["expressions"]["constants"], without["operations"]["write"]["params"]
    assert look(without) == look(whole)


def test_an_empty_list_is_no_object_no_error_and_no_word() -> None:
    whole = simple()
    whole["extraInfo"] = whole["systemInfo"] = whole["operations"]["reads"][0]["params"] = None
    whole["expressions"]["functions"][0]["extra"]["symbol"] = None
    odd = copy.deepcopy(whole)
    odd["extraInfo"] = odd["systemInfo"] = odd["operations"]["reads"][0]["params"] = []
    odd["expressions"]["functions"][0]["extra"]["symbol"] = []
    assert look(odd, event(odd) | {"error": []}) == look(whole, event(whole))
    assert observe(decode_plan(body(odd)), decode_events(body(event(odd) | {"extra": []}))[0], {}).run.rows is None


@pytest.mark.parametrize("word", ["simpleClassName", "symbol", "_typeHint"])
@pytest.mark.parametrize("value", [5, True, ["Upper"], {"name": "Upper"}])
def test_what_the_schema_leaves_open_may_be_anything(word: str, value: Any) -> None:
    """The words of an expression are ``object`` in the Producer API's schema: one of another kind says nothing."""
    plan, without = simple(), simple()
    plan["expressions"]["functions"][0]["extra"][word] = value
    without["expressions"]["functions"][0]["extra"][word] = None
    assert look(plan) == look(without)


@pytest.mark.parametrize("missing", [{"childIds": []}, {"childIds": None}])
def test_a_write_that_takes_rows_of_nothing_says_that_its_columns_are_not_told(missing: dict[str, Any]) -> None:
    plan = simple()
    plan["operations"]["write"] |= missing
    seen = look(plan, event(plan))
    assert (len(seen.inputs), seen.columns, codes(seen)) == (1, (), ["no-columns"])
    assert codes(look(simple(), event(simple()))) == []


def test_a_time_before_all_times_is_the_first_one() -> None:
    (told,) = decode_events(body(event(simple()) | {"timestamp": -1}))
    assert told.timestamp == 0


def test_integer_ids_are_as_good_as_strings() -> None:
    whole = simple()
    numbers: dict[str, int] = {}

    def numbered(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: numbered(item) for key, item in value.items()}
        if isinstance(value, list):
            return [numbered(item) for item in value]
        is_id = isinstance(value, str) and value.partition("-")[0] in ("attr", "expr", "op")
        return numbers.setdefault(value, len(numbers)) if is_id else value

    assert look(numbered(whole)) == look(whole)


@pytest.mark.parametrize(
    ("payload", "path", "reason"),
    [
        (b"", "", "not JSON"),
        (b"{", "", "not JSON"),
        (b"\xff\xfe", "", "not JSON"),
        (b"[]", "", "Expected `object`"),
        (b"{}", "", "missing required field `id`"),
        (b'{"id": ""  ,"operations": {"write": {"id": 1}}}', "id", "is empty"),
        (b'{"id": "x", "operations": {}}', "operations", "missing required field `write`"),
        (
            b'{"id": "x", "operations": {"write": {"id": 1}, "reads": [{"id": {}}]}}',
            "operations.reads[0].id",
            "Expected",
        ),
        (
            b'{"id": "x", "operations": {"write": {"id": 1}, "reads": [{"id": 1, "inputSources": "abfss://x"}]}}',
            "operations.reads[0].inputSources",
            "Expected `array",
        ),
        (
            b'{"id": "x", "operations": {"write": {"id": 1, "append": "yes"}}}',
            "operations.write.append",
            "Expected `bool",
        ),
        (b'{"id": "x", "operations": {"write": {"id": 1}}, "attributes": {"0": 1}}', "attributes", "Expected `array"),
    ],
)
def test_fault_is_named_with_its_path(payload: bytes, path: str, reason: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        decode_plan(payload, V12)
    assert caught.value.path == path
    assert reason.lower() in caught.value.reason.lower()


def test_depth_is_a_fault_and_no_crash() -> None:
    with pytest.raises(MalformedPayload, match="deep"):
        decode_plan(b'{"id":"x","operations":{"write":{"id":1,"params":' + b'{"a":' * 200_000, V12)


def test_events_come_in_an_array_or_alone() -> None:
    one = event(simple())
    (alone,) = decode_events(body(one))
    first, second = decode_events(body([one, one | {"timestamp": 2}]))

    assert (alone.plan_id, alone.timestamp) == (first.plan_id, first.timestamp) == (one["planId"], one["timestamp"])
    assert second.timestamp == 2
    assert decode_events(b"[]") == ()


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (b'[{"planId": "x"}]', "[0]"),
        (b'{"planId": "x", "timestamp": "soon"}', "timestamp"),
        (b'[{"planId": "x", "timestamp": 1}, {"planId": "", "timestamp": 1}]', "[1].planId"),
        (b"17", ""),
    ],
)
def test_broken_events_are_named(payload: bytes, path: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        decode_events(payload)
    assert caught.value.path == path


def test_plan_without_event_may_have_failed() -> None:
    seen = observe(decode_plan(body(simple()), V12), None, {})

    assert seen.run.status.value == "unknown"
    assert codes(seen) == ["plan-without-event"]


def test_a_plan_is_read_the_same_twice() -> None:
    plan = decode_plan(body(simple()), V12)
    assert observe(plan, None, {}) == observe(plan, None, {})
