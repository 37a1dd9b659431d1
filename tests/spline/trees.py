"""Random operator trees whose lineage the generator knows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.builders import Json, PlanBuilder, ref

Columns = frozenset[str]
NOTHING: Columns = frozenset()


@dataclass(frozen=True)
class Value:
    """What a column is made of, by the rules that are stated for people."""

    attribute: str
    direct: Columns = NOTHING
    condition: Columns = NOTHING
    window: Columns = NOTHING

    @property
    def all(self) -> Columns:
        return self.direct | self.condition | self.window


@dataclass
class Tree:
    """A plan in the making; ``influences`` are what its keys have added so far."""

    build: PlanBuilder = field(default_factory=PlanBuilder)
    influences: dict[str, set[str]] = field(default_factory=dict)
    tables: int = 0

    def key(self, kind: str, value: Value) -> None:
        self.add(kind, value.all)
        self.add("condition", value.condition)
        self.add("window", value.window)

    def add(self, kind: str, columns: Columns) -> None:
        if columns:
            self.influences.setdefault(kind, set()).update(columns)


Relation = tuple[str, list[Value]]
Draw = Callable[[Any], Any]


def union_of(*values: Value) -> tuple[Columns, Columns, Columns]:
    return (
        NOTHING.union(*(value.direct for value in values)),
        NOTHING.union(*(value.condition for value in values)),
        NOTHING.union(*(value.window for value in values)),
    )


def read(tree: Tree, draw: Draw) -> Relation:
    table = f"t{draw(st.integers(0, 3))}"
    names = draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True))
    operation, attributes = tree.build.read(table, *names)
    return operation, [
        Value(attribute, frozenset({f"{table}.{name}"})) for attribute, name in zip(attributes, names, strict=True)
    ]


def expression(tree: Tree, draw: Draw, values: list[Value]) -> tuple[Json, Value]:
    """A renamed column, a function of some, or a CASE."""
    build, chosen = tree.build, draw(st.lists(st.sampled_from(values), min_size=1, max_size=4))
    kind = draw(st.sampled_from(["rename", "function", "case", "window", "literal"]))
    if kind == "rename":
        return ref(chosen[0].attribute), chosen[0]
    if kind == "literal":
        return build.literal(), Value("")
    arguments = [value.attribute for value in chosen]
    direct, condition, window = union_of(*chosen)
    if kind == "function":
        return build.call("Concat", *arguments, build.literal()), Value("", direct, condition, window)
    if kind == "case":
        test, *results = chosen
        direct, condition, window = union_of(*results)
        call = build.call("CaseWhen", test.attribute, *arguments[1:2], *[build.literal()] * (len(results) == 0))
        direct, condition, window = union_of(*results[:1])
        return call, Value("", direct, condition | test.all, window | test.window)
    value, *keys = chosen
    spec = build.call("WindowSpecDefinition", *(key.attribute for key in keys), build.call("SpecifiedWindowFrame"))
    call = build.call("WindowExpression", build.call("Lag", value.attribute), spec)
    _, conditions, windows = union_of(*keys)
    behind = NOTHING.union(*(key.all for key in keys))
    return call, Value("", value.direct, value.condition | conditions, value.window | windows | behind)


def project(tree: Tree, draw: Draw, child: Relation) -> Relation:
    items: list[Any] = []
    outputs: list[Value] = []
    for number in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            kept = draw(st.sampled_from(child[1]))
            items.append(kept.attribute)
            outputs.append(kept)
        else:
            call, value = expression(tree, draw, child[1])
            alias = tree.build.alias(f"x{number}", call)
            items.append(alias)
            outputs.append(Value(alias[0], value.direct, value.condition, value.window))
    return tree.build.project(child[0], *items)[0], outputs


def keep(tree: Tree, draw: Draw, child: Relation) -> Relation:
    call, value = expression(tree, draw, child[1])
    tree.key("filter", value)
    return tree.build.operation("Filter", [child[0]], None, condition=call), child[1]


def sort(tree: Tree, draw: Draw, child: Relation) -> Relation:
    value = draw(st.sampled_from(child[1]))
    tree.key("sort", value)
    order = [{"expression": ref(value.attribute), "direction": "ASC", "nullOrdering": "NULLS FIRST"}]
    return tree.build.operation("Sort", [child[0]], None, order=order, **{"global": True}), child[1]


def deduplicate(tree: Tree, draw: Draw, child: Relation) -> Relation:
    keys = draw(st.lists(st.sampled_from(child[1]), min_size=1, max_size=2))
    for value in keys:
        tree.key("group", value)
    return tree.build.operation("Deduplicate", [child[0]], None, keys=[ref(key.attribute) for key in keys]), child[1]


def aggregate(tree: Tree, draw: Draw, child: Relation) -> Relation:
    build = tree.build
    keys = draw(st.lists(st.sampled_from(child[1]), max_size=2, unique_by=lambda value: value.attribute))
    for value in keys:
        tree.key("group", value)
    added = draw(st.sampled_from(child[1]))
    alias = build.alias("sum", build.call("AggregateExpression", build.call("aggregate.Sum", added.attribute)))
    outputs = [*keys, Value(alias[0], added.direct, added.condition, added.window)]
    node = build.operation(
        "Aggregate",
        [child[0]],
        [value.attribute for value in outputs],
        groupingExpressions=[ref(key.attribute) for key in keys] or None,
        aggregateExpressions=[*(ref(key.attribute) for key in keys), alias[1]],
    )
    return node, outputs


def join(tree: Tree, draw: Draw, left: Relation, right: Relation) -> Relation:
    one, other = draw(st.sampled_from(left[1])), draw(st.sampled_from(right[1]))
    tree.key("join", one)
    tree.key("join", other)
    outputs = [*left[1], *right[1]]
    condition = tree.build.call("EqualTo", one.attribute, other.attribute)
    attributes = [value.attribute for value in outputs]
    return tree.build.operation("Join", [left[0], right[0]], attributes, condition=condition), outputs


def unite(tree: Tree, draw: Draw, left: Relation, right: Relation) -> Relation:
    outputs = []
    for number, (one, other) in enumerate(zip(left[1], right[1], strict=False)):
        both = tree.build.call("union", one.attribute, other.attribute)
        tree.build.functions[-1]["extra"] = {"synthetic": True}
        outputs.append(Value(tree.build.attribute(f"u{number}", [both]), *union_of(one, other)))
    return tree.build.operation("Union", [left[0], right[0]], [value.attribute for value in outputs]), outputs


def rename_by_view(tree: Tree, draw: Draw, child: Relation) -> Relation:
    """A common table expression: its columns have new attributes without references."""
    number = len(tree.build.other)
    definition = tree.build.operation("CTERelationDef", [child[0]], [value.attribute for value in child[1]], id=number)
    outputs = [Value(tree.build.attribute("c"), value.direct, value.condition, value.window) for value in child[1]]
    reference = tree.build.operation("CTERelationRef", [], [value.attribute for value in outputs], cteId=number)
    top = [value.attribute for value in outputs]
    return tree.build.operation("WithCTE", [definition, reference], top), outputs


ONE = (project, keep, sort, deduplicate, aggregate, rename_by_view)
TWO = (join, unite)


@st.composite
def trees(draw: Draw) -> tuple[Json, list[Value], dict[str, set[str]]]:
    """A plan, its output columns and its influences."""
    tree = Tree()
    relations = [read(tree, draw) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(0, 6))):
        if len(relations) > 1 and draw(st.booleans()):
            left, right = relations.pop(), relations.pop()
            relations.append(draw(st.sampled_from(TWO))(tree, draw, left, right))
        else:
            place = draw(st.integers(0, len(relations) - 1))
            relations[place] = draw(st.sampled_from(ONE))(tree, draw, relations[place])
    while len(relations) > 1:
        relations.append(join(tree, draw, relations.pop(), relations.pop()))
    (top, outputs) = relations[0]
    for value in outputs:
        tree.add("condition", value.condition)
        tree.add("window", value.window)
    return tree.build.plan(top), outputs, tree.influences
