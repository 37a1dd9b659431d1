"""The same program under a real Pulumi engine, where there is one on PATH; the cloud's plugins are stand-ins."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.rehearsal import stand_in
from infra.rehearsal.azure import PRINCIPAL
from infra.rehearsal.cloud import ACCOUNT, CHILD, Cloud
from tests.infra.program import INFRA, a_package
from tests.infra.rehearse import _changed_package

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not (shutil.which("pulumi") and shutil.which("pulumi-language-python")), reason="no Pulumi engine on PATH"
    ),
]


@pytest.fixture
def cloud(tmp_path):
    with Cloud(tmp_path / "cloud") as running:
        yield running


@pytest.fixture
def pulumi(tmp_path, cloud):
    stand_in.install(tmp_path / "plugins", sys.executable)
    env = {
        **os.environ,
        **cloud.environment,
        "PATH": f"{tmp_path / 'plugins'}:{os.environ['PATH']}",
        "REHEARSAL_HOST": cloud.host,
        "PULUMI_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_CONFIG_PASSPHRASE": "invented",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def call(*arguments, good=True):
        command = ["pulumi", "--non-interactive", "--cwd", str(INFRA), *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
        assert (done.returncode == 0) is good, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + ("" if good else done.stderr)

    config = ["--config-file", str(tmp_path / "Pulumi.rehearsal.yaml")]
    call("stack", "init", "rehearsal")

    def stack(*arguments, good=True):
        of_state = arguments[0] in ("stack", "state")
        return call(*arguments, "--stack", "rehearsal", *([] if of_state else config), good=good)

    yield stack
    for file in INFRA.glob("Pulumi.rehearsal.yaml"):
        file.unlink()


def changes(text):
    """Of the summary of an update, ``same`` left out."""
    summary = json.loads(text[text.index("{") :]) if "changeSummary" in text else {}
    return {what: count for what, count in summary.get("changeSummary", {}).items() if what != "same"}


def test_preview_up_up_change_and_destroy(pulumi, cloud, tmp_path):
    assert "purviewAccount" in pulumi("preview", good=False)
    here = f"http://{cloud.host}"
    built = a_package(tmp_path)
    settings = {
        "location": "westeurope",
        "purviewAccount": ACCOUNT,
        "purviewCollection": "Lakehouse",
        "purviewEndpoint": here,
        "managementEndpoint": here,
        "package": str(built),
    }
    for key, value in settings.items():
        pulumi("config", "set", key, value)
    planned = changes(pulumi("preview", "--json"))
    assert set(planned) == {"create"}
    assert not cloud.state.calls
    pulumi("up", "--yes", "--skip-preview")
    assert cloud.members(CHILD) == [PRINCIPAL]
    outputs = json.loads(pulumi("stack", "output", "--json"))
    assert outputs["functionKey"] == "[secret]"
    assert outputs["package"] == cloud.state.running
    assert changes(pulumi("preview", "--json")) == {}
    changed = _changed_package(Path(built), tmp_path / "changed.zip")
    pulumi("config", "set", "package", str(changed.path))
    assert changes(pulumi("preview", "--json")) == {"update": 1}
    pulumi("up", "--yes", "--skip-preview")
    assert cloud.state.running == changed.hash
    pulumi("destroy", "--yes", "--skip-preview", "--exclude-protected")
    assert not cloud.state.keys
    assert cloud.members(CHILD) == []
    kept = json.loads(pulumi("stack", "export"))["deployment"]["resources"]
    named = {one["urn"].rsplit("::", 1)[1] for one in kept if one.get("custom") and "azure-native:" in one["type"]}
    assert {"account", "container-lineage", "group"} <= named
    pulumi("state", "unprotect", "--all", "--yes")
    pulumi("destroy", "--yes", "--skip-preview")
