"""What each construct of a query counts as, on plans that are as small as the construct allows."""

from typing import Any

import pytest

from tests.builders import PlanBuilder, event, ref
from tests.spline.seen import codes, columns, conditional, influences, kinds, look

pytestmark = pytest.mark.unit


def case(build: PlanBuilder, *arguments: Any) -> Any:
    return build.call("CaseWhen", *arguments)


def test_kinds_follow_the_strongest_step_of_a_chain() -> None:
    build = PlanBuilder()
    read, (a, b, c) = build.read("t", "a", "b", "c")
    total = build.call("AggregateExpression", build.call("aggregate.Sum", build.call("Add", b, build.literal())))
    node, _ = build.project(read, a, build.alias("b2", build.call("Upper", b)), build.alias("c2", c))
    grouped = build.alias("total", total)
    up = build.operation(
        "Aggregate", [node], [a, grouped[0]], groupingExpressions=[ref(a)], aggregateExpressions=[ref(a), grouped[1]]
    )
    seen = look(build.plan(up))

    assert kinds(seen) == {"a": {"a": "identity"}, "total": {"b": "aggregation"}}
    assert influences(seen) == {"group": {"t.a"}}
    assert kinds(look(build.plan(node))) == {
        "a": {"a": "identity"},
        "b2": {"b": "transformation"},
        "c2": {"c": "identity"},
    }


def test_case_tests_are_conditions_and_results_are_direct() -> None:
    build = PlanBuilder()
    read, (a, b, c, d, e) = build.read("t", "a", "b", "c", "d", "e")
    top, _ = build.project(
        read,
        build.alias("without_else", case(build, a, b, c, build.literal())),
        build.alias("with_else", case(build, a, b, build.call("GreaterThan", c, d), build.literal(), e)),
        build.alias("two", build.call("If", a, b, c)),
    )
    seen = look(build.plan(top))

    assert columns(seen) == {"without_else": {"t.b"}, "with_else": {"t.b", "t.e"}, "two": {"t.b", "t.c"}}
    assert conditional(seen) == {"without_else": {"t.a", "t.c"}, "with_else": {"t.a", "t.c", "t.d"}, "two": {"t.a"}}
    assert influences(seen) == {"condition": {"t.a", "t.c", "t.d"}}


def test_nullif_and_nvl2_read_as_the_if_that_replaces_them() -> None:
    build = PlanBuilder()
    read, (a, b, c) = build.read("t", "a", "b", "c")
    nullif = build.call("NullIf", build.call("If", build.call("EqualTo", a, b), build.literal(None), a))
    nvl2 = build.call("Nvl2", build.call("If", build.call("IsNotNull", a), b, c))
    coalesce = build.call("Nvl", build.call("Coalesce", a, b))
    top, _ = build.project(read, build.alias("x", nullif), build.alias("y", nvl2), build.alias("z", coalesce))
    seen = look(build.plan(top))

    assert columns(seen) == {"x": {"t.a"}, "y": {"t.b", "t.c"}, "z": {"t.a", "t.b"}}
    assert conditional(seen) == {"x": {"t.a", "t.b"}, "y": {"t.a"}}


def test_comparison_that_is_the_value_is_direct() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    top, _ = build.project(read, build.alias("is_new", build.call("EqualTo", a, build.literal("NEW"))))
    seen = look(build.plan(top))

    assert columns(seen) == {"is_new": {"t.a"}}
    assert influences(seen) == {}


def window(build: PlanBuilder, function: Any, *keys: Any) -> Any:
    spec = build.call("WindowSpecDefinition", *keys, build.call("SpecifiedWindowFrame"))
    return build.call("WindowExpression", function, spec)


