"""Doctor: a healthy deployment is green, each fault is found by its check alone and named with its fix, and smoke."""

import dataclasses
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.identity import ManagedIdentityCredential
from click.testing import CliRunner

from infra.app_settings import Facts, app_settings
from infra.clients.purview import Purview, scope_of
from infra.clients.rest import Rest
from infra.commands import attached, backlog, cli, doctor, reached, smoke
from infra.commands.deployment import Deployment
from infra.commands.finding import Level, look, worst
from infra.config import Config
from infra.rehearsal.azure import PRINCIPAL
from infra.rehearsal.cloud import ACCOUNT, CHILD, Cloud, Fault
from infra.roles import ROLES
from infra.watch import ALERTS
from lineage import receipts, receive, records
from lineage.catalogue import reach
from lineage.catalogue.typedefs import ensure_types
from lineage.cli import cli as lineage
from lineage.errors import StoreError
from lineage.receipts import Receipt, State
from lineage.store.files import FileStore
from tests.line import served

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
POLICY = "policy-1"
JAR = "spark-3.5-spline-agent-bundle_2.12-2.2.3.jar"
BUNDLE = {"sha256": hashlib.sha256(b"PK").hexdigest(), "bytes": 2}
SCRIPT = f"/Shared/lineage/lineage-init-{hashlib.sha256(b'#!/bin/bash').hexdigest()[:8]}.sh"
GROUP = "/subscriptions/s/resourceGroups/g/providers"
GOOD = {
    "cluster_id": "c-1",
    "cluster_name": "etl",
    "spark_version": "15.4.x-scala2.12",
    "data_security_mode": "SINGLE_USER",
    "policy_id": POLICY,
}
JOB = {"job_id": 7, "settings": {"name": "nightly", "tasks": [{"task_key": "t", "new_cluster": GOOD}]}}
SEEN = next(alert for alert in ALERTS if alert.expects)


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    with Cloud(tmp_path / "cloud") as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def account(cloud):
    here = f"http://{cloud.host}"
    return Purview(Rest(here, ManagedIdentityCredential(), scope_of(here)))


def config(cloud):
    here = f"http://{cloud.host}"
    return Config.of(
        {
            "location": "westeurope",
            "purviewAccount": ACCOUNT,
            "purviewEndpoint": here,
            "managementEndpoint": here,
            "purviewCollection": "Lakehouse",
            "databricksWorkspaces": json.dumps([here]),
            "alertEmails": '["ops@contoso.example"]',
        }
    )


def outputs_of(cloud, store):
    site = {"policyId": POLICY, "script": SCRIPT, "scope": "s", "bundles": {JAR: BUNDLE}}
    return {
        "url": f"http://{cloud.host}/api",
        "package": "h" * 64,
        "functionKey": "invented",
        "functionId": f"{GROUP}/Microsoft.Web/sites/f",
        "storage": f"{GROUP}/Microsoft.Storage/storageAccounts/a",
        "insights": f"{GROUP}/Microsoft.Insights/components/i",
        "logs": f"{GROUP}/Microsoft.OperationalInsights/workspaces/w",
        "store": str(store),
        "collection": CHILD,
        "principalId": PRINCIPAL,
        "databricks": {f"http://{cloud.host}": site},
    }


@pytest.fixture
def healthy(cloud, tmp_path):
    state = cloud.state
    outputs = outputs_of(cloud, tmp_path / "store")
    catalogue = f"http://{cloud.host}/datamap/api/atlas/v2"
    deployment = Deployment(config(cloud), outputs, ManagedIdentityCredential(), catalogue, NOW)
    state.running, state.keys, state.secrets = "h" * 64, {"spark-agent": "invented"}, {"s": {"ingest-key": "x"}}
    state.files = {
        SCRIPT: b"#!/bin/bash",
        f"/Shared/lineage/{JAR}": b"PK",
        "/Shared/lineage/bundles.sha256": f"{BUNDLE['sha256']}  {JAR}\n".encode(),
    }
    state.clusters, state.jobs = [dict(GOOD)], [JOB]
    state.queues = {"lineage": 3, "lineage-poison": 0}
    state.roles = [role.id for role in ROLES]
    facts = Facts(outputs["store"], "b", "q", "t", "c", CHILD, "i")
    state.settings = app_settings(deployment.config, facts)
    state.logged = {SEEN.query: [["an event"]]}
    account(cloud).grant(CHILD, "data-curator", PRINCIPAL)
    ensure_types(deployment.atlas())
    return deployment


