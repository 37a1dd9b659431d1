"""A stack that an earlier version deployed: its state is read, nothing is made twice, and its init script stays.

``state/earlier.json`` is what that version wrote for the resources whose providers are the project's own, for the key,
and for its init script (the content shortened).
"""

import json
from pathlib import Path

import pytest

from infra.clients.policies import with_member
from infra.rehearsal.azure import PRINCIPAL
from infra.rehearsal.cloud import CHILD
from infra.rehearsal.stack import Resource
from tests.infra.program import a_package
from tests.infra.rehearse import rehearsal

pytestmark = pytest.mark.timeout(300)

STATE = Path(__file__).parent / "state/earlier.json"
JAR = "spark-3.5-spline-agent-bundle_2.12-2.2.3.jar"
KEY = "an-invented-key"
OLD_SCRIPT = "lineage-init-0123abcd.sh-127.0.0.1"


@pytest.fixture
def old(tmp_path):
    """The stack, and the services as that version left them."""
    (tmp_path / JAR).write_bytes(b"PK")
    with rehearsal(tmp_path, a_package(tmp_path), agentJar=str(tmp_path / JAR)) as stack:
        text = STATE.read_text().replace("HOST:1", stack.cloud.host).replace("FOLDER", str(tmp_path))
        stack.engine.state.update({urn: Resource(**one) for urn, one in json.loads(text).items()})
        stack.engine.config["databricksWorkspaces"] = json.dumps([f"http://{stack.cloud.host}"])
        state = stack.cloud.state
        named = {one.name: one.outputs for one in stack.engine.state.values()}
        state.policies[CHILD] = with_member(state.policies[CHILD], "data-curator", PRINCIPAL)
        state.keys = {"spark-agent": KEY}
        state.secrets = {named["secret-127.0.0.1"]["scope"]: {"ingest-key": KEY}}
        state.running = named["package"]["hash"]
        yield stack


def test_nothing_of_it_is_made_again_and_clusters_keep_their_script_and_key(old):
    before = {one.name for one in old.engine.state.values()}
    run = old.engine.up()
    assert not run.error, run.error
    touched = dict(reversed(line.split(" ", 1)) for line in run.changed)
    assert {name: touched[name] for name in before & touched.keys()} in (
        {OLD_SCRIPT: "retain"},
        {OLD_SCRIPT: "retain", "package": "update"},
    )
    assert [one.name for one in old.engine.retained] == [OLD_SCRIPT]
    assert any(name.startswith("lineage-init-") and what == "create" for name, what in touched.items())
    assert set(old.cloud.state.keys.values()) == {KEY}
    assert old.cloud.members(CHILD) == [PRINCIPAL]
    assert old.engine.up().changes == 0


def test_it_can_be_rotated_and_taken_away(old):
    old.engine.config["keyGeneration"] = "2"
    run = old.engine.up()
    assert not run.error, run.error
    (key,) = old.cloud.state.keys.values()
    (secrets,) = old.cloud.state.secrets.values()
    assert key == secrets["ingest-key"] != KEY
    assert not old.engine.destroy(protected=True).error
    assert not old.engine.state
    assert old.cloud.members(CHILD) == []
    assert not old.cloud.state.keys
    assert list(old.cloud.state.secrets.values()) == [{"ingest-key": "revoked"}]
