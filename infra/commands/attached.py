"""The agent on the workspaces: what it needs to attach, and which clusters and jobs it is attached to."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from databricks_init.support import Runtime, Verdict, load
from infra import names as fixed
from infra.agent import CHECKSUMS
from infra.clients.workspace import Workspace
from infra.commands.attach import own_clusters
from infra.commands.deployment import Deployment
from infra.commands.finding import Finding, Level
from infra.errors import CallError

AGAIN = "pulumi -C infra refresh && make deploy"
_ADMIN = "az login, as a workspace admin"


def agent(deployment: Deployment) -> Iterable[Finding]:
    """D06: secret, init script and bundles, as they were deployed."""
    for url, facts in deployment.sites.items():
        client = deployment.workspace(url)
        try:
            secret = client.has_secret(facts["scope"], fixed.SECRET)
            yield _there(f"{url} has the secret with the key" if secret else "", f"{url} lacks the secret with the key")
            yield _script(client, url, facts["script"])
            yield from _bundles(client, url, facts)
        except CallError as error:
            yield Finding("D06", Level.FAIL, str(error), _ADMIN)


def clusters(deployment: Deployment) -> Iterable[Finding]:
    """D07: each all-purpose cluster, and how many jobs are left out."""
    for url, facts in deployment.sites.items():
        client = deployment.workspace(url)
        try:
            for cluster in client.clusters():
                if cluster.get("cluster_source") != "JOB":
                    yield judge(cluster, facts["policyId"], deployment.now.date(), facts.get("bundles"))
            yield from _jobs(client, url, facts["policyId"])
        except CallError as error:
            yield Finding("D07", Level.FAIL, str(error), _ADMIN)


def _there(good: str, otherwise: str) -> Finding:
    return Finding("D06", Level.OK, good) if good else Finding("D06", Level.FAIL, otherwise, AGAIN)


def _script(client: Workspace, url: str, script: str) -> Finding:
    """Its name holds the start of its own checksum."""
    content = client.read(script)
    if not content:
        return _there("", f"{url} lacks the init script {script}")
    own = hashlib.sha256(content).hexdigest()[:8] in PurePosixPath(script).name
    return _there(f"{url} has the init script" if own else "", f"{url}: {script} is not what was deployed")


def _bundles(client: Workspace, url: str, facts: Mapping[str, Any]) -> Iterator[Finding]:
    """The checksums that the init script goes by are those of the deployed jars, and the jars have their size."""
    if "bundles" not in facts:
        yield Finding("D06", Level.WARN, f"{url}: an older version deployed the agent", "make deploy")
        return
    home = PurePosixPath(facts["script"]).parent
    listed = client.read(f"{home}/{CHECKSUMS}").decode(errors="replace").splitlines()
    known = {name: digest for digest, _, name in (line.partition("  ") for line in listed)}
    for name, bundle in facts["bundles"].items():
        size = client.size(f"{home}/{name}")
        if known.get(name) != bundle["sha256"]:
            yield _there("", f"{url}: the init script does not know the checksum of {name}")
        elif size != bundle["bytes"]:
            yield _there("", f"{url}: {name} has {size or 'no'} bytes instead of {bundle['bytes']:.0f}")
        else:
            yield _there(f"{url} has {name}, and the init script its checksum", "")


def _jobs(client: Workspace, url: str, policy_id: str) -> Iterator[Finding]:
    own = [job for job in client.jobs() if list(own_clusters(job))]
    out = [job for job in own if any(one.get("policy_id") != policy_id for one in own_clusters(job))]
    if out:
        names = ", ".join(sorted(str((job.get("settings") or {}).get("name", job["job_id"])) for job in out)[:5])
        what = f"{url}: {len(out)} of {len(own)} jobs have a cluster that is not under the policy: {names}"
        yield Finding("D07", Level.WARN, what + (" …" if len(out) > 5 else ""), "lineage attach")
    elif own:
        yield Finding("D07", Level.OK, f"{url}: {len(own)} jobs have clusters of their own, all under the policy")


def judge(cluster: Mapping[str, Any], policy_id: str, today: date, bundles: Iterable[str] | None = None) -> Finding:
    """What is to be said of one cluster, as the clusters API describes it; ``bundles`` are those deployed. Pure."""
    name = f"cluster {cluster.get('cluster_name', cluster.get('cluster_id'))}"
    for fits, level, what, fix in _FAULTS:
        if fits(cluster, policy_id):
            return Finding("D07", level, f"{name} {what}", fix)
    answer = load().cluster(cluster.get("spark_version", ""), cluster.get("data_security_mode", ""), today)
    if answer.verdict is not Verdict.SUPPORTED:
        fix = "docs/databricks.md has what is supported"
        return Finding("D07", Level.WARN, f"{name} is {answer.verdict}: {answer.why}", fix)
    if bundles is not None and (missing := _without_bundle(cluster["spark_version"], bundles)):
        what = f"{name} runs Spark {missing.spark} with Scala {missing.scala}, whose agent was not deployed"
        return Finding("D07", Level.WARN, what, f"add {missing.spark} to agentSpark, make deploy")
    return Finding("D07", Level.OK, f"{name} is supported" + (f": {answer.why}" if answer.why else ""))


_FAULTS: tuple[tuple[Callable[[Mapping[str, Any], str], bool], Level, str, str], ...] = (
    (
        lambda cluster, _: "spark.sql.queryExecutionListeners" in (cluster.get("spark_conf") or {}),
        Level.FAIL,
        "names a listener in its Spark configuration",
        "remove spark.sql.queryExecutionListeners from the cluster: without the jar it would not start",
    ),
    (
        lambda cluster, _: (cluster.get("spark_conf") or {}).get("spark.spline.mode") == "REQUIRED",
        Level.FAIL,
        "has spark.spline.mode REQUIRED",
        "remove it: queries fail with it",
    ),
    (
        lambda cluster, policy_id: cluster.get("policy_id") != policy_id,
        Level.WARN,
        "is not under the policy: no lineage",
        "choose the policy in its settings, or: lineage attach",
    ),
    (
        lambda cluster, _: (cluster.get("spark_env_vars") or {}).get("LINEAGE", "on").lower() == "off",
        Level.WARN,
        "has lineage switched off",
        "remove LINEAGE=off, restart",
    ),
)
"""What keeps lineage from coming, or a cluster from starting; the worst first."""


def _without_bundle(spark_version: str, bundles: Iterable[str]) -> Runtime | None:
    runtime = load().runtime(spark_version)
    wanted = load().agent.format(spark=runtime.spark, scala=runtime.scala).rpartition(":")[2] if runtime else ""
    return None if any(name.startswith(f"{wanted}-") for name in bundles) else runtime