def test_a_healthy_deployment_is_green_in_every_check(healthy):
    findings = list(look(doctor.CHECKS, healthy))
    assert {one.code for one in findings} == {code for code, _ in doctor.CHECKS}
    assert worst(findings) is Level.OK, [one.line for one in findings if one.level]
    assert not any("invented" in one.line for one in findings)


class Asking:
    """A credential that remembers for what; the token is one that the stand-in takes."""

    def __init__(self, below):
        self.below, self.scopes = below, set()

    def get_token(self, *scopes, **more):
        self.scopes.update(scopes)
        return self.below.get_token("https://purview.azure.net/.default", **more)


OWN = "api://catalogue/.default"


@pytest.mark.parametrize(("key", "asked"), [("", "https://purview.azure.net/.default"), (OWN, OWN)])
def test_who_looks_asks_for_the_scope_that_the_function_asks_for(healthy, key, asked):
    who = Asking(healthy.credential)
    settings = dataclasses.replace(healthy.config, catalogue_scope=key)
    looked = dataclasses.replace(healthy, config=settings, credential=who)
    checks = dict(doctor.CHECKS)
    assert [worst(checks[code](looked)) for code in ("D03", "D04")] == [Level.OK, Level.OK]
    assert who.scopes == {asked}


@pytest.mark.parametrize(("key", "asked"), [("", "https://purview.azure.net/.default"), (OWN, OWN)])
def test_who_deploys_asks_for_the_scope_that_the_function_asks_for(healthy, monkeypatch, key, asked):
    pytest.importorskip("pulumi", reason="the providers are Pulumi's")
    from infra.providers import collection_role, type_definitions

    who = Asking(healthy.credential)
    settings = dataclasses.replace(healthy.config, catalogue_scope=key)
    scope = {"scope": key} if key else {}
    for provider, props in (
        (collection_role, {"account": settings.purview_url, "collection": CHILD, "role": "data-curator"}),
        (type_definitions, {"catalogue": healthy.catalogue}),
    ):
        who.scopes.clear()
        monkeypatch.setattr(provider, "credential", lambda: who)
        made = getattr(provider, f"{'CollectionRole' if 'role' in props else 'TypeDefinitions'}Provider")()
        assert made.read("id", {**props, **scope, "principal": PRINCIPAL}).id == "id"
        assert who.scopes == {asked}


def broken(**more):
    def change(state):
        for name, value in more.items():
            setattr(state, name, value(getattr(state, name)) if callable(value) else value)

    return change


def without(key):
    return lambda known: {name: value for name, value in known.items() if name != key}


