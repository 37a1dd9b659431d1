"""``lineage show``: what an asset comes from, or what becomes of it, as a tree in the terminal.

``show`` asks a catalogue over the Atlas v2 API and gives a ``Tree`` of plain values; ``render`` draws one.
"""

from lineage.show.drawing import render
from lineage.show.reading import Catalogue, neighbourhood
from lineage.show.tree import Direction, Node, Tree, grow

__all__ = ["Catalogue", "Direction", "Node", "Tree", "render", "show"]


def show(
    client: Catalogue,
    name: str,
    *,
    direction: Direction = Direction.UPSTREAM,
    depth: int = 3,
    columns: bool = False,
    column: str = "",
) -> Tree:
    """The tree of the asset called ``name``: a guid, a qualified name or the end of one, a readable name or a piece.

    ``depth`` counts datasets; 0 shows all. ``columns`` adds to each process how it makes columns; ``column`` keeps only
    what this one comes from, or goes into. Raises ``NotFound`` where nothing or several things are called so, or the
    asset has no such column, and ``CatalogueError``.
    """
    return grow(neighbourhood(client, name, direction, depth), direction, columns=columns, column=column)
