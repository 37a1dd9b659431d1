"""Preflight: every fault at once, each with a code and what fixes it; costs; how findings are printed."""

import dataclasses
import json
import os

import pytest
from azure.identity import AzureCliCredential, ManagedIdentityCredential
from click.testing import CliRunner

from infra import package
from infra.commands import cost, preflight, selected
from infra.commands.finding import Finding, Level, as_json, look, worst
from infra.commands.ground import Ground, Stack
from infra.config import Config
from infra.errors import ConfigError, DeployError, ToolMissing
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
    settings = config(cloud, package=made.path.name)
    return Ground(settings, Stack("dev"), SUBSCRIPTION, ManagedIdentityCredential(), tmp_path)


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
        ground, configured=dataclasses.replace(ground.config, location="atlantis", package="nowhere.zip")
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
    ruled = dataclasses.replace(ground, configured=dataclasses.replace(ground.config, collection_rules=rules))
    found = list(look([check for check in preflight.CHECKS if check[0] == "P08"], ruled))
    assert any(one.level is level and says in one.what for one in found), found


def test_names_of_a_stack_that_is_there_are_its_own(ground, cloud):
    cloud.state.taken = {ground.names.storage, ground.names.function}
    again = dataclasses.replace(ground, selected=Stack("dev", deployed=True))
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


def month(load, **more):
    settings = dataclasses.replace(Config.default(), **more)
    return {one.name: one.amount for one in cost.estimate(load, settings)}


def test_costs_grow_with_events_and_are_told_in_units():
    few, many = (month(cost.Workload(n, n, 0.01)) for n in (100, 10_000))
    assert few["always-ready"] == many["always-ready"] == 2 * 30 * 86_400
    assert all(many[name] >= few[name] for name in few)
    assert many["storage"] == pytest.approx(100 * few["storage"])
    assert many["catalogue"] == pytest.approx(100 * few["catalogue"])
    assert cost.Line("logs", 2.0, "GB", "").cost({"logs": 3.0}) == 6.0


def operations(load, **more):
    """A day."""
    return month(load, **more)["catalogue"] * 25 * 86_400


@pytest.mark.parametrize(
    ("runs", "debounce", "writes"), [(1, 7200, 1), (24, 7200, 12), (1440, 7200, 12), (24, 0, 24), (24, 86_400, 1)]
)
def test_a_process_that_says_the_same_costs_one_operation_a_window(runs, debounce, writes):
    load = cost.Workload(50 * runs, 50, 0.0)
    assert operations(load, debounce_seconds=debounce, relink_hours=0) == pytest.approx(50 * writes)


def test_what_is_new_costs_its_entities_and_their_columns_and_a_round_each_process():
    news = operations(cost.Workload(50, 50, 1.0), relink_hours=0)
    assert news == pytest.approx(50 * (3 * 1.4 + 18))
    rounds = operations(cost.Workload(50, 50, 0.0), relink_hours=6) - operations(
        cost.Workload(50, 50, 0.0), relink_hours=0
    )
    assert rounds == pytest.approx(50 * 4)
    assert month(cost.Workload(50, 50, 1.0))["gb-seconds"] > month(cost.Workload(50, 50, 0.0))["gb-seconds"]


def test_costs_say_what_they_rest_on():
    lines = list(cost.estimate(cost.Workload(2000, 100, 0.05), Config.default()))
    assert all(line.assumed for line in lines)
    (catalogue,) = [line.assumed for line in lines if line.name == "catalogue"]
    assert "2,000 events of 100 processes, 5.0% of them new" in catalogue
    assert "window of 7200 s" in catalogue


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


# --- on a machine that lacks something ------------------------------------------------------------------------------


MISSING = ToolMissing("pulumi is missing")


def tool(folder, name, script="exit 0"):
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o700)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A PATH with nothing on it, and nothing in the environment that says who deploys."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("ARM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def preflighted(exit_code=1):
    done = CliRunner().invoke(lineage, ["preflight", "--json"])
    assert done.exit_code == exit_code, done.output
    found = {}
    for one in json.loads(done.stdout):
        found.setdefault(one["code"], []).append(one)
    assert set(found) == {code for code, _ in preflight.CHECKS}
    return found


def test_without_pulumi_and_az_preflight_tells_of_both_and_goes_on(bare):
    found = preflighted()
    assert [(one["level"], one["what"], one["fix"]) for one in found["P01"]] == [
        ("FAIL", f"{name} is missing", preflight.TOOLS[name]) for name in ("pulumi", "az")
    ]
    assert "Pulumi.STACK.yaml) cannot be read without pulumi" in found["P00"][0]["what"]
    assert "not looked at" not in found["P02"][0]["what"]
    rest = [one for code in found if code > "P02" for one in found[code]]
    assert all((one["level"], one["what"][:14]) == ("WARN", "not looked at:") for one in rest), rest


