"""Sources and their names, by family: what the conformance file leaves open, built from the same rules."""

# ruff: noqa: E501 - a table is read by its rows

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WORKSPACE = "adb-8765432109876543.7.azuredatabricks.net"
METASTORE = "11111111-2222-3333-4444-555555555555"
MOUNTS = {
    "/mnt/raw": "abfss://raw@fabrikamlake.dfs.core.windows.net/",
    "/mnt/sub": "abfss://curated@fabrikamlake.dfs.core.windows.net/gold/v1/",
    "/mnt/deep/er": "abfss://deep@fabrikamlake.dfs.core.windows.net/",
    "/lake": "abfss://lake@fabrikamlake.dfs.core.windows.net/",
    "/databricks-datasets": "databricks-datasets",
    "/databricks/mlflow-tracking": "unsupported-access-mechanism-for-path--use-mlflow-client:/",
    "/": "DatabricksRoot",
}
ROOT_MOUNTED = {
    "/": "abfss://root@fabrikamlake.dfs.core.windows.net/ws1",
    "/mnt/raw": "abfss://raw@fabrikamlake.dfs.core.windows.net",
}

Source = str | tuple[str, str]

PLACEHOLDER = "lineage_dataset"
PATH = "azure_datalake_gen2_path"
LAKE = "https://fabrikamlake.dfs.core.windows.net"
RAW = "abfss://raw@fabrikamlake.dfs.core.windows.net"
BLOB = "https://fabrikamblob.blob.core.windows.net"
SQL = "jdbc:sqlserver://fabrikamsql.database.windows.net"
MSSQL = "mssql://fabrikamsql.database.windows.net"
DBFS = f"dbfs://{WORKSPACE}"


@dataclass(frozen=True)
class Case:
    """``source`` is a Spline URI or an OpenLineage (namespace, name); ``type_name`` is ``None`` for no dataset."""

    source: Source
    type_name: str | None
    qualified_name: str | None
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def request(self) -> dict[str, Any]:
        """As ``explain`` takes it."""
        named = dict(zip(("namespace", "name"), self.source, strict=True)) if isinstance(self.source, tuple) else None
        return {"workspace_url": WORKSPACE, **(named or {"uri": self.source}), **self.context}


