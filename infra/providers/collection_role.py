"""``CollectionRole``: a role on a Purview collection for one principal, and nobody else's touched."""

import base64
import json
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider

from infra.clients import management, purview
from infra.clients.management import Management
from infra.clients.purview import Purview
from infra.clients.rest import Rest
from infra.errors import CallError
from infra.providers.credentials import credential
from infra.providers.shape import CLOCK, Props, changed, gone


class CollectionRoleProvider(ResourceProvider):
    """Inputs: ``account`` (data plane URL), ``wanted`` (collection as a person calls it), ``role``, ``principal`` (an
    object id), ``bootstrap`` (resource id of the account, or ""), ``endpoint``, and the token's ``scope`` where it is
    not that of the account's cloud. Outputs: ``collection`` (its internal name), ``added``.
    """

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """Every input is the grant's identity, except how one may become administrator."""
        return changed(olds, news, update=[], replace=["account", "wanted", "role", "principal"])

    def create(self, props: Props) -> CreateResult:
        """Grant; ``added`` says whether the principal did not have the role before."""
        client = _client(props, patience=600.0 if props["bootstrap"] else 0.0)
        if props["bootstrap"]:
            _become_admin(props)
        collection = client.collection(props["wanted"]).name
        added = client.grant(collection, props["role"], props["principal"])
        outputs = {**props, "collection": collection, "added": added}
        return CreateResult(f"{collection}/{props['role']}/{props['principal']}", outputs)

    def read(self, id_: str, props: Props) -> ReadResult:
        """Whether the principal still has it."""
        if not props.get("collection"):
            return gone()
        members = _client(props).members(props["collection"], props["role"])
        return ReadResult(id_, props) if props["principal"] in members else gone()

    def delete(self, _id: str, props: Props) -> None:
        """Take back what was added; a collection that is gone took it along."""
        if not props.get("added"):
            return
        try:
            _client(props).revoke(props["collection"], props["role"], props["principal"])
        except CallError as error:
            if error.status != 404:
                raise


class CollectionRole(Resource):
    """Granted in the collection's metadata policy, which Azure's own roles cannot reach."""

    collection: pulumi.Output[str]
    added: pulumi.Output[bool]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """``props``: see the provider."""
        super().__init__(CollectionRoleProvider(), name, {"collection": None, "added": None, **props}, opts)


def _client(props: Props, patience: float = 0.0) -> Purview:
    scope = props.get("scope") or purview.scope_of(props["account"])
    return Purview(Rest(props["account"], credential(), scope), CLOCK, patience)


def _become_admin(props: Props) -> None:
    """Make who deploys an administrator of the root collection, where it is not one already."""
    token = credential().get_token(management.SCOPE).token
    rest = Rest(props["endpoint"], credential(), management.SCOPE)
    Management(rest, CLOCK).add_root_admin(props["bootstrap"], object_id(token))


def object_id(token: str) -> str:
    """The claim ``oid`` of an Entra token; raises ``CallError`` where it has none."""
    try:
        part = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["oid"])
    except (IndexError, ValueError, KeyError):
        raise CallError("the token of who deploys names no object id; sign in with: az login") from None
