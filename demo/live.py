"""The demo's notebooks on local Spark with the agent itself: two nights of the job, then one notebook interactively."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo import lake, postgres
from demo.jars import Missing, Tools

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = Path(__file__).resolve().parent / "notebooks"
EXPECTED = Path(__file__).resolve().parent / "expected.json"
MARK = "@notebook "
"""What ``demo.spark`` puts before the line of a notebook."""
WORKSPACE_ID = "8765432109876543"
WORKSPACE_URL = f"adb-{WORKSPACE_ID}.7.azuredatabricks.net"
REPOSITORY = "/Repos/data/retail/"
JOB = "4711"
USER = "dana@northwind.example"
DATABASE_HOST = "northwind-pg.postgres.database.azure.com"
SECRETS = {"retail": {"pg-user": postgres.USER, "pg-password": postgres.PASSWORD}}
FUNCTIONS_KEY = "demo-functions-key-invented-not-a-secret"
LOG = "spark.log"
QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""A run is over before more compilation or a concurrent collector would pay."""

_FOREIGN = ("SPARK_", "PYSPARK_", "HADOOP_", "HIVE_", "LINEAGE_", "JDK_JAVA_OPTIONS", "HTTP_PROXY", "ALL_PROXY")
"""Beginnings of variables, in capitals, that would let in another Spark or cluster, or a proxy before loopback."""


@dataclass(frozen=True, slots=True)
class Run:
    """One Spark application: a job run on a cluster of its own, or an interactive one (without ``run_id``)."""

    cluster_id: str
    cluster_name: str
    run_id: str = ""
    date: str = "2026-11-20"
    notebooks: tuple[str, ...] = ("01_ingest_landing", "02_build_silver", "03_build_gold", "04_publish_sql")


RUNS = (
    Run("1120-010003-k3v9qzap", "job-4711-run-9001-retail", "9001", "2026-11-20"),
    Run("1121-010004-w7m2tdlc", "job-4711-run-9002-retail", "9002", "2026-11-21"),
    Run("1103-081512-r5ynhb8e", "team-analytics", notebooks=("03_build_gold",)),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one notebook of one run; ``error`` is empty where it came to its end."""

    run: Run
    notebook: str
    error: str


def play(url: str, folder: Path, tools: Tools, database: str | None) -> Iterator[Ended]:
    """Play the runs against the producer API at ``url`` and yield each notebook's end; ``Missing`` where Spark fails.

    ``folder`` takes the lake, the metastore and the log; ``database`` is the address of PostgreSQL, if there is one.
    """
    settings = lake.create(folder / "lake") | spark_conf(tools.jars, java_options(folder, tools, database))
    for run in RUNS:
        order = {"conf": settings | agent_conf(url, run), "secrets": SECRETS, "notebooks": list(notebooks(run))}
        yield from (Ended(run, *end) for end in start(order, folder, tools))


def spark_conf(jars: Iterable[Path], java_options: str) -> dict[str, str]:
    """Local Spark with Delta, and ``jars`` on the driver's class path."""
    return {
        "spark.master": "local[2]",
        "spark.app.name": "Databricks Shell",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraClassPath": os.pathsep.join(map(str, jars)),
        "spark.driver.extraJavaOptions": java_options,
        "spark.sql.shuffle.partitions": "2",
        "spark.databricks.delta.snapshotPartitions": "2",  # of Delta's own log, 50 tasks a read otherwise
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }


def agent_conf(url: str, run: Run) -> dict[str, str]:
    """What the cluster of a run tells Spark and the agent."""
    dispatcher = "spark.spline.lineageDispatcher"
    headers = {
        "x-functions-key": FUNCTIONS_KEY,
        "x-databricks-workspace-url": WORKSPACE_URL,
        "x-databricks-workspace-id": WORKSPACE_ID,
        "x-databricks-cluster-id": run.cluster_id,
        "x-databricks-cluster-name": run.cluster_name,
    }
    return cluster_conf(run) | {
        dispatcher: "http",
        f"{dispatcher}.http.producer.url": url,
        f"{dispatcher}.http.apiVersion": "1.2",
        f"{dispatcher}.http.requestCompression": "true",
        **{f"{dispatcher}.http.header.{name}": value for name, value in headers.items()},
    }


def cluster_conf(run: Run) -> dict[str, str]:
    """What Databricks tells Spark about a cluster."""
    return {
        "spark.databricks.workspaceUrl": WORKSPACE_URL,
        "spark.databricks.clusterUsageTags.clusterId": run.cluster_id,
        "spark.databricks.clusterUsageTags.clusterName": run.cluster_name,
    }


def notebooks(run: Run) -> Iterator[dict[str, Any]]:
    """The orders of a run's notebooks."""
    for name in run.notebooks:
        tags = {"user": USER, "orgId": WORKSPACE_ID, "browserHostName": WORKSPACE_URL, "clusterId": run.cluster_id}
        if run.run_id:
            tags |= {"jobId": JOB, "multitaskParentRunId": run.run_id, "taskKey": name}
        yield {
            "file": str(NOTEBOOKS / f"{name}.py"),
            "context": {"tags": tags, "extraContext": {"notebook_path": REPOSITORY + name}},
            "widgets": {"run_date": run.date},
        }


def java_options(folder: Path, tools: Tools, database: str | None) -> str:
    """Options of the driver; ``database`` gets the name that the notebook calls it by."""
    options = [f"-Dderby.stream.error.file={folder.resolve() / 'derby.log'}", *QUICK]
    if tools.jdk.major > 8:
        options.append("--add-opens=java.base/sun.net.www.protocol.jar=ALL-UNNAMED")
    if database and tools.jdk.major > 8:
        hosts = folder.resolve() / "hosts"
        names = f"127.0.0.1 localhost\n127.0.0.1 {socket.gethostname()}\n{database} {DATABASE_HOST}\n"
        hosts.write_text(names, encoding="utf-8")
        options.append(f"-Djdk.net.hosts.file={hosts}")
    return " ".join(options)


def start(
    order: Mapping[str, Any], folder: Path, tools: Tools, env: Mapping[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """One Spark application; the name and the error of each notebook as it ends. What Spark logs goes to ``LOG``.

    ``env`` is added to the environment of Spark and of its notebooks.
    """
    file = folder / "order.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    command = [sys.executable, "-P", "-m", "demo.spark", str(file.resolve())]
    with (folder / LOG).open("ab") as log:
        child = subprocess.Popen(
            command, cwd=folder, env=environment(tools) | dict(env or {}), stdout=subprocess.PIPE, stderr=log, text=True
        )
        assert child.stdout  # noqa: S101 (PIPE)
        try:
            for line in child.stdout:
                if line.startswith(MARK):
                    told = json.loads(line.removeprefix(MARK))
                    yield Path(told["file"]).stem, told["error"]
            if child.wait() != 0:
                raise Missing(f"Spark ended with exit code {child.returncode}: see {folder / LOG}")
        finally:
            _end(child)
            child.stdout.close()


def environment(tools: Tools) -> dict[str, str]:
    """The environment in which this machine's Spark runs, and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_FOREIGN)}
    return kept | {
        "JAVA_HOME": str(tools.jdk.home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_USER": "root",  # what Databricks' clusters say
        "PYTHONPATH": str(ROOT),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }


def _end(child: subprocess.Popen[str]) -> None:
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(30)
            return
        child.kill()


def writes() -> int:
    """How many writes the runs make, each with one event, failed ones included."""
    return sum(len(write["run_ids"]) for write in json.loads(EXPECTED.read_text(encoding="utf-8"))["writes"])
