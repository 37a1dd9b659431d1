"""What surrounds a run on local Spark: tools, notebooks, the lake, the stand-ins, the recording. Spark itself: e2e."""

import json
import socket
import stat
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo import jars, lake, live, notebook, postgres, record, replay
from demo.dbutils import DBUtils, Forbidden, MountInfo
from local.server import free

NOTEBOOKS = Path("demo/notebooks")


def fake_java(home: Path, version: str) -> Path:
    java = home / "bin/java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    return home


@pytest.mark.parametrize(("version", "major"), [("17.0.15", 17), ("11.0.2", 11), ("1.8.0_412", 8)])
def test_a_jdk_that_spark_runs_on_is_found(tmp_path, monkeypatch, version, major):
    monkeypatch.setattr(jars, "_homes", lambda env: iter([fake_java(tmp_path / "jdk", version)]))
    assert jars.find_jdk({}).major == major


def test_the_best_jdk_wins_and_the_users_own_of_two_equal_ones(tmp_path, monkeypatch):
    homes = [fake_java(tmp_path / name, v) for name, v in (("a", "17.0.1"), ("b", "11.0.2"), ("own", "17.0.2"))]
    monkeypatch.setattr(jars, "_homes", lambda env: iter(homes))
    assert jars.find_jdk({}).home == tmp_path / "own"


def test_a_newer_jdk_is_not_taken_and_the_fix_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(jars, "_homes", lambda env: iter([fake_java(tmp_path, "21.0.4"), tmp_path / "nothing"]))
    with pytest.raises(jars.Missing, match=r"JAVA_HOME") as missing:
        jars.find_jdk({})
    assert "\n" not in str(missing.value)


def test_a_wrong_path_to_the_agent_is_named(tmp_path):
    with pytest.raises(jars.Missing, match="SPLINE_AGENT_JAR names no file"):
        jars.agent_jar({"SPLINE_AGENT_JAR": str(tmp_path / "no.jar")})


def test_without_maven_and_variable_one_line_names_both(tmp_path, monkeypatch):
    monkeypatch.setattr(jars, "CACHE", tmp_path)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda *_, **__: None)  # nor Spark, which has Ivy
    with pytest.raises(jars.Missing, match=r"SPLINE_AGENT_JAR.*Maven is missing") as missing:
        jars.agent_jar({})
    assert "\n" not in str(missing.value)


def test_without_maven_the_ivy_of_spark_fetches(tmp_path, monkeypatch):
    pytest.importorskip("pyspark")
    java = fake_java(tmp_path / "jdk", "17.0.1") / "bin/java"
    java.write_text(f'{java.read_text()}printf "%s\\n" "$@" >"{tmp_path}/asked"\n')
    monkeypatch.setattr(jars, "CACHE", tmp_path / "a cache/jars")
    monkeypatch.setattr(jars, "_homes", lambda env: iter([tmp_path / "jdk"]))
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(jars.Missing, match=r"io.delta:delta-storage:3.3.2 could not be fetched: no reason given"):
        jars.fetch("io.delta:delta-storage:3.3.2")
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[3:7] == ["-dependency", "io.delta", "delta-storage", "3.3.2"]
    assert asked[11].startswith(f"{tmp_path}/a cache/jars/")
    assert asked[11].endswith("/[artifact]-[revision].[ext]")
    assert not list((tmp_path / "a cache/jars").iterdir())


def test_a_jar_in_the_cache_needs_no_maven(tmp_path, monkeypatch):
    monkeypatch.setattr(jars, "CACHE", tmp_path)
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    (tmp_path / "delta-storage-3.3.2.jar").write_bytes(b"jar")
    assert jars.fetch("io.delta:delta-storage:3.3.2") == tmp_path / "delta-storage-3.3.2.jar"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.py")), ids=lambda path: path.stem)
def test_every_notebook_of_the_demo_is_understood(path):
    found = list(notebook.cells(path.read_text()))
    assert {cell.magic for cell in found} <= {"", "%md", "%run"}
    for cell in found:
        compile(cell.code, str(path), "exec")


def test_a_notebook_runs_in_one_namespace_and_its_lines_are_the_files(tmp_path):
    (tmp_path / "first.py").write_text("# Databricks notebook source\nx = 1\n")
    second = tmp_path / "second.py"
    second.write_text(
        "# Databricks notebook source\n# MAGIC %md\n# MAGIC words\n\n# COMMAND ----------\n\n# MAGIC %run ./first\n"
        "\n# COMMAND ----------\n\ny = x + 1\nraise KeyError(y)\n"
    )
    namespace = {}
    with pytest.raises(KeyError, match="2") as raised:
        notebook.run(second, namespace)
    assert namespace["y"] == 2
    assert raised.traceback[-1].lineno + 1 == 12


