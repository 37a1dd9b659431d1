"""What a process hangs under, and what it is called."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.model import WorkspaceContext
from lineage.naming import name_owner, process_name, process_qualified_name
from lineage.naming.databricks import adf_job, adf_task, workspace_host

pytestmark = pytest.mark.unit

HOST = "adb-1.1.azuredatabricks.net"
ROOT = f"databricks://{HOST}"
ADF = "ADF_fact_my_pipe_nb_0f0f0f0f-0000-0000-0000-000000000000"


def owner(**context):
    return name_owner(WorkspaceContext(workspace_url=HOST, **context))


@pytest.mark.parametrize(
    ("context", "type_name", "below"),
    [
        ({}, "databricks_workspace", ""),
        ({"app_name": "Databricks Shell"}, "databricks_workspace", ""),
        ({"notebook_path": "/Shared/etl"}, "databricks_notebook", "/notebooks/Shared/etl"),
        ({"notebook_path": "/Workspace/Users/a@b.c/My nb"}, "databricks_notebook", "/notebooks/Users/a@b.c/My nb"),
        ({"notebook_path": "/Workspace/x"}, "databricks_notebook", "/notebooks/Workspace/x"),
        ({"job_id": "42"}, "databricks_job", "/jobs/42"),
        ({"cluster_name": "job-42-run-7-main_cluster"}, "databricks_job", "/jobs/42"),
        ({"cluster_name": "job-42-run-7"}, "databricks_job", "/jobs/42"),
        ({"cluster_name": "my-job-42-run-7"}, "databricks_workspace", ""),
        ({"job_id": "42", "notebook_path": "/n"}, "databricks_notebook", "/notebooks/n"),
        ({"job_id": "42", "task_key": "t"}, "databricks_job_task", "/jobs/42/tasks/t"),
        ({"job_id": "42", "task_key": "t", "notebook_path": "/n"}, "databricks_notebook_task", "/jobs/42/tasks/t"),
        ({"task_key": "t"}, "databricks_workspace", ""),
        ({"task_key": "t", "notebook_path": "/n"}, "databricks_notebook", "/notebooks/n"),
        ({"job_id": "9", "job_name": ADF}, "databricks_job", "/jobs/ADF_fact_my_pipe"),
        ({"job_id": "ADF_fact_pipe", "notebook_path": "/n"}, "databricks_notebook", "/notebooks/n"),
        (
            {"job_id": "9", "task_key": ADF},
            "databricks_notebook_task",
            "/jobs/ADF_fact_my_pipe/tasks/ADF_fact_my_pipe_nb",
        ),
        ({"task_key": ADF}, "databricks_notebook_task", "/jobs/ADF_fact_my_pipe/tasks/ADF_fact_my_pipe_nb"),
        ({"job_id": "ADF_f_p", "task_key": "ADF_f_p_nb"}, "databricks_notebook_task", "/jobs/ADF_f_p/tasks/ADF_f_p_nb"),
    ],
)
def test_owner_is_the_closest_that_is_known(context, type_name, below):
    asset = owner(**context).asset

    assert (asset.type_name, asset.qualified_name) == (type_name, ROOT + below)


def test_hierarchy_has_its_relations():
    task = owner(job_id="42", job_name="nightly", task_key="load", notebook_path="/Shared/etl")

    assert (task.name, task.relation, task.parent.name) == ("load", "job", "nightly")
    assert (task.parent.relation, task.parent.parent.name) == ("workspace", HOST)
    assert [(attribute, link.asset.qualified_name) for attribute, link in task.links] == [
        ("notebook", f"{ROOT}/notebooks/Shared/etl")
    ]
    assert dict(task.links)["notebook"].parent == task.parent.parent
    assert dict(task.attributes) == {"jobId": "42", "notebookPath": "/Shared/etl"}


def test_nothing_that_varies_from_run_to_run_takes_part():
    stable = {"job_id": "42", "task_key": "t", "notebook_path": "/n"}
    runs = [
        owner(**stable, run_id=run, cluster_id=run, cluster_name=f"job-42-run-{run}", user=run, app_name=run)
        for run in ("1", "2")
    ]

    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("context", "qualified_name", "readable"),
    [
        ({"app_name": "nightly-load"}, "lineage://applications/nightly-load", "nightly-load"),
        (
            {"app_name": "Databricks Shell", "notebook_path": "/Shared/etl"},
            "lineage://applications/Shared/etl",
            "Shared/etl",
        ),
        ({"app_name": "Databricks Shell", "job_id": "4"}, "lineage://applications/jobs/4", "jobs/4"),
        ({"app_name": "x", "job_id": "4", "task_key": "t"}, "lineage://applications/jobs/4/tasks/t", "jobs/4/tasks/t"),
        ({"app_name": "x", "workspace_id": "99"}, "lineage://99/applications/x", "x"),
        ({"app_name": "Databricks Shell"}, "lineage://applications/Databricks Shell", "Databricks Shell"),
        ({}, "lineage://applications/unknown", "unknown"),
    ],
)
def test_without_a_workspace_it_is_an_application(context, qualified_name, readable):
    application = name_owner(WorkspaceContext(**context))

    assert application.asset.type_name == "lineage_application"
    assert (application.asset.qualified_name, application.name) == (qualified_name, readable)
    assert application.parent is None


@pytest.mark.parametrize(
    "url", [HOST, HOST.upper(), f"https://{HOST}", f"https://{HOST}/?o=1", f"https://{HOST}:443/", f" {HOST} "]
)
def test_workspace_is_a_host(url):
    assert workspace_host(url) == HOST


@pytest.mark.parametrize(
    ("run_name", "job", "task"),
    [
        ("ADF_fact_pipe_nb_0f0f0f0f-0000-0000-0000-000000000000", "ADF_fact_pipe", "ADF_fact_pipe_nb"),
        ("ADF_fact_pipe_nb_0f0f0f0f000000000000000000000000", "ADF_fact_pipe", "ADF_fact_pipe_nb"),
        (ADF, "ADF_fact_my_pipe", "ADF_fact_my_pipe_nb"),
        ("ADF_fact_pipe_nb", "", ""),
        ("ADF_nb_0f0f0f0f-0000-0000-0000-000000000000", "", ""),
        ("nightly_0f0f0f0f-0000-0000-0000-000000000000", "", ""),
        ("", "", ""),
    ],
)
def test_data_factory_runs_are_made_stable(run_name, job, task):
    assert (adf_job(run_name), adf_task(run_name)) == (job, task)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"notebook_path": "/etl/load_orders", "job_name": "j", "app_name": "Databricks Shell"}, "load_orders"),
        ({"task_key": "load", "job_id": "4", "app_name": "Databricks Shell"}, "load"),
        ({"job_name": "nightly", "job_id": "4"}, "nightly"),
        ({"job_id": "4", "app_name": "Databricks Shell"}, "job 4"),
        ({"job_name": ADF}, "ADF_fact_my_pipe"),
        ({"app_name": "my app"}, "my app"),
        ({"app_name": "Databricks Shell"}, HOST),
    ],
)
def test_process_is_called_by_what_people_know(context, expected):
    readable = process_name(WorkspaceContext(workspace_url=HOST, **context), ["raw/a", "raw/b"], "silver/c")

    assert readable == f"{expected}: raw/a + raw/b → silver/c"


def test_process_of_nothing_better_is_the_application():
    assert process_name(WorkspaceContext(app_name="Databricks Shell"), [], "x") == "Databricks Shell: → x"
    assert process_name(WorkspaceContext(), [], "x") == "unknown: → x"


def test_long_lists_and_names_are_shortened():
    readable = process_name(WorkspaceContext(app_name="a"), [f"raw/{number}" for number in range(9)], "o" * 999)

    assert readable.startswith("a: raw/0 + raw/1 + raw/2 + 6 more → ooo")
    assert len(readable) < 200
    assert process_name(WorkspaceContext(app_name="a"), ["i", "i", "\u202ei"], "o") == "a: i → o"


NAMES = st.lists(st.text(max_size=8), max_size=4)


@given(NAMES, NAMES, st.randoms())
def test_order_and_repetition_do_not_change_a_process(inputs, outputs, random):
    root = owner()
    shuffled = [*inputs, *inputs]
    random.shuffle(shuffled)

    assert process_qualified_name(root, inputs, outputs) == process_qualified_name(root, shuffled, reversed(outputs))


def test_inputs_and_outputs_are_not_mixed_up():
    root = owner()
    sides = [(["a"], ["b"]), (["b"], ["a"]), ([], ["a", "b"]), (["a", "b"], []), (["a\nb"], []), (["a\n->"], ["b"])]

    names = [process_qualified_name(root, *pair) for pair in sides]

    assert len(set(names)) == len(names)
    assert all(name.startswith(f"{ROOT}/processes/") and len(name) == len(ROOT) + 27 for name in names)


def test_names_of_sql_server_have_no_case_but_paths_do():
    root = owner()
    pairs = itertools.pairwise(["mssql://s/D/dbo/T", "mssql://s/d/dbo/t"])

    assert all(process_qualified_name(root, [a], []) == process_qualified_name(root, [b], []) for a, b in pairs)
    assert process_qualified_name(root, ["https://a/C"], []) != process_qualified_name(root, ["https://a/c"], [])


@given(st.builds(WorkspaceContext, *[st.text(max_size=10)] * 11))
def test_any_context_has_an_owner_and_a_name(context):
    named = name_owner(context)

    assert named.asset.qualified_name
    assert "\n" not in named.asset.qualified_name
    assert process_name(context, ["a"], "b")
