"""The identity of a notebook's lineage: path, job, run, task, user; for "Spark Lineage Harvest Init".

``harvest(spark, dbutils)`` finds out what it runs on, puts the identity into every event that the agent sends for this
session, posts the workspace's mounts once a cluster, and returns what it found as a table. It never raises and never
waits for more than some seconds: whatever fails is a row, and lineage goes on without it.

The agent has no way to tell notebooks apart, and under codeless initialisation ``enableLineageTracking`` does nothing.
So the delegate inside of this session's listener is replaced by one that the agent itself makes, with one filter more.
"""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .mounts import Target, post_mounts, read_target, sign_in, told
from .reach import look

STATE = Path("/databricks/lineage")
"""What the init script leaves behind on the driver."""
ADD_OPENS = "--add-opens=java.base/sun.net.www.protocol.jar=ALL-UNNAMED"
LISTENER = "SplineQueryExecutionListener"
TAGS = {
    "user": ("user",),
    "jobId": ("jobId",),
    "runId": ("multitaskParentRunId", "runId"),
    "taskKey": ("taskKey",),
    "orgId": ("orgId",),
    "workspaceUrl": ("browserHostName",),
    "clusterId": ("clusterId",),
}
"""Field of the identity → tags of the notebook's context, best first. Job, run and task are absent interactively."""
DISPATCHER = {
    "spline.lineageDispatcher": "http",
    "spline.lineageDispatcher.http.apiVersion": "1.2",
    "spline.lineageDispatcher.http.requestCompression": "true",
    "spline.lineageDispatcher.http.timeout.connection": "2000",
    "spline.lineageDispatcher.http.timeout.read": "10000",
}
"""For a cluster that has the agent as a library: there nobody else has set it up."""

_FILTER = "spline.postProcessingFilter"
_CLASSES = "za.co.absa.spline.harvester.postprocessing."
_PLAIN = re.compile(r"[^A-Za-z0-9 ._:()/+@#=-]")


@dataclass
class Report:
    """What was found and done, a row each; ``attached`` tells whether this notebook's writes carry its identity."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    attached: bool = False

    def add(self, what: str, found: str) -> None:
        """One row more."""
        self.rows.append((what, found))

    def __str__(self) -> str:
        width = max(len(what) for what, _ in self.rows)
        return "\n".join(f"{what:<{width}}  {found}" for what, found in self.rows)


def harvest(
    spark: Any,
    dbutils: Any,
    *,
    home: str = "",
    env: Mapping[str, str] = os.environ,
    state: Path = STATE,
    memory: Path | None = None,
) -> Report:
    """Set the identity of this notebook's session and post the mounts; never raises.

    ``home`` is the folder with ``settings.json``, for clusters without the policy; ``memory`` the folder that keeps
    what was posted last from this driver.
    """
    report = Report()
    try:
        _harvest(report, spark, dbutils, home, env, state, memory or Path(tempfile.gettempdir()))
    except Exception as error:
        report.add("stopped", f"{told(error)}; lineage goes on without the notebook's identity")
    return report


def _harvest(
    report: Report, spark: Any, dbutils: Any, home: str, env: Mapping[str, str], state: Path, memory: Path
) -> None:
    refused = forbidden(spark, env)
    report.add("compute", refused or "Spark with its JVM in reach: dedicated access mode, or no isolation")
    if refused:
        report.add("lineage", "none from here; nothing was changed")
        return
    identity = read_identity(spark, dbutils, env)
    facts = [f"{name} {identity[name]}" for name in ("notebookPath", "jobId", "runId", "taskKey") if name in identity]
    report.add(
        "notebook", ", ".join(facts) or "the context tells nothing; its lineage has the cluster's identity alone"
    )
    target = read_target(dbutils, home, env, identity)
    report.add("agent", agent := _agent(spark, state))
    if not agent.startswith("not "):
        outcome = set_identity(spark, identity, library_settings(spark, target))
        report.attached = outcome.startswith("identity set")
        report.add("identity", outcome)
        report.add("lineage", f"goes to {target.url or 'where the cluster sends it'}")
    report.add("Function", _reached(target))
    report.add("mounts", post_mounts(dbutils, target, memory))


def _reached(target: Target) -> str:
    """Whether the Function can be reached from here with what the agent signs in with."""
    if not target.url:
        return "its address is not known here"
    try:
        return look(target.url, sign_in(target))
    except Exception as error:  # of the sign-in
        return f"Entra gives no token for it: {told(error)}"


def forbidden(spark: Any, env: Mapping[str, str] = os.environ) -> str:
    """Why nothing can be done here, or ``""``: without a JVM there is no agent to talk to."""
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        serverless = env.get("IS_SERVERLESS", "") or env.get("DATABRICKS_RUNTIME_VERSION", "").startswith("client.")
        where = "serverless compute" if serverless else "standard access mode or serverless compute (Spark Connect)"
        return f"{where}: no agent can be attached; take a cluster in dedicated access mode"
    try:
        reachable = spark.sparkContext._jvm is not None
    except Exception as error:
        return f"the JVM is out of reach ({told(error)}): take a cluster in dedicated access mode"
    return "" if reachable else "the JVM is out of reach: take a cluster in dedicated access mode"


def read_identity(spark: Any, dbutils: Any, env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the notebook's context tells; what it does not tell, or forbids, is left out."""
    try:
        context = json.loads(dbutils.notebook.entry_point.getDbutils().notebook().getContext().toJson())
    except Exception:  # forbidden on some access modes, and no public interface on any
        context = {}
    tags = context.get("tags") or {}
    found = {"notebookPath": (context.get("extraContext") or {}).get("notebook_path")}
    for name, keys in TAGS.items():
        found[name] = next((tags[key] for key in keys if tags.get(key)), None)
    found["workspaceUrl"] = (
        _conf(spark, "spark.databricks.workspaceUrl") or found["workspaceUrl"] or env.get("LINEAGE_WORKSPACE_URL")
    )
    found["clusterId"] = found["clusterId"] or _conf(spark, "spark.databricks.clusterUsageTags.clusterId")
    return {name: str(value) for name, value in found.items() if value}