def test_window_keys_influence_and_stand_for_row_number_in_a_filter() -> None:
    build = PlanBuilder()
    read, (a, b, c) = build.read("t", "a", "b", "c")
    order = build.call("SortOrder", c)
    number = build.alias("rn", window(build, build.call("RowNumber"), b, order))
    total = build.alias("s", window(build, build.call("AggregateExpression", build.call("aggregate.Sum", a)), b))
    rank = build.alias("r", window(build, build.call("Rank", c), b, order))
    node = build.operation(
        "Window", [read], [a, b, c, number[0], total[0], rank[0]], windowExpressions=[number[1], total[1], rank[1]]
    )
    kept = build.operation("Filter", [node], None, condition=build.call("EqualTo", number[0], build.literal()))
    top, _ = build.project(kept, total[0], rank[0])
    seen = look(build.plan(top))

    assert columns(seen) == {"s": {"t.a"}, "r": set()}
    assert influences(seen) == {"window": {"t.b", "t.c"}, "filter": {"t.b", "t.c"}}


def test_window_column_that_nobody_uses_has_no_influence() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    number = build.alias("rn", window(build, build.call("RowNumber"), b))
    node = build.operation("Window", [read], [a, b, number[0]], windowExpressions=[number[1]])
    top, _ = build.project(node, a)

    assert influences(look(build.plan(top))) == {}


def test_computed_key_stands_for_all_columns_behind_it() -> None:
    build = PlanBuilder()
    read, (a, b, c, d) = build.read("t", "a", "b", "c", "d")
    bucket = build.alias("bucket", case(build, b, c, d))
    node, _ = build.project(read, a, bucket)
    top = build.operation("Sort", [node], None, order=[{"expression": ref(bucket[0]), "direction": "ASC"}])
    seen = look(build.plan(build.project(top, a)[0]))

    assert influences(seen) == {"sort": {"t.b", "t.c", "t.d"}, "condition": {"t.b"}}


def test_filter_of_an_aggregate_is_a_condition() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    total = build.call("AggregateExpression", build.call("aggregate.Sum", a), build.call("EqualTo", b, build.literal()))
    named = build.alias("paid", total)
    top = build.operation("Aggregate", [read], [named[0]], groupingExpressions=None, aggregateExpressions=[named[1]])
    seen = look(build.plan(top))

    assert columns(seen) == {"paid": {"t.a"}}
    assert conditional(seen) == {"paid": {"t.b"}}


def test_pivot_key_is_a_condition_and_no_group() -> None:
    build = PlanBuilder()
    read, (key, currency, amount) = build.read("t", "key", "currency", "amount")
    total = build.alias("sum", build.call("AggregateExpression", build.call("aggregate.Sum", amount)))
    below = build.operation(
        "Aggregate",
        [read],
        [key, currency, total[0]],
        groupingExpressions=[ref(key), ref(currency)],
        aggregateExpressions=[ref(key), ref(currency), total[1]],
    )
    first = build.alias("__pivot", build.call("AggregateExpression", build.call("PivotFirst", currency, total[0])))
    above = build.operation(
        "Aggregate",
        [below],
        [key, first[0]],
        groupingExpressions=[ref(key)],
        aggregateExpressions=[ref(key), first[1]],
    )
    top, _ = build.project(above, key, build.alias("EUR", build.call("GetArrayItem", first[0], build.literal(0))))
    seen = look(build.plan(top))

    assert columns(seen) == {"key": {"t.key"}, "EUR": {"t.amount"}}
    assert influences(seen) == {"group": {"t.key"}, "condition": {"t.currency"}}


def test_expand_hands_on_the_columns_behind_its_projections() -> None:
    build = PlanBuilder()
    read, (a, b, amount) = build.read("t", "a", "b", "amount")
    keys = [build.attribute("a"), build.attribute("b"), build.attribute("spark_grouping_id")]
    null, zero = build.literal(None), build.literal(0)
    expand = build.operation(
        "Expand",
        [read],
        [amount, *keys],
        projections=[[ref(amount), ref(a), null, zero], [ref(amount), null, ref(b), zero]],
    )
    total = build.alias("total", build.call("AggregateExpression", build.call("aggregate.Sum", amount)))
    group = build.alias("gid", keys[2])
    top = build.operation(
        "Aggregate",
        [expand],
        [keys[0], keys[1], total[0], group[0]],
        groupingExpressions=[ref(key) for key in keys],
        aggregateExpressions=[ref(keys[0]), ref(keys[1]), total[1], group[1]],
    )
    seen = look(build.plan(top))

    assert columns(seen) == {"a": {"t.a"}, "b": {"t.b"}, "total": {"t.amount"}, "gid": set()}
    assert influences(seen) == {"group": {"t.a", "t.b"}}
    assert codes(seen) == ["plan-without-event"]