def _paths() -> list[Case]:
    return [
        Case(f"{RAW}/sales/2026-11-20", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/20261120/", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/2026/11/20", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/2026/11/20", PATH, f"{LAKE}/raw/sales/2026/11/20", {"fold_dates": False}),
        Case(f"{RAW}/sales/2026-11-20/part-00000.csv", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/country=DE/2026-11-20", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/2026-11-20/country=DE", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/2026-11-20/orders.csv", PATH, f"{LAKE}/raw/sales/2026-11-20/orders.csv"),
        Case(f"{RAW}/sales/2026-13-45", PATH, f"{LAKE}/raw/sales/2026-13-45"),
        Case(f"{RAW}/sales/2026/11", PATH, f"{LAKE}/raw/sales/2026/11"),
        Case(f"{RAW}/sales/2026-02-29", PATH, f"{LAKE}/raw/sales/2026-02-29"),
        Case(f"{RAW}/sales/2028-02-29", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/2026-11-20", PATH, f"{LAKE}/raw/2026-11-20"),
        Case(f"{RAW}/2026/11/20", PATH, f"{LAKE}/raw/2026/11/20"),
        Case(f"{RAW}/year=2024/part-00000.parquet", PATH, f"{LAKE}/raw/year=2024"),
        Case(f"{RAW}/part-00000.parquet", PATH, f"{LAKE}/raw/part-00000.parquet"),
        Case(f"{RAW}/sales/year=2024/data.csv", PATH, f"{LAKE}/raw/sales/year=2024/data.csv"),
        Case(f"{RAW}/sales/year=2024/region/eu", PATH, f"{LAKE}/raw/sales/year=2024/region/eu"),
        Case(f"{RAW}/sales/year=2024/month=01/day=02", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/discount=0.5", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/_SUCCESS", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/_change_data/cdc-00000-1.c000.snappy.parquet", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/part-r-00000.gz.parquet", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/000000_0", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/*", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/sales/year=*/month={{01,02}}/*.csv", PATH, f"{LAKE}/raw/sales"),
        Case(f"{RAW}/*.csv", "azure_datalake_gen2_filesystem", f"{LAKE}/raw"),
        Case(f"{RAW}/delta/orders@v12/", PATH, f"{LAKE}/raw/delta/orders"),
        Case(f"{RAW}/users/a@b.com", PATH, f"{LAKE}/raw/users/a@b.com"),
        Case(f"{RAW}/a/{{x}}/b", PATH, f"{LAKE}/raw/a/%7Bx%7D/b"),
        Case(f"{RAW}/ a / b ", PATH, f"{LAKE}/raw/a/b"),
        Case(f"{RAW}/a/../b/./c", PATH, f"{LAKE}/raw/b/c"),
        Case(f"{RAW}/../../../etc/passwd", PATH, f"{LAKE}/raw/etc/passwd"),
        Case(f"{RAW}/gro\u0308\u00dfe", PATH, f"{LAKE}/raw/gr\u00f6\u00dfe"),
        Case(f"{RAW}/price$_usd", PATH, f"{LAKE}/raw/price$_usd"),
        Case(f"{RAW}/a?b/c", PATH, f"{LAKE}/raw/a?b/c"),
        Case(f"{RAW}/a?sv=2022&sig=x%2Fy", PATH, f"{LAKE}/raw/a"),
        Case(f"{RAW}/Q1.CSV", PATH, f"{LAKE}/raw/Q1.CSV"),
        Case(f"{RAW}/x%2520y", PATH, f"{LAKE}/raw/x%20y", {"origin": "catalog_table"}),
        Case(f"{RAW}/x%FFy", PATH, f"{LAKE}/raw/x%FFy", {"origin": "catalog_table"}),
        Case(f"{RAW}/x%2520y", PATH, f"{LAKE}/raw/x%2520y", {"origin": "path", "table_identifier": "s.t"}),
        Case(RAW, "azure_datalake_gen2_filesystem", f"{LAKE}/raw"),
        Case("abfss://fabrikamlake.dfs.core.windows.net/raw/x", PATH, f"{LAKE}/raw/x"),
        Case("ABFSS://RAW@FabrikamLake.dfs.core.windows.net/X", PATH, f"{LAKE}/raw/X"),
        Case("abfss://raw@fabrikamlake-secondary.privatelink.dfs.core.windows.net:443/x", PATH, f"{LAKE}/raw/x"),
        Case("abfss://raw@fabrikamlake.blob.core.windows.net/x", PATH, f"{LAKE}/raw/x"),
        Case("abfss://r@f.blob.core.chinacloudapi.cn/x", PATH, "https://f.dfs.core.chinacloudapi.cn/r/x"),
        Case("abfss://r@f.z7.dfs.storage.azure.net/x", PATH, "https://f.z7.dfs.storage.azure.net/r/x"),
        Case("https://fabrikamlake.dfs.core.windows.net/raw", "azure_datalake_gen2_filesystem", f"{LAKE}/raw"),
        Case("https://f.dfs.core.usgovcloudapi.net/raw/x", PATH, "https://f.dfs.core.usgovcloudapi.net/raw/x"),
    ]  # fmt: skip


def _stores() -> list[Case]:
    return [
        Case("wasbs://landing@fabrikamblob.blob.core.windows.net", "azure_blob_container", f"{BLOB}/landing"),
        Case("wasbs://landing@fabrikamblob.blob.core.windows.net/", "azure_blob_container", f"{BLOB}/landing"),
        Case(("wasbs://landing@fabrikamblob.dfs.core.windows.net", "in/x"), "azure_blob_path", f"{BLOB}/landing/in/x"),
        Case("wasbs://l@f.blob.core.usgovcloudapi.net/x", "azure_blob_path", "https://f.blob.core.usgovcloudapi.net/l/x"),
        Case("wasb://l@f-secondary.blob.core.windows.net/x", "azure_blob_path", "https://f.blob.core.windows.net/l/x"),
        Case("wasbs://l@f.z12.blob.storage.azure.net/x", "azure_blob_path", "https://f.z12.blob.storage.azure.net/l/x"),
        Case("https://fabrikamblob.blob.core.windows.net/landing/a.csv?sp=r&sig=S/ig", "azure_blob_path", f"{BLOB}/landing/a.csv"),
        Case("adl://fabrikamgen1.azuredatalakestore.net/", "azure_datalake_gen1_account", "adl://fabrikamgen1.azuredatalakestore.net"),
        Case("https://fabrikamgen1.azuredatalakestore.net/webhdfs/v1/c/x", "azure_datalake_gen1_path", "adl://fabrikamgen1.azuredatalakestore.net/c/x"),
        Case("adl://fabrikamgen1.azuredatalakestore.net/c/year=2020", "azure_datalake_gen1_path", "adl://fabrikamgen1.azuredatalakestore.net/c"),
        Case("abfss://ws@onelake.dfs.fabric.microsoft.com/", PLACEHOLDER, "https://onelake.dfs.fabric.microsoft.com/ws"),
        Case("abfss://ws@westeurope-onelake.dfs.fabric.microsoft.com/l.Lakehouse/Files/x", PLACEHOLDER, "https://onelake.dfs.fabric.microsoft.com/ws/l.Lakehouse/Files/x"),
        Case(
            "abfss://0f0f0f0f-1111-2222-3333-444444444444@onelake.dfs.fabric.microsoft.com/0A0A0A0A-1111-2222-3333-444444444444/Tables/t",
            PLACEHOLDER,
            "https://onelake.dfs.fabric.microsoft.com/0f0f0f0f-1111-2222-3333-444444444444/0A0A0A0A-1111-2222-3333-444444444444/Tables/t",
        ),
        Case("s3n://b/x/year=2024/part-0.parquet", PLACEHOLDER, "s3://b/x"),
        Case("s3a://b", PLACEHOLDER, "s3://b"),
        Case(("s3://b", "k/x.csv"), PLACEHOLDER, "s3://b/k/x.csv"),
        Case("gs://b", PLACEHOLDER, "gs://b"),
        Case(("gs://b", "k/2026-11-20"), PLACEHOLDER, "gs://b/k"),
        Case("hdfs://NN:8020/data/x/", "hdfs_path", "hdfs://nn:8020/data/x"),
        Case("hdfs:///data/x", "hdfs_path", "hdfs:///data/x"),
    ]  # fmt: skip


def _databricks() -> list[Case]:
    root = {"mounts": ROOT_MOUNTED}
    mounted = {"mounts": MOUNTS}
    known = {"metastore_id": METASTORE}
    unity = f"databricks://{METASTORE}/catalogs/main/schemas/sales/tables/orders"
    managed = "abfss://uc@fabrikamuc.dfs.core.windows.net/__unitystorage/schemas/aa/tables/bb"
    managed_path = "https://fabrikamuc.dfs.core.windows.net/uc/__unitystorage/schemas/aa/tables/bb"
    return [
        Case("dbfs:///mnt/raw/x", PATH, f"{LAKE}/raw/x", mounted),
        Case("dbfs://mnt/raw/x", PATH, f"{LAKE}/raw/x", mounted),
        Case("/mnt/raw/year=2024", PATH, f"{LAKE}/raw/year=2024", mounted),
        Case("dbfs:/mnt/raw/2026/11/20", PATH, f"{LAKE}/raw/2026/11/20", mounted),
        Case("dbfs:/mnt/sub/year=2024", PATH, f"{LAKE}/curated/gold/v1", mounted),
        Case("dbfs:/mnt/deep/x", PLACEHOLDER, f"{DBFS}/mnt/deep/x", mounted),
        Case("dbfs:/mnt/deep/er/x", PATH, f"{LAKE}/deep/x", mounted),
        Case("dbfs:/lake/a", PATH, f"{LAKE}/lake/a", mounted),
        Case("dbfs:/lakeside/a", PLACEHOLDER, f"{DBFS}/lakeside/a", mounted),
        Case("dbfs:/mnt/raw/../sub/t", PATH, f"{LAKE}/curated/gold/v1/t", mounted),
        Case("file:/dbfs/lake/a", PATH, f"{LAKE}/lake/a", mounted),
        Case("file:///dbfs/mnt/raw", "azure_datalake_gen2_filesystem", f"{LAKE}/raw", mounted),
        Case("/dbfs/tmp/x", PLACEHOLDER, f"{DBFS}/tmp/x", mounted),
        Case("/dbfs", PLACEHOLDER, f"{DBFS}/"),
        Case("/dbfsx/y", PLACEHOLDER, f"{DBFS}/dbfsx/y"),
        Case("dbfs:/databricks/mlflow-tracking/1", PLACEHOLDER, f"{DBFS}/databricks/mlflow-tracking/1", mounted),
        Case((DBFS, "/mnt/raw/x"), PATH, f"{LAKE}/raw/x", mounted),
        Case((f"hdfs://{WORKSPACE}", "/mnt/raw/x"), PATH, f"{LAKE}/raw/x", mounted),
        Case(("dbfs://adb-2.2.azuredatabricks.net", "/mnt/raw/x"), PLACEHOLDER, "dbfs://adb-2.2.azuredatabricks.net/mnt/raw/x", mounted),
        Case(("file", "/dbfs/mnt/raw/x"), PATH, f"{LAKE}/raw/x", mounted),
        Case("dbfs:/tmp/x", PATH, f"{LAKE}/root/ws1/tmp/x", root),
        Case("dbfs:/", PATH, f"{LAKE}/root/ws1", root),
        Case("dbfs:/mnt/raw/x", PATH, f"{LAKE}/raw/x", root),
        Case("dbfs:/user/hive/warehouse/t", "hive_table", f"default.t@{WORKSPACE}", root),
        Case("dbfs:/user/hive/warehouse/t", PATH, f"{LAKE}/wh/t", {"mounts": {"/user/hive/warehouse": "abfss://wh@fabrikamlake.dfs.core.windows.net"}}),
        Case("dbfs:/FileStore/tables/x.csv", PLACEHOLDER, f"{DBFS}/FileStore/tables/x.csv"),
        Case("dbfs:/", PLACEHOLDER, f"{DBFS}/"),
        Case("dbfs:/tmp/x", PLACEHOLDER, "dbfs://unknown/tmp/x", {"workspace_url": ""}),
        Case("dbfs:/user/hive/warehouse/sales.db/t/_delta_log/0.json", "hive_table", f"sales.t@{WORKSPACE}"),
        Case("dbfs:/user/hive/warehouse/t@v3", "hive_table", f"default.t@{WORKSPACE}"),
        Case("dbfs:/user/hive/warehouse/default.db/t", "hive_table", f"default.t@{WORKSPACE}"),
        Case("dbfs:/user/hive/warehouse/Sales.db/Orders", "hive_table", f"sales.orders@{WORKSPACE}"),
        Case("dbfs:/user/hive/warehouse", PLACEHOLDER, f"{DBFS}/user/hive/warehouse"),
        Case("dbfs:/user/hive/warehouse/sales.db", PLACEHOLDER, f"{DBFS}/user/hive/warehouse/sales.db"),
        Case("dbfs:/user/hive/warehouse/*", PLACEHOLDER, f"{DBFS}/user/hive/warehouse"),
        Case("dbfs:/user/hive/warehouse/sales.db/*", PLACEHOLDER, f"{DBFS}/user/hive/warehouse/sales.db"),
        Case("dbfs:/user/hive/warehouse/orders/year=2024/part-0.parquet", "hive_table", f"default.orders@{WORKSPACE}"),
        Case("dbfs:/user/hive/warehouse/x", "hive_table", f"mart.paid@{WORKSPACE}", {"table_identifier": {"database": "mart", "table": "Paid"}}),
        Case("dbfs:/user/hive/warehouse/x", "hive_table", f"mart.d1@{WORKSPACE}", {"table_identifier": "spark_catalog.mart.d1"}),
        Case("dbfs:/user/hive/warehouse/x", "hive_table", f"default.d1@{WORKSPACE}", {"table_identifier": {"table": "d1"}}),
        Case(f"{RAW}/t", PATH, f"{LAKE}/raw/t", {"table_identifier": "hive_metastore.mart.t"}),
        Case(f"{RAW}/t", PATH, f"{LAKE}/raw/t", {"table_identifier": "delta.`abfss://x/t`"}),
        Case("", "hive_table", f"mart.t@{WORKSPACE}", {"table_identifier": "mart.t"}),
        Case(managed, "databricks_table", unity, {**known, "table_identifier": "main.sales.orders"}),
        Case(managed, "databricks_table", unity, {**known, "table_identifier": "Main.Sales.Orders"}),
        Case(managed, PATH, managed_path, {"table_identifier": "main.sales.orders"}),
        Case(managed, PATH, managed_path, {**known, "table_identifier": "sales.orders"}),
        Case("dbfs:/mnt/raw/orders", "databricks_table", unity, {**known, **mounted, "table_identifier": "main.sales.orders"}),
        Case("", "databricks_table", unity, {**known, "table_identifier": "main.sales.orders"}),
        Case("", PLACEHOLDER, f"unitycatalog://{WORKSPACE}/main/sales/orders", {"table_identifier": "main.sales.orders"}),
        Case((f"unitycatalog://{WORKSPACE}", "main.sales.orders"), PLACEHOLDER, f"unitycatalog://{WORKSPACE}/main/sales/orders"),
        Case(("unity-catalog", "main.sales.orders"), "databricks_table", unity, known),
        Case((f"databricks://{WORKSPACE}", "main.sales.orders"), "databricks_table", unity, known),
        Case(("hive://hive-metastore:9083", "sales.orders"), "hive_table", f"sales.orders@{WORKSPACE}"),
        Case(("hive://adb-2.2.azuredatabricks.net", "sales.orders"), "hive_table", "sales.orders@adb-2.2.azuredatabricks.net"),
        Case(("hive://hive-metastore:9083", "orders"), "hive_table", f"default.orders@{WORKSPACE}"),
        Case(
            (RAW, "/t"), "databricks_table", unity,
            {**known, "symlinks": [{"namespace": f"https://{WORKSPACE}/api/2.1/unity-catalog", "name": "main.sales.orders", "type": "TABLE"}]},
        ),
        Case(
            (f"unitycatalog://{WORKSPACE}", "main.sales.orders"), PATH, f"{LAKE}/raw/a%20b",
            {"symlinks": [{"namespace": RAW, "name": "/a%20b", "type": "LOCATION"}]},
        ),
        Case("dbfs:/Volumes/main/sales/files/in/year=2024", PLACEHOLDER, f"{DBFS}/Volumes/main/sales/files/in"),
        Case("dbfs:/Volumes/main/sales/files/in", PLACEHOLDER, f"databricks://{METASTORE}/catalogs/main/schemas/sales/volumes/files/in", known),
        Case("/Volumes/main/sales/files", PLACEHOLDER, f"databricks://{METASTORE}/catalogs/main/schemas/sales/volumes/files", known),
        Case("file:/Volumes/main/sales/files/x", PLACEHOLDER, f"databricks://{METASTORE}/catalogs/main/schemas/sales/volumes/files/x", known),
        Case("file:/Workspace/Users/a/x.csv", PLACEHOLDER, f"file://{WORKSPACE}/Workspace/Users/a/x.csv"),
        Case(("file", "/tmp/x"), PLACEHOLDER, f"file://{WORKSPACE}/tmp/x"),
        Case(("file://nas01", "/share/x"), PLACEHOLDER, "file://nas01/share/x"),
    ]  # fmt: skip


def _sql_server() -> list[Case]:
    table, synapse = "azure_sql_table", "azure_synapse_dedicated_sql_table"
    same = [
        f"{SQL};databaseName=salesdb:sales.orders",
        f"{SQL}:1433;databaseName=salesdb:sales.orders",
        f"{SQL}:1433;DATABASENAME=salesdb;:sales.orders",
        f"{SQL}:1433;encrypt=true;Database=salesdb;loginTimeout=30:[sales].[orders]",
        f'{SQL};database=salesdb:"sales"."orders"',
        f'{SQL};database=salesdb:sales."orders"',
        f"{SQL};database=salesdb:`sales`.`orders`",
        f"{SQL};database=salesdb: sales . orders".replace(" . ", "."),
        f"{SQL};database={{salesdb}}:sales.orders",
        f"{SQL};database=other:salesdb.sales.orders",
        f"{SQL};database=other:[salesdb].[sales].[orders]",
        f"{SQL};database=salesdb:sales.orders WITH (NOLOCK)",
        f"{SQL};database=salesdb:sales.orders o",
        f"{SQL};database=salesdb;user=u;password={{a:(select}}:sales.orders",
        f"{SQL};database=salesdb;user=u;password=p:w:sales.orders",
        f"{SQL};user=u@fabrikamsql;password=*****;database=salesdb:sales.orders",
        f"{SQL};database=salesdb:(select * from sales.orders) q",
        f"{SQL};database=salesdb:(SELECT TOP 5 o.id FROM [sales].[orders] o WHERE o.id > ?) SPARK_GEN_SUBQ_0",
        f"{SQL};database=salesdb:select id from sales.orders",
        "jdbc:sqlserver://tcp:fabrikamsql.database.windows.net,1433;database=salesdb:sales.orders",
        "jdbc:sqlserver://FABRIKAMSQL.privatelink.database.windows.net;database=salesdb:sales.orders",
        "jdbc:jtds:sqlserver://fabrikamsql.database.windows.net:1433/salesdb:sales.orders",
        "jdbc:sqlserver://fabrikamsql.database.windows.net:1433/salesdb:sales.orders",
    ]
    spellings = [Case(uri, table, f"{MSSQL}/salesdb/sales/orders") for uri in same]
    emitted = [
        (
            ("sqlserver://fabrikamsql.database.windows.net:1433", "salesdb.sales.orders"),
            f"{MSSQL}/salesdb/sales/orders",
        ),
        (("mssql://fabrikamsql.database.windows.net:1433", "salesdb.sales.orders"), f"{MSSQL}/salesdb/sales/orders"),
        (
            ("mssql://fabrikamsql.database.windows.net", "[salesdb].[sales].[my.orders]"),
            f"{MSSQL}/salesdb/sales/my.orders",
        ),
        (
            ("sqlserver://fabrikamsql.database.windows.net:1433/salesdb", "sales.orders"),
            f"{MSSQL}/salesdb/sales/orders",
        ),
        (
            ("sqlserver://fabrikamsql.database.windows.net;databaseName=salesdb;encrypt=true;", "Order Details"),
            f"{MSSQL}/salesdb/dbo/Order%20Details",
        ),
        (("jdbc:sqlserver://fabrikamsql.database.windows.net;databaseName=salesdb", "t"), f"{MSSQL}/salesdb/dbo/t"),
        (("sqlserver://fabrikamsql.database.windows.net:1433", "t"), f"{MSSQL}/master/dbo/t"),
    ]
    return [
        *spellings,
        *(Case(source, table, name) for source, name in emitted),
        Case(f"{SQL};database=s:[Order Details]", table, f"{MSSQL}/s/dbo/Order%20Details"),
        Case(f"{SQL};database=s:[a/b]", table, f"{MSSQL}/s/dbo/a%2Fb"),
        Case(f"{SQL};database=s:db2..t", table, f"{MSSQL}/db2/dbo/t"),
        Case(f'{SQL};database=s:"a:b"', table, f"{MSSQL}/s/dbo/a:b"),
        Case(f"{SQL};database=s:#temp", "azure_sql_db", f"{MSSQL}/s"),
        Case(f"{SQL};database=s:##temp", table, f"{MSSQL}/tempdb/dbo/##temp"),
        Case(f"{SQL};database=s:srv1.d.sales.orders", PLACEHOLDER, f"{MSSQL}/@srv1/d/sales/orders"),
        Case(
            "jdbc:sqlserver://onprem01;databaseName=erp:[srv2].d..t",
            PLACEHOLDER,
            "mssql://onprem01/MSSQLSERVER/@srv2/d/dbo/t",
        ),
        Case(f"{SQL};database=s:größe", table, f"{MSSQL}/s/dbo/größe"),
        Case(f"{SQL};database=s;password=*****", "azure_sql_db", f"{MSSQL}/s"),
        Case(f"{SQL};database=s;password=*****", table, f"{MSSQL}/s/hr/people", {"params": {"dbtable": "hr.people"}}),
        Case(f"{SQL};database=s;password=*****", table, f"{MSSQL}/s/hr/people", {"params": {"query": "select a from hr.people"}}),
        Case(f"{SQL};database=s:(select broken", "azure_sql_db", f"{MSSQL}/s"),
        Case(f"{SQL};database=s:(exec sp_who) q", "azure_sql_db", f"{MSSQL}/s"),
        Case(SQL, "azure_sql_db", f"{MSSQL}/master"),
        Case("jdbc:sqlserver://f.database.chinacloudapi.cn;database=s:t", table, "mssql://f.database.chinacloudapi.cn/s/dbo/t"),
        Case("jdbc:sqlserver://f.database.usgovcloudapi.net:1433;database=s:t", table, "mssql://f.database.usgovcloudapi.net/s/dbo/t"),
        Case("jdbc:sqlserver://f.database.cloudapi.de;database=s:t", table, "mssql://f.database.cloudapi.de/s/dbo/t"),
        Case("jdbc:sqlserver://fog.secondary.database.windows.net;database=s:t", table, "mssql://fog.database.windows.net/s/dbo/t"),
        Case("jdbc:sqlserver://mi.public.abc.database.windows.net:3342;database=s:t", "azure_sql_mi_table", "mssql://mi.abc.database.windows.net/s/dbo/t"),
        Case("jdbc:sqlserver://fog.secondary.abc.database.windows.net;database=s:t", "azure_sql_mi_table", "mssql://fog.abc.database.windows.net/s/dbo/t"),
        Case("jdbc:sqlserver://mi.abc.database.usgovcloudapi.net;database=s:t", "azure_sql_mi_table", "mssql://mi.abc.database.usgovcloudapi.net/s/dbo/t"),
        Case("jdbc:sqlserver://mi.abc.database.windows.net;database=s", "azure_sql_mi_database", "mssql://mi.abc.database.windows.net/s"),
        Case("jdbc:sqlserver://w.sql.azuresynapse.net;database=p:[sales].[my.region]", synapse, "mssql://w.sql.azuresynapse.net/p/sales/my.region"),
        Case("jdbc:sqlserver://w.privatelink.sql.azuresynapse.net;database=p:t", synapse, "mssql://w.sql.azuresynapse.net/p/dbo/t"),
        Case("jdbc:sqlserver://w.sql.azuresynapse.azure.cn;database=p:t", synapse, "mssql://w.sql.azuresynapse.azure.cn/p/dbo/t"),
        Case("jdbc:sqlserver://w.sql.azuresynapse.usgovcloudapi.net;database=p:t", synapse, "mssql://w.sql.azuresynapse.usgovcloudapi.net/p/dbo/t"),
        Case("jdbc:sqlserver://w.sql.azuresynapse.net;database=p:t", synapse, "mssql://w.sql.azuresynapse.net/p/dbo/t", {"format": "com.databricks.spark.sqldw"}),
        Case(("sqlserver://w.sql.azuresynapse.net:1433;database=p", "sales.region"), synapse, "mssql://w.sql.azuresynapse.net/p/sales/region"),
        Case(("sqlserver://w.sql.azuresynapse.net:1433;database=p", "COMPLEX"), "azure_synapse_dedicated_sql_db", "mssql://w.sql.azuresynapse.net/p"),
        Case("jdbc:sqlserver://w-ondemand.sql.azuresynapse.net;database=p:t", "azure_synapse_serverless_sql_table", "mssql://w-ondemand.sql.azuresynapse.net/p/dbo/t"),
        Case("jdbc:sqlserver://w-ondemand.sql.azuresynapse.net;database=p", "azure_synapse_serverless_sql_db", "mssql://w-ondemand.sql.azuresynapse.net/p"),
        Case(f"{SQL};database=dw:dbo.fact", "azure_sql_dw_table", f"{MSSQL}/dw/dbo/fact", {"format": "com.databricks.spark.sqldw"}),
        Case(f"{SQL};database=dw", "azure_sql_dw", f"{MSSQL}/dw", {"format": "com.databricks.spark.sqldw"}),
        Case("jdbc:sqlserver://x.database.fabric.microsoft.com,1433;database=d:t", PLACEHOLDER, "mssql://x.database.fabric.microsoft.com/d/dbo/t"),
        Case("jdbc:sqlserver://x.datawarehouse.fabric.microsoft.com;database=d", PLACEHOLDER, "mssql://x.datawarehouse.fabric.microsoft.com/d"),
        Case(("fabric-warehouse://x.datawarehouse.fabric.microsoft.com:1433", "wh.dbo.t"), PLACEHOLDER, "mssql://x.datawarehouse.fabric.microsoft.com/wh/dbo/t"),
        Case("jdbc:sqlserver://h\\SQLEXPRESS:1433;databaseName=erp:dbo.t", "mssql_table", "mssql://h/SQLEXPRESS/erp/dbo/t"),
        Case("jdbc:sqlserver://h;instanceName=I;databaseName=erp:dbo.t", "mssql_table", "mssql://h/I/erp/dbo/t"),
        Case("jdbc:sqlserver://;serverName=h;databaseName=erp:t", "mssql_table", "mssql://h/MSSQLSERVER/erp/dbo/t"),
        Case("jdbc:sqlserver://h:14330;databaseName=erp:t", "mssql_table", "mssql://h:14330/MSSQLSERVER/erp/dbo/t"),
        Case("jdbc:jtds:sqlserver://h:1433/erp;instance=X:dbo.t", "mssql_table", "mssql://h/X/erp/dbo/t"),
        Case("jdbc:sqlserver://10.1.2.3;database=erp", "mssql_db", "mssql://10.1.2.3/MSSQLSERVER/erp"),
        Case(("sqlserver://onprem01:1433/INST", "erp.dbo.t"), "mssql_table", "mssql://onprem01/INST/erp/dbo/t"),
        Case(("mssql://onprem01:1433", "erp.dbo.t"), "mssql_table", "mssql://onprem01/MSSQLSERVER/erp/dbo/t"),
        Case("SqlDWRelation(x,jdbc:sqlserver://w.sql.azuresynapse.net:1433;database=p;user=u;password=p,dbo.Dim)", synapse, "mssql://w.sql.azuresynapse.net/p/dbo/Dim"),
    ]  # fmt: skip


def _databases() -> list[Case]:
    azure_pg, pg = "azure_postgresql_table", "postgresql_table"
    people = "postgresql://fabrikampg.postgres.database.azure.com/app/hr/people"
    own_people = "postgresql://servers/10.2.0.9:5432/dbs/app/schemas/hr/tables/people"
    pg_same: Sequence[Source] = [
        "jdbc:postgresql://fabrikampg.postgres.database.azure.com:5432/app:hr.people",
        "jdbc:postgresql://fabrikampg.postgres.database.azure.com/app:hr.people",
        "jdbc:postgresql://fabrikampg.privatelink.postgres.database.azure.com/app?sslmode=require:hr.people",
        'jdbc:postgresql://fabrikampg.postgres.database.azure.com/app?user=u&password=p:"hr"."people"',
        "jdbc:postgresql://u:p@fabrikampg.postgres.database.azure.com/app:hr.people",
        "jdbc:postgresql://fabrikampg.postgres.database.azure.com/app?currentSchema=hr,public:people",
        "jdbc:postgresql://fabrikampg.postgres.database.azure.com/app:(select p.id::int from hr.people p) q",
        ("postgres://fabrikampg.postgres.database.azure.com:5432", "app.hr.people"),
        ("postgresql://fabrikampg.postgres.database.azure.com/app?ssl=true", "hr.people"),
        ("postgres://fabrikampg.postgres.database.azure.com:5432/app", "app.hr.people"),
    ]
    mysql = "mysql://fabrikammy.mysql.database.azure.com/shop/orders"
    mysql_same: Sequence[Source] = [
        "jdbc:mysql://fabrikammy.mysql.database.azure.com:3306/shop:orders",
        "jdbc:mysql://fabrikammy.mysql.database.azure.com/shop:`orders`",
        "jdbc:mysql://fabrikammy.mysql.database.azure.com/:shop.orders",
        "jdbc:mysql:loadbalance://fabrikammy.mysql.database.azure.com:3306/shop:shop.orders",
        "jdbc:mariadb://fabrikammy.mysql.database.azure.com/shop?user=u&password=p:orders",
        ("mysql://fabrikammy.mysql.database.azure.com:3306", "shop.orders"),
    ]
    emp = "oracle://ora01:1521/ORCL/HR/EMP"
    oracle_same: Sequence[Source] = [
        "jdbc:oracle:thin:@ora01:1521:ORCL:HR.EMP",
        "jdbc:oracle:thin:@ora01:1521/ORCL:hr.emp",
        "jdbc:oracle:thin:@//ora01:1521/ORCL:HR.EMP",
        "jdbc:oracle:thin:@//ORA01/ORCL:HR.EMP",
        "jdbc:oracle:thin:@tcps://ora01:1521/ORCL?wallet_location=x:HR.EMP",
        "jdbc:oracle:thin:@//ora01:1521/ORCL?currentSchema=HR:EMP",
        "jdbc:oracle:thin:hr/se:c@ret@ora01:1521:ORCL:EMP",
        "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=ora01)(PORT=1521))(CONNECT_DATA=(SID=ORCL))):HR.EMP",
        ("oracle://ora01:1521", "ORCL.HR.EMP"),
        ("oracle:thin:@//ora01:1521/ORCL", "HR.EMP"),
    ]
    snow = "snowflake://fabrikam-acct.snowflakecomputing.com/databases/DW/schemas/SALES/tables/ORDERS"
    snow_same: Sequence[Source] = [
        "jdbc:snowflake://fabrikam-acct.snowflakecomputing.com/?db=DW&schema=SALES:ORDERS",
        "jdbc:snowflake://fabrikam-acct.snowflakecomputing.com:443/?warehouse=w&db=dw:sales.orders",
        "jdbc:snowflake://fabrikam-acct.privatelink.snowflakecomputing.com/?x=y:dw.sales.orders",
        "snowflake://fabrikam-acct.snowflakecomputing.com.WH.DW.SALES.ORDERS",
        ("snowflake://fabrikam-acct", "DW.SALES.ORDERS"),
        ("snowflake://fabrikam-acct", "dw.sales.orders"),
        ("snowflake://fabrikam-acct.snowflakecomputing.com/?db=DW&schema=SALES", "ORDERS"),
    ]
    return [
        *(Case(source, azure_pg, people) for source in pg_same),
        *(Case(source, "azure_mysql_table", mysql) for source in mysql_same),
        *(Case(source, "oracle_table", emp) for source in oracle_same),
        *(Case(source, "snowflake_table", snow) for source in snow_same),
        Case("jdbc:postgresql://f.postgres.database.chinacloudapi.cn/app:t", azure_pg, "postgresql://f.postgres.database.chinacloudapi.cn/app/public/t"),
        Case("jdbc:postgresql://f.postgres.database.usgovcloudapi.net/app:t", azure_pg, "postgresql://f.postgres.database.usgovcloudapi.net/app/public/t"),
        Case("jdbc:postgresql://10.2.0.9:5432/app:hr.people", pg, own_people),
        Case("jdbc:postgresql://10.2.0.9/app:hr.people", pg, own_people),
        Case(("postgres://10.2.0.9:5432", "app.hr.people"), pg, own_people),
        Case("jdbc:postgresql://h1:5432,h2:5432/app:t", pg, "postgresql://servers/h1:5432/dbs/app/schemas/public/tables/t"),
        Case("jdbc:postgresql:app:t", pg, "postgresql://servers/localhost:5432/dbs/app/schemas/public/tables/t"),
        Case("jdbc:postgresql://f.postgres.database.azure.com/app?password=*****", "azure_postgresql_db", "postgresql://f.postgres.database.azure.com/app"),
        Case("jdbc:postgresql://10.2.0.9/app", "postgresql_db", "postgresql://servers/10.2.0.9:5432/dbs/app"),
        Case("jdbc:mysql://f.mysql.database.chinacloudapi.cn/shop:t", "azure_mysql_table", "mysql://f.mysql.database.chinacloudapi.cn/shop/t"),
        Case("jdbc:mysql://f.mysql.database.usgovcloudapi.net/shop:t", "azure_mysql_table", "mysql://f.mysql.database.usgovcloudapi.net/shop/t"),
        Case("jdbc:mysql://f.mysql.database.azure.com/shop?password=*****", "azure_mysql_db", "mysql://f.mysql.database.azure.com/shop"),
        Case("jdbc:mariadb://f.mariadb.database.azure.com/shop:t", "azure_mariadb_table", "mysql://f.mariadb.database.azure.com/shop/t"),
        Case("jdbc:mariadb://f.mariadb.database.azure.com/shop", "azure_mariadb_db", "mysql://f.mariadb.database.azure.com/shop"),
        Case("jdbc:mysql://u:p@10.0.0.4/shop:orders", "mysql_table", "mysql://servers/10.0.0.4:3306/dbs/shop/tables/orders"),
        Case("jdbc:mysql://10.0.0.4/shop", "mysql_db", "mysql://servers/10.0.0.4:3306/dbs/shop"),
        Case('jdbc:oracle:thin:@ora01:1521:ORCL:"hr"."Emp"', "oracle_table", "oracle://ora01:1521/ORCL/hr/Emp"),
        Case("jdbc:oracle:thin:@ora01:1521:ORCL", PLACEHOLDER, "oracle://ora01:1521/ORCL"),
        Case(("oracle://ora01:1521/ORCL", "COMPLEX"), PLACEHOLDER, "oracle://ora01:1521/ORCL"),
        Case("jdbc:oracle:thin:@ora01:1521:ORCL:EMP", PLACEHOLDER, "oracle://ora01:1521/ORCL/EMP"),
        Case("jdbc:db2://db2h/SAMPLE:currentSchema=HR;user=x;:EMP", "db2_table", "db2://servers/db2h:50000/databases/SAMPLE/schemas/HR/tables/EMP"),
        Case("jdbc:db2://db2h:50000/SAMPLE:user=hr;password=x;:emp", "db2_table", "db2://servers/db2h:50000/databases/SAMPLE/schemas/HR/tables/EMP"),
        Case("jdbc:db2://db2h:50000/SAMPLE", "db2_database", "db2://servers/db2h:50000/databases/SAMPLE"),
        Case("jdbc:teradata://td01/DATABASE=dw,DBS_PORT=1025,TMODE=ANSI:fact", "teradata_table", "teradata://td01/dw/fact"),
        Case("jdbc:teradata://td01/TMODE=ANSI:dw.fact", "teradata_table", "teradata://td01/dw/fact"),
        Case(("teradata://td01:1025", "dw.fact"), "teradata_table", "teradata://td01/dw/fact"),
        Case("jdbc:teradata://td01/DATABASE=dw", "teradata_database", "teradata://td01/dw"),
        Case('jdbc:snowflake://a.snowflakecomputing.com/?db=DW&schema=S:"orders"', "snowflake_table", "snowflake://a.snowflakecomputing.com/databases/DW/schemas/S/tables/orders"),
        Case("jdbc:snowflake://a.west-europe.azure.snowflakecomputing.com/?db=D:T", "snowflake_table", "snowflake://a.west-europe.azure.snowflakecomputing.com/databases/D/schemas/PUBLIC/tables/T"),
        Case("jdbc:snowflake://a.snowflakecomputing.com/?db=DW", "snowflake_database", "snowflake://a.snowflakecomputing.com/databases/DW"),
        Case("", "snowflake_table", "snowflake://a.snowflakecomputing.com/databases/DW/schemas/S/tables/T", {"params": {"sfUrl": "a.snowflakecomputing.com", "sfDatabase": "DW", "sfSchema": "S", "dbtable": "T"}}),
        Case(("redshift://c.eu-west-1:5439", "d.s.t"), PLACEHOLDER, "redshift://c.eu-west-1:5439/d/s/t"),
        Case("jdbc:redshift://c.eu-west-1:5439/d:s.t", PLACEHOLDER, "redshift://c.eu-west-1:5439/d/s/t"),
        Case(("trino://h:8080", "c.s.t"), PLACEHOLDER, "trino://h:8080/c/s/t"),
        Case("jdbc:sqlite:/x/y.db:t", PLACEHOLDER, "sqlite://localhost/x/y.db/t"),
        Case("jdbc:postgresql://10.2.0.9/app:select id from c", pg, own_people, {"params": {"prepareQuery": "WITH c AS (SELECT id FROM hr.people)", "query": "select id from c"}}),
        Case("jdbc:postgresql://10.2.0.9/app:(select id from c) q", pg, own_people, {"params": {"prepareQuery": "with c as (select id from hr.people);", "dbtable": "(select id from c) q"}}),
        Case("jdbc:foo://u:p@h:1/db;x=y:a.b", PLACEHOLDER, "foo://h:1/db/a/b"),
        Case("jdbc:", PLACEHOLDER, "jdbc:"),
    ]  # fmt: skip


def _services() -> list[Case]:
    events = "https://x.westeurope.kusto.windows.net/db/Events"
    carts = "https://fabrikamcos.documents.azure.com/dbs/shop/colls/carts"
    kusto, cosmos = "azure_data_explorer_table", "azure_cosmosdb_sqlapi_collection"
    kusto_same: Sequence[Source] = [
        ("azurekusto://x.westeurope.kusto.windows.net", "db/Events"),
        ("azurekusto://x.westeurope.kusto.windows.net/db", "Events"),
        ("azurekusto://https://x.westeurope.kusto.windows.net/db", "Events"),
        ("azurekusto://https://x.westeurope.kusto.windows.net.kusto.windows.net/db", "Events"),
        ("azurekusto://ingest-x.westeurope.kusto.windows.net:443/db", "/Events"),
        ("azurekusto://x.westeurope", "db/Events"),
        "https://x.westeurope.kusto.windows.net/db/Events",
        "kusto://x.westeurope.kusto.windows.net/db/Events",
    ]
    cosmos_same: Sequence[Source] = [
        ("azurecosmos://fabrikamcos.documents.azure.com/dbs/shop", "/colls/carts"),
        ("azurecosmos://FabrikamCos.privatelink.documents.azure.com:443/dbs/shop", "colls/carts"),
        "https://fabrikamcos.documents.azure.com:443/dbs/shop/colls/carts",
        "cosmos://fabrikamcos.documents.azure.com/shop/carts",
    ]
    return [
        *(Case(source, kusto, events) for source in kusto_same),
        *(Case(source, cosmos, carts) for source in cosmos_same),
        Case(("azurekusto://x.kusto.chinacloudapi.cn/db", "T"), kusto, "https://x.kusto.chinacloudapi.cn/db/T"),
        Case(("azurekusto://x.kusto.usgovcloudapi.net/db", "T"), kusto, "https://x.kusto.usgovcloudapi.net/db/T"),
        Case(("azurekusto://x.kusto.windows.net", "COMPLEX"), PLACEHOLDER, "azurekusto://x.kusto.windows.net"),
        Case(("azurekusto://x.kusto.windows.net/db", "COMPLEX"), "azure_data_explorer_database", "https://x.kusto.windows.net/db"),
        Case("", kusto, "https://x.kusto.windows.net/db/T", {"params": {"kustoCluster": "https://x.kusto.windows.net", "kustoDatabase": "db", "kustoTable": "T"}}),
        Case("cosmos://c.documents.azure.cn:443/d/c1", cosmos, "https://c.documents.azure.cn/dbs/d/colls/c1"),
        Case("cosmos://c.documents.azure.us:443/d/c1", cosmos, "https://c.documents.azure.us/dbs/d/colls/c1"),
        Case("https://c.documents.azure.com/dbs/dbs/colls/colls", cosmos, "https://c.documents.azure.com/dbs/dbs/colls/colls"),
        Case("https://c.documents.azure.com/dbs/d", "azure_cosmosdb_sqlapi_database", "https://c.documents.azure.com/dbs/d"),
        Case("kafka:orders", PLACEHOLDER, "kafka://b1:9092/orders", {"params": {"kafka.bootstrap.servers": "B1:9092,b2:9092"}}),
        Case(("kafka://b1:9092,b2:9092", "orders"), PLACEHOLDER, "kafka://b1:9092/orders"),
        Case(("kafka", "orders"), PLACEHOLDER, "kafka://unknown/orders"),
        Case("kafka:a/b", PLACEHOLDER, "kafka://unknown/a%2Fb"),
        Case("kafka:clicks", PLACEHOLDER, "kafka://n.servicebus.windows.net:9093/clicks", {"params": {"kafka.bootstrap.servers": "N.servicebus.windows.net:9093"}}),
        Case(("eventhubs://n.servicebus.chinacloudapi.cn", "clicks"), PLACEHOLDER, "eventhubs://n.servicebus.chinacloudapi.cn/clicks"),
        Case("sb://n.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=secret;EntityPath=clicks", PLACEHOLDER, "eventhubs://n.servicebus.windows.net/clicks"),
        Case("sb://n.servicebus.windows.net/clicks;SharedAccessKey=secret", PLACEHOLDER, "eventhubs://n.servicebus.windows.net/clicks"),
        Case("kusto://c.westeurope.kusto.windows.net/db/t;AppKey=secret;Fed=true", "azure_data_explorer_table", "https://c.westeurope.kusto.windows.net/db/t;Fed=true"),
        Case("https://acc.documents.azure.com:443/dbs/shop/colls/carts;AccountKey=secret", "azure_cosmosdb_sqlapi_collection", "https://acc.documents.azure.com/dbs/shop/colls/carts"),
        Case(("cassandra://h:9042", "ks.t"), PLACEHOLDER, "cassandra://h:9042/ks/t"),
        Case("cassandra:ks:t", PLACEHOLDER, "cassandra://c1/ks/t", {"params": {"spark.cassandra.connection.host": "c1,c2"}}),
        Case(("bigquery", "p.d.t"), PLACEHOLDER, "bigquery://p/d/t"),
        Case(("bigquery://", "p.d.t"), PLACEHOLDER, "bigquery://p/d/t"),
        Case("mongodb://u:p@m:27017/?ssl=true/shop.carts", PLACEHOLDER, "mongodb://m:27017/shop/carts"),
        Case("mongodb+srv://u:p@m.net/admin/shop.carts.old", PLACEHOLDER, "mongodb://m.net/shop/carts.old"),
        Case("elasticsearch://es01:9200/logs/doc", PLACEHOLDER, "elasticsearch://es01:9200/logs/doc"),
        Case("DeltaCDFRelation(Snapshot(path=abfss://c@a.dfs.core.windows.net/t/_delta_log, version=3),1,2)", PATH, "https://a.dfs.core.windows.net/c/t"),
    ]  # fmt: skip


def _others() -> list[Case]:
    return [
        Case("memory://AA-BB/jvm_1", None, None),
        Case("x", None, None, {"format": "noop"}),
        Case("", None, None),
        Case("odpstable:x", PLACEHOLDER, "odpstable:x"),
        Case("https://api.example.com/v1/orders?token=secret", PLACEHOLDER, "https://api.example.com/v1/orders"),
        Case("weird://User:secret@Host.Example/a//b/", PLACEHOLDER, "weird://host.example/a/b"),
        Case(("", "thing"), PLACEHOLDER, "unknown://thing"),
        Case(("my_namespace", "thing"), PLACEHOLDER, "unknown://my_namespace/thing"),
        Case(("arn:aws:glue:eu-west-1:1", "table/d/t"), PLACEHOLDER, "arn:aws:glue:eu-west-1:1/table/d/t"),
        Case("JDBCRelation(t) [numPartitions=1]", PLACEHOLDER, "unknown://JDBCRelation(t) [numPartitions=1]"),
        Case("<script>alert(1)</script>", PLACEHOLDER, "unknown://<script>alert(1)</script>"),
        Case("abfss://raw@f.dfs.core.windows.net/<b>'; DROP TABLE x;--", PATH, "https://f.dfs.core.windows.net/raw/<b>'; DROP TABLE x;--"),
        Case("abfss://raw@f.dfs.core.windows.net/a\nb\x00c", PATH, "https://f.dfs.core.windows.net/raw/a%0Ab%00c"),
        Case("abfss://raw@f.dfs.core.windows.net/\u202egnp.exe", PATH, "https://f.dfs.core.windows.net/raw/\u202egnp.exe"),
        Case("abfss://raw@f.dfs.core.windows.net/a\ud800b", PATH, "https://f.dfs.core.windows.net/raw/a\ufffdb"),
    ]  # fmt: skip


CASES: dict[str, list[Case]] = {
    "paths": _paths(),
    "stores": _stores(),
    "databricks": _databricks(),
    "sql_server": _sql_server(),
    "databases": _databases(),
    "services": _services(),
    "others": _others(),
}
