"""After a deployment: does lineage get from a cluster to the catalogue? One line a check; changes nothing."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from infra.app_settings import KEYS, Facts, app_settings
from infra.clients import purview
from infra.clients.management import Management
from infra.clients.purview import Purview
from infra.clients.rest import Rest
from infra.commands import attached, backlog, reached
from infra.commands.attached import AGAIN
from infra.commands.deployment import Deployment
from infra.commands.finding import Check, Finding, Level
from infra.config import camel
from infra.roles import DATA_CURATOR, ROLES
from lineage.catalogue import typedefs
from lineage.errors import CatalogueError
from lineage.settings import PREFIX


def _answers(deployment: Deployment) -> Iterable[Finding]:
    answer = deployment.app.send("GET", "/health")
    if answer.status == 503 and isinstance(answer.body, Mapping) and str(answer.body.get("type")).endswith(UNSTORED):
        fix = "look at D10, and at the storage account's firewall; what the agent sends meanwhile is lost"
        yield Finding("D01", Level.FAIL, "the Function runs, but can store nothing: it takes nothing", fix)
        return
    if answer.status != 200:
        fix = "look at the app's log stream in the portal; if it never started: make deploy"
        yield Finding(
            "D01", Level.FAIL, f"the Function answers {answer.status} to {deployment.outputs['url']}/health", fix
        )
        return
    if stopped := answer.body.get("publishing"):
        what = f"the Function takes everything and publishes nothing, {stopped}"
        yield Finding("D01", Level.FAIL, what, AGAIN)
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
        fix = "pulumi -C infra config set keyGeneration N+1 && make deploy"
        yield Finding("D02", Level.FAIL, f"with the agent's key the door answers {with_key}", fix)


def _curator(deployment: Deployment) -> Iterable[Finding]:
    """On the collection and on those of the rules."""
    url = deployment.config.purview_url
    account = Purview(Rest(url, deployment.credential, deployment.config.catalogue_scope or purview.scope_of(url)))
    ruled = [account.collection(name).name for name in deployment.config.ruled_collections]
    for collection in dict.fromkeys((deployment.output("collection"), *ruled)):
        if deployment.output("principalId") in account.members(collection, DATA_CURATOR):
            yield Finding("D03", Level.OK, f"the Function is Data Curator on the collection {collection}")
        else:
            yield Finding("D03", Level.FAIL, f"the Function is not Data Curator on the collection {collection}", AGAIN)


def _types(deployment: Deployment) -> Iterable[Finding]:
    client = deployment.atlas()
    wanted = {one["name"]: one for one in typedefs.own_typedefs()["entityDefs"]}
    try:
        found = {name: typedefs.get_type(client, name) or {} for name in wanted}
    except CatalogueError as error:
        yield Finding("D04", Level.FAIL, f"the catalogue's types cannot be read: {error}", "az login")
        return
    wrong = {name: said for name in wanted if (said := _lacking(wanted[name], found[name]))}
    for name, said in wrong.items():
        yield Finding("D04", Level.FAIL, f"the catalogue's type {name} {said}", AGAIN)
    if not wrong:
        yield Finding("D04", Level.OK, f"the catalogue has our {len(wanted)} types, version {typedefs.VERSION}")


def _lacking(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """What a type in the catalogue lacks of what this version needs; a newer one may have more."""
    if not found:
        return "is missing"
    ours, theirs = ({one["name"] for one in each.get("attributeDefs") or ()} for each in (wanted, found))
    if missing := sorted(ours - theirs):
        return f"has no attribute {', '.join(missing)} (version {found.get('typeVersion')})"
    return ""


def _told(deployment: Deployment) -> Iterable[Finding]:
    if deployment.config.alert_emails:
        yield Finding("D05", Level.OK, f"alerts go to {', '.join(deployment.config.alert_emails)}")
    else:
        fix = "pulumi -C infra config set --path 'alertEmails[0]' YOU@HOST && make deploy"
        yield Finding("D05", Level.WARN, "alerts show in the portal alone", fix)


def _roles(deployment: Deployment) -> Iterable[Finding]:
    arm, principal = Management(deployment.arm), deployment.output("principalId")
    scopes: dict[str, str] = {"storage": deployment.output("storage"), "insights": deployment.output("insights")}
    has = {name: arm.roles(scope, principal) for name, scope in scopes.items()}
    lacking = [role for role in ROLES if role.id not in has[role.scope]]
    for role in lacking:
        yield Finding("D10", Level.FAIL, f"the Function's identity lacks {role.name} ({role.why})", AGAIN)
    if not lacking:
        yield Finding("D10", Level.OK, f"the Function's identity has its {len(ROLES)} roles in Azure")


def _settings(deployment: Deployment) -> Iterable[Finding]:
    """Names alone are shown."""
    found = Management(deployment.arm).settings(deployment.output("functionId"))
    wanted = _deployed_settings(deployment)
    off = {name for name, value in found.items() if name.endswith(".Disabled") and value.lower() in ("true", "1")}
    for name in sorted(off):
        what = f"the app setting {name} switches a part off{_still_on(name, off)}"
        yield Finding("D11", Level.WARN, what, "make deploy, or remove it")
    changed = {name for name, value in wanted.items() if found.get(name) != value and UNKNOWN not in value}
    changed |= {name for name in found if name.startswith(PREFIX) and name not in wanted}
    for name in sorted(changed):
        yield Finding("D11", Level.WARN, f"the app setting {name} is not what was deployed", AGAIN + _kept_by(name))
    if not off and not changed:
        yield Finding("D11", Level.OK, "the app's settings are the ones that were deployed")


def disabling(trigger: str) -> str:
    """The app setting that switches a trigger of the Function off."""
    return f"AzureWebJobs.{trigger}.Disabled"


def _still_on(name: str, off: Collection[str]) -> str:
    on = [one for one in PUBLISHERS if disabling(one) not in off]
    if not on or name not in map(disabling, PUBLISHERS):
        return ""
    return f", while {' and '.join(on)} still {'write' if len(on) > 1 else 'writes'} to the catalogue"


def _kept_by(name: str) -> str:
    field = name.removeprefix(PREFIX).lower()
    return f", or keep it: pulumi -C infra config set {camel(KEYS[field])} VALUE" if field in KEYS else ""


UNSTORED = ":store-unavailable"
"""How the type of the door's problem ends where nothing can be stored."""
PUBLISHERS = ("convert", "sweep", "relink")
"""The triggers that write to the catalogue."""
UNKNOWN = "\0"
"""In a value that the stack's outputs do not tell."""


def _deployed_settings(deployment: Deployment) -> dict[str, str]:
    facts = Facts(
        store=deployment.output("store"),
        blobs=UNKNOWN,
        queues=UNKNOWN,
        tables=UNKNOWN,
        client_id=UNKNOWN,
        collection=deployment.output("collection"),
        insights=UNKNOWN,
    )
    return app_settings(deployment.config, facts)


CHECKS: tuple[Check[Deployment], ...] = (
    ("D01", _answers),
    ("D02", _key),
    ("D03", _curator),
    ("D04", _types),
    ("D05", _told),
    ("D06", attached.agent),
    ("D07", attached.clusters),
    ("D08", backlog.queues),
    ("D09", backlog.pending),
    ("D10", _roles),
    ("D11", _settings),
    ("D12", backlog.logs),
    ("D13", reached.catalogue),
)
