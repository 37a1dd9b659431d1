"""Who ran it: from the event's own extras and headers, best first."""

import json
from typing import Any

import pytest

from lineage.model import Status, WorkspaceContext
from lineage.spline import decode_events, event_key
from lineage.spline.runs import error_class
from tests.builders import PlanBuilder, body, event
from tests.spline.seen import look

pytestmark = pytest.mark.unit

HOST = "adb-1234567890123456.7.azuredatabricks.net"
HEADERS = {
    "x-databricks-workspace-url": HOST,
    "x-databricks-workspace-id": "1234567890123456",
    "x-databricks-cluster-id": "0101-120000-abcd123",
    "x-databricks-cluster-name": "shared",
}


def context(
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    plan_extra: dict[str, Any] | None = None,
    **fields: Any,
) -> WorkspaceContext:
    build = PlanBuilder()
    plan = build.plan(build.read("t", "a")[0]) | fields
    plan["extraInfo"] = {"appName": plan["name"], **(plan_extra or {})}
    return look(plan, event(plan, extra=extra or {}), headers or {}).context


def test_notebook_extra_comes_first() -> None:
    extra = {
        "databricks": {
            "notebookPath": "/Repos/x/load",
            "jobId": 4711,
            "runId": "9",
            "taskKey": "load",
            "user": "a@b.c",
        },
        "notebookInfo": {"path": "/Other", "user": "other"},
        "jobRun": {"jobId": "1", "runId": "2", "cluster": "other"},
    }
    found = context(extra, HEADERS | {"x-databricks-cluster-name": "job-1-run-2-main"})

    assert found == WorkspaceContext(
        workspace_url=HOST,
        workspace_id="1234567890123456",
        notebook_path="/Repos/x/load",
        job_id="4711",
        run_id="9",
        task_key="load",
        cluster_id="other",
        cluster_name="job-1-run-2-main",
        user="a@b.c",
    )


@pytest.mark.parametrize(
    ("field", "key", "value"),
    [
        *(("workspace_url", key, HOST) for key in ("workspaceUrl", "workspaceURL", "workspace", "browserHostName")),
        ("workspace_url", "notebookURL", f"https://{HOST}/?o=1#notebook/2"),
        *(("workspace_id", key, "77") for key in ("orgId", "workspaceId")),
        *(("notebook_path", key, "/Users/x/nb") for key in ("notebookPath", "notebook_path", "path")),
        ("job_id", "jobId", "4711"),
        *(("job_name", key, "nightly") for key in ("jobName", "runName")),
        *(("run_id", key, "9") for key in ("runId", "multitaskParentRunId")),
        ("task_key", "taskKey", "load"),
        *(("cluster_id", key, "0101-x") for key in ("clusterId", "cluster")),
        ("cluster_name", "clusterName", "shared"),
        *(("user", key, "a@b.c") for key in ("user", "userName")),
    ],
)
def test_each_field_is_known_by_any_of_its_names(field: str, key: str, value: str) -> None:
    found = getattr(context({"databricks": {key: value}}), field)
    assert found == (HOST if field == "workspace_url" else value)


@pytest.mark.parametrize(
    "extra",
    [
        {"databricks": json.dumps({"notebookPath": "/Users/x/nb", "user": "u"})},
        {"notebookInfo": {"path": "/Users/x/nb", "user": "u"}},
        {"notebookInfo": {"obj": {"notebookPath": "/Users/x/nb", "user": "u"}}},
        {"notebookInfo": {"obj": json.dumps({"notebookPath": "/Users/x/nb", "user": "u"})}},
    ],
)
def test_older_shapes_are_understood(extra: dict[str, Any]) -> None:
    found = context(extra)
    assert (found.notebook_path, found.user) == ("/Users/x/nb", "u")


@pytest.mark.parametrize(
    "extra",
    [
        {"databricks": "{"},
        {"databricks": "[" * 100_000},
        {"databricks": 7},
        {"databricks": {"user": None, "jobId": []}},
    ],
)
def test_broken_extras_are_as_good_as_none(extra: dict[str, Any]) -> None:
    assert context(extra) == context()


