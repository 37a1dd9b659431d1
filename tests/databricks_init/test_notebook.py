"""The notebook on real Spark without an agent, where it may and where it may not; and what it is made of."""

import os
from pathlib import Path

import pytest

from databricks_init import agent_settings
from databricks_init.lineage_notebook import identity
from demo import live
from demo.dbutils import DBUtils, MountInfo
from demo.jars import Tools
from tests.databricks_init.cluster import INIT, SOURCES, require_spark
from tests.databricks_init.endpoint import endpoint
from tests.databricks_init.notebooks import caller, context, order, play

KEY = "inventedKeyOfTheNotebook"
MOUNTS = [
    MountInfo("/mnt/raw", "abfss://raw@northwindlake.dfs.core.windows.net/"),
    MountInfo("/databricks-datasets", "databricks-datasets"),
]
CONNECT = """
class SparkSession:
    @property
    def sparkContext(self):
        raise AttributeError("[JVM_ATTRIBUTE_NOT_SUPPORTED] Attribute `sparkContext` is not supported in Spark Connect")

SparkSession.__module__ = "pyspark.sql.connect.session"
real, spark = spark, SparkSession()
"""
REFUSED = """
class Refused:
    def __getattr__(self, name):
        raise RuntimeError("py4j.security.Py4JSecurityException: Constructor ... is not whitelisted.")

class Shielded:
    sparkContext = Refused()

real, spark = spark, Shielded()
"""
COUNT = "assert {spark}.range(3).count() == 3"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the notebook says in every situation; one application, a session each."""
    jdk = require_spark()
    folder = tmp_path_factory.mktemp("notebook")
    named = {"tags": {}, "mounts": {mount.mountPoint: mount.source for mount in MOUNTS}}
    forget = "import os, sys\nos.environ['LINEAGE_HOME'] = '/nonexistent'\n" + (
        "sys.path[:] = [each for each in sys.path if 'databricks_init' not in each]\n"
        "for name in [each for each in sys.modules if each.startswith('lineage_notebook')]: del sys.modules[name]"
    )
    orders = [
        order(caller(folder, "allowed", after=COUNT.format(spark="spark")), context("/a", jobId="1"), **named),
        order(caller(folder, "again", times=2), context("/b"), **named),
        order(caller(folder, "forbidden", after=COUNT.format(spark="spark")), context("/c"), forbidden=True),
        order(caller(folder, "connect", before=CONNECT, after=COUNT.format(spark="real")), context("/d")),
        order(caller(folder, "refused", before=REFUSED, after=COUNT.format(spark="real")), context("/e")),
        order(
            caller(folder, "serverless", before=CONNECT + "import os\nos.environ['IS_SERVERLESS'] = 'true'\n"),
            context("/f"),
        ),
        order(caller(folder, "no_module", before=forget, after=COUNT.format(spark="spark")), context("/g")),
    ]
    conf = {
        "spark.master": "local[1]",
        "spark.ui.enabled": "false",
        "spark.driver.extraJavaOptions": " ".join(live.QUICK),
    }
    workspace = {"spark.databricks.workspaceUrl": "adb-7.7.azuredatabricks.net"}
    tools = Tools(jdk, Path(), ())
    with endpoint() as door:
        env = {
            "LINEAGE_HOME": str(SOURCES.resolve()),
            "LINEAGE_URL": f"{door.url}/api/producer",
            "LINEAGE_KEY": KEY,
            "TMPDIR": str(folder),
        }
        rows = play(conf | workspace, orders, folder, tools, env)
    return rows, door, (folder / live.LOG).read_text()


@pytest.mark.spark
def test_without_an_agent_it_says_so_and_still_sends_the_mounts(told):
    rows, door, _ = told
    assert rows["allowed"]["compute"].startswith("Spark with its JVM in reach")
    assert rows["allowed"]["notebook"] == "notebookPath /a, jobId 1"
    assert rows["allowed"]["agent"].startswith("not attached: there is no agent on this cluster")
    assert "identity" not in rows["allowed"]
    assert rows["allowed"]["mounts"] == "1 sent"
    assert rows["again"]["mounts"] == "1, as sent before"
    assert [(one.path, one.headers["x-functions-key"]) for one in door.requests] == [("/api/databricks/mounts", KEY)]


@pytest.mark.spark
def test_where_the_context_is_forbidden_lineage_has_the_clusters_identity(told):
    rows, _, _ = told
    assert rows["forbidden"]["notebook"].startswith("the context tells nothing")
    assert rows["forbidden"]["mounts"].startswith("not sent: Forbidden")


@pytest.mark.spark
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("connect", "standard access mode or serverless compute (Spark Connect): no agent can be attached"),
        ("serverless", "serverless compute: no agent can be attached"),
        ("refused", "the JVM is out of reach (RuntimeError: py4j.security.Py4JSecurityException"),
    ],
)
def test_where_there_is_no_jvm_it_does_nothing(told, name, reason):
    rows, _, _ = told
    assert rows[name]["compute"].startswith(reason)
    assert rows[name]["lineage"] == "none from here; nothing was changed"
    assert "mounts" not in rows[name]


@pytest.mark.spark
def test_without_its_module_it_goes_on(told):
    rows, _, log = told
    assert rows["no_module"] == {}
    assert KEY not in log


class Jvm:
    """A JVM in reach."""

    _jvm = object()


class Spark:
    """A session of a dedicated cluster, as far as identity asks it."""

    sparkContext = Jvm()  # noqa: N815 (Spark's name)

    def __init__(self, **conf: str) -> None:
        self.conf = {key.replace("__", "."): value for key, value in conf.items()}


@pytest.mark.unit
def test_identity_has_what_the_context_tells_and_nothing_else():
    tags = {"user": "u", "jobId": "1", "multitaskParentRunId": "2", "runId": "3", "taskKey": "t", "clusterName": "n"}
    told = context("/Repos/x", **tags, orgId="7", browserHostName="adb-7.7.azuredatabricks.net", clusterId="c")
    assert identity.read_identity(Spark(), DBUtils(told), {}) == {
        "notebookPath": "/Repos/x",
        "user": "u",
        "jobId": "1",
        "runId": "2",
        "taskKey": "t",
        "orgId": "7",
        "workspaceUrl": "adb-7.7.azuredatabricks.net",
        "clusterId": "c",
    }


@pytest.mark.unit
@pytest.mark.parametrize("told", [{}, {"tags": None}, {"extraContext": None}, {"tags": {"jobId": ""}}])
def test_a_context_without_contents_is_an_identity_without_contents(told):
    assert identity.read_identity(Spark(), DBUtils(told), {}) == {}


@pytest.mark.unit
def test_a_forbidden_context_leaves_what_spark_and_the_policy_know():
    spark = Spark(spark__databricks__clusterUsageTags__clusterId="c-1")
    found = identity.read_identity(spark, DBUtils({}, forbidden=True), {"LINEAGE_WORKSPACE_URL": "adb-1.net"})
    assert found == {"workspaceUrl": "adb-1.net", "clusterId": "c-1"}


@pytest.mark.unit
def test_harvest_never_raises(tmp_path):
    class Broken:
        def __getattr__(self, name):
            raise RuntimeError("broken\nthing")

    report = identity.harvest(Broken(), Broken(), env={}, state=tmp_path, memory=tmp_path)
    assert not report.attached
    assert "RuntimeError: broken" in str(report)
    assert len(str(report).splitlines()) == len(report.rows)


@pytest.mark.unit
def test_the_module_and_the_table_have_one_set_of_values():
    table = {setting.key.removeprefix("spark."): setting.value for setting in agent_settings.SETTINGS}
    assert {key: table[key] for key in identity.DISPATCHER} == identity.DISPATCHER
    assert identity.ADD_OPENS == agent_settings.ADD_OPENS
    assert agent_settings.LISTENER.endswith(f".{identity.LISTENER}")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (None, "there is no agent on this cluster, and no trace of the init script"),
        ("attached=no\nreason=switched off for this cluster\n", "switched off for this cluster"),
        ("attached=yes\nreason=\n", "the init script attached it, but the driver does not have it"),
        ("garbage", "the init script attached it"),
    ],
)
def test_a_missing_agent_is_explained_by_the_script(tmp_path, status, reason):
    if status is not None:
        (tmp_path / "status").write_text(status)
    assert identity._refusal(tmp_path).startswith(reason)


@pytest.mark.unit
def test_the_notebook_is_source_format_and_python_only():
    text = INIT.read_text()
    assert text.startswith("# Databricks notebook source\n")
    magic = {line.split()[2] for line in text.splitlines() if line.startswith("# MAGIC %")}
    assert magic == {"%md"}
    assert "/Workspace" in text
    assert os.path.basename(INIT) == "Spark Lineage Harvest Init.py"
