"""Preflight: every fault at once, each with a code and what fixes it; costs; how findings are printed."""

import dataclasses
import json

import pytest
from azure.identity import ManagedIdentityCredential
from click.testing import CliRunner

from infra import package
from infra.commands import cost, preflight, selected
from infra.commands.finding import Finding, Level, as_json, look, worst
from infra.config import Config
from infra.errors import ConfigError, DeployError
from infra.names import Names
from infra.rehearsal.azure import SUBSCRIPTION
from infra.rehearsal.cloud import ACCOUNT, Cloud, Fault
from lineage.cli import cli as lineage


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


@pytest.mark.parametrize(
    ("wanted", "level", "says"),
    [
        ("Lakehouse", Level.OK, "roles can be granted on the collection Lakehouse"),
        ("Nowhere", Level.FAIL, "there is no collection 'Nowhere'; there are: "),
    ],
)
def test_a_collection_of_the_rules_is_looked_for_before_anything_is_made(ground, wanted, level, says):
    rules = json.dumps([{"path": "https://lake.dfs.core.windows.net/x", "collection": wanted}])
    ruled = dataclasses.replace(ground, config=dataclasses.replace(ground.config, collection_rules=rules))
    found = list(look([check for check in preflight.CHECKS if check[0] == "P08"], ruled))
    assert any(one.level is level and says in one.what for one in found), found


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
        Config.of({"alwaysReady": "many", "purviewAcount": "contoso"})
    findings = preflight.wrong_configuration(caught.value)
    assert {one.code for one in findings} == {"P00"}
    assert {one.what.partition(":")[0]: one.fix for one in findings} == {
        "location": "pulumi -C infra config set location VALUE",
        "purviewAccount": "pulumi -C infra config set purviewAccount VALUE",
        "alwaysReady": "pulumi -C infra config set alwaysReady VALUE",
        "purviewAcount": "pulumi -C infra config rm purviewAcount",
    }


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
        done = CliRunner().invoke(lineage, command)
        assert (done.exit_code, done.output.count("\n")) == (3, 1), done.output
        assert "pulumi is missing" in done.output


def test_the_commands_read_the_stack(monkeypatch):
    given = {"location": {"value": "westeurope"}, "purviewAccount": {"value": "contoso"}}
    listed = {f"{selected.PROJECT}:{key}": value for key, value in given.items()}
    monkeypatch.setattr(selected, "pulumi", lambda *_: listed | {"azure-native:location": {"value": "x"}})
    done = CliRunner().invoke(lineage, ["cost", "1000", "--price", "logs=2.5", "--json"])
    assert done.exit_code == 0, done.output
    by_name = {one["name"]: one for one in json.loads(done.output)}
    assert by_name["logs"]["cost"] == pytest.approx(by_name["logs"]["amount"] * 2.5)
    assert CliRunner().invoke(lineage, ["cost", "1000", "--price", "gold=1"]).exit_code == 2
