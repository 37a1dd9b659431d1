"""Spark lineage in Microsoft Purview: what `make deploy` makes, in the order in which it is made."""

import pulumi

from infra.app_settings import Facts, app_settings
from infra.components.function_app import FunctionApp
from infra.components.identity import Identity
from infra.components.monitoring import Monitoring
from infra.components.network import Network
from infra.components.purview_access import PurviewAccess
from infra.components.release import Release
from infra.components.storage import Storage
from infra.names import CONTAINER
from infra.stack import Stack

stack = Stack.load()
config, names = stack.config, stack.names
group = stack.group()

# Who the Function is, where it keeps things, where it reports to.
identity = Identity(config, names, group.name)
storage = Storage(config, names, group.name)
monitoring = Monitoring(config, names, group.name)
scopes = {"storage": storage.account.id, "insights": monitoring.insights.id}
ready = identity.grant_all(stack.subscription, scopes)

# Its role and our types in the catalogue.
purview = PurviewAccess(config, stack.subscription, identity.principal_id)

# The app, its code and the agent's key.
network = Network(config, names, group.name) if config.private_network else None
facts = Facts(
    store=storage.url_of(CONTAINER),
    blobs=storage.blobs,
    queues=storage.queues,
    tables=storage.tables,
    client_id=identity.client_id,
    collection=purview.collection,
    insights=monitoring.insights.connection_string,
)
function = FunctionApp(
    config,
    names,
    group.name,
    storage=storage,
    identity=identity,
    settings=app_settings(config, facts),
    subnet=network.app_subnet if network else None,
    after=[*ready, purview, *(network.connect(storage) if network else ())],
)
release = Release(config, stack.package, function)

# Who is told when it goes wrong, or becomes expensive.
monitoring.alert()
if config.budget_amount:
    monitoring.budget(group.id)

# The agent on every workspace. The Databricks SDK is loaded only where there is one.
if config.databricks_workspaces:
    from infra.components.databricks_agent import attach

    pulumi.export("databricks", attach(config, names, stack.agent(), function.url, release.key))

pulumi.export("url", function.url)
pulumi.export("host", function.host)
pulumi.export("scm", function.scm)
pulumi.export("functionId", function.id)
pulumi.export("principalId", identity.principal_id)
pulumi.export("collection", purview.collection)
pulumi.export("store", storage.url_of(CONTAINER))
pulumi.export("storage", storage.account.id)
pulumi.export("insights", monitoring.insights.id)
pulumi.export("logs", monitoring.workspace)
pulumi.export("workbook", monitoring.workbook.id)
pulumi.export("package", release.hash)
pulumi.export("functionKey", release.key)
