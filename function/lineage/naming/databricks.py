"""Names of what runs: workspace, notebook, job, task, application; and of the processes under them.

Nothing that varies from run to run takes part: no run id, application id, plan id, time or cluster.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from lineage.model import AssetName, Dataset, Owner, Process, WorkspaceContext
from lineage.naming.uri import clean, is_managed, lower

TASK_TYPES = {
    "notebook": "databricks_notebook_task",
    "python": "databricks_python_task",
    "wheel": "databricks_python_wheel_task",
    "jar": "databricks_spark_jar_task",
    "": "databricks_job_task",
}
"""Type of a task by its kind; the base type where the kind is not known."""

APPLICATION = "lineage_application"
NAMELESS_APPS = {"", "databricks shell", "databricks_shell", "pysparkshell", "spark shell", "pyspark-shell"}
"""Names of Spark applications that say nothing."""

_RUN_GUID = re.compile(r"_(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})", re.I)
_JOB_CLUSTER = re.compile(r"job-(\d+)-run-\d+(?:-.*)?")
_WORKSPACE_ROOTS = re.compile(r"/?Workspace/(?=(?:Users|Shared|Repos)/)")
_NOT_FOR_EYES = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_NAME = 120
_INPUTS_SHOWN = 3


def workspace_host(url: str) -> str:
    """The host of a workspace, from a URL or a host; lower case."""
    text = clean(url)
    return lower(text.partition("://")[2] or text).split("/", 1)[0].split("?", 1)[0].removesuffix(":443")


def adf_task(run_name: str) -> str:
    """``ADF_factory_pipeline_activity`` of an Azure Data Factory run's name, or the empty text."""
    guid = _RUN_GUID.fullmatch(run_name[-37:]) or _RUN_GUID.fullmatch(run_name[-33:])
    task = run_name.removesuffix(guid.group()) if guid else ""
    return task if task.startswith("ADF_") and task.count("_") >= 3 else ""


def adf_job(run_name: str) -> str:
    """``ADF_factory_pipeline`` of an Azure Data Factory run's name, or the empty text."""
    return adf_task(run_name).rpartition("_")[0]


def workspace_owner(url: str) -> Owner:
    """The root of every hierarchy."""
    host = workspace_host(url)
    return Owner(AssetName("databricks_workspace", f"databricks://{host}"), host)


def notebook_owner(workspace: Owner, path: str) -> Owner:
    """A notebook by its path, as it is written (not encoded); ``/Workspace/Users/…`` is ``/Users/…``."""
    path = _notebook_path(path)
    asset = AssetName("databricks_notebook", f"{workspace.asset.qualified_name}/notebooks/{path}")
    return Owner(asset, path, "workspace", workspace)


def job_owner(workspace: Owner, job_id: str, name: str = "") -> Owner:
    """A job by its id, or by the stable name of an Azure Data Factory run."""
    job_id = clean(job_id)
    asset = AssetName("databricks_job", f"{workspace.asset.qualified_name}/jobs/{job_id}")
    readable = clean(name) or (f"job {job_id}" if job_id.isdigit() else job_id)
    return Owner(asset, readable, "workspace", workspace, attributes=(("jobId", job_id),))


def task_owner(job: Owner, key: str, kind: str = "", notebook: Owner | None = None) -> Owner:
    """A task of a job; ``kind`` is a key of ``TASK_TYPES``."""
    asset = AssetName(TASK_TYPES[kind], f"{job.asset.qualified_name}/tasks/{clean(key)}")
    links = (("notebook", notebook),) if notebook else ()
    attributes = job.attributes + ((("notebookPath", f"/{notebook.name}"),) if notebook else ())
    return Owner(asset, clean(key), "job", job, links, attributes)


@lru_cache(maxsize=1024)
def name_owner(context: WorkspaceContext) -> Owner:
    """What a process hangs under: its task, else its notebook, else its job, else the workspace.

    A task needs a job to live in. Without any workspace it is an application of our own type.
    """
    if not workspace_host(context.workspace_url):
        return _application(context)
    workspace = workspace_owner(context.workspace_url)
    notebook = notebook_owner(workspace, context.notebook_path) if _notebook_path(context.notebook_path) else None
    job_id, key = _job_and_task(context)
    if not job_id:
        return notebook or workspace
    job = job_owner(workspace, job_id, "" if adf_job(context.job_name) else context.job_name)
    if key:
        kind = "notebook" if notebook or key.startswith("ADF_") else ""
        return task_owner(job, key, kind, notebook)
    return notebook or job


