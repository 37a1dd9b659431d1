"""Clusters and jobs under the policy: said first, done, and undone to the byte."""

import copy
import json
from datetime import UTC, datetime

import pytest
from azure.identity import ManagedIdentityCredential
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from databricks_init import policy
from infra.clients.rest import Rest
from infra.clients.workspace import SCOPE, Workspace
from infra.commands import cli
from infra.commands.attach import Change, apply, cluster_change, plan, under_policy
from infra.commands.deployment import Deployment
from infra.config import Config
from infra.rehearsal.cloud import Cloud
from lineage.cli import cli as lineage

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TODAY = NOW.date()
POLICY = "policy-1"
DEFINITION = policy.definition(
    script="/Shared/lineage/lineage-init-0.sh",
    environment={"LINEAGE_URL": "https://f/api/producer", "LINEAGE_KEY": "{{secrets/s/k}}"},
)
GOOD = {
    "cluster_id": "c-1",
    "cluster_name": "etl",
    "state": "TERMINATED",
    "spark_version": "15.4.x-scala2.12",
    "data_security_mode": "SINGLE_USER",
    "num_workers": 2,
    "spark_env_vars": {"MINE": "1", "JDK_JAVA_OPTIONS": "-Dmine=1"},
    "init_scripts": [{"workspace": {"destination": "/Shared/mine.sh"}}],
}
JOB = {
    "job_id": 7,
    "settings": {
        "name": "nightly",
        "job_clusters": [
            {
                "job_cluster_key": "small",
                "new_cluster": {"spark_version": "15.4.x-scala2.12", "data_security_mode": "SINGLE_USER"},
            },
            {
                "job_cluster_key": "new",
                "new_cluster": {"spark_version": "17.3.x-scala2.13", "data_security_mode": "SINGLE_USER"},
            },
        ],
        "tasks": [{"task_key": "load", "job_cluster_key": "small"}],
    },
}


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    with Cloud(tmp_path) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        running.state.policy = DEFINITION
        running.state.clusters = [copy.deepcopy(GOOD)]
        running.state.jobs = [copy.deepcopy(JOB)]
        yield running


@pytest.fixture
def client(cloud):
    return Workspace(Rest(f"http://{cloud.host}", ManagedIdentityCredential(), SCOPE))


def test_what_is_planned_is_done_and_undone(cloud, client):
    changes = list(plan(client, POLICY, today=TODAY))
    assert [one.line for one in changes] == ["cluster etl: under the policy", "job nightly: under the policy"]
    assert (cloud.state.clusters, cloud.state.jobs) == ([GOOD], [JOB])
    assert apply(client, changes) == 2
    (cluster,) = cloud.state.clusters
    assert cluster["policy_id"] == POLICY
    assert cluster["num_workers"] == 2
    small, new = cloud.state.jobs[0]["settings"]["job_clusters"]
    assert small["new_cluster"]["policy_id"] == POLICY
    assert new == JOB["settings"]["job_clusters"][1]
    assert next(plan(client, POLICY, today=TODAY)).skipped == "it is under the policy"
    kept = [Change(**one) for one in json.loads(json.dumps([one.as_object() for one in changes]))]
    assert apply(client, kept, undo=True) == 2
    assert cloud.state.jobs == [JOB]
    assert cloud.state.clusters == [{**GOOD, "policy_id": ""}]


def test_a_cluster_keeps_its_own_scripts_variables_and_options():
    changed = under_policy(GOOD, POLICY, DEFINITION)
    assert changed["init_scripts"] == [
        {"workspace": {"destination": "/Shared/lineage/lineage-init-0.sh"}},
        {"workspace": {"destination": "/Shared/mine.sh"}},
    ]
    variables = changed["spark_env_vars"]
    assert (variables["MINE"], variables["LINEAGE_KEY"]) == ("1", "{{secrets/s/k}}")
    assert variables["JDK_JAVA_OPTIONS"].startswith("-Dmine=1 --add-opens=")


@given(
    st.dictionaries(st.sampled_from(["MINE", "LINEAGE_URL", "JDK_JAVA_OPTIONS"]), st.text(max_size=9)),
    st.lists(st.sampled_from(["/a.sh", "/b.sh"]), unique=True),
)
@pytest.mark.unit
def test_putting_it_under_the_policy_twice_changes_nothing_more(variables, scripts):
    spec = {"spark_env_vars": variables, "init_scripts": [{"workspace": {"destination": one}} for one in scripts]}
    once = under_policy(spec, POLICY, DEFINITION)
    assert under_policy(once, POLICY, DEFINITION) == once


@pytest.mark.unit
@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"policy_id": POLICY}, "it is under the policy"),
        ({"policy_id": "other"}, "another policy"),
        ({"spark_env_vars": {"LINEAGE": "off"}}, "LINEAGE is off"),
        ({"spark_version": "17.3.x-scala2.13"}, "no agent for Spark 4"),
        ({"data_security_mode": "USER_ISOLATION"}, "unsupported"),
        ({"state": "RUNNING"}, "would restart"),
    ],
)
def test_what_must_not_be_touched_is_left_alone(more, why):
    change = cluster_change({**GOOD, **more}, POLICY, DEFINITION, today=TODAY)
    assert why in change.skipped
    assert not change.new


@pytest.mark.unit
def test_a_running_cluster_is_changed_when_that_is_asked_for():
    assert not cluster_change({**GOOD, "state": "RUNNING"}, POLICY, DEFINITION, today=TODAY, restart=True).skipped


def test_the_command_says_does_and_undoes(cloud, tmp_path, monkeypatch):
    url = f"http://{cloud.host}"
    settings = Config.of({"location": "westeurope", "purviewAccount": "contoso"})
    outputs = {"databricks": {url: {"policyId": POLICY}}}
    found = Deployment(settings, outputs, ManagedIdentityCredential(), "", NOW)
    monkeypatch.setattr(cli, "deployment", lambda: found)
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    said = CliRunner().invoke(lineage, ["attach"])
    assert (said.exit_code, "nothing was changed" in said.output) == (0, True), said.output
    assert (cloud.state.clusters, cloud.state.jobs) == ([GOOD], [JOB])
    done = CliRunner().invoke(lineage, ["attach", "--yes"])
    assert f"{url}: 2 changed" in done.output
    (file,) = (tmp_path / "build/attach").iterdir()
    undone = CliRunner().invoke(lineage, ["attach", "--undo", str(file)])
    assert f"{url}: 2 put back" in undone.output
    assert cloud.state.jobs == [JOB]
