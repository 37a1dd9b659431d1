"""What the deployment does in the catalogue: the Function's role on the collection, and our types."""

import pulumi

from infra.app_settings import catalogue_url
from infra.components.component import Component
from infra.config import Config
from infra.providers.collection_role import CollectionRole
from infra.providers.type_definitions import VERSION, TypeDefinitions
from infra.roles import DATA_CURATOR


class PurviewAccess(Component):
    """``collection`` is the internal name of the collection that was found. Those of the rules get the role as well."""

    def __init__(self, config: Config, subscription: str, principal_id: pulumi.Input[str]) -> None:
        super().__init__("purview")
        scope = {"scope": config.catalogue_scope} if config.catalogue_scope else {}
        grant = {
            "account": config.purview_url,
            "role": DATA_CURATOR,
            "principal": principal_id,
            "bootstrap": account_id(config, subscription) if config.purview_bootstrap_admin else "",
            "endpoint": config.management_endpoint,
            **scope,
        }
        self.role = CollectionRole("curator", {**grant, "wanted": config.purview_collection}, self.own())
        for name in config.ruled_collections:
            CollectionRole(f"curator-{name}", {**grant, "wanted": name}, self.own(depends_on=[self.role]))
        self.types = TypeDefinitions(
            "types",
            {"catalogue": catalogue_url(config), "version": VERSION, "retain": config.retain_types, **scope},
            self.own(depends_on=[self.role]),
        )
        self.collection = self.role.collection
        self.register_outputs({"collection": self.collection})


def account_id(config: Config, subscription: str) -> str:
    """Resource id of the Purview account."""
    return (
        f"/subscriptions/{subscription}/resourceGroups/{config.purview_resource_group}"
        f"/providers/Microsoft.Purview/accounts/{config.purview_account}"
    )
