"""What the checks after a deployment look at: the configuration, the stack's outputs, and who looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from azure.core.credentials import TokenCredential

from infra.clients import management, purview
from infra.clients.rest import Answer, Bearer, Rest
from infra.clients.workspace import SCOPE, Workspace
from infra.config import Config
from infra.errors import DeployError
from lineage.catalogue.client import AtlasClient
from lineage.store import Store


@dataclass(frozen=True, slots=True)
class Deployment:
    """``outputs`` are the stack's, with its secrets."""

    config: Config
    outputs: Mapping[str, Any]
    credential: TokenCredential
    catalogue: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def app(self) -> Rest:
        """The Function, without a key."""
        return Rest(self.output("url"))

    @property
    def arm(self) -> Rest:
        """Azure Resource Manager."""
        return Rest(self.config.management_endpoint, self.credential, management.SCOPE)

    @property
    def sites(self) -> Mapping[str, Mapping[str, Any]]:
        """Workspace → what the deployment made there."""
        found: Mapping[str, Mapping[str, Any]] = self.outputs.get("databricks") or {}
        return found

    def output(self, name: str) -> Any:
        """One of the stack's outputs. Raises ``DeployError`` where an older version deployed it, without this one."""
        if name not in self.outputs:
            raise DeployError(f"the stack has no output {name}: an older version deployed it\nNext step: make deploy")
        return self.outputs[name]

    def atlas(self) -> AtlasClient:
        """The catalogue, as who looks."""
        scope = self.config.catalogue_scope or purview.scope_of(self.catalogue)
        return AtlasClient(self.catalogue, auth=Bearer(self.credential, scope))

    def keyed(self, method: str, path: str, body: Any = None) -> Answer:
        """A call of the Function as a cluster makes it."""
        headers = {"x-functions-key": self.output("functionKey")}
        return Rest(self.output("url"), headers=headers).send(method, path, body)

    def workspace(self, url: str) -> Workspace:
        """One of the Databricks workspaces."""
        return Workspace(Rest(url, self.credential, SCOPE))

    def store(self) -> Store:
        """Where the Function keeps events and receipts."""
        url: str = self.output("store")
        if not url.startswith("https://"):
            from lineage.store.files import FileStore

            return FileStore(url)
        from lineage.store.blobs import open_blobs

        return open_blobs(url, credential=self.credential)
