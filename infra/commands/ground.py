"""What preflight looks at, as far as it is known: a fault in one part keeps none of the others from being looked at."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from azure.core.credentials import TokenCredential

from infra.clients import management
from infra.clients.rest import Rest
from infra.config import Config
from infra.errors import DeployError, NotKnown
from infra.names import PROJECT, Names

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stack:
    """``name`` without the organisation. ``deployed``: it has resources, so its names are taken by itself."""

    name: str
    deployed: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """What was read, each or why it could not be."""

    configured: Config | DeployError
    selected: Stack | DeployError
    subscribed: str | DeployError
    credential: TokenCredential
    root: Path

    @property
    def config(self) -> Config:
        """Raises ``NotKnown``."""
        return _known(self.configured, "the settings are not known")

    @property
    def basics(self) -> Config:
        """The configuration; where it is not known, the defaults, for what seldom differs from them."""
        return Config.default() if isinstance(self.configured, DeployError) else self.configured

    @property
    def stack(self) -> Stack:
        """Raises ``NotKnown``."""
        return _known(self.selected, "the stack is not known")

    @property
    def subscription(self) -> str:
        """Raises ``NotKnown``."""
        return _known(self.subscribed, "the subscription is not known")

    @property
    def names(self) -> Names:
        """Raises ``NotKnown``."""
        return Names.of(project=PROJECT, stack=self.stack.name, subscription=self.subscription)

    @property
    def arm(self) -> Rest:
        """Azure Resource Manager."""
        return Rest(self.basics.management_endpoint, self.credential, management.SCOPE)


def _known(read: T | DeployError, otherwise: str) -> T:
    if isinstance(read, DeployError):
        raise NotKnown(otherwise)
    return read
