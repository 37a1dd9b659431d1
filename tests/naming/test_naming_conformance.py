"""The shared conformance file: every case, every set, every identity."""

import json
from pathlib import Path

import pytest

from lineage.model import Mode, Observation, Source, WorkspaceContext
from lineage.naming import NamingContext, explain, name, name_owner, process_qualified_name
from lineage.naming.databricks import job_owner, notebook_owner, task_owner, workspace_owner

pytestmark = pytest.mark.unit

FILE = json.loads(Path("tests/conformance/qualified-names.json").read_text(encoding="utf-8"))
DEVIATIONS: dict[str, str] = {}
"""Cases of low confidence that are argued against in docs/mapping.md: id → argument."""


def _type(name: str) -> str:
    return "lineage_dataset" if name == "$placeholder" else name


def _request(case):
    context = dict(case.get("context", {}))
    if context.get("mounts") == "$mounts":
        context["mounts"] = FILE["mounts"]
    return {**case["input"], **context}


@pytest.mark.parametrize("case", FILE["cases"], ids=lambda case: case["id"])
def test_case(case):
    if case["id"] in DEVIATIONS:
        assert case["confidence"] == "low"
        pytest.skip(DEVIATIONS[case["id"]])
    answer, expected = explain(_request(case)), case["expected"]

    if expected is None:
        assert answer["type_name"] is None
        return
    alternates = {(each["type_name"], each["qualified_name"]) for each in answer["alternates"]}
    assert (answer["type_name"], answer["qualified_name"]) == (
        _type(expected["purview_type"]),
        expected["qualified_name"],
    )
    for alternate in expected.get("alternates", []):
        assert (_type(alternate["purview_type"]), alternate["qualified_name"]) in alternates
    assert (answer["type_name"], answer["qualified_name"]) not in alternates


def _named(uris, outputs, mounts):
    observation = Observation(
        output=Source(outputs[0]),
        mode=Mode.APPEND,
        inputs=tuple(map(Source, uris)),
        context=WorkspaceContext(workspace_url=FILE["workspace_url_default"]),
    )
    return name(observation, NamingContext(FILE["workspace_url_default"], mounts))


@pytest.mark.parametrize("case", FILE["set_cases"], ids=lambda case: case["note"])
def test_set(case):
    mounts = FILE["mounts"] if case.get("mounts") == "$mounts" else {}
    lineage = _named(case["inputs"], case.get("outputs", ["abfss://o@fabrikamlake.dfs.core.windows.net/o"]), mounts)

    if case["expected"] == "keep the process":
        assert not lineage.skip
        assert len(lineage.inputs) == 1
        assert lineage.inputs[0].asset != lineage.output.asset
    else:
        assert {dataset.qualified_name for dataset in lineage.inputs} == set(case["expected"])
        assert len(lineage.inputs) == len(case["expected"])


@pytest.mark.parametrize("case", FILE["process_identity_cases"], ids=lambda case: case["note"])
def test_process_identity(case):
    owner = name_owner(WorkspaceContext(workspace_url=FILE["workspace_url_default"]))
    left, right = (
        process_qualified_name(owner, case[side]["inputs"], case[side]["outputs"]) for side in ("left", "right")
    )

    assert (left == right) is case["expected_same_process"]


def _entity(kind, given):
    workspace = workspace_owner(FILE["workspace_url_default"])
    job = job_owner(workspace, str(given.get("job_id", "")))
    context = {"workspace_url": FILE["workspace_url_default"]}
    kinds = {
        "workspace": lambda: workspace_owner(given["workspace_url"]),
        "notebook": lambda: notebook_owner(workspace, given["notebook_path"]),
        "job": lambda: name_owner(WorkspaceContext(**context, job_id=str(given["job_id"]))),
        "notebook_task": lambda: name_owner(
            WorkspaceContext(**context, job_id=str(given["job_id"]), task_key=given["task_key"], notebook_path="/nb")
        ),
        "python_task": lambda: task_owner(job, given["task_key"], "python"),
        "wheel_task": lambda: task_owner(job, given["task_key"], "wheel"),
        "jar_task": lambda: task_owner(job, given["task_key"], "jar"),
        "adf_job": lambda: name_owner(WorkspaceContext(**context, job_id="77", job_name=given["run_name"])),
        "adf_task": lambda: name_owner(WorkspaceContext(**context, job_id="77", task_key=given["task_key"])),
    }
    return kinds[kind]()


@pytest.mark.parametrize("case", FILE["databricks_entity_cases"], ids=lambda case: case["qualified_name"])
def test_databricks_entity(case):
    owner = _entity(case["kind"], case["input"])

    assert (owner.asset.type_name, owner.asset.qualified_name) == (case["type"], case["qualified_name"])