@pytest.mark.parametrize(("name", "groups"), [("Intersect", True), ("Intersect All", False), ("Except All", False)])
def test_set_operations_compare_both_branches_and_take_the_left(name: str, groups: bool) -> None:
    build = PlanBuilder()
    left, (a, b) = build.read("left", "a", "b")
    right, (_c, _d) = build.read("right", "c", "d")
    top = build.operation(name, [left, right], [a, b], isAll=name.endswith("All"))
    seen = look(build.plan(top))

    assert columns(seen) == {"a": {"left.a"}, "b": {"left.b"}}
    expected = {"join": {"left.a", "left.b", "right.c", "right.d"}}
    assert influences(seen) == expected | ({"group": {"left.a", "left.b"}} if groups else {})


def test_union_is_by_position() -> None:
    build = PlanBuilder()
    left, (a,) = build.read("left", "a")
    right, (b,) = build.read("right", "b")
    both = build.call("union", a, b)
    build.functions[-1]["extra"] = {"synthetic": True}
    output = build.attribute("a", [both])
    seen = look(build.plan(build.operation("Union", [left, right], [output], byName=False)))

    assert columns(seen) == {"a": {"left.a", "right.b"}}
    assert kinds(seen) == {"a": {"a": "identity", "b": "identity"}}


def test_distinct_groups_by_every_column() -> None:
    build = PlanBuilder()
    read, (a, b, c) = build.read("t", "a", "b", "c")
    node, _ = build.project(read, a, b)
    assert influences(look(build.plan(build.operation("Distinct", [node], None)))) == {"group": {"t.a", "t.b"}}
    deduplicate = build.operation("Deduplicate", [read], [a, b, c], keys=[ref(c)])
    assert influences(look(build.plan(deduplicate))) == {"group": {"t.c"}}


@pytest.mark.parametrize(
    ("operation", "parameter", "influence"),
    [
        ("AsOfJoin", "asOfCondition", "join"),
        ("AsOfJoin", "condition", "join"),
        ("AggregateInPandas", "groupingExpressions", "group"),
        ("FlatMapGroupsInR", "groupingAttributes", "group"),
        ("FlatMapGroupsWithState", "groupingAttributes", "group"),
        ("CoGroup", "rightGroup", "group"),
        ("DeduplicateWithinWatermark", "keys", "group"),
    ],
)
def test_keys_of_rarer_operations(operation: str, parameter: str, influence: str) -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    node = build.operation(operation, [read], [a, b], **{parameter: [ref(b)]})

    assert influences(look(build.plan(build.project(node, a)[0]))) == {influence: {"t.b"}}


@pytest.mark.parametrize("kind", ["INNER", "LEFT SEMI", "LEFT ANTI"])
def test_join_condition_counts_on_both_sides(kind: str) -> None:
    build = PlanBuilder()
    left, (a, b) = build.read("left", "id", "b")
    right, (c, _d) = build.read("right", "id", "d")
    top = build.operation("Join", [left, right], [a, b], condition=build.call("EqualTo", a, c), joinType=kind, hint="")
    seen = look(build.plan(top))

    assert columns(seen) == {"id": {"left.id"}, "b": {"left.b"}}
    assert influences(seen) == {"join": {"left.id", "right.id"}}


