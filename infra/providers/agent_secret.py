"""``AgentSecret``: the function key in a Databricks secret scope, where clusters read it."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from infra.clients.rest import Rest
from infra.clients.workspace import REVOKED, SCOPE, Workspace
from infra.providers.credentials import credential
from infra.providers.shape import Props, changed, gone


class AgentSecretProvider(ResourceProvider):
    """Inputs: ``workspace`` (URL), ``scope``, ``key``, ``value`` (secret), ``reader`` (a group).

    Deleting it takes the value away and leaves the scope: a cluster that still names the secret would not start.
    """

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Another value or reader is put in place."""
        return changed(olds, news, update=["value", "reader"], replace=["workspace", "scope", "key"])

    def create(self, props: Props) -> CreateResult:
        """Put it; a scope that an earlier deployment left is taken over."""
        _put(props, props["value"])
        return CreateResult(f"{props['workspace']}/{props['scope']}/{props['key']}", props)

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:  # noqa: ARG002 - the signature is Pulumi's
        """Rotate."""
        _put(news, news["value"])
        return UpdateResult(news)

    def read(self, id_: str, props: Props) -> ReadResult:
        """Whether it is there; its value cannot be read back."""
        there = bool(props.get("workspace")) and _client(props).has_secret(props["scope"], props["key"])
        return ReadResult(id_, props) if there else gone()

    def delete(self, _id: str, props: Props) -> None:
        """See the class."""
        _put(props, REVOKED)


class AgentSecret(Resource):
    """Rotated by the same run that rotates the function key."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """``props``: see the provider."""
        secret = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        super().__init__(AgentSecretProvider(), name, props, pulumi.ResourceOptions.merge(opts, secret))


def _client(props: Props) -> Workspace:
    return Workspace(Rest(props["workspace"], credential(), SCOPE))


def _put(props: Props, value: str) -> None:
    _client(props).put_secret(props["scope"], props["key"], value, props["reader"])
