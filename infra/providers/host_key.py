"""``HostKey``: a function key of its own for whoever calls; another value is a rotation."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from infra.clients.management import SCOPE, Management
from infra.clients.rest import Rest
from infra.providers.credentials import credential
from infra.providers.shape import CLOCK, Props, changed, gone


class HostKeyProvider(ResourceProvider):
    """Inputs: ``site`` (resource id of the app), ``key`` (its name), ``value`` (secret), ``endpoint``."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Another value is put in place; another app or name is another key."""
        return changed(olds, news, update=["value"], replace=["site", "key"])

    def create(self, props: Props) -> CreateResult:
        """Put the key, as soon as the app's host takes it."""
        _client(props).put_key(props["site"], props["key"], props["value"])
        return CreateResult(f"{props['site']}/{props['key']}", props)

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:  # noqa: ARG002 - the signature is Pulumi's
        """Rotate."""
        _client(news).put_key(news["site"], news["key"], news["value"])
        return UpdateResult(news)

    def read(self, id_: str, props: Props) -> ReadResult:
        """Whether it is there; its value is not read back."""
        there = bool(props.get("site")) and _client(props).has_key(props["site"], props["key"])
        return ReadResult(id_, props) if there else gone()

    def delete(self, _id: str, props: Props) -> None:
        """Take the key away."""
        _client(props).delete_key(props["site"], props["key"])


class HostKey(Resource):
    """Opens every function of the app, and may do no more."""

    value: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """``props``: see the provider."""
        secret = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        super().__init__(HostKeyProvider(), name, props, pulumi.ResourceOptions.merge(opts, secret))


def _client(props: Props) -> Management:
    return Management(Rest(props["endpoint"], credential(), SCOPE), CLOCK)
