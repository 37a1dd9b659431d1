"""Real Spark with Delta and the agent, set up by what the init script wrote; the Functions runtime; a catalogue."""

import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo import lake, live, postgres
from lineage.catalogue import open_client
from lineage.model import AssetName
from lineage.receipts import State
from lineage.records import PENDING, mounts_folder
from lineage.store import open_store
from tests.atlas_dump import processes
from tests.databricks_init.cluster import INIT, made_by_script, on_cluster, require_agent, translated
from tests.functions_app import KEY, running_functions
from tests.host.test_functions_line import catalogue, environment, settings_for, states
from tests.oracle import WORKSPACE, expected_writes

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

PATIENCE = 120.0
MOUNTS = {"/mnt/raw": "abfss://raw@northwindlake.dfs.core.windows.net/"}
PLAIN = """# Databricks notebook source
from pyspark.sql import functions as F

orders = spark.read.format("delta").load("abfss://bronze@northwindlake.dfs.core.windows.net/orders")
orders.select("order_id").write.mode("overwrite").parquet("abfss://gold@northwindlake.dfs.core.windows.net/plain")
"""


@dataclass(frozen=True)
class Outcome:
    """What the catalogue and the store hold after all runs."""

    processes: dict[str, dict[str, Any]]
    receipts: Counter[State]
    mounts: list[dict[str, str]]
    errors: dict[tuple[str, str], str]
    database: bool
    log: str


@pytest.fixture(scope="module")
def outcome(azurite, tmp_path_factory):
    tools = require_agent()
    folder = tmp_path_factory.mktemp("e2e")
    plain = folder / "plain_job.py"
    plain.write_text(PLAIN)
    with contextlib.ExitStack() as stack:
        settings = settings_for(azurite, "e2e", stack.enter_context(catalogue(folder)))
        app = stack.enter_context(running_functions(folder, environment(settings, azurite)))
        database = stack.enter_context(postgres.server())
        options = live.java_options(folder, tools, database)
        storage = lake.create(folder / "lake")
        errors: dict[tuple[str, str], str] = {}
        for run in live.RUNS:
            made = made_by_script(folder / run.cluster_id, tools, _cluster(run, f"{app.url}/api/producer"))
            conf = storage | translated(made, tools.jars[1:], options) | live.cluster_conf(run)
            order = {"conf": conf, "secrets": live.SECRETS, "notebooks": list(_notebooks(run, plain))}
            for name, error in live.start(order, folder, tools, on_cluster(made)):
                errors[run.cluster_name, name] = error
        store = open_store(settings)
        _wait(store)
        yield Outcome(
            processes(open_client(settings)),
            states(store),
            [json.loads(found.value) for key in store.list(mounts_folder(WORKSPACE)) if (found := store.get(key))],
            errors,
            database is not None and tools.jdk.major > 8,  # an older one cannot be told the database's name
            (folder / live.LOG).read_text(errors="replace"),
        )


def _cluster(run: live.Run, url: str) -> dict[str, str]:
    return {
        "LINEAGE_URL": url,
        "LINEAGE_KEY": KEY,
        "LINEAGE_WORKSPACE_URL": live.WORKSPACE_URL,
        "LINEAGE_WORKSPACE_ID": live.WORKSPACE_ID,
        "DB_CLUSTER_ID": run.cluster_id,
        "DB_CLUSTER_NAME": run.cluster_name,
        "DB_IS_JOB_CLUSTER": "TRUE" if run.run_id else "FALSE",
    }


def _notebooks(run: live.Run, plain: Path):
    for order in live.notebooks(run):
        yield order | {"replaced": {"./00_lineage_identity": str(INIT.resolve())}, "mounts": MOUNTS}
    if run.run_id:
        yield {"file": str(plain), "context": {}}


def _wait(store) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(store.list(PENDING)):
        assert time.monotonic() < deadline, list(store.list(PENDING))[:5]
        time.sleep(0.2)


def expected(outcome: Outcome):
    """The oracle; without PostgreSQL its write fails and ends the notebook."""
    unreached = ("campaign_segments", "discount_audit", "daily_revenue")
    for write in expected_writes():
        published = write.owner.endswith("04_publish_sql")
        if outcome.database or not (published and write.output.qualified_name.endswith(unreached)):
            yield write


def test_every_notebook_ends_as_it_would_without_lineage(outcome):
    failing = {key for key, error in outcome.errors.items() if error}
    assert failing == {(run.cluster_name, "04_publish_sql") for run in live.RUNS if run.run_id}
    assert len(outcome.errors) == 11


def test_every_event_was_taken_and_none_is_parked(outcome):
    if not outcome.database:
        pytest.skip("PostgreSQL is not installed, so 04_publish_sql ended early")
    assert outcome.receipts == {State.PUBLISHED: 27, State.FAILED_RUN: 2}


def test_each_write_is_in_the_catalogue_with_its_exact_inputs_and_columns(outcome):
    for write in expected(outcome):
        if write.failed:
            continue
        found = [
            entity["attributes"]
            for name, entity in outcome.processes.items()
            if name.startswith(f"{write.owner}/processes/")
            and _references(entity["attributes"]["outputs"]) == {write.output}
        ]
        assert len(found) == 1, write
        assert _references(found[0]["inputs"]) == write.inputs
        edges = _edges(found[0])
        assert {(column, source, name) for source, name, column in edges} >= write.direct
        conditions = {(source, name) for kind, source, name in write.indirect if kind == "condition"}
        extra = {(source, name) for source, name, column in edges if (column, source, name) not in write.direct}
        assert extra <= conditions, write
        assert {column for _, _, column in edges} <= write.columns


def test_a_write_that_failed_is_a_process_without_edges(outcome):
    if not outcome.database:
        pytest.skip("PostgreSQL is not installed, so 04_publish_sql ended early")
    (failed,) = [one for one in outcome.processes.values() if "gold/discount_audit" in one["attributes"]["name"]]
    assert not failed["attributes"]["inputs"]
    assert not failed["attributes"]["outputs"]


def test_a_repeated_run_adds_no_process(outcome):
    wanted = 15 + 1 if outcome.database else 13 + 1
    assert len(outcome.processes) == wanted


def test_a_job_that_was_not_changed_is_named_after_workspace_and_job(outcome):
    (plain,) = [name for name in outcome.processes if name.startswith(f"databricks://{WORKSPACE}/jobs/4711/processes/")]
    assert _references(outcome.processes[plain]["attributes"]["outputs"]) == {
        AssetName("azure_datalake_gen2_path", "https://northwindlake.dfs.core.windows.net/gold/plain")
    }


def test_a_notebook_is_named_after_its_path(outcome):
    notebook = f"databricks://{WORKSPACE}/notebooks/Repos/data/retail/03_build_gold/processes/"
    assert len([name for name in outcome.processes if name.startswith(notebook)]) == 3


def test_the_mounts_of_the_workspace_arrived(outcome):
    assert outcome.mounts == [MOUNTS]  # posted by each cluster, stored once


def test_no_log_has_the_key(outcome):
    assert "Spline" in outcome.log or "za.co.absa" in outcome.log
    assert KEY not in outcome.log


def _references(values) -> set[AssetName]:
    return {AssetName(one["typeName"], one["uniqueAttributes"]["qualifiedName"]) for one in values}


def _edges(attributes: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (pair["DatasetMapping"]["Source"], column["Source"], column["Sink"])
        for pair in json.loads(attributes.get("columnMapping") or "[]")
        for column in pair["ColumnMapping"]
        if column["Source"] != "*"
    }
