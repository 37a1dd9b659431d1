"""Databricks notebook source, run cell by cell in one namespace.

The format: a first line ``# Databricks notebook source``, cells between ``# COMMAND ----------``, magic lines behind
``# MAGIC``. ``%run PATH`` runs another notebook in the same namespace, ``%md`` is text; other magic is refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HEADER = "# Databricks notebook source"
SEPARATOR = "# COMMAND ----------"
MAGIC = "# MAGIC"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: Python code, or a magic command and its argument."""

    line: int
    code: str
    magic: str = ""
    argument: str = ""


def cells(source: str) -> Iterator[Cell]:
    """The cells in order; ``ValueError`` where the text is no notebook."""
    if not source.startswith(HEADER):
        raise ValueError(f"no notebook: the first line is not {HEADER!r}")
    line = 0
    for text in source.split(SEPARATOR):
        yield _cell(text, line)
        line += text.count("\n")


def _cell(text: str, line: int) -> Cell:
    magic = [each.removeprefix(MAGIC).strip() for each in text.splitlines() if each.startswith(MAGIC)]
    if not magic:
        return Cell(line, text)
    command, _, argument = magic[0].partition(" ")
    return Cell(line, text, command, argument.strip().strip('"'))


def run(path: Path, namespace: dict[str, Any], replaced: Mapping[str, Path] | None = None) -> None:
    """Run a notebook; the first exception of a cell ends it. ``replaced`` maps a ``%run`` argument to another file."""
    for cell in cells(path.read_text(encoding="utf-8")):
        if cell.magic == "%run":
            run((replaced or {}).get(cell.argument, path.parent / f"{cell.argument}.py"), namespace, replaced)
        elif not cell.magic:
            code = compile("\n" * cell.line + cell.code, str(path), "exec")
            exec(code, namespace)  # noqa: S102 (running the notebook is the purpose)
        elif cell.magic != "%md":
            raise ValueError(f"{path}: {cell.magic} is not understood here")