@pytest.mark.parametrize("source", ["x = 1\n", "# Databricks notebook source\n# MAGIC %sql\n# MAGIC SELECT 1\n"])
def test_what_is_no_python_notebook_is_refused(tmp_path, source):
    file = tmp_path / "notebook.py"
    file.write_text(source)
    with pytest.raises(ValueError, match=r"no notebook|%sql is not understood"):
        notebook.run(file, {})


def test_a_notebooks_error_is_its_reason_in_a_line():
    spark = pytest.importorskip("demo.spark", exc_type=ImportError)
    said = (
        "a.b.SparkException: Job aborted\nTraceback (most recent call last):\n  File x\nValueError: 9 > 1\n\n\tat a.b"
    )

    class Raised(Exception):
        java_exception = SimpleNamespace(toString=lambda: said)

    assert spark._line(Raised()) == "ValueError: 9 > 1"
    assert spark._line(KeyError("a\nb")) == "KeyError: 'a\\nb'"


def test_dbutils_answers_as_documented():
    dbutils = DBUtils(
        {"tags": {}},
        widgets={"given": "1"},
        secrets={"scope": {"key": "value"}},
        mounts=[MountInfo("/mnt/raw", "abfss://raw@acc.dfs.core.windows.net/")],
    )
    dbutils.widgets.text("given", "2")
    dbutils.widgets.text("other", "3")
    assert (dbutils.widgets.get("given"), dbutils.widgets.get("other")) == ("1", "3")
    assert dbutils.secrets.get("scope", "key") == "value"
    assert dbutils.fs.mounts()[0].mountPoint == "/mnt/raw"
    assert json.loads(dbutils.notebook.entry_point.getDbutils().notebook().getContext().toJson()) == {"tags": {}}
    with pytest.raises(ValueError, match="InputWidgetNotDefined"):
        dbutils.widgets.get("unknown")
    with pytest.raises(ValueError, match="Secret does not exist"):
        dbutils.secrets.get("scope", "unknown")


def test_dbutils_refuses_what_the_access_mode_forbids():
    dbutils = DBUtils({}, forbidden=True)
    with pytest.raises(Forbidden, match="Py4JSecurityException"):
        dbutils.notebook.entry_point.getDbutils().notebook().getContext()
    with pytest.raises(Forbidden, match="not whitelisted"):
        dbutils.fs.mounts()


def test_the_lake_has_the_landing_files_and_every_container_a_folder(tmp_path):
    conf = lake.create(tmp_path)
    lake.create(tmp_path)  # again, as nothing
    assert (tmp_path / "landing/orders/2026-11-20/part-00000.csv").exists()
    links = {key: value for key, value in conf.items() if key.endswith("linkFallback")}
    assert len(links) == 5
    assert all(Path(value.removeprefix("file://")).is_dir() for value in links.values())


def test_the_runs_are_those_of_the_recording():
    seen = {dict(request.headers)["x-databricks-cluster-name"] for request in replay.load()}
    assert {run.cluster_name for run in live.RUNS} == seen
    assert live.writes() == sum(request.is_event for request in replay.load())


def test_postgresql_serves_one_database_and_ends(monkeypatch):
    if postgres.binaries() is None:
        pytest.skip("initdb and postgres are not installed")
    with postgres.server() as address:
        if address is None:
            pytest.skip("port 5432 is taken on every loopback address")
        with socket.create_connection((address, postgres.PORT), timeout=5):
            pass
    assert free(postgres.PORT, address)


def test_without_postgresql_there_is_no_address(monkeypatch):
    monkeypatch.setattr(postgres, "binaries", lambda: None)
    with postgres.server() as address:
        assert address is None


def test_the_receiver_keeps_requests_as_the_recording_has_them():
    original = replay.load()[:4]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with record.Receiver("127.0.0.1", port) as receiver:
        assert [status for _, status in replay.send("127.0.0.1", port, original)] == [201] * 4
    kept = [replay._request(entry) for entry in receiver.requests]
    assert [each.body for each in kept] == [each.body for each in original]
    assert [each.compressed for each in kept] == [each.compressed for each in original]
    assert [each.headers for each in kept] == [each.headers for each in original]
    assert [entry["seq"] for entry in receiver.requests] == [0, 1, 2, 3]
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)


def test_a_new_recording_says_what_it_changes(tmp_path):
    path = tmp_path / "recording.json"
    requests = json.loads(replay.RECORDING.read_bytes())["requests"]
    assert all(line.startswith("new ") for line in record.write(path, requests))
    assert record.write(path, requests) == []
    assert json.loads(path.read_bytes())["requests"] == requests
    changed = json.loads(json.dumps(requests).replace("country_rank", "rank_there"))
    lines = record.write(path, changed[:-2])
    assert sorted(line.split()[0] for line in lines) == ["changed", "changed", "changed", "gone"]
