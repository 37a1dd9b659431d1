"""The agent's settings and the variables that they are made from: the table behind script, policy, notebook and docs.

A value may have ``{NAME}``: what the script works out on the node. ``SECRETS`` never enter Spark's configuration, which
``SET`` and the Spark UI show to everybody; they lie in ``spline.properties`` inside a jar that only root may read.
"""

from dataclasses import dataclass
from enum import Enum

LISTENER = "za.co.absa.spline.harvester.listener.SplineQueryExecutionListener"
LISTENERS = "spark.sql.queryExecutionListeners"
JAVA_OPTIONS = "spark.driver.extraJavaOptions"
ADD_OPENS = "--add-opens=java.base/sun.net.www.protocol.jar=ALL-UNNAMED"
ADD_OPENS_SINCE = 16
"""Java versions from here on fail without it: the agent closes a stream of the JDK by reflection."""
READ_TIMEOUT_MS = 10_000

_HTTP = "spark.spline.lineageDispatcher.http"
_FILTER = "spark.spline.postProcessingFilter"
_CLASSES = "za.co.absa.spline.harvester.postprocessing"


class When(Enum):
    """On which nodes a setting is written."""

    ALWAYS = "always"
    JAVA_16 = f"Java {ADD_OPENS_SINCE} and later"
    KNOWN = "where it is known"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of Spark's configuration of the driver, in the order in which it is written."""

    key: str
    value: str
    why: str
    when: When = When.ALWAYS


SETTINGS: tuple[Setting, ...] = (
    Setting("spark.spline.lineageDispatcher", "http", "named in this one place: sources of settings add up"),
    Setting(f"{_HTTP}.producer.url", "{URL}", "the Function; `https`, no slash at the end, no key in it"),
    Setting(
        f"{_HTTP}.apiVersion", "1.2", "with the next one: no handshake, which would switch lineage off when it fails"
    ),
    Setting(f"{_HTTP}.requestCompression", "true", "gzip for larger bodies"),
    Setting(f"{_HTTP}.timeout.connection", "2000", "milliseconds"),
    Setting(
        f"{_HTTP}.timeout.read",
        str(READ_TIMEOUT_MS),
        "milliseconds, not two minutes: the agent sends on a thread that other listeners wait for",
    ),
    Setting(f"{_HTTP}.header.x-databricks-workspace-url", "{WORKSPACE_URL}", "whose lineage it is", When.KNOWN),
    Setting(f"{_HTTP}.header.x-databricks-workspace-id", "{WORKSPACE_ID}", "whose lineage it is", When.KNOWN),
    Setting(f"{_HTTP}.header.x-databricks-cluster-id", "{CLUSTER_ID}", "where it ran", When.KNOWN),
    Setting(
        f"{_HTTP}.header.x-databricks-cluster-name",
        "{CLUSTER_NAME}",
        "a job cluster's name holds job and run, `job-4711-run-9001-key`",
        When.KNOWN,
    ),
    Setting(f"{_HTTP}.header.x-databricks-cluster-kind", "{CLUSTER_KIND}", "`job` or `interactive`"),
    Setting(_FILTER, "lineage", "a name of its own, so that the notebook's filter is added and replaces nothing"),
    Setting(f"{_FILTER}.lineage.className", f"{_CLASSES}.CompositePostProcessingFilter", ""),
    Setting(f"{_FILTER}.lineage.filters", "lineageMeta,default", "`default` masks passwords"),
    Setting(f"{_FILTER}.lineageMeta.className", f"{_CLASSES}.metadata.MetadataCollectingFilter", ""),
    Setting(
        f"{_FILTER}.lineageMeta.rules",
        "file://{RULES}",
        "cluster facts for every event, as literals: no `$js`, which Java 17 does not have",
    ),
    Setting(JAVA_OPTIONS, "{JAVA_OPTIONS}", "after the options that the node already has", When.JAVA_16),
    Setting(LISTENERS, "{LISTENERS}", "last, and only when everything else is in place; after listeners already there"),
)

SECRETS: tuple[tuple[str, str], ...] = (("spline.lineageDispatcher.http.header.x-functions-key", "{KEY}"),)
"""The function key."""
ENTRA_SECRETS: tuple[tuple[str, str], ...] = (
    ("spline.lineageDispatcher.http.authentication.type", "OAUTH"),
    ("spline.lineageDispatcher.http.authentication.grantType", "client_credentials"),
    ("spline.lineageDispatcher.http.authentication.clientId", "{CLIENT_ID}"),
    ("spline.lineageDispatcher.http.authentication.clientSecret", "{KEY}"),
    ("spline.lineageDispatcher.http.authentication.scope", "{SCOPE}"),
    ("spline.lineageDispatcher.http.authentication.tokenUrl", "{TOKEN_URL}"),
)
"""In place of the function key, where the Function takes Entra tokens."""


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable of the cluster; the policy sets it, ``default`` applies where nobody does."""

    name: str
    default: str
    what: str
    required: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "LINEAGE",
        "on",
        "`off` (or `false`, `no`, `0`) leaves the cluster alone; so does a cluster tag `LINEAGE` with the value `off`",
    ),
    Variable("LINEAGE_URL", "", "`https://HOST/api/producer` of the Function", required=True),
    Variable("LINEAGE_KEY", "", "`{{secrets/SCOPE/KEY}}`: the function key, or the client secret", required=True),
    Variable("LINEAGE_HOME", "/Workspace/Shared/lineage", "folder with the agent's bundles and `bundles.sha256`"),
    Variable("LINEAGE_WORKSPACE_URL", "", "`adb-….azuredatabricks.net`; else the node's own settings are asked"),
    Variable("LINEAGE_WORKSPACE_ID", "", "else the node's own settings are asked"),
    Variable("LINEAGE_UNTESTED", "off", "`on` attaches where the table says `untested`, if there is a bundle"),
    Variable(
        "LINEAGE_TOKEN_URL",
        "",
        "`https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`: the agent asks Entra for a token, and "
        "`LINEAGE_KEY` is the client secret",
    ),
    Variable("LINEAGE_CLIENT_ID", "", "application that may post, with `LINEAGE_TOKEN_URL`"),
    Variable("LINEAGE_SCOPE", "", "`api://APPLICATION/.default`, with `LINEAGE_TOKEN_URL`"),
    Variable("JDK_JAVA_OPTIONS", "", f"must have `{ADD_OPENS}` on Java {ADD_OPENS_SINCE} and later"),
)
