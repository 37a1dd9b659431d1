"""What the init script is to write on a node, to the byte; and what it is to leave behind where it refuses."""

from pathlib import Path

from tests.databricks_init.node import (
    ADD_OPENS,
    AGENT,
    BUNDLES,
    CONF,
    KEY,
    RULES,
    SETTINGS,
    STATUS,
    URL,
    WORKSPACE,
    Node,
    Ran,
)

JAVA = {"8": "1.8.0_412", "11": "11.0.23", "17": "17.0.11", "21": "21.0.3"}
"""Major version → what ``java -version`` says."""
LISTENER = "za.co.absa.spline.harvester.listener.SplineQueryExecutionListener"


def conf_of(root: Path, *, java: str, name: str, kind: str) -> str:
    http = "spark.spline.lineageDispatcher.http"
    own = "spark.spline.postProcessingFilter"
    classes = "za.co.absa.spline.harvester.postprocessing"
    lines = [
        '"spark.spline.lineageDispatcher" = "http"',
        f'"{http}.producer.url" = "{URL}"',
        f'"{http}.apiVersion" = "1.2"',
        f'"{http}.requestCompression" = "true"',
        f'"{http}.timeout.connection" = "2000"',
        f'"{http}.timeout.read" = "10000"',
        f'"{http}.header.x-databricks-workspace-url" = "{WORKSPACE}"',
        f'"{http}.header.x-databricks-workspace-id" = "1234567890123456"',
        f'"{http}.header.x-databricks-cluster-id" = "1120-010003-k3v9qzap"',
        f'"{http}.header.x-databricks-cluster-name" = "{name}"',
        f'"{http}.header.x-databricks-cluster-kind" = "{kind}"',
        f'"{own}" = "lineage"',
        f'"{own}.lineage.className" = "{classes}.CompositePostProcessingFilter"',
        f'"{own}.lineage.filters" = "lineageMeta,default"',
        f'"{own}.lineageMeta.className" = "{classes}.metadata.MetadataCollectingFilter"',
        f'"{own}.lineageMeta.rules" = "file://{root}/{RULES}"',
        *([f'"spark.driver.extraJavaOptions" = "{ADD_OPENS}"'] if java == "17" else []),
        f'"spark.sql.queryExecutionListeners" = "{LISTENER}"',
    ]
    return "[driver] {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def files_of(root: Path, *, spark: str, java: str, name: str, kind: str) -> dict[str, str]:
    bundle = BUNDLES[spark[:3]]
    facts = (
        f'"workspaceUrl": "{WORKSPACE}", "orgId": "1234567890123456", "clusterId": "1120-010003-k3v9qzap", '
        f'"clusterName": "{name}", "clusterKind": "{kind}"'
    )
    return {
        AGENT: bundle,
        SETTINGS: f"spline.lineageDispatcher.http.header.x-functions-key={KEY}\n",
        CONF: conf_of(root, java=java, name=name, kind=kind),
        RULES: '{"executionEvent": {"extra": {"jobRun": {' + facts + "}}}}\n",
        "databricks/lineage/lineage_notebook/identity.py": "# identity\n",
        "databricks/lineage/lineage_notebook/mounts.py": "# mounts\n",
        STATUS: status("yes", "", spark=spark, java=java, bundle=bundle, url=URL),
    }


def status(attached: str, reason: str, *, spark="3.5.0", scala="2.12", java="8", bundle="", url="", runtime="15.4"):
    facts = {"runtime": runtime, "spark": spark, "scala": scala, "java": java, "bundle": bundle, "url": url}
    return f"attached={attached}\nreason={reason}\n" + "".join(f"{name}={value}\n" for name, value in facts.items())


def refused(made: Node, ran: Ran) -> str:
    """The reason, after checking that nothing is attached and that one line says why."""
    assert ran.code == 0, ran.output
    assert len(ran.lines) == 1, ran.output
    assert not (made.root / CONF).is_file()
    assert not (made.root / AGENT).exists()
    assert not (made.root / SETTINGS).exists()
    assert not list(made.root.rglob("*.part"))
    assert KEY not in ran.output
    assert ran.output.startswith("lineage: not attached: ")
    return str(ran.output).removeprefix("lineage: not attached: ").strip()
