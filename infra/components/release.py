"""The code in the running app, and the key that opens it to the clusters."""

from pathlib import Path

import pulumi
import pulumi_random

from infra import names
from infra.components.component import Component
from infra.components.function_app import FunctionApp
from infra.config import Config
from infra.package import Package
from infra.providers.function_package import FunctionPackage
from infra.providers.host_key import HostKey


class Release(Component):
    """``key`` (secret) is the agent's own; ``hash`` is of the package that the app answers with."""

    def __init__(self, config: Config, package: Package, function: FunctionApp) -> None:
        super().__init__("release")
        self.package = FunctionPackage(
            "package",
            {"path": str(Path(config.package)), "hash": package.hash, "scm": function.scm, "host": function.host},
            self.own(depends_on=[function]),
        )
        value = pulumi_random.RandomPassword(
            "key-value",
            length=48,
            special=False,
            keepers={"generation": str(config.key_generation)},
            opts=self.own(),
        )
        key = HostKey(
            "key",
            {
                "site": function.id,
                "key": names.FUNCTION_KEY,
                "value": value.result,
                "endpoint": config.management_endpoint,
            },
            self.own(depends_on=[self.package]),
        )
        self.key: pulumi.Output[str] = pulumi.Output.secret(key.value)
        self.hash = self.package.hash
        self.register_outputs({"hash": self.hash})
