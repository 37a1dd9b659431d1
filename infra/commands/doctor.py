"""After a deployment: does lineage get from a cluster to the catalogue? One line a check.

``smoke`` sends an invented plan and its event through the Function and waits for the edge in the catalogue, then
removes what it made, with the time of each hop.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from azure.core.credentials import TokenCredential

from databricks_init.support import Verdict, load
from infra import names as fixed
from infra.clients import purview, workspace
from infra.clients.purview import Purview
from infra.clients.rest import Answer, Bearer, Rest
from infra.clients.workspace import Workspace
from infra.commands.finding import Check, Finding, Level
from infra.config import Config
from infra.errors import CallError
from infra.roles import DATA_CURATOR
from lineage import spline
from lineage.catalogue import typedefs
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.entities import preview
from lineage.convert import convert
from lineage.errors import CatalogueError, Rejected
from lineage.model import AssetName
from lineage.naming import NamingContext


@dataclass(frozen=True, slots=True)
class Deployment:
    """``outputs`` are the stack's, with its secrets."""

    config: Config
    outputs: Mapping[str, Any]
    credential: TokenCredential
    catalogue: str
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    @property
    def app(self) -> Rest:
        """The Function, without a key."""
        return Rest(self.outputs["url"])

    def atlas(self) -> AtlasClient:
        """The catalogue, as who looks."""
        return AtlasClient(self.catalogue, auth=Bearer(self.credential, purview.SCOPE))

    def keyed(self, method: str, path: str, body: Any = None) -> Answer:
        """A call of the Function as a cluster makes it."""
        headers = {"x-functions-key": self.outputs["functionKey"]}
        return Rest(self.outputs["url"], headers=headers).send(method, path, body)


def _answers(deployment: Deployment) -> Iterable[Finding]:
    answer = deployment.app.send("GET", "/health")
    if answer.status != 200:
        fix = "look at the app's log stream in the portal; if it never started: make deploy"
        yield Finding(
            "D01", Level.FAIL, f"the Function answers {answer.status} to {deployment.outputs['url']}/health", fix
        )
        return
    running, wanted = answer.body.get("package"), deployment.outputs["package"]
    if running == wanted:
        yield Finding("D01", Level.OK, f"the Function stores payloads and runs package {wanted[:12]}")
    else:
        yield Finding("D01", Level.FAIL, f"the Function runs package {running}, not {wanted}", "make deploy")


def _key(deployment: Deployment) -> Iterable[Finding]:
    if deployment.config.auth == "entra":
        answer = deployment.app.send("GET", "/producer/status")
        level = Level.OK if answer.status == 401 else Level.FAIL
        yield Finding(
            "D02", level, f"without a token the door answers {answer.status}", "" if not level else "make deploy"
        )
        return
    without = deployment.app.send("GET", "/producer/status").status
    with_key = deployment.keyed("GET", "/producer/status").status
    if without != 401:
        yield Finding("D02", Level.FAIL, f"without a key the door answers {without}, not 401", "make deploy")
    elif with_key == 200:
        yield Finding("D02", Level.OK, "the agent's key opens the door, and nothing else does")
    else:
        fix = "pulumi config set keyGeneration N+1 && make deploy"
        yield Finding("D02", Level.FAIL, f"with the agent's key the door answers {with_key}", fix)


def _curator(deployment: Deployment) -> Iterable[Finding]:
    account = Purview(Rest(deployment.config.purview_url, deployment.credential, purview.SCOPE))
    collection = deployment.outputs["collection"]
    if deployment.outputs["principalId"] in account.members(collection, DATA_CURATOR):
        yield Finding("D03", Level.OK, f"the Function is Data Curator on the collection {collection}")
    else:
        fix = "pulumi refresh && make deploy"
        yield Finding("D03", Level.FAIL, f"the Function is not Data Curator on the collection {collection}", fix)


