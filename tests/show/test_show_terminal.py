"""How wide lines become: cut with a mark at a terminal, whole in a pipe."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text
from rich.tree import Tree

from lineage.show import terminal as shown
from lineage.show.terminal import print_cut, terminal

pytestmark = pytest.mark.unit

DEPTH = 60


def deep() -> Tree:
    """Indented beyond any terminal."""
    root = branch = Tree("root")
    for at in range(DEPTH):
        branch = branch.add(Text(f"dataset {at} of a long name"))
    return root


def printed(what: RenderableType, width: int) -> list[str]:
    output = io.StringIO()
    print_cut(Console(file=output, width=width, color_system=None, soft_wrap=True), what)
    return output.getvalue().splitlines()


@pytest.mark.parametrize("width", [1, 40, 80, 120])
def test_no_line_is_left_out_and_each_that_is_cut_says_so(width: int):
    whole, cut = printed(deep(), 1000), printed(deep(), width)
    assert len(cut) == len(whole) == DEPTH + 1
    for line, full in zip(cut, whole, strict=True):
        assert line == (full if len(full) <= width else full[: width - 1] + "…")


def test_a_character_that_is_two_columns_wide_is_not_halved():
    (line,) = printed(Text("表" * 10), 8)
    assert (line.replace(" ", ""), cell_len(line)) == ("表表表…", 8)


@pytest.mark.parametrize(("a_terminal", "whole"), [(True, False), (False, True)])
def test_what_is_no_terminal_gets_whole_lines(monkeypatch: pytest.MonkeyPatch, a_terminal: bool, whole: bool):
    output = io.StringIO()
    monkeypatch.setattr(output, "isatty", lambda: a_terminal)
    monkeypatch.setattr(shown.sys, "stdout", output)  # type: ignore[attr-defined]
    monkeypatch.setenv("COLUMNS", "80")
    print_cut(terminal(), Text("x" * 300))
    assert (output.getvalue() == "x" * 300 + "\n") is whole
    assert ("…\n" in output.getvalue()) is not whole