@pytest.mark.parametrize("wrapped", ["databricks", "notebookInfo", "jobRun"])
@pytest.mark.parametrize("tags", ["clusterAllTags", "clusterTags"])
def test_tags_of_a_job_cluster_tell_its_job(wrapped: str, tags: str) -> None:
    own = {"JobId": "4711", "RunName": "nightly", "ClusterName": "job-1-run-9001", "workspace": "ours", "user": "cost"}
    listed = [{"key": key, "value": value} for key, value in own.items()]
    for told in (own, listed, json.dumps(listed)):
        found = context({wrapped: {tags: told}}, HEADERS)
        assert (found.job_id, found.job_name, found.run_id, found.task_key) == ("4711", "nightly", "9001", "")
        assert (found.workspace_url, found.user) == (HOST, "")


def test_the_run_name_in_a_tag_makes_a_run_of_data_factory_stable() -> None:
    tags = [{"key": "RunName", "value": f"ADF_fact_pipe_nb_{GUID}"}, {"key": "JobId", "value": "123"}]
    found = context({"jobRun": {"clusterAllTags": json.dumps(tags)}})
    assert (found.job_id, found.task_key) == ("ADF_fact_pipe", "ADF_fact_pipe_nb")


@pytest.mark.parametrize("broken", ["[", 7, [1], [{"key": []}], {"JobId": None}, [{"key": "JobId"}], [[["JobId", 1]]]])
def test_broken_tags_are_as_good_as_none(broken: object) -> None:
    assert context({"jobRun": {"clusterAllTags": broken}}) == context()


def test_the_context_of_a_notebook_is_understood_as_it_is() -> None:
    whole = {
        "extraContext": {"notebook_path": "/Users/a/load"},
        "tags": {"user": "a@b.c", "orgId": "1234567890123456", "browserHostName": HOST, "jobId": "5", "taskKey": "t"},
    }
    for told in (whole, json.dumps(whole)):
        for found in (context({"databricks": told}), context({"notebookInfo": {"obj": told}})):
            assert (found.notebook_path, found.user, found.job_id) == ("/Users/a/load", "a@b.c", "5")
            assert (found.workspace_url, found.workspace_id, found.task_key) == (HOST, "1234567890123456", "t")


def test_a_notebook_without_a_path_lends_its_name_alone() -> None:
    """What the agent's first guide for Databricks put on plans: a name that many notebooks may have."""
    url = f"{HOST}/?o=1234567890123456#notebook/77/command/78"
    info = {"notebookURL": url, "user": "a@b.c", "name": "load_orders", "timestamp": 5}
    for found in (
        context(plan_extra={"notebookInfo": {"obj": info}}),
        context({"notebookInfo": info}),
        context(plan_extra={"notebookInfo": info}),
    ):
        assert (found.workspace_url, found.notebook_path, found.app_name) == (HOST, "", "load_orders")
    assert context({"notebookInfo": info | {"path": "/x"}}).app_name == ""


def test_what_is_no_host_is_no_workspace() -> None:
    assert context({"notebookInfo": {"workspace": "analytics"}}, HEADERS).workspace_url == HOST


def test_job_cluster_tells_job_and_run_and_never_a_task() -> None:
    found = context(headers={"x-databricks-cluster-name": "job-4711-run-9001-etl_main"})
    assert (found.job_id, found.run_id, found.task_key) == ("4711", "9001", "")
    assert context(headers={"x-databricks-cluster-name": "my-job-4711"}).job_id == ""


def test_plan_is_believed_about_its_notebook_alone_and_last() -> None:
    plan_extra = {
        "notebookInfo": {"notebookPath": "/Plan", "workspaceUrl": f"https://{HOST}/", "user": "x", "runId": "1"}
    }
    found = context(plan_extra=plan_extra)
    assert (found.notebook_path, found.workspace_url, found.user, found.run_id) == ("/Plan", HOST, "", "")
    assert context({"databricks": {"notebookPath": "/Event"}}, plan_extra=plan_extra).notebook_path == "/Event"


@pytest.mark.parametrize("spelled", [f"https://{HOST}", f"HTTPS://{HOST.upper()}/?o=1#job/2", HOST, f"{HOST}:443/"])
def test_workspace_is_a_host_name(spelled: str) -> None:
    found = context(headers={"x-databricks-workspace-url": spelled})
    assert (found.workspace_url, found.workspace_id) == (HOST, "1234567890123456")


