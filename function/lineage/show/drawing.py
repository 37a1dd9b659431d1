"""A tree on the terminal. Names come from catalogues, so nothing in them is taken for markup or control."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from rich.text import Text
from rich.tree import Tree as RichTree

from lineage.page.facts import PastRun
from lineage.show.tree import Line, Named, Node, Tree

_PLACEHOLDER = "lineage-placeholder"
_STALE = "lineage-stale"
"""The label of assets that were made because no scanned one was found."""
_OWNER = re.compile(r"\w+://[^/]+/(.+)/processes/[^/]+", re.DOTALL)
"""The notebook, task or job in the qualified name of one of our processes."""
_REPEATED = " ↺ shown elsewhere"
_STATUS_STYLES = {"failed": "bold red", "succeeded": "green"}
_LONGEST = 120
"""Characters of an expression."""


def render(tree: Tree) -> RichTree:
    """The tree with its columns, ready to be printed."""
    drawn = RichTree(_label(tree.root), guide_style="dim")
    waiting = [(drawn, tree.root)]
    while waiting:
        branch, node = waiting.pop()
        for line in node.lines:
            branch.add(_line(line, tree.names))
        grown = [(branch.add(_label(child)), child) for child in node.children]
        waiting += reversed(grown)
    if tree.loose:
        drawn.add(_loose(tree))
    if not tree.root.children:
        drawn.add(Text(f"nothing known {tree.direction}", style="dim italic"))
    return drawn


def _label(node: Node) -> Text:
    asset = node.asset
    label = Text.assemble((_clean(asset.name), "bold cyan" if asset.facts else "bold"))
    if node.columns:
        label.append(f" [{', '.join(map(_clean, node.columns))}]", style="yellow")
    if asset.facts:
        owner = _OWNER.fullmatch(asset.qualified_name)
        label.append(f"  {_clean(owner[1])}" if owner else "", style="dim")
        _append_run(label, asset.facts.runs)
        label.append("  stale" if _STALE in asset.labels else "", style="yellow")
    elif asset.qualified_name != asset.name:
        label.append(f"  {_clean(asset.qualified_name)}", style="dim")
    if _PLACEHOLDER in asset.labels:
        label.append("  placeholder", style="magenta")
    if node.repeated:
        label.append(_REPEATED, style="dim italic")
    return label


def _append_run(label: Text, runs: Iterable[PastRun]) -> None:
    last = next(iter(runs), None)
    if last is None:
        return
    label.append(f"  {_clean(last.status)}", style=_STATUS_STYLES.get(last.status, "yellow"))
    said = [_when(last.at), "" if last.rows is None else f"{last.rows:,} rows", last.error.rpartition(".")[2]]
    label.append("".join(f", {_clean(each)}" for each in said if each), style="dim")


def _line(line: Line, names: Mapping[str, str]) -> Text:
    text = Text.assemble((_clean(line.target[1]), "yellow"), (" ← ", "dim"))
    text.append(", ".join(_column(source, names) for source in line.sources) or "no column")
    only = [each for each in line.influences if each not in line.sources]
    if only:
        text.append(f"  if {', '.join(_column(each, names) for each in only)}", style="dim")
    for expression in line.expressions:
        text.append(f"  = {_shortened(_clean(expression))}", style="dim italic")
    return text


def _column(named: Named, names: Mapping[str, str]) -> str:
    dataset, column = named
    return f"{_clean(names.get(dataset, dataset))}.{_clean(column)}"


def _loose(tree: Tree) -> Text:
    what = "no source known" if tree.direction == "upstream" else "not used"
    columns = ", ".join(_clean(column.name) for column in tree.loose)
    return Text.assemble((f"{what}: ", "dim italic"), (columns, "dim"))


def _when(milliseconds: int) -> str:
    try:
        moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return ""
    return moment.strftime("%Y-%m-%d %H:%M") if milliseconds else ""


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _clean(text: str) -> str:
    """Without control and formatting characters, which could move the cursor or turn the line around."""
    return "".join("�" if unicodedata.category(each) in ("Cc", "Cf", "Cs") else each for each in text)
