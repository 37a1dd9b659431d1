"""UNIONs that hand on the ids of their first branch: the others are known by position alone."""

import pytest

from tests.builders import PlanBuilder
from tests.spline.seen import codes, columns, influences, kinds, look

pytestmark = pytest.mark.unit


def noted(seen):
    return [code for code in codes(seen) if code != "plan-without-event"]


@pytest.fixture
def build():
    return PlanBuilder()


def test_columns_come_from_every_branch_by_position(build):
    left, (a, b) = build.read("l", "a", "b")
    right, _ = build.read("r", "c", "d")
    seen = look(build.plan(build.operation("Union", [left, right], [a, b])))
    assert columns(seen) == {"a": {"l.a", "r.c"}, "b": {"l.b", "r.d"}}
    assert kinds(seen)["a"] == {"a": "identity", "c": "identity"}
    assert [column.expression for column in seen.columns] == ["a | c", "b | d"]
    assert noted(seen) == []


def test_a_union_that_lists_no_columns_has_those_of_its_first_branch(build):
    left, _ = build.read("l", "a")
    right, _ = build.read("r", "c")
    seen = look(build.plan(build.operation("Union", [left, right])))
    assert columns(seen) == {"a": {"l.a", "r.c"}}


def test_what_is_computed_above_the_union_is_computed_from_every_branch(build):
    left, (a,) = build.read("l", "a")
    right, _ = build.read("r", "c")
    union = build.operation("Union", [left, right], [a])
    kept = build.operation("Filter", [union], [a], condition=build.call("IsNotNull", a))
    seen = look(build.plan(build.project(kept, build.alias("x", build.call("Upper", a)))[0]))
    assert columns(seen) == {"x": {"l.a", "r.c"}}
    assert kinds(seen)["x"] == {"a": "transformation", "c": "transformation"}
    assert influences(seen) == {"filter": {"l.a", "r.c"}}


def test_what_stands_below_the_union_is_of_its_own_branch(build):
    """``SELECT a, a + 1 AS y FROM l WHERE a > 1 UNION ALL SELECT c, d FROM r``: id ``a`` is two things."""
    left, (a,) = build.read("l", "a")
    kept = build.operation("Filter", [left], [a], condition=build.call("GreaterThan", a, build.literal()))
    selected, (a, y) = build.project(kept, a, build.alias("y", build.call("Add", a, build.literal())))
    right, _ = build.read("r", "c", "d")
    seen = look(build.plan(build.operation("Union", [selected, right], [a, y])))
    assert columns(seen) == {"a": {"l.a", "r.c"}, "y": {"l.a", "r.d"}}
    assert influences(seen) == {"filter": {"l.a"}}
    assert [column.expression for column in seen.columns] == ["a | c", "add(a, ?) | d"]


def test_branches_of_one_relation_in_another_order(build):
    read, (a, b) = build.read("t", "a", "b")
    straight, _ = build.project(read, a, b)
    swapped, _ = build.project(read, b, a)
    seen = look(build.plan(build.operation("Union", [straight, swapped], [a, b])))
    assert columns(seen) == {"a": {"t.a", "t.b"}, "b": {"t.a", "t.b"}}


def test_unions_of_unions(build):
    first, (a,) = build.read("l", "a")
    second, (b,) = build.read("m", "b")
    third, _ = build.read("r", "c")
    inner = build.operation("Union", [second, third], [b])
    seen = look(build.plan(build.operation("Union", [first, inner], [a])))
    assert columns(seen) == {"a": {"l.a", "m.b", "r.c"}}
    inner = build.operation("Union", [first, second], [a])
    seen = look(build.plan(build.operation("Union", [inner, third], [a])))
    assert columns(seen) == {"a": {"l.a", "m.b", "r.c"}}


def test_a_literal_in_a_branch_adds_no_column(build):
    left, (a,) = build.read("l", "a")
    right, _ = build.read("r", "c")
    filled, _ = build.project(right, build.alias("x", build.literal()))
    seen = look(build.plan(build.operation("Union", [left, filled], [a])))
    assert columns(seen) == {"a": {"l.a"}}
    assert (noted(seen), seen.columns[0].expression) == ([], "")


def test_a_thousand_unions_above_one_another(build):
    union, (a,) = build.read("t0", "a")
    for number in range(1, 1_000):
        right, _ = build.read(f"t{number}", "b")
        union = build.operation("Union", [union, right], [a])
    (column,) = look(build.plan(union)).columns
    assert len(column.sources) == 1_000