def test_one_table_read_twice_is_one_input_and_keeps_its_columns_apart() -> None:
    build = PlanBuilder()
    staff, (name, boss) = build.read("staff", "name", "boss")
    bosses, (boss_name, _) = build.read("staff", "name", "boss")
    join = build.operation(
        "Join", [staff, bosses], [name, boss, boss_name], condition=build.call("EqualTo", boss, boss_name)
    )
    top, _ = build.project(join, name, build.alias("boss_name", boss_name))
    seen = look(build.plan(top))

    assert len(seen.inputs) == 1
    assert columns(seen) == {"name": {"staff.name"}, "boss_name": {"staff.name"}}
    assert influences(seen) == {"join": {"staff.boss", "staff.name"}}


def test_common_table_used_twice_is_followed_each_time() -> None:
    build = PlanBuilder()
    read, (_a, b) = build.read("t", "a", "b")
    kept = build.operation("Filter", [read], None, condition=build.call("IsNotNull", b))
    definition = build.operation("CTERelationDef", [kept], None, id=7)
    one = [build.attribute("a"), build.attribute("b")]
    two = [build.attribute("a"), build.attribute("b")]
    first = build.operation("CTERelationRef", [], one, cteId=7)
    second = build.operation("CTERelationRef", [], two, cteId=7)
    join = build.operation("Join", [first, second], [*one, *two], condition=build.call("EqualTo", one[0], two[0]))
    top, _ = build.project(join, build.alias("x", build.call("Add", one[1], two[0])))
    seen = look(build.plan(build.operation("WithCTE", [definition, top], None)))

    assert columns(seen) == {"x": {"t.a", "t.b"}}
    assert influences(seen) == {"join": {"t.a"}, "filter": {"t.b"}}


def test_common_table_that_is_not_used_does_not_influence() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    kept = build.operation("Filter", [read], None, condition=build.call("IsNotNull", b))
    definition = build.operation("CTERelationDef", [kept], None, id=0)
    top, _ = build.project(read, a)

    assert influences(look(build.plan(build.operation("WithCTE", [definition, top], None)))) == {}


def test_every_column_of_a_generator_comes_from_its_array() -> None:
    build = PlanBuilder()
    read, (tags,) = build.read("t", "tags")
    generator = build.call("PosExplode", tags)
    place, tag = build.attribute("pos", [generator]), build.attribute("tag", [generator])
    node = build.operation(
        "Generate",
        [read],
        [tags, place, tag],
        generator=generator,
        generatorOutput=[ref("attr-nowhere"), ref(tag)],
        outer=True,
    )
    seen = look(build.plan(build.project(node, place, tag)[0]))

    assert columns(seen) == {"pos": {"t.tags"}, "tag": {"t.tags"}}
    assert influences(seen) == {}
    assert codes(seen) == ["plan-without-event"]


def test_struct_field_is_its_column_with_a_path() -> None:
    build = PlanBuilder()
    read, (address, items) = build.read("t", "address", "items")
    city = build.call("GetStructField", build.call("GetStructField", address, name="home"), name="city")
    sku = build.call("GetStructField", build.call("GetArrayItem", items, build.literal(0)), name="sku")
    all_skus = build.call("GetArrayStructFields", items, field="StructField(sku,StringType,true)")
    top, _ = build.project(
        read,
        build.alias("city", city),
        build.alias("upper", build.call("Upper", city)),
        build.alias("first", sku),
        build.alias("all", all_skus),
    )
    seen = look(build.plan(top))
    found = {
        column.name: [(dep.ref.column, dep.ref.path, dep.kind.value) for dep in column.sources]
        for column in seen.columns
    }

    assert found == {
        "city": [("address", "address.home.city", "identity")],
        "upper": [("address", "address.home.city", "transformation")],
        "first": [("items", "items.sku", "transformation")],
        "all": [("items", "items.sku", "identity")],
    }


