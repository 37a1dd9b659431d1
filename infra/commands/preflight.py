"""Before the first resource: everything that would stop a deployment half-way, all at once.

Nothing here changes anything. A fault has a code (``P05``) and the command that fixes it; docs/deploy.md lists them.
"""

import re
import shutil
from collections.abc import Iterable, Mapping
from fnmatch import fnmatch

from azure.identity import AzureCliCredential

from infra import package
from infra.agent import load_agent
from infra.clients import purview, workspace
from infra.clients.purview import Purview
from infra.clients.rest import NO_TOKEN, Rest
from infra.clients.workspace import Workspace
from infra.commands.finding import Check, Finding, Level
from infra.commands.ground import Ground
from infra.errors import CallError, ConfigError, DeployError, ToolMissing
from infra.roles import DATA_CURATOR

PROVIDERS = (
    "Microsoft.App",  # Flex Consumption runs on it
    "Microsoft.Insights",
    "Microsoft.ManagedIdentity",
    "Microsoft.OperationalInsights",
    "Microsoft.Storage",
    "Microsoft.Web",
)
NEEDED_ACTIONS = {
    "Microsoft.Resources/subscriptions/resourceGroups/write": "Contributor",
    "Microsoft.Web/sites/write": "Contributor",
    "Microsoft.Storage/storageAccounts/write": "Contributor",
    "Microsoft.Authorization/roleAssignments/write": "Role Based Access Control Administrator",
}
"""Action → the role that brings it."""


TOOLS = {
    "pulumi": "https://www.pulumi.com/docs/install",
    "az": "https://learn.microsoft.com/cli/azure/install-azure-cli",
}
"""Command line → where it is to be had."""


def _configuration(ground: Ground) -> Iterable[Finding]:
    error = ground.configured
    if isinstance(error, ToolMissing):
        what = "not looked at: the settings of the stack (infra/Pulumi.STACK.yaml) cannot be read without pulumi"
        yield Finding("P00", Level.WARN, what)
    elif isinstance(error, ConfigError):
        yield from wrong_configuration(error)
    elif isinstance(error, DeployError):
        yield Finding("P00", Level.FAIL, str(error), "pulumi -C infra config says more")
    else:
        yield Finding("P00", Level.OK, "every setting of the stack is well-formed")


def _tools(ground: Ground) -> Iterable[Finding]:
    by_az = isinstance(ground.credential, AzureCliCredential) or not isinstance(ground.subscribed, str)
    for tool, where in TOOLS.items():
        if shutil.which(tool):
            yield Finding("P01", Level.OK, f"{tool} is on PATH")
        elif by_az or tool != "az":
            yield Finding("P01", Level.FAIL, f"{tool} is missing", where)


def _package(ground: Ground) -> Iterable[Finding]:
    found = package.read(ground.root / "infra" / ground.basics.package)
    yield Finding("P02", Level.OK, f"the package is whole ({found.hash[:12]})")


def _subscription(ground: Ground) -> Iterable[Finding]:
    if isinstance(ground.subscribed, DeployError) and not isinstance(ground.subscribed, ToolMissing):
        raise ground.subscribed
    found = ground.arm.call("GET", f"/subscriptions/{ground.subscription}?api-version=2022-12-01")
    if found.get("state") == "Enabled":
        yield Finding("P03", Level.OK, f"signed in; subscription {found.get('displayName', ground.subscription)}")
    else:
        fix = "az account set --subscription NAME"
        yield Finding("P03", Level.FAIL, f"subscription {ground.subscription} is {found.get('state')}", fix)


def _providers(ground: Ground) -> Iterable[Finding]:
    wanted = [*PROVIDERS, *(["Microsoft.Network"] if ground.basics.private_network else [])]
    for name in wanted:
        found = ground.arm.call("GET", f"/subscriptions/{ground.subscription}/providers/{name}?api-version=2021-04-01")
        if found.get("registrationState") != "Registered":
            what = f"resource provider {name} is {found.get('registrationState', 'unknown')}"
            yield Finding("P04", Level.FAIL, what, f"az provider register --wait --namespace {name}")
    yield Finding("P04", Level.OK, f"{len(wanted)} resource providers were looked at")


def _region(ground: Ground) -> Iterable[Finding]:
    path = f"/subscriptions/{ground.subscription}/providers/Microsoft.Web/geoRegions"
    found = ground.arm.call("GET", f"{path}?sku=FlexConsumption&api-version=2024-04-01")
    regions = sorted(re.sub(r"[^a-z0-9]", "", one["name"].lower()) for one in found.get("value", ()))
    if ground.config.location in regions:
        yield Finding("P05", Level.OK, f"{ground.config.location} has Flex Consumption")
    else:
        what = f"{ground.config.location} has no Flex Consumption; these have: {', '.join(regions)}"
        yield Finding("P05", Level.FAIL, what, "pulumi -C infra config set location REGION")


