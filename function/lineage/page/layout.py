"""Where everything stands: ranks from left to right, and the order within each, with few crossings.

The layered layout is fast-sugiyama's. It gives every vertex a rank and a place in it, and every edge that spans
several ranks a chain of dummy vertices: the lane on which the edge passes between the cards. Cards have heights that
change as they are opened, so the page itself turns ranks and orders into pixels.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from fast_sugiyama import from_edges

Edge = tuple[int, int]

_TRIALS = tuple((method, shift) for shift in range(8) for method in ("median", "barycenter"))
"""Starting points of the ordering; the one that ends with the fewest crossings is taken."""
_SMALL, _LARGE, _HUGE = 300, 2000, 6000
"""Edges of a part up to which every starting point is tried, neighbours are swapped, ranks are made as short as they
can be. Each costs more than the next, and the page untangles again what it shows of a large graph."""


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """``part`` is a connected part of the graph, the largest first; ``rank`` counts from the left in steps of one,
    ``order`` from the top (comparable within a part and rank only)."""

    part: int
    rank: int
    order: int


@dataclass(frozen=True, slots=True)
class Layout:
    """``spots`` by vertex; ``lanes`` by edge, from left to right; ``backwards`` are edges that run against the flow."""

    spots: tuple[Spot, ...]
    lanes: tuple[tuple[Spot, ...], ...]
    backwards: frozenset[int]


@functools.lru_cache(maxsize=8)
def lay_out(count: int, edges: tuple[Edge, ...]) -> Layout:
    """Lay out vertices ``0 … count - 1``. Cycles are allowed, an edge from a vertex to itself is not."""
    backwards = _against_the_flow(count, edges)
    flow = [
        (target, source) if index in backwards else (source, target) for index, (source, target) in enumerate(edges)
    ]
    unique = sorted(set(flow))
    spots: dict[int, Spot] = {}
    lanes: dict[Edge, tuple[Spot, ...]] = {}
    parts = _parts(count, unique)
    for part, (vertices, inside) in enumerate(parts):
        own_spots, own_lanes = _best(part, inside) if inside else ({vertices[0]: Spot(part, 0, 0)}, {})
        spots |= own_spots
        lanes |= own_lanes
    return Layout(tuple(spots[vertex] for vertex in range(count)), tuple(lanes[edge] for edge in flow), backwards)


def crossings(layout: Layout, edges: Sequence[Edge]) -> int:
    """How many pairs of edge pieces cross between neighbouring ranks."""
    pieces: set[tuple[Spot, Spot]] = set()
    for index, (edge, lane) in enumerate(zip(edges, layout.lanes, strict=True)):
        ends = (layout.spots[edge[0]], layout.spots[edge[1]])
        left, right = reversed(ends) if index in layout.backwards else ends
        pieces.update(pairwise((left, *lane, right)))
    return _crossings(pieces)


def _against_the_flow(count: int, edges: Sequence[Edge]) -> frozenset[int]:
    """Edges whose turning round makes the graph acyclic.

    A write that updates what it reads keeps its output to the right; all other cycles are cut where a walk from the
    sources closes them.
    """
    known = {edge: index for index, edge in enumerate(edges)}
    outgoing: dict[int, list[Edge]] = defaultdict(list)
    incoming = [0] * count
    turned = set()
    for source, target in edges:
        if (target, source) in known and source < target:
            turned.add(known[source, target])
        else:
            outgoing[source].append((source, target))
            incoming[target] += 1
    roots = [*(v for v in range(count) if not incoming[v]), *range(count)]
    for source, target in _closing(roots, outgoing):
        turned.add(known[source, target])
        turned.discard(known.get((target, source), -1))
    return frozenset(turned)


def _closing(roots: Iterable[int], outgoing: Mapping[int, Sequence[Edge]]) -> Iterator[Edge]:
    """Edges back to a vertex that a depth-first walk is still below of."""
    done: set[int] = set()
    for root in roots:
        if root in done:
            continue
        below = {root}
        stack = [(root, iter(outgoing.get(root, ())))]
        while stack:
            vertex, rest = stack[-1]
            edge = next(rest, None)
            if edge is None:
                stack.pop()
                below.discard(vertex)
                done.add(vertex)
            elif edge[1] in below:
                yield edge
            elif edge[1] not in done:
                below.add(edge[1])
                stack.append((edge[1], iter(outgoing.get(edge[1], ()))))


def _parts(count: int, edges: Iterable[Edge]) -> list[tuple[list[int], list[Edge]]]:
    """Vertices and edges of each connected part, the largest first."""
    beside: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        beside[source].append(target)
        beside[target].append(source)
    part_of = [-1] * count
    for root in range(count):
        reached = [root] if part_of[root] < 0 else []
        while reached:
            vertex = reached.pop()
            if part_of[vertex] < 0:
                part_of[vertex] = root
                reached += beside[vertex]
    parts: dict[int, tuple[list[int], list[Edge]]] = {root: ([], []) for root in dict.fromkeys(part_of)}
    for vertex, root in enumerate(part_of):
        parts[root][0].append(vertex)
    for edge in edges:
        parts[part_of[edge[0]]][1].append(edge)
    return sorted(parts.values(), key=lambda part: -len(part[0]))


_Placed = tuple[dict[int, Spot], dict[Edge, tuple[Spot, ...]]]


def _best(part: int, edges: Sequence[Edge]) -> _Placed:
    trials = _TRIALS if len(edges) <= _SMALL else _TRIALS[1:2]
    return min((_placed(part, edges, method, shift) for method, shift in trials), key=_cost)


def _cost(placed: _Placed) -> int:
    spots, lanes = placed
    return _crossings(
        {piece for (left, right), lane in lanes.items() for piece in pairwise((spots[left], *lane, spots[right]))}
    )


def _crossings(pieces: Iterable[tuple[Spot, Spot]]) -> int:
    between: dict[tuple[int, int], list[Edge]] = defaultdict(list)
    for left, right in pieces:
        between[left.part, left.rank].append((left.order, right.order))
    return sum(_inversions([right for _, right in sorted(ends)]) for ends in between.values())


def _inversions(numbers: list[int]) -> int:
    """Pairs that stand in the wrong order, counted by merging."""
    if len(numbers) < 2:
        return 0
    middle = len(numbers) // 2
    left, right = numbers[:middle], numbers[middle:]
    count = _inversions(left) + _inversions(right)
    left, right = sorted(left), sorted(right)
    at = 0
    for number in right:
        while at < len(left) and left[at] <= number:
            at += 1
        count += len(left) - at
    return count


def _placed(part: int, edges: Sequence[Edge], method: str, shift: int) -> _Placed:
    """One run of the library over a connected part. How vertices are labelled decides how its ordering starts."""
    start = len(edges) * shift // len(_TRIALS)
    rotated = [*edges[start:], *edges[:start]]
    names = list(dict.fromkeys(vertex for edge in rotated for vertex in edge))
    labels = {name: label for label, name in enumerate(names)}
    [(positions, _, _, pieces)] = from_edges(
        [(labels[source], labels[target]) for source, target in rotated],
        minimum_length=1,
        vertex_spacing=1,
        dummy_vertices=True,
        dummy_size=1.0,
        ranking_type="minimize" if len(edges) <= _HUGE else "up",
        crossing_minimization=method,  # type: ignore[arg-type]
        transpose=len(edges) <= _LARGE,
    )
    places = _spots(part, positions)
    spots = {name: places[label] for label, name in enumerate(names)}
    return spots, _lanes(places, pieces or (), names)


def _spots(part: int, positions: Iterable[Any]) -> dict[int, Spot]:
    """The library's ranks lie on top of each other, the sources uppermost; its order is across."""
    rows: dict[float, list[tuple[float, int]]] = defaultdict(list)
    for label, (across, up) in positions:
        rows[up].append((across, label))
    return {
        label: Spot(part, rank, order)
        for rank, up in enumerate(sorted(rows, reverse=True))
        for order, (_, label) in enumerate(sorted(rows[up]))
    }


def _lanes(places: Mapping[int, Spot], pieces: Iterable[Any], names: Sequence[int]) -> dict[Edge, tuple[Spot, ...]]:
    following = {source: target for source, target in pieces if source >= len(names)}
    lanes = {}
    for source, first in pieces:
        if source >= len(names):
            continue
        lane, at = [], first
        while at >= len(names):
            lane.append(places[at])
            at = following[at]
        lanes[names[source], names[at]] = tuple(lane)
    return lanes