LIST = "/Shared/lineage/bundles.sha256"
AGAIN = "pulumi -C infra refresh && make deploy"
FAULTS = [
    (broken(running=""), "D01", Level.FAIL, "answers 404", "log stream"),
    (broken(running="old"), "D01", Level.FAIL, "runs package old", "make deploy"),
    (broken(facts={"publishing": "stopped: no role"}), "D01", Level.FAIL, "publishes nothing, stopped: no role", AGAIN),
    (broken(keys={"spark-agent": "another"}), "D02", Level.FAIL, "answers 401", "keyGeneration"),
    (broken(secrets={}), "D06", Level.FAIL, "lacks the secret", AGAIN),
    (broken(files=without(SCRIPT)), "D06", Level.FAIL, "lacks the init script", AGAIN),
    (broken(files=lambda f: {**f, SCRIPT: b"exit 1"}), "D06", Level.FAIL, "not what was deployed", AGAIN),
    (broken(files=without(f"/Shared/lineage/{JAR}")), "D06", Level.FAIL, "has no bytes instead of 2", AGAIN),
    (broken(files=lambda f: {**f, f"/Shared/lineage/{JAR}": b"P"}), "D06", Level.FAIL, "has 1 bytes", AGAIN),
    (broken(files=without(LIST)), "D06", Level.FAIL, "does not know the checksum", AGAIN),
    (broken(files=lambda f: {**f, LIST: b"\xff\n"}), "D06", Level.FAIL, "does not know the checksum", AGAIN),
    (broken(clusters=[{**GOOD, "policy_id": ""}]), "D07", Level.WARN, "not under the policy", "lineage attach"),
    (
        broken(jobs=[{**JOB, "settings": {**JOB["settings"], "tasks": [{"new_cluster": {}}]}}, JOB]),
        "D07",
        Level.WARN,
        "1 of 2 jobs have a cluster that is not under the policy: nightly",
        "lineage attach",
    ),
    (broken(queues={"lineage": 5000, "lineage-poison": 0}), "D08", Level.WARN, "5000 pointers wait", "wait"),
    (broken(queues={"lineage": 0, "lineage-poison": 2}), "D08", Level.FAIL, "2 pointers lie on the poison", "make"),
    (broken(roles=[role.id for role in ROLES[1:]]), "D10", Level.FAIL, f"lacks {ROLES[0].name}", AGAIN),
    (
        broken(settings=lambda s: {**s, "AzureWebJobs.convert.Disabled": "true"}),
        "D11",
        Level.WARN,
        "AzureWebJobs.convert.Disabled switches a part off",
        "make deploy",
    ),
    (
        broken(settings=lambda s: {**s, "AzureWebJobs.relink.Disabled": "1"}),
        "D11",
        Level.WARN,
        "AzureWebJobs.relink.Disabled switches a part off, while convert and sweep still write to the catalogue",
        "make deploy",
    ),
    (
        broken(settings=lambda s: {**s, "LINEAGE_WAITING_HOURS": "2"}),
        "D11",
        Level.WARN,
        "LINEAGE_WAITING_HOURS",
        "or keep it: pulumi -C infra config set waitingHours VALUE",
    ),
    (broken(settings=without("LINEAGE_COLLECTION")), "D11", Level.WARN, "LINEAGE_COLLECTION", AGAIN),
    (broken(settings=lambda s: {**s, "LINEAGE_WHATEVER": "a-secret"}), "D11", Level.WARN, "LINEAGE_WHATEVER", AGAIN),
    (broken(logged={}), "D12", Level.WARN, "No execution event came in 24 hours", "lineage attach"),
    *(
        (broken(reach={"host": "h", "reached": False, "fault": fault, "says": "what it met"}), "D13", level, said, fix)
        for fault, level, said, fix in (
            ("dns", Level.FAIL, "the catalogue at h: what it met", "private DNS zone"),
            ("tls", Level.FAIL, "what it met", "open TLS"),
            ("silence", Level.FAIL, "what it met", "open the way"),
            ("refuses", Level.FAIL, "what it met", "D03"),
            ("throttled", Level.WARN, "what it met", "catalogueRate"),
            ("down", Level.WARN, "what it met", "nothing is lost"),
            ("of a newer version", Level.FAIL, "what it met", "open the way"),
        )
    ),
    (broken(reach={}), "D13", Level.FAIL, "does not say whether it reaches the catalogue", AGAIN),
    *(
        (broken(logged=lambda known, query=alert.query: {**known, query: [[1]]}), "D12", Level.FAIL, alert.title, "")
        for alert in ALERTS
        if not alert.expects
    ),
]


@pytest.mark.parametrize(("fault", "code", "level", "what", "fix"), FAULTS, ids=map(str, range(len(FAULTS))))
def test_a_fault_is_found_by_its_check_alone(healthy, cloud, fault, code, level, what, fix):
    fault(cloud.state)
    findings = [one for one in look(doctor.CHECKS, healthy) if one.level]
    assert [(one.code, one.level) for one in findings] == [(code, level)], [one.line for one in findings]
    assert what in findings[0].what
    assert findings[0].fix
    assert fix in findings[0].fix
    assert "a-secret" not in findings[0].line


def test_a_function_that_can_store_nothing_is_told_from_one_that_does_not_run(healthy, cloud):
    problem = {"type": receive._UNAVAILABLE.type, "title": receive._UNAVAILABLE.title, "status": 503}
    for body, said in ((problem, "can store nothing"), ({}, "answers 503"), ("<html>", "answers 503")):
        cloud.faults["health"] = [Fault(503, body)] * 9
        (found,) = dict(doctor.CHECKS)["D01"](healthy)
        assert (found.code, found.level) == ("D01", Level.FAIL)
        assert said in found.what
        assert bool(found.fix)


@pytest.mark.parametrize("left", [(), ("relink",), ("sweep", "relink")])
def test_who_still_publishes_is_told(healthy, cloud, left):
    off = [one for one in doctor.PUBLISHERS if one not in left]
    cloud.state.settings |= {doctor.disabling(one): "true" for one in off}
    found = [one.what for one in look(doctor.CHECKS, healthy) if one.level]
    assert len(found) == len(off)
    still = {(): "", ("relink",): "relink still writes", ("sweep", "relink"): "sweep and relink still write"}[left]
    assert all(("still" in one) == bool(left) and still in one for one in found), found