def _rights(ground: Ground) -> Iterable[Finding]:
    scope = f"/subscriptions/{ground.subscription}"
    if ground.config.resource_group:
        scope += f"/resourceGroups/{ground.config.resource_group}"
    path = f"{scope}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
    permissions = ground.arm.call("GET", path).get("value", ())
    missing = {role for action, role in NEEDED_ACTIONS.items() if not allows(permissions, action)}
    for role in sorted(missing):
        fix = f"az role assignment create --assignee YOU --role '{role}' --scope {scope} (by an owner of it)"
        yield Finding("P06", Level.FAIL, f"who deploys lacks the role {role}", fix)
    if not missing:
        yield Finding("P06", Level.OK, "who deploys may make resources and assign roles")


def allows(permissions: Iterable[Mapping[str, list[str]]], action: str) -> bool:
    """Whether one of the caller's roles has the action, and does not take it back itself."""

    def has(patterns: Iterable[str]) -> bool:
        return any(fnmatch(action.lower(), pattern.lower()) for pattern in patterns)

    return any(has(one.get("actions", ())) and not has(one.get("notActions", ())) for one in permissions)


def _names(ground: Ground) -> Iterable[Finding]:
    if ground.stack.deployed:
        yield Finding("P07", Level.OK, "the names are this stack's own")
        return
    rows = (
        ("Microsoft.Storage", "2023-05-01", ground.names.storage, "Microsoft.Storage/storageAccounts"),
        ("Microsoft.Web", "2024-04-01", ground.names.function, "Microsoft.Web/sites"),
    )
    for provider, version, name, kind in rows:
        path = f"/subscriptions/{ground.subscription}/providers/{provider}/checkNameAvailability"
        answer = ground.arm.call("POST", f"{path}?api-version={version}", {"name": name, "type": kind})
        if answer.get("nameAvailable"):
            yield Finding("P07", Level.OK, f"the name {name} is free")
        else:
            what = f"the name {name} is taken: {answer.get('message', answer.get('reason', ''))}"
            yield Finding("P07", Level.FAIL, what, "pulumi -C infra stack init ANOTHER_NAME")


def _purview(ground: Ground) -> Iterable[Finding]:
    url = ground.config.purview_url
    account = Purview(Rest(url, ground.credential, ground.config.catalogue_scope or purview.scope_of(url)))
    try:
        wanted = (ground.config.purview_collection, *ground.config.ruled_collections)
        found = [account.collection(name) for name in wanted]
        for collection in found:
            account.members(collection.name, DATA_CURATOR)
    except CallError as error:
        if error.status == 403 and ground.config.purview_bootstrap_admin:
            yield Finding("P08", Level.WARN, "who deploys is made collection administrator by the deployment")
            return
        raise
    for title in dict.fromkeys(collection.title for collection in found):
        yield Finding("P08", Level.OK, f"roles can be granted on the collection {title}")


def _workspaces(ground: Ground) -> Iterable[Finding]:
    for url in ground.config.databricks_workspaces:
        try:
            who = Workspace(Rest(url, ground.credential, workspace.SCOPE)).me()
        except CallError as error:
            if str(error).startswith(NO_TOKEN):
                raise
            yield Finding("P09", Level.FAIL, str(error), f"add who deploys to {url} as a workspace admin")
        else:
            yield Finding("P09", Level.OK, f"{url} knows {who}")


def _agent(ground: Ground) -> Iterable[Finding]:
    if not ground.config.databricks_workspaces:
        yield Finding(
            "P10",
            Level.WARN,
            "no workspace gets the agent",
            "pulumi -C infra config set --path 'databricksWorkspaces[0]' URL",
        )
        return
    found = load_agent(ground.config)
    yield Finding("P10", Level.OK, f"the agent is here: {', '.join(jar.name for jar in found.jars)}")


CHECKS: tuple[Check[Ground], ...] = (
    ("P00", _configuration),
    ("P01", _tools),
    ("P02", _package),
    ("P03", _subscription),
    ("P04", _providers),
    ("P05", _region),
    ("P06", _rights),
    ("P07", _names),
    ("P08", _purview),
    ("P09", _workspaces),
    ("P10", _agent),
)


def wrong_configuration(error: DeployError) -> list[Finding]:
    """A finding for each line of what ``Config.of`` raised."""
    lines = [line.strip() for line in str(error).splitlines() if line.startswith("  ")]
    return [Finding("P00", Level.FAIL, line, _correction(line)) for line in lines]


def _correction(line: str) -> str:
    key, _, said = line.partition(": ")
    do = f"rm {key}" if said.startswith("no such key") else f"set {key} VALUE"
    return f"pulumi -C infra config {do}"
