"""``TypeDefinitions``: the catalogue types that lineage brings along, made or brought up to date."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from infra.clients.rest import Bearer
from infra.providers.credentials import credential
from infra.providers.shape import Props, changed, gone, say
from lineage.catalogue import typedefs
from lineage.catalogue.client import AtlasClient, scope_of
from lineage.errors import CatalogueError, Rejected

VERSION = typedefs.VERSION


class TypeDefinitionsProvider(ResourceProvider):
    """Inputs: ``catalogue`` (Atlas v2 URL), ``version`` (of our types), ``retain`` (keep them on destroy), and
    ``scope`` (of the token) where it is not that of the URL's cloud."""

    serialize_as_secret_always = False

    def diff(self, _id: str, olds: Props, news: Props) -> DiffResult:
        """A newer version is an update; another catalogue needs its own."""
        return changed(olds, news, update=["version", "retain"], replace=["catalogue"])

    def create(self, props: Props) -> CreateResult:
        """Make what is missing, update what is older."""
        typedefs.ensure_types(_client(props))
        return CreateResult(f"{props['catalogue']}/types", props)

    def update(self, _id: str, olds: Props, news: Props) -> UpdateResult:  # noqa: ARG002 - the signature is Pulumi's
        """The same: it may be repeated."""
        typedefs.ensure_types(_client(news))
        return UpdateResult(news)

    def read(self, id_: str, props: Props) -> ReadResult:
        """What version the catalogue has."""
        found = typedefs.get_type(_client(props), typedefs.PROCESS) if props.get("catalogue") else None
        return ReadResult(id_, props | {"version": found.get("typeVersion", "")}) if found else gone()

    def delete(self, _id: str, props: Props) -> None:
        """Keep them by default; the catalogue refuses to drop a type that has assets, which is said and left so."""
        if props.get("retain", True):
            return
        try:
            _delete(_client(props))
        except Rejected as error:
            say(f"the types stay in the catalogue: {error}")


class TypeDefinitions(Resource):
    """Ready before the Function publishes for the first time."""

    version: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """``props``: see the provider."""
        super().__init__(TypeDefinitionsProvider(), name, props, opts)


def _client(props: Props) -> AtlasClient:
    scope = props.get("scope") or scope_of(props["catalogue"])
    return AtlasClient(props["catalogue"], auth=Bearer(credential(), scope))


def _delete(client: AtlasClient) -> None:
    """Relationships first: they hold the entity types."""
    for definition in typedefs.own_typedefs()["relationshipDefs"] + typedefs.own_typedefs()["entityDefs"]:
        try:
            client.delete(f"types/typedef/name/{definition['name']}")
        except CatalogueError as error:
            if error.status != 404:
                raise
