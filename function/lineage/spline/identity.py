"""Who ran a write: workspace, notebook, job, run, cluster and user.

Plans are shared between runs and clusters, so all of it comes from the event's own extras and the request's headers;
a plan only helps with what never varies, its notebook's path, where the event says nothing. Each field is the first
that is found, in this order:

1. event extra ``databricks``: a flat object that the notebook set, or its JSON text;
2. event extra ``notebookInfo`` or ``notebookInfo.obj``, then ``jobRun``: older shapes. Each of these may also hold the
   notebook's context (``tags``, ``extraContext``) or the tags of its cluster (``clusterAllTags``);
3. the name of a job cluster, ``job-<jobId>-run-<runId>-<clusterKey>``: job and run, never the task;
4. the headers that the init script sets, ``x-databricks-*``;
5. the plan's ``extraInfo.notebookInfo``: notebook and workspace. A notebook's mere name (``name``) is no path: two may
   have it. It only stands for the application's name;
6. the application's name and Spark's user, unless they are what every cluster has.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lineage.model import WorkspaceContext
from lineage.spline.wire import Event, Params, Plan, text_of

SHAPES = ("databricks", "notebookInfo", "jobRun")
KEYS: Mapping[str, tuple[str, ...]] = {
    "workspace_url": ("workspaceUrl", "workspaceURL", "workspace", "browserHostName", "notebookURL"),
    "workspace_id": ("orgId", "workspaceId"),
    "notebook_path": ("notebookPath", "notebook_path", "path"),
    "job_id": ("jobId",),
    "job_name": ("jobName", "runName"),
    "run_id": ("runId", "multitaskParentRunId"),
    "task_key": ("taskKey",),
    "cluster_id": ("clusterId", "cluster"),
    "cluster_name": ("clusterName",),
    "user": ("user", "userName"),
    "app_name": ("notebookName", "name"),
}
"""What the fields are called in extras, best first."""
CONTEXTS = ("obj", "extraContext", "tags")
"""What a shape may hold more of the same in: Scala's JSONObject, and the parts of a notebook's context."""
TAGS_OF_CLUSTER = ("clusterAllTags", "clusterTags")
TAGS: Mapping[str, str] = {
    "JobId": "jobId",
    "RunName": "runName",
    "ClusterId": "clusterId",
    "ClusterName": "clusterName",
}
"""Tags that Databricks sets on a job's cluster, and what other shapes call them. All others are the users' own."""
HEADERS: Mapping[str, str] = {
    "workspace_url": "x-databricks-workspace-url",
    "workspace_id": "x-databricks-workspace-id",
    "cluster_id": "x-databricks-cluster-id",
    "cluster_name": "x-databricks-cluster-name",
}
STABLE = frozenset({"notebook_path", "workspace_url", "app_name"})
"""What a plan may be believed: the rest varies from run to run."""
JOB_CLUSTER = re.compile(r"job-(?P<job_id>\d+)-run-(?P<run_id>\d+)(?:-.*)?")
HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?P<host>[a-z0-9.-]+\.[a-z0-9-]+)(?::\d+)?(?:[/?#].*)?", re.IGNORECASE)
ORG_IN_HOST = re.compile(r"adb-(\d+)\.\d+\.")
DATA_FACTORY = re.compile(
    r"(?P<job>ADF_[^_]+_.+)_(?P<activity>[^_]+)_[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.I
)
"""Names that Azure Data Factory gives its runs: ``ADF_factory_pipeline_activity_guid``."""
LONGEST_KEPT = 300
"""Characters of a URL up to which its host is kept for the next event."""
EVERY_APPLICATION = frozenset({"Databricks Shell", "pyspark-shell", "Spark shell", "spark-shell"})
EVERY_USER = frozenset({"root", "spark"})

Fields = dict[str, str]


def reported(event: Event | None, headers: Mapping[str, str]) -> Fields:
    """What an event and its request's ``headers`` (in lower case) say themselves, as they spell it."""
    found: Fields = {}
    for shape in _shapes((event.extra if event else None) or {}):
        _read(shape, found)
    for field, name in HEADERS.items():
        if field not in found and headers.get(name):
            found[field] = headers[name]
    _fill(found, _from_job_cluster(found.get("cluster_name", "")))
    return found


def identify(plan: Plan, event: Event | None, told: Fields) -> WorkspaceContext:
    """The context of one run; ``told`` is what its event has ``reported``."""
    found = told.copy()
    _fill(found, _from_plan(plan))
    if "notebook_path" in found:
        found.pop("app_name", None)
    _fill(found, _from_application(plan, (event.extra if event else None) or {}, found))
    return WorkspaceContext(**_with_stable_job(_with_workspace(found)))


