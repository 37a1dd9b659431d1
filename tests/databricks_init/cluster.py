"""A cluster of local Spark, set up by nothing but what the init script wrote on a fake node."""

import hashlib
import importlib.util
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from demo import jars, live
from tests.databricks_init.node import HOME, Node, executable, node

SOURCES = Path("databricks_init")
INIT = SOURCES / "Spark Lineage Harvest Init.py"
SPARK = "3.5.3"


def require_spark() -> jars.Jdk:
    """The JDK for Spark; skips with the reason where Spark or a JDK is missing, fails in CI."""
    try:
        jdk = jars.find_jdk()
    except jars.Missing as missing:
        return _missing(str(missing))
    if importlib.util.find_spec("pyspark") is None:
        return _missing("pyspark is not installed: make .venv/spark.stamp")
    return jdk


def _missing(reason: str) -> jars.Jdk:
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def require_agent() -> jars.Tools:
    """All that real Spark with the real agent needs; skips with the reason, in CI too, where the jar cannot be had.

    Who names a jar wants these tests to run: then nothing is skipped.
    """
    require_spark()
    try:
        return jars.find_tools()
    except jars.Missing as missing:
        if os.environ.get("SPLINE_AGENT_JAR"):
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


def made_by_script(root: Path, tools: jars.Tools, env: Mapping[str, str]) -> Node:
    """A driver with this machine's Java, Spark and agent, on which the script has run."""
    made = node(root, spark=SPARK, env=env)
    (root / "usr/bin/java").unlink()
    executable(made.put("usr/bin/java", f'#!/bin/sh\nexec "{tools.jdk.home}/bin/java" "$@"\n'))
    bundle = f"{HOME}/spark-3.5-spline-agent-bundle_2.12-2.2.0.jar"
    shutil.rmtree(root / HOME)
    shutil.copytree(SOURCES, root / HOME, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(tools.agent, root / bundle)
    digest = hashlib.sha256(tools.agent.read_bytes()).hexdigest()
    made.put(f"{HOME}/bundles.sha256", f"{digest}  {Path(bundle).name}\n")
    ran = made.run()
    assert ran.code == 0, ran.output
    return made


def translated(made: Node, libraries: Iterable[Path], java_options: str = "") -> dict[str, str]:
    """Spark's settings for a driver with the node's settings and jars; ``libraries`` stand for Databricks' own jars.

    On Databricks the driver's class path is ``/databricks/jars/*`` and its defaults are ``/databricks/driver/conf``.
    """
    ours = sorted((made.root / "databricks/jars").glob("lineage-*.jar"))
    settings = made.conf()
    options = " ".join(filter(None, (java_options, settings.pop("spark.driver.extraJavaOptions", ""))))
    return live.spark_conf([*ours, *libraries], options) | settings


def without_option(options: str) -> str:
    """Java options without the one that the agent needs."""
    return re.sub(r"\s*--add-opens=java\.base/sun\.net\.www\.protocol\.jar=ALL-UNNAMED", "", options).strip()


def on_cluster(made: Node) -> dict[str, str]:
    """The cluster's variables as notebooks see them."""
    variables = {name: value for name, value in made.env.items() if name.startswith("LINEAGE_")}
    scratch = made.root / "tmp"
    scratch.mkdir(exist_ok=True)
    return variables | {"LINEAGE_HOME": str(made.root / HOME), "TMPDIR": str(scratch)}
