"""Lineage values made by hand, as naming would make them."""

from collections.abc import Sequence
from typing import Any

from lineage.model import (
    AssetName,
    Column,
    ColumnEdge,
    ColumnSource,
    Dataset,
    Influence,
    Kind,
    Lineage,
    Mode,
    Owner,
    Process,
    Role,
    Run,
    Status,
    WorkspaceContext,
)

HOST = "adb-8765432109876543.7.azuredatabricks.net"
LAKE = "https://northwindlake.dfs.core.windows.net"

WORKSPACE = Owner(AssetName("databricks_workspace", f"databricks://{HOST}"), HOST)


def notebook(path: str = "Repos/data/retail/orders") -> Owner:
    asset = AssetName("databricks_notebook", f"databricks://{HOST}/notebooks/{path}")
    return Owner(asset, path, relation="workspace", parent=WORKSPACE)


def task(job: str = "4711", key: str = "build", notebook_path: str = "Repos/data/retail/orders") -> Owner:
    job_asset = AssetName("databricks_job", f"databricks://{HOST}/jobs/{job}")
    job_owner = Owner(job_asset, "nightly", "workspace", WORKSPACE, attributes=(("jobId", job),))
    asset = AssetName("databricks_notebook_task", f"{job_asset.qualified_name}/tasks/{key}")
    return Owner(asset, key, "job", job_owner, links=(("notebook", notebook(notebook_path)),))


def path(
    place: str,
    *columns: str,
    type_name: str = "azure_datalake_gen2_path",
    alternates: Sequence[AssetName] = (),
) -> Dataset:
    """A folder of the lake; columns are names, or names with types (``id:int``)."""
    name = place if "://" in place or "@" in place else f"{LAKE}/{place}"
    return Dataset(
        asset=AssetName(type_name, name),
        name=place.rpartition("/")[2],
        uri=f"abfss://{place}",
        columns=tuple(Column(*column.split(":")) for column in columns),
        alternates=tuple(alternates),
        rule="adls_gen2",
    )


def edge(name: str, *sources: Any, influences: Sequence[tuple[Dataset, str]] = (), expression: str = "") -> ColumnEdge:
    """``sources`` are (dataset, column) or (dataset, column, kind)."""
    return ColumnEdge(
        name,
        "",
        tuple(ColumnSource(one[0].asset, one[1], one[2] if len(one) > 2 else Kind.IDENTITY) for one in sources),
        tuple(ColumnSource(dataset.asset, column) for dataset, column in influences),
        expression,
    )


ORDERS = path("raw/orders", "id:int", "amount:double", "country:string")
SILVER = path("silver/orders", "id:int", "amount:double", "load_ts:timestamp")
EDGES = (
    edge("id", (ORDERS, "id")),
    edge("amount", (ORDERS, "amount", Kind.TRANSFORMATION), influences=[(ORDERS, "country")], expression="amount * 2"),
    edge("load_ts"),
)


def lineage(
    key: str = "e1",
    at: int = 1_000,
    *,
    run: str = "r1",
    job: str = "4711",
    status: Status = Status.SUCCEEDED,
    inputs: Sequence[Dataset] = (ORDERS,),
    output: Dataset = SILVER,
    columns: Sequence[ColumnEdge] = EDGES,
    mode: Mode = Mode.OVERWRITE,
    owner: Owner | None = None,
    name: str = "orders: raw/orders → silver/orders",
    process: str = "abcdef0123456789",
    role: Role = Role.WHOLE,
    application: str = "app-1",
    indirect: Any = (),
    **facts: Any,
) -> Lineage:
    owner = owner or notebook()
    return Lineage(
        process=Process(f"{owner.asset.qualified_name}/processes/{process}", name, owner),
        output=output,
        mode=mode,
        inputs=tuple(inputs),
        columns=tuple(columns),
        indirect=tuple(indirect),
        run=Run(key=key, timestamp=at, status=status, application_id=application, **facts),
        context=WorkspaceContext(workspace_url=HOST, workspace_id="8765432109876543", job_id=job, run_id=run),
        role=role,
    )


JOIN = ((Influence.JOIN, (ColumnSource(ORDERS.asset, "id"),)),)
