"""Plans that are deep, wide or would grow without end when they are written out."""

import sys
from itertools import pairwise

import pytest

from lineage.spline.render import LIMIT
from tests.builders import PlanBuilder, ref
from tests.spline.seen import codes, columns, influences, look

pytestmark = pytest.mark.unit

DEPTH = 10_000


def test_chain_of_ten_thousand_expressions() -> None:
    assert sys.getrecursionlimit() < DEPTH
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    expression = ref(a)
    for _ in range(DEPTH):
        expression = build.call("Add", expression, b)
        build.functions[-1]["extra"]["symbol"] = "+"
    seen = look(build.plan(build.project(read, build.alias("x", expression))[0]))

    assert columns(seen) == {"x": {"t.a", "t.b"}}
    assert len(seen.columns[0].expression) <= LIMIT
    assert seen.columns[0].expression.endswith("…")


def test_chain_of_ten_thousand_operations() -> None:
    build = PlanBuilder()
    child, (column,) = build.read("t", "a")
    for _ in range(DEPTH):
        child, (column,) = build.project(child, build.alias("a", column))
    seen = look(build.plan(child))

    assert columns(seen) == {"a": {"t.a"}}
    assert seen.columns[0].expression in ("", "…")


def test_shared_expressions_that_double_are_written_to_the_limit_only() -> None:
    """Written out in full, the text would have 2 to the power of 200 characters."""
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    expression = ref(a)
    for _ in range(200):
        expression = build.call("Concat", expression, expression)
    seen = look(build.plan(build.project(read, build.alias("x", expression))[0]))

    assert columns(seen) == {"x": {"t.a"}}
    assert len(seen.columns[0].expression) <= LIMIT


def test_fields_within_fields_do_not_grow_without_end() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    expression = ref(a)
    for _ in range(DEPTH):
        expression = build.call("GetStructField", expression, name="field", ordinal=0)
    seen = look(build.plan(build.project(read, build.alias("x", expression))[0]))

    assert columns(seen) == {"x": {"t.a"}}
    (dependency,) = seen.columns[0].sources
    assert len(dependency.ref.path) <= 1_000


def test_loops_end_and_are_noted() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    circle = [build.attribute(name) for name in ("x", "y", "z")]
    for one, other in pairwise([*circle, circle[0]]):
        build.attributes[int(one.removeprefix("attr-"))]["childRefs"] = [ref(other), ref(a)]
    node = build.operation("Project", [read], circle)
    build.operation("Project", [node], circle)
    build.other[0]["childIds"] = [read, build.other[1]["id"], build.other[0]["id"]]
    seen = look(build.plan(build.other[1]["id"]))

    assert columns(seen) == {"x": {"t.a"}, "y": {"t.a"}, "z": {"t.a"}}
    assert "reference-loop" in codes(seen)


def test_dangling_references_are_noted() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    expression = build.call("Add", a, {"__exprId": "nowhere"})
    top, _ = build.project(read, build.alias("x", expression))
    kept = build.operation("Filter", [top, "op-nowhere"], None, condition={"__attrId": "attr-nowhere"})
    seen = look(build.plan(kept))

    assert columns(seen) == {"x": {"t.a"}}
    assert influences(seen) == {}
    assert "dangling-reference" in codes(seen)


def test_notes_of_one_code_are_counted_beyond_a_limit() -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a")
    items = [
        build.alias(f"x{number:03}", build.call("Add", {"__exprId": "no"}, title=f"f{number:03}"))
        for number in range(50)
    ]
    seen = look(build.plan(build.project(read, *items)[0]))

    dangling = [note.text for note in seen.notes if note.code == "dangling-reference"]
    assert len(dangling) == 21
    assert dangling[-1] == "and 30 more"
