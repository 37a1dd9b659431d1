"""The tree from answers, and how it is drawn."""

import io
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from lineage.model import Column
from lineage.page.facts import Derivation, Facts, PastRun
from lineage.page.read import NotFound
from lineage.show import Direction, Node, Tree, render
from lineage.show.tree import Asset, Neighbourhood, grow

pytestmark = pytest.mark.unit

UP, DOWN = Direction.UPSTREAM, Direction.DOWNSTREAM


def _dataset(name: str, *labels: str) -> Asset:
    return Asset(name, "DataSet", f"lake/{name}", name, labels)


def _process(name: str, *derivations: Derivation, runs: tuple[PastRun, ...] = ()) -> Asset:
    return Asset(name, "Process", f"job/{name}", name, facts=Facts(derivations, runs=runs))


def _makes(target: str, *sources: str, influences: Iterable[str] = (), expression: str = "") -> Derivation:
    """``gold.total`` from ``silver.amount`` …"""

    def named(column: str) -> tuple[str, str]:
        dataset, _, name = column.rpartition(".")
        return f"lake/{dataset}", name

    expressions = ((0, expression),) if expression else ()
    return Derivation(
        named(target), tuple((named(each), "") for each in sources), tuple(map(named, influences)), expressions
    )


def _around(root: str, assets: Iterable[Asset], *edges: str, schema: Iterable[str] = ()) -> Neighbourhood:
    """Edges are written ``a>p``."""
    by_guid = {asset.guid: asset for asset in assets}
    pairs = tuple((here, there) for here, _, there in (edge.partition(">") for edge in edges))
    return Neighbourhood(by_guid[root], by_guid, pairs, tuple(Column(name, "int") for name in schema))


def _outline(node: Node) -> list[object]:
    """Names in the shape of the tree; a repeated one ends in ``*``."""
    name = node.asset.name + ("*" if node.repeated else "")
    return [name, *(_outline(child) for child in node.children)]


def _drawn(tree: Tree, width: int = 300) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(render(tree))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


CHAIN = [_dataset("a"), _dataset("b"), _dataset("c"), _dataset("d"), _process("p"), _process("q")]
CHAIN_EDGES = ("a>p", "b>p", "p>c", "c>q", "q>d")


def test_upstream_goes_process_by_process():
    tree = grow(_around("d", CHAIN, *CHAIN_EDGES), UP)
    assert _outline(tree.root) == ["d", ["q", ["c", ["p", ["a"], ["b"]]]]]


def test_downstream_goes_the_other_way():
    tree = grow(_around("a", CHAIN, *CHAIN_EDGES), DOWN)
    assert _outline(tree.root) == ["a", ["p", ["c", ["q", ["d"]]]]]


def test_a_process_may_be_the_root():
    found = _around("q", CHAIN, *CHAIN_EDGES)
    assert _outline(grow(found, UP).root) == ["q", ["c", ["p", ["a"], ["b"]]]]
    assert _outline(grow(found, DOWN).root) == ["q", ["d"]]


def test_an_update_of_itself_ends_in_a_mark():
    assets = [_dataset("a"), _dataset("b"), _process("p")]
    tree = grow(_around("a", assets, "a>p", "b>p", "p>a"), UP)
    assert _outline(tree.root) == ["a", ["p", ["a*"], ["b"]]]


def test_a_loop_over_two_processes_ends_in_a_mark():
    assets = [_dataset("a"), _dataset("b"), _process("p"), _process("q")]
    tree = grow(_around("a", assets, "a>p", "p>b", "b>q", "q>a"), DOWN)
    assert _outline(tree.root) == ["a", ["p", ["b", ["q", ["a*"]]]]]


def test_a_diamond_unfolds_once():
    assets = [*(_dataset(name) for name in "abcde"), *(_process(name) for name in "pqrs")]
    edges = ("e>s", "s>a", "a>p", "a>q", "p>b", "q>c", "b>r", "c>r", "r>d")
    tree = grow(_around("d", assets, *edges), UP)
    assert _outline(tree.root) == ["d", ["r", ["b", ["p", ["a", ["s", ["e"]]]]], ["c", ["q", ["a*"]]]]]