def _types(deployment: Deployment) -> Iterable[Finding]:
    try:
        found = typedefs.get_type(deployment.atlas(), typedefs.PROCESS)
    except CatalogueError as error:
        yield Finding("D04", Level.FAIL, f"the catalogue's types cannot be read: {error}", "az login")
        return
    version = (found or {}).get("typeVersion")
    if version == typedefs.VERSION:
        yield Finding("D04", Level.OK, f"the catalogue has our types, version {version}")
    else:
        yield Finding(
            "D04", Level.FAIL, f"the catalogue has our types in version {version}", "pulumi refresh && make deploy"
        )


def _told(deployment: Deployment) -> Iterable[Finding]:
    if deployment.config.alert_emails:
        yield Finding("D05", Level.OK, f"alerts go to {', '.join(deployment.config.alert_emails)}")
    else:
        fix = "pulumi config set --path 'alertEmails[0]' YOU@HOST && make deploy"
        yield Finding("D05", Level.WARN, "alerts show in the portal alone", fix)


def _workspaces(deployment: Deployment) -> Iterable[Finding]:
    for url, facts in (deployment.outputs.get("databricks") or {}).items():
        client = Workspace(Rest(url, deployment.credential, workspace.SCOPE))
        try:
            yield from _workspace(client, url, facts)
            for cluster in client.clusters():
                yield judge(cluster, facts["policyId"], deployment.today)
        except CallError as error:
            yield Finding("D06", Level.FAIL, str(error), "az login, as a workspace admin")


def _workspace(client: Workspace, url: str, facts: Mapping[str, Any]) -> Iterator[Finding]:
    parts = {
        "the secret with the key": client.has_secret(facts["scope"], fixed.SECRET),
        "the init script": facts["script"].startswith("/Volumes/") or client.has_file(facts["script"]),
    }
    for what, there in parts.items():
        if there:
            yield Finding("D06", Level.OK, f"{url} has {what}")
        else:
            yield Finding("D06", Level.FAIL, f"{url} lacks {what}", "pulumi refresh && make deploy")


def judge(cluster: Mapping[str, Any], policy_id: str, today: date) -> Finding:
    """What is to be said of one cluster, as the clusters API describes it. Pure."""
    name = f"cluster {cluster.get('cluster_name', cluster.get('cluster_id'))}"
    conf = cluster.get("spark_conf") or {}
    answer = load().cluster(cluster.get("spark_version", ""), cluster.get("data_security_mode", ""), today)
    if "spark.sql.queryExecutionListeners" in conf:
        fix = "remove spark.sql.queryExecutionListeners from the cluster: without the jar it would not start"
        return Finding("D07", Level.FAIL, f"{name} names a listener in its Spark configuration", fix)
    if conf.get("spark.spline.mode") == "REQUIRED":
        return Finding("D07", Level.FAIL, f"{name} has spark.spline.mode REQUIRED", "remove it: queries fail with it")
    if cluster.get("policy_id") != policy_id:
        return Finding(
            "D07", Level.WARN, f"{name} is not under the policy: no lineage", "choose the policy in its settings"
        )
    if (cluster.get("spark_env_vars") or {}).get("LINEAGE", "on").lower() == "off":
        return Finding("D07", Level.WARN, f"{name} has lineage switched off", "remove LINEAGE=off, restart")
    level = {Verdict.SUPPORTED: Level.OK}.get(answer.verdict, Level.WARN)
    fix = "" if level is Level.OK else "docs/databricks.md has what is supported"
    return Finding("D07", level, f"{name} is {answer.verdict}" + (f": {answer.why}" if answer.why else ""), fix)


CHECKS: tuple[Check[Deployment], ...] = (
    ("D01", _answers),
    ("D02", _key),
    ("D03", _curator),
    ("D04", _types),
    ("D05", _told),
    ("D06", _workspaces),
)