def test_field_of_a_struct_that_is_one_of_several_columns_is_of_all_of_them() -> None:
    build = PlanBuilder()
    read, (home, work) = build.read("t", "home", "work")
    either = build.attribute("address", [ref(home), ref(work)])
    node = build.operation("Union", [read], [either])
    seen = look(
        build.plan(build.project(node, build.alias("city", build.call("GetStructField", either, name="city")))[0])
    )

    assert columns(seen) == {"city": {"t.home", "t.work"}}


def test_field_of_a_struct_that_the_query_builds_is_what_was_put_in() -> None:
    build = PlanBuilder()
    read, (a, b, c) = build.read("t", "a", "b", "c")
    inner = build.call("CreateNamedStruct", build.literal("b"), b, build.literal("c"), c)
    struct = build.alias("s", build.call("CreateNamedStruct", build.literal("a"), a, build.literal("i"), inner))
    node, _ = build.project(read, struct)
    top, _ = build.project(
        node,
        struct[0],
        build.alias("c", build.call("GetStructField", build.call("GetStructField", struct[0], ordinal=1), ordinal=1)),
        build.alias("whole", build.call("StructsToJson", struct[0])),
    )
    seen = look(build.plan(top))

    assert columns(seen) == {"s": {"t.a", "t.b", "t.c"}, "c": {"t.c"}, "whole": {"t.a", "t.b", "t.c"}}


def test_outer_column_in_a_lambda_is_direct() -> None:
    build = PlanBuilder()
    read, (numbers, offset) = build.read("t", "numbers", "offset")
    variable = build.call("NamedLambdaVariable", name="x")
    function = build.call("LambdaFunction", build.call("Add", variable, offset), variable)
    top, _ = build.project(read, build.alias("y", build.call("ArrayTransform", numbers, function)))

    assert columns(look(build.plan(top))) == {"y": {"t.numbers", "t.offset"}}


def test_cast_to_the_same_type_changes_nothing() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    top, _ = build.project(
        read,
        build.alias("same", build.call("Cast", a, of="int")),
        build.alias("other", build.call("Cast", a, of="string")),
    )

    assert kinds(look(build.plan(top))) == {"same": {"a": "identity"}, "other": {"a": "transformation"}}


def test_time_window_tests_nothing_that_the_query_tests() -> None:
    build = PlanBuilder()
    read, (time, amount) = build.read("t", "time", "amount")
    micros = build.call("PreciseTimestampConversion", time)
    arithmetic = build.call("CaseWhen", build.call("LessThan", micros, build.literal()), micros, micros)
    instant = build.call("PreciseTimestampConversion", build.call("Subtract", micros, arithmetic))
    bounds = build.call("CreateNamedStruct", build.literal("start"), instant, build.literal("end"), instant)
    bucket = build.alias("window", bounds)
    kept = build.operation("Filter", [read], None, condition=build.call("IsNotNull", time))
    node, _ = build.project(kept, bucket, amount)
    total = build.alias("total", build.call("AggregateExpression", build.call("aggregate.Sum", amount)))
    top = build.operation(
        "Aggregate",
        [node],
        [bucket[0], total[0]],
        groupingExpressions=[ref(bucket[0])],
        aggregateExpressions=[ref(bucket[0]), total[1]],
    )
    seen = look(build.plan(top))

    assert columns(seen) == {"window": {"t.time"}, "total": {"t.amount"}}
    assert influences(seen) == {"group": {"t.time"}}


def test_struct_that_is_merely_called_window_is_the_querys_own() -> None:
    build = PlanBuilder()
    read, (time, a, b) = build.read("t", "time", "a", "b")
    chosen = build.call("CaseWhen", build.call("LessThan", time, build.literal()), a, b)
    bucket = build.alias("window", build.call("CreateNamedStruct", build.literal("x"), chosen))
    kept = build.operation("Filter", [read], None, condition=build.call("IsNotNull", time))
    seen = look(build.plan(build.project(kept, bucket)[0]))

    assert influences(seen) == {"filter": {"t.time"}, "condition": {"t.time"}}


