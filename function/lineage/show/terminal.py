"""Lines for a person at a terminal, or for whatever reads a pipe."""

import sys

from rich.console import Console, RenderableType
from rich.text import Text

_WHOLE = 100_000
"""Columns of a pipe: nothing is cut there."""


def terminal() -> Console:
    """Standard output, as wide as the terminal that it is."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WHOLE)


def print_cut(console: Console, what: RenderableType) -> None:
    """Print; a line that is longer than the console is wide ends in an ellipsis, and none is left out."""
    whole = console.options.update(width=_WHOLE, no_wrap=True, overflow="ignore")
    for line in console.render_lines(what, whole, pad=False):
        text = Text.assemble(*((part.text, part.style or "") for part in line))
        text.truncate(console.width, overflow="ellipsis")
        console.print(text, soft_wrap=False, no_wrap=True, overflow="ignore", crop=False)