def smoke(
    deployment: Deployment,
    *,
    patience: float = 180.0,
    wake: Callable[[], None] = lambda: None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Finding]:
    """One hop a finding: plan, event, edge, removal. ``wake`` is called while the edge is waited for."""
    mark = uuid.uuid4().hex[:12]
    plan, event, _ = messages(mark, int(time.time() * 1000))
    started = now()
    for what, path, body in (("plan", "plans", plan), ("event", "events", [event])):
        answer = deployment.keyed("POST", f"/producer/execution-{path}", body)
        level = Level.OK if answer.status == 201 else Level.FAIL
        yield Finding("S01", level, f"{what} answered {answer.status} after {now() - started:.1f} s")
        if level:
            return
    atlas, wanted = deployment.atlas(), assets(plan, event)
    while not (edge := _edge(atlas, wanted)) and now() - started < patience:
        wake()
        sleep(2.0)
    if edge:
        yield Finding("S02", Level.OK, f"the edge is in the catalogue after {now() - started:.1f} s: {edge}")
    else:
        fix = "look at what stays pending in the workbook, then run doctor without --smoke"
        yield Finding("S02", Level.FAIL, f"no edge in the catalogue after {patience:.0f} s", fix)
    removed = sum(_removed(atlas, asset) for asset in reversed(wanted))
    yield Finding("S03", Level.OK, f"{removed} invented entities were removed after {now() - started:.1f} s")


def messages(mark: str, at: int) -> tuple[dict[str, Any], dict[str, Any], str]:
    """An invented plan, its event (``at`` in ms), and the URI that it writes."""
    folder = f"abfss://smoke@lineagesmoke{mark}.dfs.core.windows.net"
    source, target = f"{folder}/source", f"{folder}/target"
    plan_id = str(uuid.uuid5(uuid.NAMESPACE_URL, target))
    attribute = {"id": "attr-0", "name": "id", "dataType": "type-0"}
    plan = {
        "id": plan_id,
        "name": f"lineage smoke {mark}",
        "operations": {
            "write": {
                "id": "op-0",
                "name": "InsertIntoHadoopFsRelationCommand",
                "outputSource": target,
                "append": False,
                "childIds": ["op-1"],
                "extra": {"destinationType": "parquet"},
            },
            "reads": [
                {
                    "id": "op-1",
                    "name": "LogicalRelation",
                    "inputSources": [source],
                    "output": ["attr-0"],
                    "extra": {"sourceType": "parquet"},
                }
            ],
            "other": [],
        },
        "attributes": [attribute],
        "expressions": {},
        "systemInfo": {"name": "spark", "version": "3.5.0"},
        "agentInfo": {"name": "spline", "version": "2.2.3"},
        "extraInfo": {
            "appName": f"lineage smoke {mark}",
            "dataTypes": [{"_typeHint": "dt.Simple", "id": "type-0", "name": "bigint", "nullable": True}],
        },
    }
    event = {"planId": plan_id, "timestamp": at, "durationNs": 1, "extra": {"appId": f"smoke-{mark}"}}
    return plan, event, target


def assets(plan: Mapping[str, Any], event: Mapping[str, Any]) -> list[AssetName]:
    """Everything that the two become in the catalogue."""
    decoded = spline.decode_plan(json.dumps(plan).encode()), spline.decode_events(json.dumps(event).encode())[0]
    write = convert(*decoded, {}, lambda seen: NamingContext(workspace_url=seen.context.workspace_url))
    entities = preview(write)["entities"]
    return [AssetName(one["typeName"], one["attributes"]["qualifiedName"]) for one in entities]


def _edge(atlas: AtlasClient, wanted: Iterable[AssetName]) -> str:
    """Input → output of the process, as the catalogue has them; empty where it has none."""
    for asset in wanted:
        found = _find(atlas, asset) if asset.type_name == typedefs.PROCESS else None
        if found:
            attributes = found["entity"]["attributes"]
            ends = [attributes.get(end) or [] for end in ("inputs", "outputs")]
            if all(ends):
                return " → ".join(str(end[0].get("uniqueAttributes", {}).get("qualifiedName", "?")) for end in ends)
    return ""


def _find(atlas: AtlasClient, asset: AssetName) -> dict[str, Any] | None:
    """A catalogue that does not have the type yet has no such asset either."""
    try:
        return atlas.find(asset)
    except Rejected:
        return None


def _removed(atlas: AtlasClient, asset: AssetName) -> bool:
    found = _find(atlas, asset)
    if found:
        atlas.delete(f"entity/guid/{found['entity']['guid']}")
    return bool(found)