def test_filter_of_the_query_below_a_time_window_stays() -> None:
    build = PlanBuilder()
    read, (time, a) = build.read("t", "time", "a")
    instant = build.call("PreciseTimestampConversion", time)
    bucket = build.alias("window", build.call("CreateNamedStruct", build.literal("start"), instant))
    kept = build.operation("Filter", [read], None, condition=build.call("GreaterThan", a, build.literal()))
    seen = look(build.plan(build.project(kept, bucket)[0]))

    assert influences(seen) == {"filter": {"t.a"}}


def test_spark_guards_the_arguments_of_a_jvm_function_against_null() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    called = build.call("ScalaUDF", build.call("KnownNotNull", a), b)
    guarded = build.call("If", build.call("IsNull", a), build.literal(), called)
    own = build.call("If", build.call("IsNull", a), build.literal(), build.call("ScalaUDF", b))
    seen = look(build.plan(build.project(read, build.alias("guarded", guarded), build.alias("own", own))[0]))

    assert columns(seen) == {"guarded": {"t.a", "t.b"}, "own": {"t.b"}}
    assert conditional(seen) == {"own": {"t.a"}}


def test_function_over_whole_rows_is_noted() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    outputs = [build.attribute("x"), build.attribute("y")]
    top = build.operation(
        "FlatMapGroupsInPandas",
        [read],
        outputs,
        functionExpr=build.call("PythonUDF", a, b),
        groupingAttributes=[ref(a)],
    )
    seen = look(build.plan(top))

    assert columns(seen) == {"x": {"t.a", "t.b"}, "y": {"t.a", "t.b"}}
    assert influences(seen) == {"group": {"t.a"}}
    assert "opaque-function" in codes(seen)


def test_unknown_operation_is_noted_and_only_columns_of_the_same_name_are_taken_for_the_same() -> None:
    build = PlanBuilder()
    read, (a, _b) = build.read("t", "a", "b")
    kept_and_renamed = [build.attribute("a"), build.attribute("y")]
    seen = look(build.plan(build.operation("SomethingNew", [read], kept_and_renamed, mystery=[ref(a)])))

    assert columns(seen) == {"a": {"t.a"}, "y": set()}
    assert "unknown-operation" in codes(seen)


def test_made_up_rows_have_no_sources_and_no_complaint() -> None:
    build = PlanBuilder()
    values = build.operation("LocalRelation", [], [build.attribute("a")])
    seen = look(build.plan(values))

    assert columns(seen) == {"a": set()}
    assert codes(seen) == ["no-inputs", "plan-without-event"]


def test_typed_rows_go_through_their_function_as_a_whole() -> None:
    """``filter(…).map(…)`` of a Scala dataset."""
    build = PlanBuilder()
    read, (a, b, _) = build.read("t", "a", "b", "c")
    row = build.call("objects.NewInstance", a, build.call("If", build.call("IsNull", b), build.literal(), b))
    kept = build.operation("TypedFilter", [read], None, deserializer=row)
    taken = build.operation("DeserializeToObject", [kept], [build.attribute("obj")], deserializer=row)
    mapped = build.operation("MapElements", [taken], [build.attribute("obj")], func="x")
    top = build.operation("SerializeFromObject", [mapped], [build.attribute("x"), build.attribute("y")], serializer=[])
    seen = look(build.plan(top))

    assert columns(seen) == {"x": {"t.a", "t.b"}, "y": {"t.a", "t.b"}}
    assert influences(seen)["filter"] == {"t.a", "t.b"}
    assert "opaque-function" in codes(seen)
    assert "unknown-operation" not in codes(seen)


def test_groups_of_typed_rows_are_made_by_what_their_key_is_computed_from() -> None:
    build = PlanBuilder()
    read, (a, b) = build.read("t", "a", "b")
    key, obj, out = build.attribute("value"), build.attribute("obj"), build.attribute("_1")
    keyed = build.operation("AppendColumns", [read], [a, b, key], deserializer=build.call("objects.NewInstance", a))
    grouped = build.operation(
        "MapGroups",
        [keyed],
        [obj],
        keyDeserializer=ref(key),
        valueDeserializer=build.call("objects.NewInstance", a, b),
        groupingAttributes=[ref(key)],
    )
    seen = look(build.plan(build.operation("SerializeFromObject", [grouped], [out], serializer=[])))

    assert columns(seen) == {"_1": {"t.a", "t.b"}}
    assert influences(seen) == {"group": {"t.a"}}