def test_what_every_cluster_has_is_only_better_than_nothing() -> None:
    assert context().app_name == "Databricks Shell"
    assert context({"databricks": {"notebookPath": "/x"}}).app_name == ""
    assert context({"user": "root"}).user == ""
    assert context({"user": "svc-etl"}).user == "svc-etl"
    assert context({"databricks": {"user": "a"}, "user": "root"}).user == "a"
    assert context(name="nightly load").app_name == "nightly load"


GUID = "0f0f0f0f-1111-2222-3333-444444444444"


@pytest.mark.parametrize(
    ("extra", "job", "task"),
    [
        ({"jobName": f"ADF_fact_pipe_nb_{GUID}"}, "ADF_fact_pipe", "ADF_fact_pipe_nb"),
        (
            {"runName": f"ADF_fact_load_all_orders_Run notebook_{GUID}"},
            "ADF_fact_load_all_orders",
            "ADF_fact_load_all_orders_Run notebook",
        ),
        ({"jobName": "ADF_fact_pipe_nb"}, "", ""),
        ({"taskKey": f"ADF_fact_pipe_nb_{GUID}", "jobId": "123"}, "ADF_fact_pipe", "ADF_fact_pipe_nb"),
    ],
)
def test_data_factory_runs_have_one_name(extra: dict[str, Any], job: str, task: str) -> None:
    found = context({"databricks": extra})
    assert (found.job_id, found.task_key) == (job, task)
    assert GUID not in repr(found)


def key(headers: dict[str, str], extra: dict[str, Any] | None = None, timestamp: int = 5) -> str:
    build = PlanBuilder()
    plan = build.plan(build.read("t", "a")[0])
    return event_key(decode_events(body(event(plan, timestamp, extra=extra or {})))[0], headers)


def test_event_key_is_workspace_cluster_plan_and_time() -> None:
    same = key(HEADERS)
    assert key(dict(reversed(HEADERS.items()))) == same
    assert key(HEADERS, {"databricks": {"user": "x"}}) == same
    assert key(HEADERS, {"databricks": {"clusterId": "0101-120000-abcd123"}}) == same
    others = [
        key(HEADERS | {"x-databricks-cluster-id": "b"}),
        key(HEADERS | {"x-databricks-workspace-url": "adb-2.3.azuredatabricks.net"}),
        key(HEADERS, timestamp=6),
    ]
    assert len({same, *others}) == 4


def test_event_key_is_safe_as_a_name() -> None:
    one = decode_events(body({"planId": "../../\x00é :", "timestamp": -5}))[0]
    assert set(event_key(one, {})) <= set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-")


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"numOutputRows": 3, "numOutputBytes": 2973, "numFiles": 2}, (3, 2973, 2)),
        (
            {"numTargetRowsInserted": 1, "numTargetRowsUpdated": 2, "numTargetRowsDeleted": 4, "numOutputRows": 99},
            (7, None, None),
        ),
        ({"numUpdatedRows": 3, "numAddedBytes": 1726, "numAddedFiles": 1}, (3, 1726, 1)),
        ({"numDeletedRows": 40, "numAddedFiles": 0}, (40, None, 0)),
        ({}, (None, None, None)),
        ({"numOutputRows": "many", "numFiles": True}, (None, None, None)),
        (None, (None, None, None)),
        ("x", (None, None, None)),
    ],
)
def test_metrics_of_all_kinds_of_writes(metrics: object, expected: tuple[int | None, ...]) -> None:
    build = PlanBuilder()
    plan = build.plan(build.read("t", "a")[0])
    run = look(plan, event(plan, extra={"writeMetrics": metrics})).run
    assert (run.rows, run.bytes, run.files) == expected
    assert (run.status, run.duration_ns, run.application_id) == (Status.SUCCEEDED, 1_000_000, "local-1")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("org.apache.spark.SparkException: Job aborted\n\tat x", "org.apache.spark.SparkException"),
        ("java.lang.NullPointerException\n\tat x", "java.lang.NullPointerException"),
        ("a.b.Outer$Inner: x", "a.b.Outer$Inner"),
        ("password=secret is wrong", "error"),
        ("secret", "error"),
        ("", "error"),
        ({"message": "secret"}, "error"),
    ],
)
def test_error_is_its_class_and_never_its_message(error: object, expected: str) -> None:
    assert error_class(error) == expected
    build = PlanBuilder()
    plan = build.plan(build.read("t", "a")[0])
    run = look(plan, event(plan, error=error)).run
    assert (run.status, run.error) == (Status.FAILED, expected)