def test_a_role_that_was_taken_away_is_found(healthy, cloud):
    account(cloud).revoke(CHILD, "data-curator", PRINCIPAL)
    (found,) = [one for one in look(doctor.CHECKS, healthy) if one.level]
    assert (found.code, found.level, found.fix) == ("D03", Level.FAIL, AGAIN)


def test_each_collection_that_a_rule_names_is_looked_at(healthy, cloud):
    rules = json.dumps([{"collection": name, "path": "*/finance"} for name in ("Contoso", "Lakehouse")])
    ruled = dataclasses.replace(healthy, config=dataclasses.replace(healthy.config, collection_rules=rules))
    found = [one for one in look(doctor.CHECKS, ruled) if one.code == "D03"]
    assert [(one.level, one.what.rpartition(" ")[2]) for one in found] == [(Level.OK, CHILD), (Level.FAIL, ACCOUNT)]
    account(cloud).grant(ACCOUNT, "data-curator", PRINCIPAL)
    assert {one.level for one in look(doctor.CHECKS[2:3], ruled)} == {Level.OK}


def test_an_older_function_and_one_that_takes_tokens_alone_are_not_said_to_reach_the_catalogue(healthy, cloud):
    cloud.faults["catalogue"] = [Fault(404, {})] * 9
    (found,) = reached.catalogue(healthy)
    assert (found.level, found.fix) == (Level.FAIL, AGAIN)
    tokens = dataclasses.replace(healthy, config=dataclasses.replace(healthy.config, auth="entra"))
    (found,) = look((("D13", reached.catalogue),), tokens)
    assert (found.level, "entraAllowedClients" in found.what) == (Level.WARN, True)


def test_each_fault_that_the_function_knows_has_its_fix():
    kinds = {fault for fault, _, _ in reach._MET} | {fault for fault, _ in reach._ANSWERED.values()}
    assert set(reached._FIXES) <= kinds | {"token", "settings", "down", "elsewhere"}
    assert kinds - set(reached._FIXES) == {"refused", "silence", "broken"}, "they are a matter of routes"


def test_types_that_are_gone_are_found(healthy, tmp_path):
    with Cloud(tmp_path / "empty") as empty:
        elsewhere = dataclasses.replace(healthy, catalogue=f"http://{empty.host}/datamap/api/atlas/v2")
        findings = [one for one in look(doctor.CHECKS, elsewhere) if one.level]
    assert {(one.code, one.level, one.fix) for one in findings} == {("D04", Level.FAIL, AGAIN)}
    assert sum("is missing" in one.what for one in findings) == 4


def test_a_type_that_an_older_version_made_is_told_by_what_it_lacks():
    definition = {"attributeDefs": [{"name": "lastRun"}, {"name": "runCount"}]}
    older = {"typeVersion": "0.9", "attributeDefs": [{"name": "lastRun"}]}
    assert doctor._lacking(definition, older) == "has no attribute runCount (version 0.9)"
    assert not doctor._lacking(older, definition)


def test_an_older_deployment_is_told_to_deploy_again_and_the_rest_is_looked_at(healthy):
    old = {key: value for key, value in healthy.outputs.items() if key not in ("storage", "insights", "logs")}
    site = {key: value for key, value in next(iter(old["databricks"].values())).items() if key != "bundles"}
    old["databricks"] = dict.fromkeys(old["databricks"], site)
    findings = list(look(doctor.CHECKS, Deployment(healthy.config, old, healthy.credential, healthy.catalogue, NOW)))
    assert {one.code for one in findings if one.level} == {"D06", "D08", "D10", "D12"}
    assert all(one.fix == "make deploy" for one in findings if one.level), [one.line for one in findings if one.level]
    assert {one.code for one in findings} == {code for code, _ in doctor.CHECKS}


@pytest.mark.parametrize("operation", ["logs", "queue", "roles", "settings", "clusters", "secrets", "export"])
@pytest.mark.parametrize("status", [400, 403])
def test_a_check_that_is_refused_is_one_finding_and_the_others_go_on(healthy, cloud, operation, status):
    cloud.faults[operation] = [Fault(status, {"error": {"code": "Refused"}})] * 9
    findings = list(look(doctor.CHECKS, healthy))
    bad = [one for one in findings if one.level]
    assert len(bad) == 1, [one.line for one in bad]
    assert str(status) in bad[0].what
    assert {one.code for one in findings} == {code for code, _ in doctor.CHECKS}


