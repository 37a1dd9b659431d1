"""Preflight and doctor: every fault at once, each with a code and what fixes it."""

import dataclasses
import json
from datetime import date

import pytest
from azure.identity import ManagedIdentityCredential
from click.testing import CliRunner

from infra import package
from infra.commands import cli, cost, doctor, preflight
from infra.commands.finding import Finding, Level, as_json, look, worst
from infra.config import Config
from infra.errors import ConfigError, DeployError
from infra.names import Names
from infra.rehearsal.azure import PRINCIPAL, SUBSCRIPTION
from infra.rehearsal.cloud import ACCOUNT, CHILD, Cloud, Fault
from tests.line import served

TODAY = date(2026, 11, 24)
POLICY = "policy-1"


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    with Cloud(tmp_path / "cloud") as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def config(cloud, **more):
    here = f"http://{cloud.host}"
    least = {"location": "westeurope", "purviewAccount": ACCOUNT, "purviewEndpoint": here, "managementEndpoint": here}
    return Config.of({**least, "purviewCollection": "Lakehouse", "databricksWorkspaces": json.dumps([here]), **more})


@pytest.fixture
def ground(cloud, tmp_path, monkeypatch):
    (tmp_path / "pulumi").write_text("")
    (tmp_path / "pulumi").chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    made = package.write(tmp_path / "infra/function.zip", dict.fromkeys(package.NEEDED, b""))
    names = Names.of(project="p", stack="dev", subscription=SUBSCRIPTION)
    settings = config(cloud, package=made.path.name)
    return preflight.Ground(settings, names, SUBSCRIPTION, ManagedIdentityCredential(), tmp_path)


WITHOUT_AGENT = [check for check in preflight.CHECKS if check[0] != "P10"]


def test_a_machine_that_has_everything_passes(ground):
    findings = list(look(WITHOUT_AGENT, ground))
    assert {one.code for one in findings} == {code for code, _ in WITHOUT_AGENT}
    assert worst(findings) is Level.OK, [one.line for one in findings]