def name_process(context: WorkspaceContext, owner: Owner, inputs: Sequence[Dataset], output: Dataset) -> Process:
    """The process under ``owner`` that makes ``output`` of ``inputs``.

    Who writes by the path of a table does not know the table, so both are one process by the path; but not where the
    metastore has chosen the path: that is another one each time the table is made anew.
    """
    place = output.place
    written = place if place and not is_managed(place.qualified_name) else output.asset
    qualified_name = process_qualified_name(
        owner, [one.asset.qualified_name for one in inputs], [written.qualified_name]
    )
    return Process(qualified_name, process_name(context, [one.name for one in inputs], output.name), owner)


def process_name(context: WorkspaceContext, inputs: Iterable[str], output: str) -> str:
    """``load_orders: raw/orders + raw/customers → silver/orders``, from readable names; long lists are shortened."""
    names = list(dict.fromkeys([shorten(name) for name in inputs]))
    shown = names if len(names) <= _INPUTS_SHOWN + 1 else [*names[:_INPUTS_SHOWN], f"{len(names) - _INPUTS_SHOWN} more"]
    what = f"{' + '.join(shown)} → {shorten(output)}".strip()
    return f"{shorten(_who(context))}: {what}"


def process_qualified_name(owner: Owner, inputs: Iterable[str], outputs: Iterable[str]) -> str:
    """The same for the same owner and the same sets of qualified names, in whatever order and however often."""
    read, written = sorted({identity(name) for name in inputs}), sorted({identity(name) for name in outputs})
    text = "\n".join([*read, "->", *written])
    return f"{owner.asset.qualified_name}/processes/{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@lru_cache(maxsize=4096)
def identity(qualified_name: str) -> str:
    """What makes two qualified names the same asset: SQL Server's are compared without regard to case."""
    name = clean(qualified_name)
    return name.casefold() if name.startswith("mssql://") else name


@lru_cache(maxsize=4096)
def shorten(text: str, length: int = _NAME) -> str:
    """A text for people: no control characters, no direction marks, the middle of a long one cut."""
    text = _NOT_FOR_EYES.sub("", text)
    return text if len(text) <= length else f"{text[: length // 2 - 1]}…{text[-length // 2 :]}"


def _notebook_path(path: str) -> str:
    return _WORKSPACE_ROOTS.sub("", clean(path), count=1).strip("/")


def _job_and_task(context: WorkspaceContext) -> tuple[str, str]:
    """Job id and task key, Azure Data Factory's run names made stable (each of its runs has a job id of its own)."""
    runs = (context.task_key, context.job_name, context.job_id)
    factory = next((run for run in runs if adf_task(run)), "")
    key = adf_task(context.task_key) or context.task_key
    if factory:
        return adf_job(factory), key
    cluster = _JOB_CLUSTER.fullmatch(context.cluster_name)
    return context.job_id or (cluster.group(1) if cluster else ""), key


def _application(context: WorkspaceContext) -> Owner:
    """By the best name there is; a nameless application only when nothing at all is known."""
    job_id, key = _job_and_task(context)
    name = (
        _notebook_path(context.notebook_path)
        or "/".join(part for part in (job_id and f"jobs/{job_id}", key and f"tasks/{key}") if part)
        or clean(context.app_name)
        or "unknown"
    )
    place = f"{clean(context.workspace_id)}/" if context.workspace_id else ""
    return Owner(AssetName(APPLICATION, f"lineage://{place}applications/{clean(name)}"), shorten(name))


@lru_cache(maxsize=1024)
def _who(context: WorkspaceContext) -> str:
    """The shortest name that people know the code by."""
    job_id, key = _job_and_task(context)
    job = context.job_name if context.job_name and not adf_job(context.job_name) else ""
    candidates = (
        _notebook_path(context.notebook_path).rpartition("/")[2],
        key,
        job,
        f"job {job_id}" if job_id.isdigit() else job_id,
        "" if context.app_name.strip().lower() in NAMELESS_APPS else context.app_name,
        workspace_host(context.workspace_url),
        context.app_name,
    )
    return next((name for name in map(clean, candidates) if name), "unknown")
