"""What a run of the program starts from: the configuration, the names and the package, or one clear message."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pulumi_azure_native import authorization, resources

from infra import package
from infra.agent import Agent, load_agent
from infra.config import Config
from infra.errors import DeployError
from infra.names import Names
from infra.package import Package


@dataclass(frozen=True, slots=True)
class Stack:
    """Everything that is known before the first resource."""

    config: Config
    names: Names
    package: Package
    subscription: str

    @classmethod
    def load(cls) -> "Stack":
        """Raises ``pulumi.RunError``, which the engine shows without a traceback."""
        try:
            config = Config.of(_given())
            found = package.read(Path(config.package))
        except DeployError as error:
            raise pulumi.RunError(str(error)) from None
        subscription = authorization.get_client_config().subscription_id
        names = Names.of(project=pulumi.get_project(), stack=pulumi.get_stack(), subscription=subscription)
        return cls(config, names, found, subscription)

    def agent(self) -> Agent:
        """What Databricks workspaces get. Raises ``pulumi.RunError``."""
        try:
            return load_agent(self.config)
        except DeployError as error:
            raise pulumi.RunError(str(error)) from None

    def group(self) -> "Group":
        """The resource group: the one that the configuration names, else one of our own."""
        config = self.config
        if config.resource_group:
            where = f"/subscriptions/{self.subscription}/resourceGroups/{config.resource_group}"
            return Group(config.resource_group, where)
        made = resources.ResourceGroup(
            "group",
            resource_group_name=self.names.group,
            location=config.location,
            tags=config.tag_map,
            # Azure deletes a group with all that is in it.
            opts=pulumi.ResourceOptions(protect=config.protect_data),
        )
        return Group(made.name, made.id)


@dataclass(frozen=True, slots=True)
class Group:
    """``id`` is the resource id."""

    name: pulumi.Input[str]
    id: pulumi.Input[str]


def _given() -> dict[str, str]:
    """The keys of this project as the stack's file has them."""
    prefix = f"{pulumi.get_project()}:"
    known = get_config_env() | CONFIG.get()
    return {key.removeprefix(prefix): value for key, value in known.items() if key.startswith(prefix)}