def test_an_asset_unfolds_where_it_is_nearest_to_the_root():
    """Alphabetically the long way comes first."""
    assets = [*(_dataset(name) for name in "abcz"), *(_process(name) for name in "pqrs")]
    edges = ("b>p", "p>a", "z>q", "q>b", "z>r", "r>a", "c>s", "s>z")
    tree = grow(_around("a", assets, *edges), UP)
    assert _outline(tree.root) == ["a", ["p", ["b", ["q", ["z*"]]]], ["r", ["z", ["s", ["c"]]]]]


_names = [f"d{n}" for n in range(4)] + [f"p{n}" for n in range(4)]
_edges = st.lists(
    st.tuples(st.sampled_from(_names[:4]), st.sampled_from(_names[4:])).flatmap(
        lambda pair: st.sampled_from([f"{pair[0]}>{pair[1]}", f"{pair[1]}>{pair[0]}"])
    ),
    max_size=14,
)


@given(edges=_edges, direction=st.sampled_from(Direction), root=st.sampled_from(_names))
def test_any_graph_unfolds_each_asset_once_and_shows_each_edge_once(edges: list[str], direction: Direction, root: str):
    assets = [_dataset(name) if name.startswith("d") else _process(name) for name in _names]
    tree = grow(_around(root, assets, *edges), direction)
    unfolded: list[str] = []
    shown: list[str] = []
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        unfolded += [] if node.repeated else [node.asset.guid]
        for child in node.children:
            pair = (child.asset.guid, node.asset.guid)
            shown.append(">".join(pair if direction is UP else reversed(pair)))
        waiting += node.children
    assert len(unfolded) == len(set(unfolded))
    assert len(shown) == len(set(shown))
    at = 1 if direction is UP else 0
    assert set(shown) == {edge for edge in edges if edge.split(">")[at] in unfolded}


def test_a_chain_longer_than_the_stack_is_deep():
    assets = [_dataset(f"d{n}") for n in range(701)] + [_process(f"p{n}") for n in range(700)]
    edges = [edge for n in range(700) for edge in (f"d{n}>p{n}", f"p{n}>d{n + 1}")]
    drawn = _drawn(grow(_around("d700", assets, *edges), UP), width=8000)
    assert drawn.count("\n") == 1401


LAKE = [
    _dataset("raw"),
    _dataset("fx"),
    _dataset("silver"),
    _dataset("gold"),
    _process(
        "clean",
        _makes("silver.id", "raw.id"),
        _makes("silver.amount", "raw.price", "fx.rate", influences=["raw.currency"], expression="price * rate"),
        _makes("silver.loaded"),
    ),
    _process("sum", _makes("gold.total", "silver.amount"), _makes("gold.orders", "silver.id"), _makes("gold.day")),
]
LAKE_EDGES = ("raw>clean", "fx>clean", "clean>silver", "silver>sum", "sum>gold")


def test_columns_are_shown_on_request():
    found = _around("gold", LAKE, *LAKE_EDGES, schema=["total", "orders", "day", "note"])
    assert grow(found, UP).root.children[0].lines == ()
    tree = grow(found, UP, columns=True)
    drawn = _drawn(tree)
    for line in (
        "total ← silver.amount",
        "orders ← silver.id",
        "day ← no column",
        "amount ← raw.price, fx.rate  if raw.currency  = price * rate",
        "no source known: note",
    ):
        assert line in drawn


def test_downstream_names_the_columns_that_nothing_uses():
    drawn = _drawn(grow(_around("raw", LAKE, *LAKE_EDGES, schema=["id", "price", "extra"]), DOWN, columns=True))
    assert "not used: extra" in drawn