def _agent(spark: Any, state: Path) -> str:
    """How the agent comes to this session; begins with ``not`` where it does not."""
    jvm = spark.sparkContext._jvm
    if type(jvm.za.co.absa.spline.agent.AgentConfig).__name__ != "JavaClass":
        return f"not attached: {_refusal(state)}"
    if _codeless(spark._jsparkSession):
        return "attached by the init script"
    return "installed as a library"


def _refusal(state: Path) -> str:
    """Why the init script attached nothing, in its own words."""
    try:
        lines = (state / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "there is no agent on this cluster, and no trace of the init script; use the cluster policy for lineage"
    facts = dict(line.split("=", 1) for line in lines if "=" in line)
    return facts.get("reason") or "the init script attached it, but the driver does not have it; restart the cluster"


def _codeless(session: Any) -> list[Any]:
    return [each for each in _listeners(session) if each.getClass().getSimpleName() == LISTENER]


def _listeners(session: Any) -> list[Any]:
    listeners = session.listenerManager().listListeners()
    return [each for each in listeners if each.getClass().getName().startswith("za.co.absa.spline.")]


def library_settings(spark: Any, target: Target) -> dict[str, str]:
    """The agent's settings where it is a library that nobody has set up; empty where the cluster's settings do.

    A dispatcher that two sources name sends everything twice, so this asks first.
    """
    if _codeless(spark._jsparkSession) or _conf(spark, "spark.spline.lineageDispatcher") or not target.url:
        return {}
    http = "spline.lineageDispatcher.http"
    key = "" if target.token_url else target.key
    headers = {"x-functions-key": key, "x-databricks-workspace-url": target.workspace_url}
    return {
        **DISPATCHER,
        f"{http}.producer.url": target.url.rstrip("/"),
        **{f"{http}.header.{name}": _PLAIN.sub("_", value) for name, value in headers.items() if value},
    }


def set_identity(spark: Any, identity: Mapping[str, str], settings: Mapping[str, str] | None = None) -> str:
    """Let every event of this session carry ``identity`` as its extra ``databricks``; says what happened, never raises.

    Works again and again: the last identity counts. Other listeners and other sessions are not touched.
    """
    try:
        return _set_identity(spark, identity, settings or {})
    except Exception as error:
        if "sun.net.www.protocol.jar" in str(error):
            return f"no identity: Java lacks an option: set JDK_JAVA_OPTIONS={ADD_OPENS} for the cluster"
        return f"no identity: {told(error)}"


def _set_identity(spark: Any, identity: Mapping[str, str], settings: Mapping[str, str]) -> str:
    jvm, session = spark.sparkContext._jvm, spark._jsparkSession
    config = _agent_config(jvm, {**settings, **_filter_settings(identity)})
    fresh = jvm.za.co.absa.spline.harvester.SparkLineageInitializer(session).createListener(True, config)
    if fresh.isEmpty():
        return "no identity: the agent is disabled or refuses its settings (see the driver's log); nothing was changed"
    for codeless in _codeless(session):
        if _replaced(codeless, fresh):
            return "identity set"
    manager = session.listenerManager()
    for mine in _listeners(session):
        manager.unregister(mine)
    manager.register(fresh.get())
    spark.conf.set("spline.initializedFlag", "true")  # a later enableLineageTracking stays without effect
    return "identity set, with a listener of its own"


def _replaced(codeless: Any, fresh: Any) -> bool:
    """Whether the listener took the new delegate; between the two no event is lost."""
    try:
        delegate = codeless.getClass().getDeclaredField("maybeListener")
        delegate.setAccessible(True)
        delegate.set(codeless, fresh)
    except Exception:  # another version of the agent
        return False
    return True


def _filter_settings(identity: Mapping[str, str]) -> dict[str, str]:
    """A root filter under a name of its own: filters of different names add up, of one name the cluster's wins."""
    rules = json.dumps({"executionEvent": {"extra": {"databricks": dict(identity)}}})
    rules = rules.replace("$", "\\u0024")  # the agent would evaluate it
    rules = rules.replace("\\", "\\\\").replace(",", "\\,")  # a comma separates values
    return {
        _FILTER: "notebook",
        f"{_FILTER}.notebook.className": f"{_CLASSES}CompositePostProcessingFilter",
        f"{_FILTER}.notebook.filters": "notebookMeta,default",
        f"{_FILTER}.notebookMeta.className": f"{_CLASSES}metadata.MetadataCollectingFilter",
        f"{_FILTER}.notebookMeta.rules": rules,
    }


def _agent_config(jvm: Any, settings: Mapping[str, str]) -> Any:
    builder = jvm.za.co.absa.spline.agent.AgentConfig.builder()
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder.build()


def _conf(spark: Any, key: str) -> str:
    try:
        return str(spark.conf.get(key, "") or "")
    except Exception:  # not every runtime lets notebooks read every key
        return ""