def test_a_new_deployment_without_telemetry_is_no_failure(healthy, cloud):
    body = {"error": {"message": "Failed to resolve table or column expression named 'AppRequests'"}}
    cloud.faults["logs"] = [Fault(400, body)]
    (found,) = [one for one in look(doctor.CHECKS, healthy) if one.level]
    assert (found.code, found.level, found.what) == ("D12", Level.WARN, "no telemetry has come yet")


# --- what is pending ------------------------------------------------------------------------------------------------


def put_event(store, plan, ago, state=None, reason=""):
    at = int((NOW - ago).timestamp() * 1000)
    named = records.event_name(plan, at, f"event-of-{plan}")
    record = records.Record("0" * 64, at, "", {}, records.msgspec.Raw(b"{}"))
    store.put_all([(named.payload, records.encode(record)), (named.mark, b"")])
    if state:
        receipt = Receipt(named.key, state, plan, reason, received_at=at, at=at)
        store.put(named.receipt, receipts.encode(receipt))


MINUTES = [timedelta(minutes=n) for n in (2, 45)]


@pytest.mark.parametrize(
    ("ago", "state", "level", "what"),
    [
        (
            MINUTES[0],
            None,
            Level.OK,
            "1 events are accepted and not tried: the sweep does not run, the oldest for 2 min",
        ),
        (MINUTES[1], None, Level.FAIL, "the sweep does not run, the oldest for 45 min"),
        (MINUTES[0], State.RETRYING, Level.OK, "1 events are not published"),
        (MINUTES[1], State.RETRYING, Level.FAIL, "not published, the oldest for 45 min: 403 Forbidden"),
        (MINUTES[1], State.WAITING, Level.OK, "waiting for their plan"),
        (timedelta(days=3), State.WAITING, Level.WARN, "waiting for their plan, the oldest for 3 days"),
        (timedelta(days=3), State.PUBLISHED, Level.OK, "no event is pending"),
    ],
)
def test_what_is_pending_is_judged_by_its_state_and_age(healthy, ago, state, level, what):
    put_event(FileStore(healthy.outputs["store"]), "p", ago, state, "403 Forbidden" if state is State.RETRYING else "")
    (found,) = backlog.pending(healthy)
    assert found.level is level
    assert what in found.what
    assert bool(found.fix) is bool(level)


def test_the_oldest_of_many_counts_and_a_damaged_receipt_hides_nothing(healthy):
    store = FileStore(healthy.outputs["store"])
    for number in range(30):
        put_event(store, f"p{number}", timedelta(minutes=number + 5), State.RETRYING, f"reason {number}")
    put_event(store, "damaged", timedelta(hours=5))
    (damaged,) = store.list(records.pending_of("damaged"))
    store.put(records.EventName.from_mark(damaged).receipt, b"{")
    received, retrying = backlog.pending(healthy)
    assert received.what == "1 events are accepted and not tried: the sweep does not run, the oldest for 5 h"
    assert retrying.what == "30 events are not published, the oldest for 34 min: reason 29"


def test_a_store_that_may_not_be_read_is_a_warning_with_the_role(healthy, monkeypatch):
    def refused(*_):
        raise StoreError("pending/: AuthorizationPermissionMismatch: not authorized")

    monkeypatch.setattr(FileStore, "list", refused)
    (found,) = backlog.pending(healthy)
    assert found.level is Level.WARN
    assert "Storage Blob Data Reader" in found.fix
    assert healthy.outputs["storage"] in found.fix


def test_a_container_is_read_as_who_looks(healthy, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)  # between attempts
    url = "https://nowhere.blob.core.windows.net/lineage"

    class NoToken:
        def get_token(self, *_, **__):
            raise HttpResponseError("no token")

    elsewhere = Deployment(healthy.config, {**healthy.outputs, "store": url}, NoToken(), "", NOW)
    with pytest.raises(StoreError, match="no token"):
        list(elsewhere.store().list("pending/"))


# --- clusters -------------------------------------------------------------------------------------------------------


@pytest.mark.unit
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
    found = attached.judge({**GOOD, **more}, POLICY, NOW.date())
    assert (found.level, word in found.what) == (level, True), found.line


