"""An invented plan and its event through a deployment: door, store, queue, conversion, catalogue, and out of it again.

What is made is named for this run alone, so that nothing else can be removed.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from infra.commands.deployment import Deployment
from infra.commands.finding import Finding, Level
from lineage import spline
from lineage.catalogue import typedefs
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.entities import preview
from lineage.convert import convert
from lineage.errors import Rejected
from lineage.model import AssetName
from lineage.naming import NamingContext


def smoke(
    deployment: Deployment,
    *,
    patience: float = 180.0,
    wake: Callable[[], None] = lambda: None,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Finding]:
    """One hop a finding, each with its own time: plan, event, edge, removal.

    ``wake`` is called while the edge is waited for, at most ``patience`` seconds.
    """
    hop = _Hop(now)
    plan, event, _ = messages(uuid.uuid4().hex[:12], int(time.time() * 1000))
    for what, path, body in (("plan", "plans", plan), ("event", "events", [event])):
        status = deployment.keyed("POST", f"/producer/execution-{path}", body).status
        level = Level.OK if status == 201 else Level.FAIL
        yield Finding("S01", level, f"the {what} was answered {status} in {hop.time:.1f} s", REFUSED if level else "")
        if level:
            return
    atlas, wanted = deployment.atlas(), assets(plan, event)
    end = now() + patience
    while not (edge := _edge(atlas, wanted)) and now() < end:
        wake()
        sleep(2.0)
    if edge:
        yield Finding("S02", Level.OK, f"the edge was in the catalogue {hop.time:.1f} s later: {edge}")
    else:
        yield Finding("S02", Level.FAIL, f"there was no edge in the catalogue {patience:.0f} s later", LATE)
    removed = sum(_removed(atlas, asset) for asset in reversed(wanted))
    left = [asset.qualified_name for asset in wanted if _find(atlas, asset)]
    if left:
        yield Finding("S03", Level.FAIL, f"{len(left)} invented entities are left: {', '.join(left)}", "delete them")
    else:
        yield Finding("S03", Level.OK, f"{removed} invented entities were removed in {hop.time:.1f} s")


REFUSED = "lineage doctor without --smoke says what is wrong with the Function or the key"
LATE = "lineage parked says what the Function could not publish and why; it goes on trying"


class _Hop:
    """A watch that starts again whenever it is read."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._start = now, now()

    @property
    def time(self) -> float:
        """Seconds since it was read before."""
        before, self._start = self._start, self._now()
        return self._start - before


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
