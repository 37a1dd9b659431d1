"""The stack that is selected in infra/, as the Pulumi command line tells it."""

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from infra.app_settings import catalogue_url
from infra.commands.deployment import Deployment
from infra.commands.ground import Ground, Stack
from infra.commands.preflight import TOOLS
from infra.config import Config
from infra.errors import DeployError, ToolMissing
from infra.names import PROJECT
from infra.providers.credentials import credential

ROOT = Path(__file__).parents[2]

T = TypeVar("T")


def pulumi(*arguments: str) -> Any:
    """The decoded answer of a pulumi command in infra/. Raises ``DeployError``."""
    done = _run("pulumi", *arguments, "--json")
    if done.returncode:
        raise DeployError(f"pulumi {arguments[0]}: {done.stderr.strip().splitlines()[-1] if done.stderr else 'failed'}")
    return json.loads(done.stdout)


def configuration() -> Config:
    """Of the stack that is selected. Raises ``DeployError``."""
    listed = pulumi("config", "--show-secrets")
    texts = {key.partition(":")[2]: one for key, one in listed.items() if key.startswith(f"{PROJECT}:")}
    return Config.of({key: _raw(one) for key, one in texts.items()})


def _raw(one: Mapping[str, Any]) -> str:
    """A list comes as its JSON text or decoded."""
    return str(one["value"]) if "value" in one else json.dumps(one["objectValue"])


def subscription() -> str:
    """``ARM_SUBSCRIPTION_ID``, else the Azure CLI's. Raises ``DeployError``."""
    if found := os.environ.get("ARM_SUBSCRIPTION_ID"):
        return found
    done = _run("az", "account", "show", "--query", "id", "--output", "tsv")
    if done.returncode:
        raise DeployError("the Azure CLI is not signed in\nNext step: az login")
    return done.stdout.strip()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    """A command line of the user's own, in infra/. Raises ``DeployError``."""
    try:
        return subprocess.run(  # noqa: S603
            command, cwd=ROOT / "infra", capture_output=True, text=True, timeout=120, check=False
        )
    except FileNotFoundError:
        raise ToolMissing(f"{command[0]} is missing: {TOOLS[command[0]]}") from None
    except subprocess.TimeoutExpired:
        raise DeployError(f"{command[0]} {command[1]} did not answer within two minutes") from None


def current() -> Stack:
    """The stack that is selected. Raises ``DeployError``."""
    found = next((one for one in pulumi("stack", "ls") if one.get("current")), None)
    if not found:
        raise DeployError("no stack is selected\nNext step: pulumi -C infra stack select NAME")
    return Stack(found["name"].split("/")[-1], bool(found.get("resourceCount")))


def ground() -> Ground:
    """What preflight looks at, with what could not be read in its place."""
    return Ground(_or_why(configuration), _or_why(current), _or_why(subscription), credential(), ROOT)


def _or_why(read: Callable[[], T]) -> T | DeployError:
    try:
        return read()
    except DeployError as error:
        return error


def deployment() -> Deployment:
    """What doctor looks at. Raises ``DeployError``."""
    config = configuration()
    outputs = pulumi("stack", "output", "--show-secrets")
    if "url" not in outputs:
        raise DeployError("nothing is deployed in this stack: make deploy")
    return Deployment(config, outputs, credential(), catalogue_url(config))
