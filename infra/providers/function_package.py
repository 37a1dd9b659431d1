"""``FunctionPackage``: the code of a Function app. It changes when the package's hash does, and only then."""

from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from infra import package
from infra.clients.management import SCOPE
from infra.clients.one_deploy import OneDeploy
from infra.clients.rest import Rest, origin
from infra.providers.credentials import credential
from infra.providers.shape import CLOCK, Props, changed, gone


class FunctionPackageProvider(ResourceProvider):
    """Inputs: ``path`` and ``hash`` of the package, ``scm`` and ``host`` as host names. Output: ``deployment``."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """A moved file with the same content is no change."""
        return changed(olds, news, update=["hash"], replace=["scm", "host"])

    def create(self, props: Props) -> CreateResult:
        """Publish, and wait until the app answers with the hash."""
        return CreateResult(f"{props['host']}/package", _deploy(props))

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:  # noqa: ARG002 - the signature is Pulumi's
        """The same."""
        return UpdateResult(_deploy(news))

    def read(self, id_: str, props: Props) -> ReadResult:
        """The hash that the app answers with; an app that does not answer now keeps what is known."""
        if not props.get("host"):
            return gone()
        running = _client(props).running_hash()
        return ReadResult(id_, props | ({"hash": running} if running else {}))

    def delete(self, _id: str, props: Props) -> None:
        """Nothing: the code goes with the app."""


class FunctionPackage(Resource):
    """Published in the same step as the app that runs it."""

    hash: pulumi.Output[str]
    deployment: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """``props``: see the provider."""
        super().__init__(FunctionPackageProvider(), name, {"deployment": None, **props}, opts)


def _client(props: Props) -> OneDeploy:
    return OneDeploy(Rest(origin(props["scm"]), credential(), SCOPE), Rest(origin(props["host"])), CLOCK)


def _deploy(props: Props) -> Props:
    found = package.read(Path(props["path"]))
    if found.hash != props["hash"]:
        message = f"{found.path} was built again while it was being deployed; run the deployment again"
        raise ValueError(message)
    return {**props, "deployment": _client(props).deploy(found.path, found.hash)}
