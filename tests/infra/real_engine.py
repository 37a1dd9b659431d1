"""The same program under a real Pulumi engine, where there is one on PATH; the cloud's plugins are stand-ins."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.rehearsal import stand_in
from infra.rehearsal.azure import PRINCIPAL
from infra.rehearsal.cloud import ACCOUNT, CHILD, Cloud
from infra.rehearsal.engine import PROGRAM
from tests.infra.phases import changed_package, expect

Pulumi = Callable[..., str]
"""Takes a command's arguments, and ``good``: whether it must end well; returns what it said."""


def available() -> bool:
    """Whether the command line and its plugin for Python are on PATH."""
    return bool(shutil.which("pulumi") and shutil.which("pulumi-language-python"))


@contextmanager
def stack(folder: Path, cloud: Cloud) -> Iterator[Pulumi]:
    """A stack of its own, with its state and its configuration in ``folder``."""
    stand_in.install(folder / "plugins", sys.executable)
    env = {
        **os.environ,
        **cloud.environment,
        "PATH": f"{folder / 'plugins'}:{os.environ['PATH']}",
        "REHEARSAL_HOST": cloud.host,
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_CONFIG_PASSPHRASE": "invented",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    config = ["--config-file", str(folder / "Pulumi.rehearsal.yaml")]

    def call(*arguments: str, good: bool = True) -> str:
        command = ["pulumi", "--non-interactive", "--cwd", str(PROGRAM), *arguments]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
        expect((done.returncode == 0) is good, done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout + ("" if good else done.stderr)

    def of_stack(*arguments: str, good: bool = True) -> str:
        of_state = arguments[0] in ("stack", "state")
        return call(*arguments, "--stack", "rehearsal", *([] if of_state else config), good=good)

    try:
        call("stack", "init", "rehearsal")
        yield of_stack
    finally:
        (PROGRAM / "Pulumi.rehearsal.yaml").unlink(missing_ok=True)


def walk(pulumi: Pulumi, cloud: Cloud, built: Path, folder: Path) -> str:
    """Preview, up, nothing to do, new code, destroy with and without the data. Raises ``Unexpected``."""
    expect("purviewAccount" in pulumi("preview", good=False), "a missing setting is not named")
    here = f"http://{cloud.host}"
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
    planned = _changes(pulumi("preview", "--json"))
    expect(set(planned) == {"create"}, str(planned))
    expect(not cloud.state.calls, "a preview called a service")
    pulumi("up", "--yes", "--skip-preview")
    expect(cloud.members(CHILD) == [PRINCIPAL], "the Function is not Data Curator")
    outputs = json.loads(pulumi("stack", "output", "--json"))
    expect(outputs["functionKey"] == "[secret]", "the key is shown")
    expect(outputs["package"] == cloud.state.running, "the app runs another package")
    expect(_changes(pulumi("preview", "--json")) == {}, "a second run would change something")
    changed = changed_package(built, folder / "changed.zip")
    pulumi("config", "set", "package", str(changed.path))
    expect(_changes(pulumi("preview", "--json")) == {"update": 1}, "new code is not one change")
    pulumi("up", "--yes", "--skip-preview")
    expect(cloud.state.running == changed.hash, "the app runs the old package")
    pulumi("destroy", "--yes", "--skip-preview", "--exclude-protected")
    expect(not cloud.state.keys, "the key is still there")
    expect(cloud.members(CHILD) == [], "the role is still there")
    kept = json.loads(pulumi("stack", "export"))["deployment"]["resources"]
    named = {one["urn"].rsplit("::", 1)[1] for one in kept if one.get("custom") and "azure-native:" in one["type"]}
    expect({"account", "container-lineage", "group"} <= named, f"kept: {named}")
    pulumi("state", "unprotect", "--all", "--yes")
    pulumi("destroy", "--yes", "--skip-preview")
    return f"{planned['create']} created, 0 changes, 1 change of code, destroyed with and without the data"


def _changes(text: str) -> dict[str, int]:
    """Of the summary of an update, ``same`` left out."""
    summary = json.loads(text[text.index("{") :]) if "changeSummary" in text else {}
    return {what: count for what, count in summary.get("changeSummary", {}).items() if what != "same"}
