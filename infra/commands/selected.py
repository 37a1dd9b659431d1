"""The stack that is selected in infra/, as the Pulumi command line tells it."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.app_settings import catalogue_url
from infra.commands.deployment import Deployment
from infra.commands.preflight import Ground
from infra.config import Config
from infra.errors import DeployError
from infra.names import Names
from infra.providers.credentials import credential

ROOT = Path(__file__).parents[2]
PROJECT = "databricks-purview-lineage"


def pulumi(*arguments: str) -> Any:
    """The decoded answer of a pulumi command in infra/. Raises ``DeployError``."""
    try:
        done = subprocess.run(  # noqa: S603
            ["pulumi", *arguments, "--json"],  # noqa: S607 - the user's own
            cwd=ROOT / "infra",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except FileNotFoundError:
        raise DeployError("pulumi is missing: https://www.pulumi.com/docs/install") from None
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
    try:
        done = subprocess.run(
            ["az", "account", "show", "--query", "id", "--output", "tsv"],  # noqa: S607 - the user's own
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        raise DeployError("neither ARM_SUBSCRIPTION_ID nor the Azure CLI is here: az login") from None
    if done.returncode:
        raise DeployError("the Azure CLI is not signed in: az login")
    return done.stdout.strip()


def ground() -> Ground:
    """What preflight looks at. Raises ``DeployError``."""
    config = configuration()
    stack = pulumi("stack", "ls")
    current = next((one for one in stack if one.get("current")), {"name": "dev"})
    id_ = subscription()
    names = Names.of(project=PROJECT, stack=current["name"].split("/")[-1], subscription=id_)
    return Ground(config, names, id_, credential(), ROOT, deployed=bool(current.get("resourceCount")))


def deployment() -> Deployment:
    """What doctor looks at. Raises ``DeployError``."""
    config = configuration()
    outputs = pulumi("stack", "output", "--show-secrets")
    if "url" not in outputs:
        raise DeployError("nothing is deployed in this stack: make deploy")
    return Deployment(config, outputs, credential(), catalogue_url(config))