def test_cogrouped_frames_are_grouped_by_the_first_columns_of_each_side() -> None:
    build = PlanBuilder()
    left, (a, b) = build.read("t", "a", "b")
    right, (c, d) = build.read("u", "c", "d")
    top = build.operation(
        "FlatMapCoGroupsInPandas",
        [left, right],
        [build.attribute("x")],
        functionExpr=build.call("PythonUDF", a, b, c, d),
        leftGroupingLen=1,
        rightGroupingLen=1,
    )

    assert influences(look(build.plan(top))) == {"group": {"t.a", "u.c"}}


def test_hive_insert_says_that_static_partitions_are_not_told() -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a")

    assert "static-partition" in codes(look(build.plan(read, name="InsertIntoHiveTable")))
    assert "static-partition" not in codes(look(build.plan(read)))


@pytest.mark.parametrize(("partitions", "told"), [(0, True), (2, False), ("2", True), (None, True)])
def test_hive_insert_whose_rows_chose_their_partitions_has_none_that_is_static(partitions: Any, told: bool) -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a")
    plan = build.plan(read, name="InsertIntoHiveTable")
    metrics = {"numFiles": 2, "numParts": partitions}

    assert ("static-partition" in codes(look(plan, event(plan, extra={"writeMetrics": metrics})))) is told


def nested(build: PlanBuilder, read: str, **values: Any) -> dict[str, Any]:
    """Column → sources with path and kind, and the text, of the columns ``values``."""
    aliases = [build.alias(name, value) for name, value in values.items()]
    seen = look(build.plan(build.project(read, *aliases)[0]))
    return {
        column.name: ([(one.ref.path or one.ref.column, one.kind.value) for one in column.sources], column.expression)
        for column in seen.columns
    }


def test_field_that_is_told_by_its_place_alone_has_the_name_that_its_struct_has() -> None:
    """``SELECT who.*``."""
    build = PlanBuilder()
    read, (who, other) = build.read("t", "who", "other")
    field = build.call("GetStructField", who, ordinal=1)
    beyond, negative = build.call("GetStructField", who, ordinal=2), build.call("GetStructField", who, ordinal=-1)
    untyped = build.call("GetStructField", other, ordinal=1)
    values = {"zip": field, "beyond": beyond, "negative": negative, "untyped": untyped}
    aliases = [build.alias(name, value) for name, value in values.items()]
    plan = build.plan(build.project(read, *aliases)[0])
    struct = {"id": "t-0", "fields": [{"name": name, "dataTypeId": "t-1"} for name in ("name", "zip")]}
    plan["extraInfo"]["dataTypes"].append(struct)
    plan["attributes"][0]["dataType"] = "t-0"
    seen = look(plan)

    found = {
        column.name: [(one.ref.path or one.ref.column, one.kind.value) for one in column.sources]
        for column in seen.columns
    }
    assert found == {
        "zip": [("who.zip", "identity")],
        "beyond": [("who", "transformation")],
        "negative": [("who", "transformation")],
        "untyped": [("other", "transformation")],
    }
    assert seen.columns[0].expression == "who.zip"


