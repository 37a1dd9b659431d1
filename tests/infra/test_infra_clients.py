"""The clients against loopback services and the ways in which those were seen to fail."""

import json
import threading
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken
from azure.identity import ManagedIdentityCredential

from infra import package
from infra.clients import management, purview
from infra.clients.management import Management
from infra.clients.one_deploy import OneDeploy
from infra.clients.purview import Purview
from infra.clients.rest import Rest
from infra.clients.waiting import Clock
from infra.errors import CallError
from infra.rehearsal.cloud import ACCOUNT, CHILD, DEPLOYER, Cloud, Fault

SITE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/f"
CURATOR = "data-curator"


class Now:
    """A clock that takes no time: sleeping moves it."""

    def __init__(self) -> None:
        self.at = 0.0
        self.said: list[str] = []

    def sleep(self, seconds: float) -> None:
        self.at += max(seconds, 1.0)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.at, self.sleep, self.said.append)


@pytest.fixture
def now():
    return Now()


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    with Cloud(tmp_path) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


def rest(cloud, scope):
    return Rest(f"http://{cloud.host}", ManagedIdentityCredential(), scope, retries=0)


@pytest.fixture
def account(cloud, now):
    return Purview(rest(cloud, purview.scope_of("")), now.clock)


@pytest.fixture
def arm(cloud, now):
    return Management(rest(cloud, management.SCOPE), now.clock)


@pytest.fixture
def one_deploy(cloud, now):
    return OneDeploy(rest(cloud, management.SCOPE), Rest(f"http://{cloud.host}", retries=0), now.clock)


@pytest.fixture
def built(tmp_path: Path):
    return package.write(tmp_path / "f.zip", {name: name.encode() for name in package.NEEDED})


# --- Purview --------------------------------------------------------------------------------------------------------


def test_a_collection_is_found_by_what_the_portal_calls_it(account):
    assert account.collection("lakehouse").name == CHILD
    assert account.collection(CHILD).title == "Lakehouse"
    assert account.collection("").name == ACCOUNT
    with pytest.raises(CallError, match=r"no collection 'Nowhere'; there are: Contoso \(contoso\), Lakehouse"):
        account.collection("Nowhere")


def test_granting_twice_writes_once(cloud, account):
    assert account.grant(CHILD, CURATOR, "me") is True
    assert account.grant(CHILD, CURATOR, "me") is False
    assert (cloud.members(CHILD), cloud.state.calls.count("policy-put")) == (["me"], 1)
    assert account.members(CHILD, CURATOR) == {"me"}


@pytest.mark.parametrize("status", [409, 412, 429, 500, 503])
def test_a_policy_that_was_changed_meanwhile_is_read_again(cloud, account, now, status):
    cloud.faults["policy-put"] = [Fault(status, {}), Fault(status, {})]
    assert account.grant(CHILD, CURATOR, "me")
    assert cloud.members(CHILD) == ["me"]
    assert len(now.said) == 2


def test_a_lost_update_is_noticed(cloud, account):
    cloud.faults["policy-put"] = [Fault(0)]
    assert account.grant(CHILD, CURATOR, "me")
    assert (cloud.members(CHILD), cloud.state.calls.count("policy-put")) == (["me"], 2)


