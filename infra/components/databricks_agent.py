"""The agent on Databricks workspaces. Importing this module loads the Databricks SDK (2.4 s, 160 MB)."""

import base64
import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_databricks as databricks
from pulumi_azure_native import authorization

from databricks_init import policy
from infra import names as fixed
from infra.agent import NOTEBOOK, Agent
from infra.components.component import Component
from infra.config import Config, camel
from infra.names import Names
from infra.providers.agent_secret import AgentSecret

FOLDER = "/Shared/lineage"
"""Of workspace files; the API's name for ``/Workspace/Shared/lineage``."""


class DatabricksAgent(Component):
    """One workspace: ``policy_id`` is what clusters and jobs are put under."""

    def __init__(
        self,
        config: Config,
        names: Names,
        agent: Agent,
        *,
        workspace: str,
        url: pulumi.Input[str],
        key: pulumi.Input[str],
    ) -> None:
        host = urlsplit(workspace).hostname or workspace
        super().__init__(f"databricks-{host}")
        self._config, self._names, self._agent, self._host, self._workspace = config, names, agent, host, workspace
        self._provider = databricks.Provider(f"provider-{host}", host=workspace, opts=self.own())
        secret = AgentSecret(
            f"secret-{host}",
            {
                "workspace": workspace,
                "scope": names.scope,
                "key": fixed.SECRET,
                "value": key,
                "reader": config.databricks_group,
            },
            self.own(),
        )
        files = self._volume() if config.script_place == "volume" else self._workspace_files()
        self._settings(url, after=files)
        self._notebooks()
        self.policy = self._policy(url, after=[secret, *files])
        self.policy_id = self.policy.policy_id
        if config.global_init_script:
            self._global_script(url, key)
        self.script = f"{self._home}/{agent.script_name}"
        self.register_outputs({"policyId": self.policy_id, "script": self.script})

    @property
    def _home(self) -> str:
        return self._config.volume_path if self._config.script_place == "volume" else FOLDER

    def _named(self, what: str) -> str:
        return f"{what}-{self._host}"

    def _with(self, **more: object) -> pulumi.ResourceOptions:
        return self.own(provider=self._provider, **more)

    def _workspace_files(self) -> list[pulumi.Resource]:
        folder = databricks.Directory(self._named("folder"), path=FOLDER, opts=self._with(retain_on_delete=True))
        made: list[pulumi.Resource] = [
            databricks.WorkspaceFile(
                self._named(jar.name),
                path=f"{FOLDER}/{jar.name}",
                source=str(jar),
                opts=self._with(depends_on=[folder]),
            )
            for jar in self._agent.jars
        ]
        for name, content in self._agent.texts.items():
            made.append(
                databricks.WorkspaceFile(
                    self._named(name),
                    path=f"{FOLDER}/{name}",
                    content_base64=_encoded(content),
                    # A cluster whose init script is gone does not start: scripts stay, and do nothing without a jar.
                    opts=self._with(depends_on=[folder], retain_on_delete=name.endswith(".sh")),
                )
            )
        databricks.Permissions(
            self._named("folder-readers"),
            directory_path=FOLDER,
            access_controls=[{"group_name": "users", "permission_level": "CAN_READ"}],
            opts=self._with(depends_on=[folder], retain_on_delete=True),
        )
        return made

    def _volume(self) -> list[pulumi.Resource]:
        volume = self._config.volume_path
        made: list[pulumi.Resource] = [
            databricks.File(self._named(jar.name), path=f"{volume}/{jar.name}", source=str(jar), opts=self._with())
            for jar in self._agent.jars
        ]
        made += [
            databricks.File(
                self._named(name),
                path=f"{volume}/{name}",
                content_base64=_encoded(content),
                opts=self._with(retain_on_delete=name.endswith(".sh")),
            )
            for name, content in self._agent.texts.items()
        ]
        databricks.Grant(
            self._named("volume-readers"),
            volume=".".join(volume.split("/")[2:5]),
            principal=self._config.databricks_group if self._config.databricks_group != "users" else "account users",
            privileges=["READ_VOLUME"],
            opts=self._with(retain_on_delete=True),
        )
        return made

    def _settings(self, url: pulumi.Input[str], after: list[pulumi.Resource]) -> None:
        """What the notebook reads on a cluster without the policy, where the agent is a library; names, no secret."""

        def content(address: str) -> str:
            told = {"url": f"{address}/producer", "workspaceUrl": self._host, **secret}
            return _encoded(json.dumps(told, sort_keys=True).encode())

        secret = {"secretScope": self._names.scope, "secretKey": fixed.SECRET}
        kind = databricks.File if self._config.script_place == "volume" else databricks.WorkspaceFile
        kind(
            self._named("settings"),
            path=f"{self._home}/settings.json",
            content_base64=pulumi.Output.from_input(url).apply(content),
            opts=self._with(depends_on=after),
        )

    def _notebooks(self) -> None:
        for folder in (FOLDER, *self._config.notebook_folders):
            databricks.Notebook(
                self._named(f"notebook-{folder}"),
                path=f"{folder}/{NOTEBOOK}",
                language="PYTHON",
                content_base64=_encoded(self._agent.notebook),
                opts=self._with(),
            )

    def _policy(self, url: pulumi.Input[str], after: list[pulumi.Resource]) -> databricks.ClusterPolicy:
        in_volume = self._config.script_place == "volume"
        script = f"{self._home}/{self._agent.script_name}"

        def definition(environment: Mapping[str, str]) -> str:
            return json.dumps(
                policy.definition(script=script, environment=environment, in_volume=in_volume), sort_keys=True
            )

        made = databricks.ClusterPolicy(
            self._named("policy"),
            name=self._names.policy,
            description="Spark lineage into Microsoft Purview; LINEAGE=off switches it off for a cluster",
            definition=pulumi.Output.all(**self._environment(url)).apply(definition),
            opts=self._with(depends_on=after),
        )
        databricks.Permissions(
            self._named("policy-users"),
            cluster_policy_id=made.id,
            access_controls=[{"group_name": self._config.databricks_group, "permission_level": "CAN_USE"}],
            opts=self._with(),
        )
        return made

    def _environment(self, url: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
        """The variables of ``databricks_init.agent_settings.VARIABLES`` that a deployment knows."""
        given: dict[str, pulumi.Input[str]] = {
            "LINEAGE_URL": pulumi.Output.concat(url, "/producer"),
            "LINEAGE_KEY": f"{{{{secrets/{self._names.scope}/{fixed.SECRET}}}}}",
            "LINEAGE_HOME": self._home if self._home.startswith("/Volumes/") else f"/Workspace{self._home}",
            "LINEAGE_WORKSPACE_URL": self._host,
        }
        return given | (self._entra() if self._config.auth == "entra" else {})

    def _entra(self) -> dict[str, pulumi.Input[str]]:
        """The agent asks Entra for a token, as the first of the applications that may post."""
        tenant = authorization.get_client_config().tenant_id
        return {
            "LINEAGE_TOKEN_URL": f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
            "LINEAGE_CLIENT_ID": self._config.entra_allowed_clients[0],
            "LINEAGE_SCOPE": f"api://{self._config.entra_client_id}/.default",
        }

    def _global_script(self, url: pulumi.Input[str], key: pulumi.Input[str]) -> None:
        """For clusters without the policy. It cannot read secrets, so the key is in it: only admins may read it."""
        environment = self._environment(url) | {"LINEAGE_KEY": key}
        script = self._agent.script.decode()

        def whole(values: Mapping[str, str]) -> str:
            lines = [f"export {name}={shlex.quote(value)}\n" for name, value in values.items()]
            return _encoded("".join(["#!/bin/bash\n", *lines, script]).encode())

        content: pulumi.Output[str] = pulumi.Output.secret(pulumi.Output.all(**environment).apply(whole))
        databricks.GlobalInitScript(
            self._named("global-script"),
            name=self._names.policy,
            content_base64=content,
            enabled=True,
            opts=self._with(),
        )


def attach(
    config: Config, names: Names, agent: Agent, url: pulumi.Input[str], key: pulumi.Input[str]
) -> dict[str, dict[str, Any]]:
    """Every workspace of the configuration; what the checks look for there, by workspace."""
    if config.auth == "entra":
        key = pulumi.Config().require_secret(camel("entra_client_secret"))
    made = {
        workspace: DatabricksAgent(config, names, agent, workspace=workspace, url=url, key=key)
        for workspace in config.databricks_workspaces
    }
    bundles = agent.bundles
    return {
        workspace: {"policyId": one.policy_id, "script": one.script, "scope": names.scope, "bundles": bundles}
        for workspace, one in made.items()
    }


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