def test_a_branch_that_is_not_as_wide_is_told(build):
    left, (a, b) = build.read("l", "a", "b")
    right, _ = build.read("r", "c")
    seen = look(build.plan(build.operation("Union", [left, right], [a, b])))
    assert columns(seen) == {"a": {"l.a"}, "b": {"l.b"}}
    assert noted(seen) == ["union-by-position", "union-by-position"]


def test_the_same_rows_twice_are_the_same_columns(build):
    read, (a,) = build.read("t", "a")
    seen = look(build.plan(build.operation("Union", [read, read], [a])))
    assert columns(seen) == {"a": {"t.a"}}
    assert (noted(seen), seen.columns[0].expression) == ([], "")


@pytest.mark.parametrize("child", ["op-99", "op-0", None])
def test_an_operation_without_its_child_is_told(build, child):
    read, (a,) = build.read("t", "a")
    plan = build.plan(build.operation("Union", [read], [a]))
    plan["operations"]["write"]["childIds"].append(child)
    seen = look(plan)
    assert columns(seen) == {"a": {"t.a"}}
    assert noted(seen) == ["dangling-reference"]


def test_a_missing_child_of_what_the_write_does_not_use_is_not_told(build):
    read, _ = build.read("t", "a")
    build.operation("Project", ["op-99"], [])
    assert noted(look(build.plan(read))) == []


def test_branches_that_are_written_alike_are_written_once(build):
    """``SELECT a, upper(b) FROM t WHERE … UNION ALL SELECT a, upper(b) FROM t WHERE …``: the relation is read twice."""
    branches = [build.read("t", "a", "b") for _ in range(2)]
    copies = build.call("union", *(a for _, (a, _) in branches))
    raised = build.call("union", *(build.call("Upper", b) for _, (_, b) in branches), build.literal())
    mixed = build.call("union", branches[0][1][0], build.call("Upper", branches[1][1][1]))
    columns = [build.attribute(name, [value]) for name, value in (("x", copies), ("y", raised), ("z", mixed))]
    union = build.operation("Union", [operation for operation, _ in branches], columns)
    top, _ = build.project(union, *columns, build.alias("w", build.call("Lower", columns[0])))

    seen = look(build.plan(top))
    assert [column.expression for column in seen.columns] == ["a", "upper(b)", "a | upper(b)", "lower(a)"]


def lateral(build, child, outer, text):
    """``SELECT … FROM child, LATERAL (…) AS (m)``; ``outer`` is ``a#7`` in the sub-query's dump."""
    query = build.call("LateralSubquery", outer, plan=text, outerAttrs=["a#7"])
    new = build.attribute("m")
    return build.operation("LateralJoin", [child], [outer, new], right=query, condition=None), new


def test_a_lateral_join_above_the_union_sees_every_branch(build):
    left, (a,) = build.read("l", "a")
    right, _ = build.read("r", "c")
    union = build.operation("Union", [left, right], [a])
    top, _ = lateral(build, union, a, "Project [(outer(a#7) * ?) AS d#31]\n+- OneRowRelation")
    assert columns(look(build.plan(top))) == {"a": {"l.a", "r.c"}, "m": {"l.a", "r.c"}}


def test_a_lateral_join_below_the_union_sees_its_own_branch(build):
    """The same ids below, in and above: ``SELECT * FROM l, LATERAL (…) UNION ALL SELECT c, d FROM r``, joined again."""
    left, (a,) = build.read("l", "a")
    below, m = lateral(build, left, a, "Project [(outer(a#7) * ?) AS d#31]\n+- OneRowRelation")
    right, _ = build.read("r", "c", "d")
    union = build.operation("Union", [below, right], [a, m])
    query = build.call("LateralSubquery", m, plan="Project [outer(a#7) AS e#32]\n+- OneRowRelation", outerAttrs=["a#7"])
    top = build.operation("LateralJoin", [union], [a, m, build.attribute("n")], right=query, condition=None)
    assert columns(look(build.plan(top))) == {"a": {"l.a", "r.c"}, "m": {"l.a", "r.d"}, "n": {"l.a", "r.d"}}


def test_a_union_that_several_use_comes_before_all_of_them(build):
    """It is met first on the short way, and once more below another UNION."""
    left, (a,) = build.read("l", "a")
    right, _ = build.read("r", "c")
    shared = build.operation("Union", [left, right], [a])
    other, (b,) = build.read("o", "b")
    longer = build.operation("Union", [other, build.operation("Filter", [shared], [a])], [b])
    seen = look(build.plan(build.operation("Join", [shared, build.operation("Filter", [longer], [b])], [a, b])))
    assert columns(seen) == {"a": {"l.a", "r.c"}, "b": {"o.b", "l.a", "r.c"}}
