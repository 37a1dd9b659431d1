"""Put clusters and jobs that exist under the policy: first said, then done, and undone from a file.

Only what the policy needs is changed: ``policy_id``, ``init_scripts``, ``spark_env_vars``. Whatever the support table
does not call supported is left alone with its reason, and so is a running cluster, which a change would restart.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from databricks_init.support import Verdict, load
from infra.clients.workspace import Workspace

Spec = dict[str, Any]
FIELDS = ("policy_id", "init_scripts", "spark_env_vars")
_LEFT_RUNNING = ("RUNNING", "PENDING", "RESTARTING", "RESIZING")


@dataclass(frozen=True, slots=True)
class Change:
    """``kind`` is cluster or job; ``skipped`` is why nothing is done. ``old`` and ``new`` are what an update takes."""

    kind: str
    id: str
    name: str
    skipped: str = ""
    old: Spec = field(default_factory=dict)
    new: Spec = field(default_factory=dict)

    @property
    def line(self) -> str:
        """As it is printed."""
        return f"{self.kind} {self.name}: " + (f"left alone: {self.skipped}" if self.skipped else "under the policy")

    def as_object(self) -> dict[str, Any]:
        """For the file that undoes it."""
        return asdict(self)


def plan(client: Workspace, policy_id: str, *, today: date, restart: bool = False) -> Iterator[Change]:
    """What there is to change in a workspace; changes nothing. Raises ``CallError``."""
    definition = client.policy(policy_id)
    for cluster in client.clusters():
        if cluster.get("cluster_source") != "JOB":
            yield cluster_change(cluster, policy_id, definition, today=today, restart=restart)
    for job in client.jobs():
        yield job_change(job, policy_id, definition, today=today)


def apply(client: Workspace, changes: Iterable[Change], *, undo: bool = False) -> int:
    """Do what is to be done, or put back what was; returns how many. Raises ``CallError``."""
    done = 0
    for change in changes:
        if change.skipped:
            continue
        wanted = change.old if undo else change.new
        if change.kind == "cluster":
            client.update_cluster(change.id, wanted)
        else:
            client.update_job(int(change.id), wanted)
        done += 1
    return done


def cluster_change(
    cluster: Mapping[str, Any], policy_id: str, definition: Mapping[str, Any], *, today: date, restart: bool = False
) -> Change:
    """For an all-purpose cluster as the API describes it. Pure."""
    change = Change("cluster", cluster["cluster_id"], cluster.get("cluster_name", cluster["cluster_id"]))
    skipped = _why_not(cluster, policy_id, today)
    if not skipped and cluster.get("state") in _LEFT_RUNNING and not restart:
        skipped = "it runs, and would restart; terminate it first, or use --restart"
    if skipped:
        return Change(change.kind, change.id, change.name, skipped)
    new = under_policy(cluster, policy_id, definition)
    return Change(change.kind, change.id, change.name, "", _fields(cluster), _fields(new))


def job_change(job: Mapping[str, Any], policy_id: str, definition: Mapping[str, Any], *, today: date) -> Change:
    """For a job: its job clusters, and tasks with a cluster of their own. Pure."""
    settings = job.get("settings") or {}
    name, id_ = settings.get("name", str(job["job_id"])), str(job["job_id"])
    old: Spec = {}
    new: Spec = {}
    reasons: set[str] = set()
    for part in ("job_clusters", "tasks"):
        for one in settings.get(part) or ():
            if "new_cluster" not in one:
                continue
            if reason := _why_not(one["new_cluster"], policy_id, today):
                reasons.add(reason)
                continue
            changed = {**one, "new_cluster": under_policy(one["new_cluster"], policy_id, definition)}
            old.setdefault(part, []).append(copy.deepcopy(one))
            new.setdefault(part, []).append(changed)
    if not new:
        return Change("job", id_, name, "; ".join(sorted(reasons)) or "it has no cluster of its own")
    return Change("job", id_, name, "", old, new)


def own_clusters(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Specifications of the clusters that a job makes for itself."""
    settings = job.get("settings") or {}
    parts = (one for part in ("job_clusters", "tasks") for one in settings.get(part) or ())
    return (one["new_cluster"] for one in parts if "new_cluster" in one)


def under_policy(spec: Mapping[str, Any], policy_id: str, definition: Mapping[str, Any]) -> Spec:
    """The specification with what the policy fixes: its script first, its variables over others of the same name."""
    place, script = next(
        (key.split(".")[2], element["value"])
        for key, element in definition.items()
        if key.startswith("init_scripts.0.")
    )
    ours = {place: {"destination": script}}
    others = [one for one in spec.get("init_scripts") or () if one != ours]
    prefix = "spark_env_vars."
    given = {key.removeprefix(prefix): one for key, one in definition.items() if key.startswith(prefix)}
    fixed = {name: one["value"] for name, one in given.items() if one["type"] == "fixed"}
    variables = {**(spec.get("spark_env_vars") or {}), **fixed}
    if option := given.get("JDK_JAVA_OPTIONS", {}).get("defaultValue"):
        there = variables.get("JDK_JAVA_OPTIONS", "")
        variables["JDK_JAVA_OPTIONS"] = there if option in there else f"{there} {option}".strip()
    return {
        **copy.deepcopy(dict(spec)),
        "policy_id": policy_id,
        "init_scripts": [ours, *others],
        "spark_env_vars": variables,
    }


def _fields(spec: Mapping[str, Any]) -> Spec:
    empty: Mapping[str, Any] = {"policy_id": "", "init_scripts": [], "spark_env_vars": {}}
    return {name: copy.deepcopy(spec.get(name) or empty[name]) for name in FIELDS}


def _why_not(spec: Mapping[str, Any], policy_id: str, today: date) -> str:
    if spec.get("policy_id") == policy_id:
        return "it is under the policy"
    if spec.get("policy_id"):
        return "it is under another policy"
    if (spec.get("spark_env_vars") or {}).get("LINEAGE", "").lower() == "off":
        return "LINEAGE is off"
    answer = load().cluster(spec.get("spark_version", ""), spec.get("data_security_mode", ""), today)
    return "" if answer.verdict is Verdict.SUPPORTED else f"{answer.verdict}: {answer.why}"
