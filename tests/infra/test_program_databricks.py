"""The agent on workspaces: under Pulumi's mocks, and in a rehearsed run with the real secret provider."""

import base64
import json
import shlex
from pathlib import Path

import pytest

from infra import agent
from tests.databricks_init.node import ADD_OPENS, node
from tests.infra.program import a_package, run
from tests.infra.rehearse import rehearsal

pytestmark = pytest.mark.timeout(300)

JAR = "spark-3.5-spline-agent-bundle_2.12-2.2.3.jar"
ONE, OTHER = "https://adb-1.2.azuredatabricks.net", "https://adb-3.4.azuredatabricks.net"


@pytest.fixture
def jar(tmp_path):
    path = tmp_path / JAR
    path.write_bytes(b"PK")
    return str(path)


def named(program, kind):
    return {one.name: one.inputs for one in program.resources if one.type.endswith(kind)}


def shown_policy():
    """The policy as the docs have it."""
    page = Path("docs/databricks.md").read_text()
    return json.loads(page.split("<!-- policy -->\n```json\n")[1].split("```")[0])


def test_each_workspace_gets_policy_script_jar_secret_and_notebook(tmp_path, jar):
    program = run(tmp_path, databricksWorkspaces=[ONE, OTHER], agentJar=jar)
    assert len(named(program, ":ClusterPolicy")) == 2
    (policy, _) = named(program, ":ClusterPolicy").values()
    definition = json.loads(policy["definition"])
    script_key = "init_scripts.0.workspace.destination"
    script = definition[script_key]["value"]
    files = {one["path"]: one for one in named(program, ":WorkspaceFile").values()}
    assert base64.b64decode(files[script]["contentBase64"]) == (agent.SOURCES / "lineage-init.sh").read_bytes()
    assert f"/Shared/lineage/{JAR}" in files
    assert base64.b64decode(files["/Shared/lineage/bundles.sha256"]["contentBase64"]).decode().endswith(f"  {JAR}\n")
    secrets = [one for one in program.of("dynamic:Resource") if one.name.startswith("secret-")]
    assert {one.inputs["workspace"] for one in secrets} == {ONE, OTHER}
    scope = secrets[0].inputs["scope"]
    assert definition["spark_env_vars.LINEAGE_KEY"]["value"] == f"{{{{secrets/{scope}/ingest-key}}}}"
    assert definition["spark_env_vars.LINEAGE_URL"]["value"].endswith(".azurewebsites.net/api/producer")
    assert definition["spark_env_vars.LINEAGE_HOME"]["value"] == "/Workspace/Shared/lineage"
    assert "a-made-up-key" not in policy["definition"]
    own = {script_key, *(f"spark_env_vars.LINEAGE_{name}" for name in ("URL", "KEY", "WORKSPACE_URL"))}
    assert {key: rule for key, rule in definition.items() if key not in own} == {
        key: rule for key, rule in shown_policy().items() if key not in own
    }
    assert set(definition) == set(shown_policy())
    settings = json.loads(base64.b64decode(files["/Shared/lineage/settings.json"]["contentBase64"]))
    assert settings["url"].endswith(".azurewebsites.net/api/producer")
    assert (settings["secretScope"], settings["secretKey"]) == (scope, "ingest-key")
    assert set(settings) == {"url", "workspaceUrl", "secretScope", "secretKey"}
    assert "/Shared/lineage/lineage_notebook/identity.py" in files
    assert not named(program, ":GlobalInitScript")


def test_variables_of_the_policy_are_ones_that_the_script_reads(tmp_path, jar):
    from databricks_init.agent_settings import VARIABLES

    program = run(tmp_path, databricksWorkspaces=[ONE], agentJar=jar, **ENTRA)
    (policy,) = named(program, ":ClusterPolicy").values()
    given = {key.removeprefix("spark_env_vars.") for key in json.loads(policy["definition"]) if "env_vars" in key}
    script = (agent.SOURCES / "lineage-init.sh").read_text()
    assert all(name in script for name in given)
    assert {each.name for each in VARIABLES if each.required} <= given


ENTRA = {
    "auth": "entra",
    "entraClientId": "00000000-0000-4000-8000-00000000000a",
    "entraAllowedClients": ["00000000-0000-4000-8000-00000000000b"],
    "entraClientSecret": "an-invented-secret",
}


def test_with_entra_the_secret_is_the_applications_own(tmp_path, jar):
    program = run(tmp_path, databricksWorkspaces=[ONE], agentJar=jar, **ENTRA)
    (secret,) = [one for one in program.of("dynamic:Resource") if one.name.startswith("secret-")]
    assert "an-invented-secret" in json.dumps(secret.inputs)
    (policy,) = named(program, ":ClusterPolicy").values()
    definition = json.loads(policy["definition"])
    assert definition["spark_env_vars.LINEAGE_CLIENT_ID"]["value"] == ENTRA["entraAllowedClients"][0]
    assert "an-invented-secret" not in policy["definition"]