def test_field_of_what_a_function_makes_is_no_field_of_its_column() -> None:
    build = PlanBuilder()
    read, (items, doc) = build.read("t", "items", "doc")
    made = build.call("ArrayTransform", items, build.call("LambdaFunction", build.literal()))
    first = build.call("ElementAt", made, build.literal())
    parsed = build.call("GetArrayItem", build.call("JsonToStructs", doc), build.literal())
    read_twice = build.call("GetStructField", build.call("ElementAt", items, build.literal()), name="a")
    found = nested(
        build,
        read,
        x=build.call("GetStructField", first, name="x"),
        n=build.call("GetStructField", parsed, name="n"),
        deep=build.call("GetStructField", build.call("GetArrayItem", read_twice, build.literal()), name="b"),
    )

    assert {name: sources for name, (sources, _) in found.items()} == {
        "x": [("items", "transformation")],
        "n": [("doc", "transformation")],
        "deep": [("items.a.b", "transformation")],
    }


@pytest.mark.parametrize(
    "name",
    ["jobs.Typed$$$Lambda$6054/0x00007fa1198ddb30", "jobs.Typed$$Lambda/0x00007fa1198d1234", "jobs.Typed$$Lambda$9/77"],
)
def test_lambda_of_the_jvm_has_one_name_in_every_run(name: str) -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")

    assert nested(build, read, x=build.call("ScalaUDF", a, title=name))["x"][1] == "jobs.Typed.<lambda>(a)"


@pytest.mark.parametrize(
    ("operation", "keyed"),
    [
        ("ScriptTransformation", False),
        ("MapPartitionsInR", False),
        ("FlatMapGroupsInR", True),
        ("FlatMapGroupsWithState", True),
    ],
)
def test_rows_that_go_through_a_program_are_all_behind_what_it_gives(operation: str, keyed: bool) -> None:
    build = PlanBuilder()
    read, (a, _) = build.read("t", "a", "b")
    grouping = {"groupingAttributes": [ref(a)]} if keyed else {}
    seen = look(build.plan(build.operation(operation, [read], [build.attribute("x")], **grouping)))

    assert kinds(seen) == {"x": {"a": "transformation", "b": "transformation"}}
    assert seen.columns[0].expression == f"{operation}(a, b)"
    assert influences(seen) == ({"group": {"t.a"}} if keyed else {})
    assert codes(seen) == ["opaque-function", "plan-without-event"]


def bound(build: PlanBuilder, time: Any, *, session: bool) -> Any:
    """A bound of a time window, as Spark computes it."""
    inner = build.call("PreciseTimestampConversion", time)
    if session:
        return build.call("PreciseTimestampConversion", inner)
    test = build.call("CaseWhen", build.call("LessThan", inner, build.literal()), inner, inner)
    start = build.call("Subtract", build.call("Subtract", inner, test), build.literal())
    return build.call("KnownNullable", build.call("PreciseTimestampConversion", start))


@pytest.mark.parametrize("name", ["window", "session_window"])
def test_bounds_of_a_time_window_are_written_as_the_query_has_them(name: str) -> None:
    build = PlanBuilder()
    read, (day, time) = build.read("t", "day", "time")
    moment = build.call("ToTimestamp", day, title="to_timestamp")
    copies = []
    for value in (time, time, moment):
        start = bound(build, value, session=name == "session_window")
        copies.append(build.call("CreateNamedStruct", build.literal("start"), start, build.literal("end"), start))
    node, (simple, computed) = build.project(read, build.alias(name, copies[0]), build.alias(name, copies[2]))
    twice = build.attribute("window", [copies[0], copies[1]])
    found = nested(
        build,
        node,
        tumbling=build.call("GetStructField", simple, ordinal=0, name="start"),
        computed=build.call("GetStructField", computed, ordinal=1, name="end"),
        sliding=build.call("GetStructField", twice, ordinal=1, name="end"),
        other=build.call("CreateNamedStruct", build.literal(), time, title="named_struct"),
    )

    assert {column: text for column, (_, text) in found.items()} == {
        "tumbling": f"{name}(time).start",
        "computed": f"{name}(to_timestamp(day)).end",
        "sliding": f"{name}(time).end",
        "other": "struct(time)",
    }


def test_python_aggregate_has_its_own_name() -> None:
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")

    assert nested(build, read, x=build.call("PythonUDAF", a, name="mean"))["x"][1] == "mean(a)"