def test_every_fault_is_told_at_once_with_its_fix(ground, cloud, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    cloud.state.unregistered = {"Microsoft.App"}
    cloud.state.actions = ["Microsoft.Web/*", "Microsoft.Storage/*", "Microsoft.Resources/*"]
    cloud.state.taken = {ground.names.function}
    cloud.faults["policy"] = [Fault(403, {})]
    cloud.faults["me"] = [Fault(403, {})]
    wrong = dataclasses.replace(
        ground, config=dataclasses.replace(ground.config, location="atlantis", package="nowhere.zip")
    )
    failed = {one.code: one for one in look(preflight.CHECKS, wrong) if one.level is Level.FAIL}
    assert set(failed) == {"P01", "P02", "P04", "P05", "P06", "P07", "P08", "P09", "P10"}
    assert failed["P04"].fix == "az provider register --wait --namespace Microsoft.App"
    assert "Role Based Access Control Administrator" in failed["P06"].fix
    assert "purviewBootstrapAdmin" in failed["P08"].fix
    assert all(one.fix for code, one in failed.items() if code not in ("P02", "P10"))
    assert "make package" in failed["P02"].what
    assert all("\n" not in one.line for one in failed.values())


def test_names_of_a_stack_that_is_there_are_its_own(ground, cloud):
    cloud.state.taken = {ground.names.storage, ground.names.function}
    again = dataclasses.replace(ground, deployed=True)
    assert worst(look([check for check in preflight.CHECKS if check[0] == "P07"], again)) is Level.OK


@pytest.mark.parametrize(
    ("actions", "not_actions", "allowed"),
    [
        (["*"], [], True),
        (["*"], ["Microsoft.Authorization/*/write"], False),
        (["microsoft.authorization/roleassignments/write"], [], True),
        (["Microsoft.Web/*"], [], False),
    ],
)
def test_a_right_counts_as_azure_counts_it(actions, not_actions, allowed):
    permissions = [{"actions": actions, "notActions": not_actions}]
    assert preflight.allows(permissions, "Microsoft.Authorization/roleAssignments/write") is allowed


def test_a_wrong_configuration_is_a_finding_a_key():
    with pytest.raises(ConfigError) as caught:
        Config.of({"alwaysReady": "many"})
    findings = preflight.wrong_configuration(caught.value)
    assert [one.what.partition(":")[0] for one in findings] == ["location", "purviewAccount", "alwaysReady"]
    assert {one.code for one in findings} == {"P00"}


# --- doctor ---------------------------------------------------------------------------------------------------------


def deployed(cloud, **outputs):
    known = {
        "url": f"http://{cloud.host}/api",
        "package": "h" * 64,
        "functionKey": "invented",
        "collection": CHILD,
        "principalId": PRINCIPAL,
        "databricks": {f"http://{cloud.host}": {"policyId": POLICY, "script": "/Shared/lineage/s.sh", "scope": "s"}},
    }
    catalogue = f"http://{cloud.host}/datamap/api/atlas/v2"
    return doctor.Deployment(config(cloud), {**known, **outputs}, ManagedIdentityCredential(), catalogue, TODAY)


def test_a_healthy_deployment_is_green(cloud):
    from infra.clients.purview import SCOPE, Purview
    from infra.clients.rest import Rest
    from lineage.catalogue.typedefs import ensure_types

    cloud.state.running, cloud.state.keys = "h" * 64, {"spark-agent": "invented"}
    cloud.state.secrets, cloud.state.files = {"s": {"ingest-key": "x"}}, {"/Shared/lineage/s.sh"}
    deployment = deployed(cloud)
    Purview(Rest(f"http://{cloud.host}", ManagedIdentityCredential(), SCOPE)).grant(CHILD, "data-curator", PRINCIPAL)
    ensure_types(deployment.atlas())
    findings = list(look(doctor.CHECKS, deployment))
    assert {one.code for one in findings} == {code for code, _ in doctor.CHECKS}
    assert [one.code for one in findings if one.level is not Level.OK] == ["D05"], [one.line for one in findings]


def test_a_broken_deployment_names_every_part(cloud):
    cloud.state.running, cloud.state.keys = "old", {"spark-agent": "another"}
    findings = list(look(doctor.CHECKS, deployed(cloud)))
    failed = [one for one in findings if one.level is Level.FAIL]
    assert [one.code for one in failed] == ["D01", "D02", "D03", "D04", "D06", "D06"]
    assert all(one.fix for one in failed)
    assert not any("invented" in one.line for one in findings)


GOOD = {
    "cluster_name": "etl",
    "spark_version": "15.4.x-scala2.12",
    "data_security_mode": "SINGLE_USER",
    "policy_id": POLICY,
}


@pytest.mark.parametrize(
    ("more", "level", "word"),
    [
        ({}, Level.OK, "supported"),
        ({"policy_id": "other"}, Level.WARN, "not under the policy"),
        ({"spark_version": "17.3.x-scala2.13"}, Level.WARN, "Spark 4"),
        ({"data_security_mode": "USER_ISOLATION"}, Level.WARN, "unsupported"),
        ({"spark_env_vars": {"LINEAGE": "off"}}, Level.WARN, "switched off"),
        ({"spark_conf": {"spark.spline.mode": "REQUIRED"}}, Level.FAIL, "REQUIRED"),
        ({"spark_conf": {"spark.sql.queryExecutionListeners": "x"}}, Level.FAIL, "listener"),
    ],
)
def test_a_cluster_is_judged(more, level, word):
    found = doctor.judge({**GOOD, **more}, POLICY, TODAY)
    assert (found.level, word in found.what) == (level, True), found.line


def test_smoke_reads_its_edge_back_and_leaves_nothing(tmp_path):
    with served(tmp_path) as (server, port):
        outputs = {"url": f"http://127.0.0.1:{port}/api", "functionKey": "invented"}
        catalogue = f"http://127.0.0.1:{port}/api/atlas/v2"
        settings = Config.of({"location": "westeurope", "purviewAccount": "contoso"})
        deployment = doctor.Deployment(settings, outputs, NoToken(), catalogue, TODAY)
        findings = list(doctor.smoke(deployment, patience=60, wake=server.pipeline.sweep, sleep=lambda _: None))
        assert [(one.code, one.level) for one in findings] == [
            ("S01", Level.OK),
            ("S01", Level.OK),
            ("S02", Level.OK),
            ("S03", Level.OK),
        ], [one.line for one in findings]
        assert "/source → https://" in findings[2].what
        again = doctor.messages("x" * 12, 1)
        assert not any(deployment.atlas().find(asset) for asset in doctor.assets(*again[:2]))


class NoToken:
    def get_token(self, *_, **__):
        from azure.core.credentials import AccessToken

        return AccessToken("invented", 4102444800)


# --- cost, and how findings are printed -----------------------------------------------------------------------------


def test_costs_grow_with_events_and_are_told_in_units():
    settings = Config.of({"location": "westeurope", "purviewAccount": "contoso"})
    few, many = ({one.name: one.amount for one in cost.estimate(n, settings)} for n in (100, 10_000))
    assert few["always-ready"] == many["always-ready"] == 2 * 30 * 86_400
    assert all(many[name] >= few[name] for name in few)
    assert many["storage"] == pytest.approx(100 * few["storage"])
    assert cost.Line("logs", 2.0, "GB").cost({"logs": 3.0}) == 6.0


def test_a_check_that_cannot_look_is_a_fault_of_its_own():
    def broken(_):
        raise DeployError("it is not there\nNext step: make it")

    assert list(look([("X01", broken)], None)) == [Finding("X01", Level.FAIL, "it is not there", "make it")]
    assert json.loads(as_json([Finding("X", Level.WARN, "w")])) == [
        {"code": "X", "level": "WARN", "what": "w", "fix": ""}
    ]


def test_that_nobody_is_signed_in_is_told_once(ground, monkeypatch):
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    out = dataclasses.replace(ground, credential=ManagedIdentityCredential())
    findings = list(look(WITHOUT_AGENT, out))
    failed = [one for one in findings if one.level is Level.FAIL]
    assert [(one.code, one.fix) for one in failed] == [("P03", "sign in with: az login")], [
        one.line for one in findings
    ]
    assert sum(one.what == "not looked at: nobody is signed in" for one in findings) == 6


def test_without_pulumi_each_command_ends_in_one_line(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    for command in (["preflight"], ["doctor", "--json"], ["cost", "100"]):
        done = CliRunner().invoke(cli.main, command)
        assert (done.exit_code, done.output.count("\n")) == (3, 1), done.output
        assert "pulumi is missing" in done.output


def test_the_commands_read_the_stack(monkeypatch):
    listed = {f"{cli.PROJECT}:location": {"value": "westeurope"}, f"{cli.PROJECT}:purviewAccount": {"value": "contoso"}}
    monkeypatch.setattr(cli, "pulumi", lambda *_: listed | {"azure-native:location": {"value": "x"}})
    done = CliRunner().invoke(cli.main, ["cost", "1000", "--price", "logs=2.5", "--json"])
    assert done.exit_code == 0, done.output
    by_name = {one["name"]: one for one in json.loads(done.output)}
    assert by_name["logs"]["cost"] == pytest.approx(by_name["logs"]["amount"] * 2.5)
    assert CliRunner().invoke(cli.main, ["cost", "1000", "--price", "gold=1"]).exit_code == 2