def test_a_volume_takes_the_place_of_workspace_files(tmp_path, jar):
    volume = "/Volumes/main/lineage/agent"
    program = run(tmp_path, databricksWorkspaces=[ONE], agentJar=jar, scriptPlace="volume", volumePath=volume)
    assert not named(program, ":WorkspaceFile")
    paths = [one["path"] for one in named(program, ":File").values()]
    assert f"{volume}/{JAR}" in paths
    (policy,) = named(program, ":ClusterPolicy").values()
    assert json.loads(policy["definition"])["init_scripts.0.volumes.destination"]["value"] in paths
    (grant,) = named(program, ":Grant").values()
    assert (grant["volume"], grant["privileges"]) == ("main.lineage.agent", ["READ_VOLUME"])


@pytest.fixture
def global_script(tmp_path, jar):
    program = run(tmp_path, databricksWorkspaces=[ONE], agentJar=jar, globalInitScript="true")
    (script,) = named(program, ":GlobalInitScript").values()
    content = script["contentBase64"]
    return base64.b64decode(content["value"] if isinstance(content, dict) else content)


def test_a_global_script_fits_into_what_databricks_takes(global_script):
    assert len(global_script) < 64 * 1024


def test_a_secret_with_any_character_is_no_command_of_the_global_script(tmp_path, jar):
    nasty = "it's $(touch /tmp/x) `id`; exit 1"
    more = {**ENTRA, "entraClientSecret": nasty}
    program = run(tmp_path, databricksWorkspaces=[ONE], agentJar=jar, globalInitScript="true", **more)
    (script,) = named(program, ":GlobalInitScript").values()
    content = script["contentBase64"]
    text = base64.b64decode(content["value"] if isinstance(content, dict) else content).decode()
    (line,) = [line for line in text.splitlines() if line.startswith("export LINEAGE_KEY=")]
    assert shlex.split(line) == ["export", f"LINEAGE_KEY={nasty}"]


def without_policy(folder, java):
    """A node whose cluster knows nothing of the policy."""
    made = node(folder, java=java)
    return made, {name: None for name in made.env if name.startswith("LINEAGE") or name == "JDK_JAVA_OPTIONS"}


def test_a_global_script_attaches_without_the_policys_variables(global_script, tmp_path):
    script = tmp_path / "global.sh"
    script.write_bytes(global_script)
    made, no_variables = without_policy(tmp_path / "node", "1.8.0_412")
    ran = made.run(script=script, **no_variables)
    assert ran.code == 0
    assert "lineage: attached: " in ran.output, ran.output
    assert ran.output.rstrip().endswith(".azurewebsites.net/api/producer"), ran.output
    assert "a-made-up-key" in made.secrets()
    assert made.conf()
    assert "a-made-up-key" not in ran.output


def test_a_global_script_says_that_it_cannot_attach_on_java_17_and_leaves_the_cluster_alone(global_script, tmp_path):
    script = tmp_path / "global.sh"
    script.write_bytes(global_script)
    made, no_variables = without_policy(tmp_path / "node", "17.0.9")
    ran = made.run(script=script, **no_variables)
    assert (ran.code, made.conf()) == (0, {})
    assert "needs the variable JDK_JAVA_OPTIONS=" in ran.output
    own = made.run(script=script, **{**no_variables, "JDK_JAVA_OPTIONS": ADD_OPENS})
    assert "lineage: attached: " in own.output, own.output
    assert made.conf()


def test_destroy_leaves_what_a_cluster_needs_to_start_and_takes_the_key(tmp_path, jar):
    with rehearsal(tmp_path, a_package(tmp_path), agentJar=jar) as stack:
        workspace = f"http://{stack.cloud.host}"
        stack.engine.config["databricksWorkspaces"] = json.dumps([workspace])
        first = stack.engine.up()
        assert not first.error, first.error
        (scope,) = stack.cloud.state.secrets
        assert stack.cloud.state.secrets[scope]["ingest-key"] == stack.cloud.state.keys["spark-agent"]
        assert stack.cloud.state.readers[scope] == "users"
        assert stack.engine.up().changes == 0
        stack.engine.config["keyGeneration"] = "2"
        assert not stack.engine.up().error
        assert stack.cloud.state.secrets[scope]["ingest-key"] == stack.cloud.state.keys["spark-agent"]
        stack.engine.destroy(protected=True)
        assert stack.cloud.state.secrets == {scope: {"ingest-key": "revoked"}}
        kept = {one.name for one in stack.engine.retained}
        assert any(name.startswith("lineage-init-") for name in kept)
        again = stack.engine.up()
        assert not again.error, again.error
        assert stack.cloud.state.secrets[scope]["ingest-key"] == stack.cloud.state.keys["spark-agent"]
