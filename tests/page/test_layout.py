from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.page.layout import crossings, lay_out

pytestmark = [pytest.mark.unit, pytest.mark.long]

DATASETS, PROCESSES = range(8), range(8, 16)


@st.composite
def lineages(draw):
    """Edges between datasets and processes, cycles and loose ends among them."""
    reads = draw(st.sets(st.tuples(st.sampled_from(DATASETS), st.sampled_from(PROCESSES)), max_size=24))
    writes = draw(st.sets(st.tuples(st.sampled_from(PROCESSES), st.sampled_from(DATASETS)), max_size=16))
    return tuple(sorted(reads | writes))


@given(lineages())
@settings(max_examples=150, deadline=None)
def test_every_edge_runs_to_the_right_rank_by_rank(edges):
    layout = lay_out(16, edges)
    for index, (source, target) in enumerate(edges):
        left, right = layout.spots[source], layout.spots[target]
        if index in layout.backwards:
            left, right = right, left
        assert left.part == right.part
        assert [spot.rank for spot in layout.lanes[index]] == list(range(left.rank + 1, right.rank))


@given(lineages())
@settings(max_examples=150, deadline=None)
def test_nothing_stands_where_something_else_stands(edges):
    layout = lay_out(16, edges)
    lanes = {frozenset(edge): lane for edge, lane in zip(edges, layout.lanes, strict=True)}
    taken = [*layout.spots, *(spot for lane in lanes.values() for spot in lane)]
    assert len(set(taken)) == len(taken)


@given(lineages())
@settings(max_examples=150, deadline=None)
def test_datasets_and_processes_never_share_a_rank(edges):
    layout = lay_out(16, edges)
    for one, other in combinations({vertex for edge in edges for vertex in edge}, 2):
        together = (layout.spots[one].part, layout.spots[one].rank) == (
            layout.spots[other].part,
            layout.spots[other].rank,
        )
        assert not together or (one in DATASETS) == (other in DATASETS)


@given(lineages())
@settings(max_examples=50, deadline=None)
def test_the_same_edges_give_the_same_layout(edges):
    first = lay_out(16, edges)
    lay_out.cache_clear()
    assert lay_out(16, edges) == first


def test_without_edges_each_vertex_is_a_part():
    assert [spot.part for spot in lay_out(3, ()).spots] == [0, 1, 2]
    assert lay_out(0, ()).spots == ()


def test_a_write_that_reads_what_it_writes_keeps_its_output_to_the_right():
    edges = ((0, 2), (1, 2), (2, 1))
    layout = lay_out(3, edges)
    assert [layout.spots[vertex].rank for vertex in (0, 2, 1)] == [0, 1, 2]
    assert layout.backwards == {1}


def test_a_long_cycle_is_cut_once():
    edges = ((0, 4), (4, 1), (1, 5), (5, 2), (2, 6), (6, 0))
    layout = lay_out(7, edges)
    assert len(layout.backwards) == 1


def test_an_edge_that_skips_ranks_has_a_lane():
    edges = ((0, 3), (3, 1), (1, 4), (4, 2), (0, 4))
    layout = lay_out(5, edges)
    assert [spot.rank for spot in layout.lanes[4]] == [1, 2]


def test_the_largest_part_comes_first():
    layout = lay_out(7, ((0, 1), (2, 3), (3, 4), (4, 5)))
    assert [layout.spots[vertex].part for vertex in (2, 0, 6)] == [0, 1, 2]


def test_what_need_not_cross_does_not():
    edges = tuple((source, 10 + target) for source, target in ((0, 4), (1, 3), (2, 2), (3, 1), (4, 0)))
    joined = (*edges, *((10 + at, 20) for at in range(5)))
    assert crossings(lay_out(21, joined), joined) == 0


def test_what_must_cross_is_counted():
    edges = ((0, 4), (0, 5), (1, 4), (1, 5))
    assert crossings(lay_out(6, edges), edges) == 1


@pytest.mark.parametrize("size", [400, 3000])
def test_large_graphs_are_laid_out_as_well(size):
    chain = tuple(
        edge for at in range(0, size, 2) for edge in ((at, at + 1), (at + 1, at + 2), (max(at - 6, 0), at + 1))
    )
    edges = tuple(dict.fromkeys(chain))
    layout = lay_out(size + 1, edges)
    assert max(spot.rank for spot in layout.spots) == size