def test_without_pulumi_the_subscription_is_looked_at(ground, cloud, monkeypatch):
    here = f"http://{cloud.host}"
    monkeypatch.setattr(Config, "default", lambda: config(cloud, managementEndpoint=here))
    lost = dataclasses.replace(ground, configured=MISSING, selected=MISSING)
    found = {one.code: one for one in look(preflight.CHECKS, lost)}
    assert (found["P03"].level, found["P04"].level) == (Level.OK, Level.OK)
    lacking = {code: one.what for code, one in found.items() if one.what.startswith("not looked at")}
    assert lacking == {
        "P00": lacking["P00"],
        "P07": "not looked at: the stack is not known",
        **dict.fromkeys(("P05", "P06", "P08", "P09", "P10"), "not looked at: the settings are not known"),
    }


def test_az_is_needed_only_by_who_signs_in_with_it(ground):
    (found,) = preflight._tools(ground)  # pulumi alone is on PATH, and a managed identity signs in
    assert (found.level, found.what) == (Level.OK, "pulumi is on PATH")
    nobody = dataclasses.replace(ground, subscribed=ToolMissing("az is missing"))
    assert [one.level for one in preflight._tools(nobody)] == [Level.OK, Level.FAIL]
    by_az = dataclasses.replace(ground, credential=AzureCliCredential())
    assert [one.level for one in preflight._tools(by_az)] == [Level.OK, Level.FAIL]


def test_with_an_az_that_is_not_signed_in_and_no_stack_both_are_told(bare):
    tool(bare, "az", "exit 1")
    tool(bare, "pulumi", "echo 'error: no stack selected' >&2; exit 255")
    found = preflighted()
    assert (found["P00"][0]["level"], found["P00"][0]["what"]) == ("FAIL", "pulumi config: error: no stack selected")
    assert (found["P03"][0]["level"], found["P03"][0]["fix"]) == ("FAIL", "az login")


def test_a_wrong_configuration_keeps_nothing_else_from_being_looked_at(bare):
    tool(
        bare,
        "pulumi",
        f"""case $1 in stack) echo '[]';; *) echo '{{"{selected.PROJECT}:memoryMb":{{"value":"1"}}}}';; esac""",
    )
    found = preflighted()
    assert {one["what"].partition(":")[0] for one in found["P00"]} == {"memoryMb", "location", "purviewAccount"}
    assert [one["level"] for one in found["P01"]] == ["OK", "FAIL"]


def test_without_pulumi_a_command_that_needs_a_deployment_ends_in_one_line(bare):
    done = CliRunner().invoke(lineage, ["doctor", "--json"])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (3, "", 1), done.output
    assert "pulumi is missing" in done.stderr


def test_without_a_stack_costs_are_those_of_the_defaults_and_say_so(bare):
    done = CliRunner().invoke(lineage, ["cost", "1000", "--processes", "40", "--new", "2", "--json"])
    assert done.exit_code == 0, done.output
    assert done.stderr.count("\n") == 1
    assert "the defaults of every setting" in done.stderr
    assert "pulumi is missing" in done.stderr
    wanted = {one.name: one.amount for one in cost.estimate(cost.Workload(1000, 40, 0.02), Config.default())}
    assert {one["name"]: one["amount"] for one in json.loads(done.stdout)} == wanted
    shown = CliRunner().invoke(lineage, ["cost", "1000"]).stdout
    assert "1,000 events of 1,000 processes, 1.0% of them new" in shown


def test_the_commands_read_the_stack(monkeypatch):
    given = {"location": {"value": "westeurope"}, "purviewAccount": {"value": "contoso"}}
    listed = {f"{selected.PROJECT}:{key}": value for key, value in given.items()}
    monkeypatch.setattr(selected, "pulumi", lambda *_: listed | {"azure-native:location": {"value": "x"}})
    done = CliRunner().invoke(lineage, ["cost", "1000", "--price", "logs=2.5", "--json"])
    assert done.exit_code == 0, done.output
    by_name = {one["name"]: one for one in json.loads(done.output)}
    assert by_name["logs"]["cost"] == pytest.approx(by_name["logs"]["amount"] * 2.5)
    assert CliRunner().invoke(lineage, ["cost", "1000", "--price", "gold=1"]).exit_code == 2
