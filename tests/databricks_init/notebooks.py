"""Notebooks that ``%run`` the init notebook, on real Spark in a process of its own, and what they report."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demo import live
from demo.jars import Tools
from tests.databricks_init.cluster import INIT

RUN = "/Shared/lineage/Spark Lineage Harvest Init"
WRITE = 'spark.range(3).write.mode("overwrite").parquet({out!r})'


def caller(folder: Path, name: str, *, before: str = "", after: str = "", times: int = 1) -> Path:
    """A notebook that runs ours, then writes what it was told to ``NAME.json``, then does ``after``."""
    told = (
        "import json as _json\n"
        "_rows = dict(_lineage_report.rows) if '_lineage_report' in globals() else {}\n"
        f"open({str(folder / f'{name}.json')!r}, 'w').write(_json.dumps(_rows))"
    )
    cells = [before, *[f'# MAGIC %run "{RUN}"'] * times, told, after]
    path = folder / f"{name}.py"
    path.write_text("# Databricks notebook source\n" + "\n\n# COMMAND ----------\n\n".join(cells) + "\n")
    return path


def context(path: str, **tags: str) -> dict[str, Any]:
    """What ``dbutils`` tells about a notebook."""
    return {"tags": {"user": "dana@northwind.example", **tags}, "extraContext": {"notebook_path": path}}


def order(path: Path, told: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """One notebook of an application."""
    return {"file": str(path), "context": told, "replaced": {RUN: str(INIT.resolve())}, **more}


def play(
    conf: Mapping[str, str],
    orders: list[dict[str, Any]],
    folder: Path,
    tools: Tools,
    env: Mapping[str, str],
    secrets: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, dict[str, str]]:
    """Run them; each must come to its end. What each was told, as rows."""
    given = {"conf": dict(conf), "secrets": dict(secrets or {}), "notebooks": orders}
    errors = dict(live.start(given, folder, tools, env))
    assert not any(errors.values()), errors
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in errors}