def workspace_of(told: Fields) -> str:
    """The workspace that an event names: its host, else its id."""
    return host_and_org(told.get("workspace_url", ""))[0] or told.get("workspace_id", "")


def _shapes(extra: Params) -> Iterator[Params]:
    for name in SHAPES:
        if name in extra:
            yield from _parts(_decoded(extra[name]))


def _parts(shape: object, depth: int = 2) -> Iterator[Params]:
    """A shape, what it holds inside, and the tags of its cluster, so far as they are objects."""
    if isinstance(shape, dict):
        yield shape
        for name in CONTEXTS if depth else ():
            if name in shape:
                yield from _parts(_decoded(shape[name]), depth - 1)
        for name in TAGS_OF_CLUSTER:
            if name in shape:
                yield dict(_tags(_decoded(shape[name])))


def _tags(value: object) -> Iterator[tuple[str, object]]:
    """Of an object, or of Databricks' own array of ``key`` and ``value``."""
    items = value if isinstance(value, list) else []
    pairs = (
        value.items() if isinstance(value, dict) else [(i.get("key"), i.get("value")) for i in items if type(i) is dict]
    )
    for key, text in pairs:
        if isinstance(key, str) and key in TAGS:
            yield TAGS[key], text


def _decoded(value: object) -> object:
    """``value``, or what its JSON text holds."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _read(shape: Params, found: Fields) -> None:
    """Add the fields that ``shape`` has and ``found`` has not."""
    for field, keys in KEYS.items():
        if field not in found:
            for key in keys:
                value = shape.get(key)
                text = value.strip() if isinstance(value, str) else "" if value is None else _number(value)
                if text and (field != "workspace_url" or host_and_org(text)[0]):
                    found[field] = text
                    break


def _number(value: object) -> str:
    """Ids come as text or as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _fill(found: Fields, more: Mapping[str, str]) -> None:
    for field, text in more.items():
        if text:
            found.setdefault(field, text)


def _from_job_cluster(name: str) -> Fields:
    match = JOB_CLUSTER.fullmatch(name) if name else None
    return match.groupdict() if match else {}


def _from_plan(plan: Plan) -> Fields:
    info = (plan.extra_info or {}).get("notebookInfo")
    found: Fields = {}
    for shape in _shapes({"notebookInfo": info}) if info else ():
        _read(shape, found)
    return {field: text for field, text in found.items() if field in STABLE}


def _from_application(plan: Plan, extra: Params, found: Fields) -> Fields:
    """What every cluster has is only better than nothing."""
    name = text_of((plan.extra_info or {}).get("appName")) or plan.name or ""
    known = "notebook_path" in found or "job_id" in found
    user = text_of(extra.get("user"))
    return {
        "app_name": "" if known and name in EVERY_APPLICATION else name,
        "user": "" if user in EVERY_USER else user,
    }


def _with_workspace(found: Fields) -> Fields:
    """The workspace as a lower-case host name; its id is in the host name on Azure."""
    host, org = host_and_org(found.get("workspace_url", ""))
    found["workspace_url"] = host
    if org:
        found.setdefault("workspace_id", org)
    return found


def host_and_org(url: str) -> tuple[str, str]:
    """The host that ``url`` is or has, and the workspace's id in it; each empty where there is none."""
    return _known_host_and_org(url) if len(url) <= LONGEST_KEPT else _host_and_org(url)


def _host_and_org(url: str) -> tuple[str, str]:
    match = HOST.fullmatch(url.strip())
    host = match["host"].lower() if match else ""
    org = ORG_IN_HOST.match(host)
    return host, org[1] if org else ""


_known_host_and_org = lru_cache(maxsize=256)(_host_and_org)


def _with_stable_job(found: Fields) -> Fields:
    """A run that Azure Data Factory started has a new job each time; its name without the run's id is always the same.

    Names of activities and pipelines may have underscores, so what belongs to which cannot be told: the last part is
    taken for the activity, which is the same in every run as well.
    """
    for field in ("task_key", "job_name", "app_name"):
        match = DATA_FACTORY.fullmatch(found[field]) if found.get(field) else None
        if match:
            task = f"{match['job']}_{match['activity']}"
            return found | {field: "", "job_id": match["job"], "job_name": match["job"], "task_key": task}
    return found
