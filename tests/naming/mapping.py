"""``docs/mapping.md`` as data: its tables, and the example that it tells step by step."""

import re
from pathlib import Path
from typing import Any

from lineage.naming import explain
from lineage.naming.rule import Rule
from tests.naming.cases import METASTORE, WORKSPACE

PAGE = Path("docs/mapping.md")


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, cells without backquotes."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def code_blocks(heading: str) -> list[str]:
    """The Python of a section, block by block."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, re.S)


def example_request(example: str) -> dict[str, Any]:
    """An example of the naming table, as ``explain`` takes it."""
    source, _, given = example.partition(" given ")
    namespace, plus, name = source.partition(" + ")
    request = {"namespace": namespace, "name": name} if plus else {"uri": source}
    key, _, value = given.partition("=")
    return {"workspace_url": WORKSPACE, "metastore_id": METASTORE, **request, **({key: value} if key else {})}


def line(cells: list[str]) -> str:
    """A row of the naming table as the page writes it."""
    name, example, type_name, qualified_name, confidence = cells
    return f"| {name} | `{example}` | `{type_name}` | `{qualified_name}` | {confidence} |"


def row(rule: Rule) -> list[str]:
    """What the naming table has to show for a rule."""
    answer = explain(example_request(rule.example))
    return [rule.name, rule.example, rule.type_name, str(answer["qualified_name"]), rule.confidence]