def test_many_at_once_all_get_their_role(cloud, now):
    clients = [Purview(rest(cloud, purview.scope_of("")), now.clock) for _ in range(6)]
    threads = [
        threading.Thread(target=client.grant, args=(CHILD, CURATOR, f"p{n}")) for n, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(cloud.members(CHILD)) == [f"p{n}" for n in range(6)]


def test_revoking_takes_nobody_else_away(cloud, account):
    account.grant(ACCOUNT, CURATOR, "me")
    assert account.revoke(ACCOUNT, CURATOR, "me")
    assert cloud.members(ACCOUNT) == ["a-steward"]
    assert not account.revoke(ACCOUNT, CURATOR, "me")


def test_without_the_right_the_next_step_is_named(tmp_path, monkeypatch, now):
    with Cloud(tmp_path, admin=False) as cloud:
        for name, value in cloud.environment.items():
            monkeypatch.setenv(name, value)
        account = Purview(rest(cloud, purview.scope_of("")), now.clock)
        with pytest.raises(CallError, match=r"Collection Administrator(.|\n)*purviewBootstrapAdmin true") as caught:
            account.grant(CHILD, CURATOR, "me")
        assert caught.value.status == 403
        assert not now.said
        Management(rest(cloud, management.SCOPE)).add_root_admin(
            "/subscriptions/s/resourceGroups/g/providers/P", DEPLOYER
        )
        cloud.faults["policy"] = [Fault(403, {})] * 3
        assert Purview(rest(cloud, purview.scope_of("")), now.clock, patience=600).grant(CHILD, CURATOR, "me")
        assert len(now.said) == 3


def test_another_audience_is_refused_with_the_step(cloud, now):
    wrong = Purview(rest(cloud, management.SCOPE), now.clock)
    with pytest.raises(CallError, match=r"401(.|\n)*az login"):
        wrong.grant(CHILD, CURATOR, "me")


def test_a_private_account_is_not_taken_for_a_missing_role(cloud, account):
    cloud.faults["policy"] = [Fault(403, {"error": {"message": "Public network access to the account is not allowed"}})]
    with pytest.raises(CallError, match="private endpoint alone") as caught:
        account.grant(CHILD, CURATOR, "me")
    assert "Collection Administrator" not in str(caught.value)


def test_who_never_gets_through_is_told_so(cloud, account):
    cloud.faults["policy-put"] = [Fault(409, {})] * 20
    with pytest.raises(CallError, match="changed by somebody else all the time"):
        account.grant(CHILD, CURATOR, "me")
    assert cloud.members(CHILD) == []


# --- function keys --------------------------------------------------------------------------------------------------


def test_a_key_waits_for_a_young_host(cloud, arm, now):
    cloud.faults["key-put"] = [Fault(404), Fault(503), Fault(409)]
    arm.put_key(SITE, "spark-agent", "made-up")
    assert cloud.state.keys == {"spark-agent": "made-up"}
    assert arm.has_key(SITE, "spark-agent")
    arm.delete_key(SITE, "spark-agent")
    arm.delete_key(SITE, "spark-agent")
    assert not arm.has_key(SITE, "spark-agent")


def test_a_refused_key_is_not_in_the_message(cloud, arm):
    cloud.faults["key-put"] = [Fault(403, {"sent": "made-up-secret"})]
    with pytest.raises(CallError) as caught:
        arm.put_key(SITE, "spark-agent", "made-up-secret")
    assert "made-up-secret" not in str(caught.value)


# --- code -----------------------------------------------------------------------------------------------------------


def test_a_package_is_published_and_runs(cloud, one_deploy, built):
    deployment = one_deploy.deploy(built.path, built.hash)
    assert deployment in cloud.state.deployments
    assert one_deploy.running_hash() == built.hash == cloud.state.running


def test_a_fresh_app_is_waited_for(cloud, one_deploy, built):
    cloud.faults["publish"] = [Fault(404), Fault(403), Fault(409, {"Message": "another deployment runs"})]
    cloud.faults["deployment"] = [Fault(404), Fault(404)]
    cloud.faults["version"] = [Fault(503), Fault(404)]
    one_deploy.deploy(built.path, built.hash)
    assert cloud.state.running == built.hash


def test_roles_that_spread_are_waited_for(cloud, one_deploy, built, now):
    text = "InaccessibleStorageException: Failed to access storage account: Status: 403 (Forbidden)"
    cloud.faults["deployment-end"] = [Fault(3, text), Fault(3, text)]
    one_deploy.deploy(built.path, built.hash)
    assert cloud.state.calls.count("publish") == 3
    assert sum("roles have not spread" in line for line in now.said) == 2


def test_a_failed_deployment_says_why_with_the_log(cloud, one_deploy, built):
    cloud.faults["deployment-end"] = [Fault(3, "Package is not valid: host.json")]
    with pytest.raises(CallError, match=r"failed: Package is not valid: host.json\n.*\nDeployment ended"):
        one_deploy.deploy(built.path, built.hash)
    assert cloud.state.calls.count("publish") == 1


def test_roles_that_never_spread_end_in_the_next_step(cloud, one_deploy, built):
    cloud.faults["deployment-end"] = [Fault(3, "403 Forbidden")] * 2000
    with pytest.raises(CallError, match="look at the storage account's role assignments"):
        one_deploy.deploy(built.path, built.hash)


def test_a_worker_that_was_replaced_had_finished(cloud, one_deploy, built):
    seen = Fault(200, {"status": 2, "status_text": "Deploying"})
    cloud.faults["deployment"] = [seen, Fault(404)]
    cloud.state.running = built.hash
    one_deploy.deploy(built.path, built.hash)


def test_an_app_that_does_not_come_up_is_not_called_deployed(cloud, one_deploy, built):
    cloud.faults["version"] = [Fault(500)] * 5000
    with pytest.raises(CallError, match="import error"):
        one_deploy.deploy(built.path, built.hash)


def test_no_answer_at_all_ends_in_one_message(built, now):
    nowhere = Rest("http://127.0.0.1:9", retries=0)
    with pytest.raises(CallError, match="publish the package: 0"):
        OneDeploy(nowhere, nowhere, now.clock).deploy(built.path, built.hash)


class Stolen:
    def get_token(self, *_, **__):
        return AccessToken("not-to-be-seen", 4102444800)


def test_a_token_never_shows_in_an_error(cloud, now):
    with pytest.raises(CallError) as caught:
        Purview(Rest(f"http://{cloud.host}", Stolen(), "s", retries=0), now.clock).collections()
    assert "not-to-be-seen" not in json.dumps(str(caught.value))