@pytest.mark.unit
@pytest.mark.parametrize(
    ("bundles", "level"),
    [([JAR], Level.OK), ([JAR.replace("3.5", "3.4")], Level.WARN), ([JAR.replace("2.12", "2.13")], Level.WARN)],
)
def test_a_cluster_whose_agent_was_not_deployed_is_told(bundles, level):
    assert attached.judge(GOOD, POLICY, NOW.date(), bundles).level is level


def test_files_of_a_volume_are_looked_at_as_well(healthy, cloud):
    home = "/Volumes/main/lineage/agent"
    site = {**next(iter(healthy.outputs["databricks"].values())), "script": SCRIPT.replace("/Shared/lineage", home)}
    outputs = {**healthy.outputs, "databricks": {f"http://{cloud.host}": site}}
    deployment = Deployment(healthy.config, outputs, healthy.credential, healthy.catalogue, NOW)
    assert {one.level for one in attached.agent(deployment)} == {Level.OK, Level.FAIL}
    cloud.state.files = {path.replace("/Shared/lineage", home): text for path, text in cloud.state.files.items()}
    assert {one.level for one in attached.agent(deployment)} == {Level.OK}


# --- smoke ----------------------------------------------------------------------------------------------------------


class Somebody:
    def get_token(self, *_, **__):
        return AccessToken("invented", 4102444800)


def through(port, catalogue_port=None):
    outputs = {"url": f"http://127.0.0.1:{port}/api", "functionKey": "invented"}
    catalogue = f"http://127.0.0.1:{catalogue_port or port}/api/atlas/v2"
    settings = Config.of({"location": "westeurope", "purviewAccount": "contoso"})
    return Deployment(settings, outputs, Somebody(), catalogue)


def test_smoke_reads_its_edge_back_and_leaves_nothing(tmp_path):
    with served(tmp_path) as (server, port):
        deployment = through(port)
        findings = list(smoke.smoke(deployment, patience=60, wake=server.pipeline.sweep, sleep=lambda _: None))
        assert [(one.code, one.level) for one in findings] == [
            ("S01", Level.OK),
            ("S01", Level.OK),
            ("S02", Level.OK),
            ("S03", Level.OK),
        ], [one.line for one in findings]
        assert "/source → https://" in findings[2].what
        again = smoke.messages("x" * 12, 1)
        assert not any(deployment.atlas().find(asset) for asset in smoke.assets(*again[:2]))


def test_smoke_tells_the_time_of_each_hop_and_not_of_all(tmp_path):
    ticks = iter(range(1000))
    with served(tmp_path) as (server, port):
        hops = smoke.smoke(
            through(port), patience=900, wake=server.pipeline.sweep, sleep=lambda _: None, now=lambda: next(ticks)
        )
        first, second, *_ = [one.what for one in hops]
    assert first == "the plan was answered 201 in 1.0 s"
    assert second == "the event was answered 201 in 1.0 s"


def test_smoke_stops_at_a_door_that_does_not_open(cloud):
    cloud.state.running = "h"
    (found,) = smoke.smoke(through(cloud.host.rpartition(":")[2]), patience=1, sleep=lambda _: None)
    assert (found.code, found.level) == ("S01", Level.FAIL)
    assert "lineage doctor" in found.fix


def test_smoke_fails_where_no_edge_comes_and_takes_away_what_came(tmp_path):
    with served(tmp_path) as (_, port), Cloud(tmp_path / "elsewhere") as cloud:
        deployment = through(port, cloud.host.rpartition(":")[2])
        *_, edge, removal = smoke.smoke(deployment, patience=0.2, sleep=lambda _: None)
    assert (edge.code, edge.level, edge.fix) == ("S02", Level.FAIL, smoke.LATE)
    assert removal.code == "S03"


def test_the_command_ends_with_1_where_a_check_failed_and_prints_objects_for_machines(healthy, cloud, monkeypatch):
    monkeypatch.setattr(cli, "deployment", lambda: healthy)
    good = CliRunner().invoke(lineage, ["doctor"])
    assert (good.exit_code, good.output.splitlines()[0][:8]) == (0, "OK   D01"), good.output
    cloud.state.roles = []
    bad = CliRunner().invoke(lineage, ["doctor", "--json"])
    assert bad.exit_code == 1
    assert {one["level"] for one in json.loads(bad.output) if one["code"] == "D10"} == {"FAIL"}