def test_one_column_is_followed_to_its_sources():
    tree = grow(_around("gold", LAKE, *LAKE_EDGES), UP, column="total")
    assert _outline(tree.root) == ["gold", ["sum", ["silver", ["clean", ["fx"], ["raw"]]]]]
    drawn = _drawn(tree)
    assert "gold [total]" in drawn
    assert "silver [amount]" in drawn
    assert "raw [currency, price]" in drawn
    assert "orders" not in drawn


def test_a_source_that_the_column_does_not_come_from_is_left_out():
    tree = grow(_around("gold", LAKE, *LAKE_EDGES), UP, column="orders")
    assert _outline(tree.root) == ["gold", ["sum", ["silver", ["clean", ["raw"]]]]]


def test_a_column_that_comes_from_nowhere():
    tree = grow(_around("gold", LAKE, *LAKE_EDGES, schema=["note"]), UP, column="note")
    assert _outline(tree.root) == ["gold"]
    assert "nothing known upstream" in _drawn(tree)
    constant = grow(_around("gold", LAKE, *LAKE_EDGES), UP, column="day")
    assert _outline(constant.root) == ["gold", ["sum"]]


def test_one_column_is_followed_to_what_is_made_of_it():
    tree = grow(_around("fx", LAKE, *LAKE_EDGES), DOWN, column="rate")
    assert _outline(tree.root) == ["fx", ["clean", ["silver", ["sum", ["gold"]]]]]
    assert "gold [total]" in _drawn(tree)
    condition = grow(_around("raw", LAKE, *LAKE_EDGES), DOWN, column="currency")
    assert _outline(condition.root) == ["raw", ["clean", ["silver", ["sum", ["gold"]]]]]


def test_a_column_that_updates_itself():
    assets = [_dataset("a"), _process("p", _makes("a.x", "a.x"), _makes("a.y", "a.y"))]
    tree = grow(_around("a", assets, "a>p", "p>a"), UP, column="x")
    assert _outline(tree.root) == ["a", ["p", ["a*"]]]
    assert "y" not in _drawn(tree)


def test_a_column_may_be_spelled_in_another_case():
    assert "[total]" in _drawn(grow(_around("gold", LAKE, *LAKE_EDGES), UP, column="TOTAL"))


@pytest.mark.parametrize("column", ["nothing", "Ab"])
def test_a_column_that_is_not_there(column: str):
    with pytest.raises(NotFound, match="it has ab, AB"):
        grow(_around("gold", LAKE, *LAKE_EDGES[:0], schema=["ab", "AB"]), UP, column=column)


def test_the_last_run_and_placeholders_are_seen():
    run = PastRun(1_795_168_800_000, "failed", 1234, error="org.apache.spark.SparkException")
    assets = [_dataset("a", "lineage-placeholder"), _process("p", runs=(run,)), _dataset("b")]
    drawn = _drawn(grow(_around("b", assets, "a>p", "p>b"), UP))
    assert "p  failed, 2026-11-20 10:00, 1,234 rows, SparkException" in drawn
    assert "a  lake/a  placeholder" in drawn


def test_a_process_that_was_not_seen_for_long_says_so():
    process = Asset("p", "Process", "job/p", "p", facts=Facts(), labels=("lineage-feed", "lineage-stale"))
    assert "p  stale\n" in _drawn(grow(_around("a", [_dataset("a"), process], "p>a"), UP))


def test_a_process_says_which_task_it_belongs_to():
    process = Asset("p", "Process", "databricks://host/jobs/47/tasks/gold/processes/0f3a", "p", facts=Facts())
    assert "p  jobs/47/tasks/gold\n" in _drawn(grow(_around("a", [_dataset("a"), process], "p>a"), UP))


def test_ill_meant_names_are_text():
    evil = "[bold red]x[/] \x1b[2J\u202e<b>\nnext"
    drawn = _drawn(grow(_around("a", [Asset("a", "DataSet", evil, evil)]), UP))
    assert "[bold red]x[/] �[2J�<b>�next" in drawn
    assert "\x1b" not in drawn
