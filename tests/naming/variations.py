"""Further spellings, by what they have to be called: each list is one asset, however its source is written."""

# ruff: noqa: E501 - a table is read by its rows

from typing import Any

from tests.naming.cases import BLOB, DBFS, LAKE, METASTORE, MSSQL, PATH, PLACEHOLDER, RAW, SQL, WORKSPACE, Case, Source

MOUNTS = {
    "/mnt/raw": "abfss://raw@fabrikamlake.dfs.core.windows.net/",
    "/mnt/raw/finance": "abfss://finance@fabrikamfin.dfs.core.windows.net/",
    "/mnt/again": "dbfs:/mnt/raw/sales",
    "/mnt/round": "dbfs:/mnt/about",
    "/mnt/about": "dbfs:/mnt/round",
    "/mnt/day": "abfss://c@a.dfs.core.windows.net/in/2024/01/02",
    "/mnt/part": "abfss://c@a.dfs.core.windows.net/x/year=2024",
    "/mnt/gen1": "adl://fabrikamgen1.azuredatalakestore.net/clickstream",
    "/mnt/s3": "s3a://fabrikam-bucket/base",
    "/": "databricks/root",
}
UNITY = f"databricks://{METASTORE}/catalogs/main/schemas/sales/tables/orders"


def _same(type_name: str, qualified_name: str, *sources: Source, **context: Any) -> list[Case]:
    return [Case(source, type_name, qualified_name, context) for source in sources]


def _paths() -> list[Case]:
    folder = [f"{RAW}/sales{end}" for end in (
        "", "/", "///", "/.", "/x/..", "/_SUCCESS", "/_delta_log", "/_delta_log/_last_checkpoint",
        "/_delta_log/00000000000000000010.checkpoint.parquet", "/_delta_log/00000000000000000010.json",
        "/_change_data/cdc-00000-a.c000.snappy.parquet", "/_committed_123", "/_started_1", "/_metadata", "/_common_metadata",
        "/_spark_metadata/0", "/_temporary/0/task", "/_checkpoints/q1/offsets/0", "/_symlink_format_manifest/manifest",
        "/.part-00000.parquet.crc", "/year=2024/_SUCCESS", "/year=2024/month=01/_delta_log", "/year=2024/month=01/day=02/part-0",
        "/country=__HIVE_DEFAULT_PARTITION__/part-0.parquet", "/k=", "/a=b=c", "/dt=2024-01-02", "/dt=2024-01-02 03%3A00%3A00",
        "/2024-01-02", "/20240102", "/2024/01/02", "/2024/1/2", "/2024-01-02/hour=3", "/year=2024/2024-01-02/hour=3",
        "/2024/01/02/country=DE/part-00000.csv.gz", "/dt=2024-01-02/2024/01/02", "@v3", "@20240131000000000", "/year=1@v3",
        "/part-00000", "/part-00000.gz", "/part-00000.lz4", "/part-00000.deflate", "/part-00000-a.c000.csv.bz2", "/part-00000-a.c000.snappy.orc",
        "/part-00000-a.zstd.parquet", "/part-00000-a.c000.gz.parquet", "/part-00000-tid-6-a-1-1.c000.json", "/part-m-00000.avro", "/part-r-00000", "/000000_0", "/000000_0.snappy",
        "/*", "/*.csv", "/[ab]*", "/{a,b}/c", "/year=*/part-0", "/year=[12]*",
    )]  # fmt: skip
    kept = [
        "sales/v1.2.3", "sales/2024", "sales/2024/01", "sales/2024-01", "sales/2024/13/01", "sales/2024/001/02", "sales/20241301", "sales/2024/01/02/03", "sales/20240102T0300",
        "sales/x.csv", "sales/year=2024/x.csv", "sales/x.snappy.parquet", "sales/=v", "sales/t@v", "sales/t@V", "sales/t@123", "sales/part", "sales/part-x",
        "sales/metadata", "year=2024", "year=2024/month=01", "2024/01/02", "2024-01-02", "_delta_log", "_SUCCESS", "part-00000",
        "a+b", "a%2Bb", "a%20b", "a b", "a%2Fb/c", "a#b", "a?b", "a;b", "a,b", "a:b", "a'b", "a&b=c.csv", "a[1]", "größe", "データ/表", "user@host/x",
    ]  # fmt: skip
    containers: list[Source] = [
        RAW, f"{RAW}/", f"{RAW}//", f"{RAW}/.", f"{RAW}/..", f"{RAW}/*", "ABFSS://RAW@FABRIKAMLAKE.DFS.CORE.WINDOWS.NET",
        "abfs://raw@fabrikamlake.dfs.core.windows.net:443/", "https://fabrikamlake.dfs.core.windows.net/raw/", "https://FabrikamLake.dfs.core.windows.net:443/Raw?sv=1&sig=secret",
        (RAW, ""), (RAW, "/"), (f"{RAW}/", "/"), "abfss://raw@fabrikamlake.blob.core.windows.net", "abfss://raw@fabrikamlake.privatelink.dfs.core.windows.net./",
    ]  # fmt: skip
    hosts = {
        "f.dfs.core.chinacloudapi.cn": "core.chinacloudapi.cn", "f.dfs.core.usgovcloudapi.net": "core.usgovcloudapi.net", "f.dfs.core.cloudapi.de": "core.cloudapi.de",
        "f.z1.dfs.storage.azure.net": None, "f-secondary.dfs.core.windows.net": "core.windows.net", "F.DFS.CORE.WINDOWS.NET:443": "core.windows.net",
        "f.privatelink.dfs.core.windows.net": "core.windows.net", "f.blob.core.windows.net": "core.windows.net",
    }  # fmt: skip
    gen2 = [
        case
        for host, cloud in hosts.items()
        for name in [f"https://f.dfs.{cloud}/c/x" if cloud else "https://f.z1.dfs.storage.azure.net/c/x"]
        for case in _same(PATH, name, f"abfss://c@{host}/x", f"abfs://C@{host}//x/", (f"abfss://c@{host}", "x"), (f"abfss://c@{host}/", "/x/"))
    ]  # fmt: skip
    return [
        *_same(PATH, f"{LAKE}/raw/sales", *folder, f"{RAW}//sales", (RAW, "sales"), (RAW, "/sales"), (RAW, "sales/year=2024/part-0.parquet")),
        *(case for path in kept for case in _same(PATH, f"{LAKE}/raw/{path}", f"{RAW}/{path}", (RAW, path), (RAW, f"/{path}/"))),
        *_same("azure_datalake_gen2_filesystem", f"{LAKE}/raw", *containers),
        *gen2,
        *_same(PATH, f"{LAKE}/raw/a/%7Bb%7D/c", f"{RAW}/a/{{b}}/c", f"{RAW}/a/%7Bb%7D/c"),
        *_same(PATH, f"{LAKE}/raw/caf\u00e9", f"{RAW}/cafe\u0301", f"{RAW}/caf\u00e9", (RAW, "cafe\u0301")),
        *_same(PATH, f"{LAKE}/raw/x", "abfss://u:p@raw@fabrikamlake.dfs.core.windows.net/x", "https://u:p@fabrikamlake.dfs.core.windows.net/raw/x"),
        *_same(PATH, f"{LAKE}/raw/a b", f"{RAW}/a%20b", f"{RAW}/a b", origin="catalog_table", table_identifier="s.t"),
    ]  # fmt: skip


def _stores() -> list[Case]:
    blob = [
        case
        for host, cloud in {
            "f.blob.core.windows.net": "windows.net", "F.BLOB.core.windows.net:443": "windows.net", "f-secondary.blob.core.windows.net": "windows.net",
            "f.privatelink.blob.core.windows.net": "windows.net", "f.dfs.core.windows.net": "windows.net", "f.blob.core.chinacloudapi.cn": "chinacloudapi.cn",
            "f.blob.core.usgovcloudapi.net": "usgovcloudapi.net", "f.blob.core.cloudapi.de": "cloudapi.de",
        }.items()
        for case in [
            *_same("azure_blob_path", f"https://f.blob.core.{cloud}/c/x", f"wasbs://c@{host}/x", f"wasb://C@{host}/x/", f"wasbs://c@{host}/x/year=1/part-0.parquet", (f"wasbs://c@{host}", "/x")),
            *_same("azure_blob_container", f"https://f.blob.core.{cloud}/c", f"wasbs://c@{host}", f"wasbs://c@{host}/", (f"wasb://c@{host}", ""), (f"wasb://c@{host}", "/")),
        ]
    ]  # fmt: skip
    gen1 = "adl://fabrikamgen1.azuredatalakestore.net"
    return [
        *blob,
        *_same("azure_blob_path", f"{BLOB}/landing/x", "https://fabrikamblob.blob.core.windows.net/landing/x?sp=r&sig=secret", "http://fabrikamblob.blob.core.windows.net//landing/x/"),
        *_same("azure_blob_path", f"{BLOB}/$web/x", "wasbs://$web@fabrikamblob.blob.core.windows.net/x", "https://fabrikamblob.blob.core.windows.net/$web/x"),
        *_same("azure_datalake_gen1_path", f"{gen1}/x", f"{gen1}/x", f"{gen1}:443/x/", "adl://FABRIKAMGEN1.azuredatalakestore.net//x", f"{gen1}/x/year=1/part-0", "https://fabrikamgen1.azuredatalakestore.net/x", "https://fabrikamgen1.azuredatalakestore.net/webhdfs/v1/x?op=OPEN", (gen1, "/x")),
        *_same(PLACEHOLDER, "s3://b/k/x", "s3://b/k/x", "s3a://b/k/x/", "s3n://B//k/x", "s3a://key:secret@b/k/x", "https://b.s3.amazonaws.com/k/x", "https://s3.amazonaws.com/b/k/x", "https://s3.eu-west-1.amazonaws.com/b/k/x", "https://b.s3.eu-west-1.amazonaws.com/k/x?X-Amz-Signature=secret", "s3://b/k/x/year=1/part-0.parquet", ("s3://b", "k/x"), ("s3a://b", "/k/x")),
        *_same(PLACEHOLDER, "s3://b", "s3://b", "s3a://b/", ("s3://b", "/"), "https://b.s3.amazonaws.com/"),
        *_same(PLACEHOLDER, "gs://b/k", "gs://b/k", "gcs://b/k/", "https://storage.googleapis.com/b/k", "https://b.storage.googleapis.com/k", ("gs://b", "k"), "gs://b/k/2024-01-02"),
        *_same("hdfs_path", "hdfs://nn:8020/data/x", "hdfs://nn:8020/data/x", "hdfs://NN:8020//data/x/", "hdfs://user@nn:8020/data/x", "hdfs://nn:8020/data/x/year=1/part-0", ("hdfs://nn:8020", "data/x")),
        *_same("hdfs_path", "hdfs:///data/x", "hdfs:/data/x", "hdfs:///data/x/", ("hdfs", "/data/x")),
        *_same(PLACEHOLDER, "oss://b/k", "oss://b/k", "OSS://b/k/", "oss://b/k/year=1/part-0.parquet", ("oss://b", "k")),
        *(case for scheme in ("obs", "cosn", "viewfs", "alluxio", "lakefs") for case in _same(PLACEHOLDER, f"{scheme}://h/k", f"{scheme}://h/k/", f"{scheme}://h/k/_delta_log/0.json")),
        *_same(PLACEHOLDER, "https://onelake.dfs.fabric.microsoft.com/ws/lh.Lakehouse/Tables/t", "abfss://WS@onelake.dfs.fabric.microsoft.com/lh.Lakehouse/Tables/t", "abfss://ws@onelake.blob.fabric.microsoft.com/lh.Lakehouse/Tables/t/_delta_log", "https://onelake.dfs.fabric.microsoft.com/ws/lh.Lakehouse/Tables/t", "abfss://ws@westeurope-onelake.dfs.fabric.microsoft.com/lh.Lakehouse/Tables/t/part-0"),
    ]  # fmt: skip


def _databricks() -> list[Case]:
    mounted = {"mounts": MOUNTS}
    return [
        *_same(PATH, f"{LAKE}/raw/sales", "dbfs:/mnt/raw/sales", "dbfs:///mnt/raw/sales/", "DBFS:/mnt/raw//sales", "dbfs:mnt/raw/sales", "/mnt/raw/sales", "/dbfs/mnt/raw/sales", "//dbfs//mnt/raw/sales", "file:/dbfs/mnt/raw/sales", "file:///dbfs/mnt/raw/sales", "dbfs:/mnt/raw/sales/year=2024/part-0.parquet", "dbfs:/mnt/raw/x/../sales", f"{DBFS}/mnt/raw/sales", ("dbfs", "/mnt/raw/sales"), ("dbfs", "mnt/raw/sales"), (DBFS, "/mnt/raw/sales"), (f"hdfs://{WORKSPACE}", "/mnt/raw/sales"), ("file", "/dbfs/mnt/raw/sales"), "dbfs:/mnt/again", "dbfs:/mnt/again/year=2024", "/dbfs/mnt/again", **mounted),
        *_same(PATH, f"{LAKE}/raw/sales/t", "dbfs:/mnt/again/t", f"{RAW}/sales/t", **mounted),
        *_same(PATH, "https://fabrikamfin.dfs.core.windows.net/finance/q1", "dbfs:/mnt/raw/finance/q1", "/mnt/raw/finance/q1/", ("dbfs", "/mnt/raw/finance/q1"), **mounted),
        *_same("azure_datalake_gen2_filesystem", "https://fabrikamfin.dfs.core.windows.net/finance", "dbfs:/mnt/raw/finance", "/dbfs/mnt/raw/finance/", **mounted),
        *_same(PATH, f"{LAKE}/raw/finance2", "dbfs:/mnt/raw/finance2", **mounted),
        *_same(PATH, f"{LAKE}/raw/part-0", "dbfs:/mnt/raw/part-0", **mounted),
        *_same(PATH, "https://a.dfs.core.windows.net/c/in", "dbfs:/mnt/day", **mounted),
        *_same(PATH, "https://a.dfs.core.windows.net/c/in/2024/01/02/y", "dbfs:/mnt/day/y", **mounted),
        *_same(PATH, "https://a.dfs.core.windows.net/c/x", "dbfs:/mnt/part", "dbfs:/mnt/part/part-0.parquet", **mounted),
        *_same("azure_datalake_gen1_path", "adl://fabrikamgen1.azuredatalakestore.net/clickstream", "dbfs:/mnt/gen1", "dbfs:/mnt/gen1/", **mounted),
        *_same(PLACEHOLDER, "s3://fabrikam-bucket/base", "dbfs:/mnt/s3", ("dbfs", "/mnt/s3/"), **mounted),
        *_same(PLACEHOLDER, f"{DBFS}/mnt/Raw/x", "dbfs:/mnt/Raw/x", "/dbfs/mnt/Raw/x", **mounted),
        *_same(PLACEHOLDER, f"{DBFS}/mnt/round/x", "dbfs:/mnt/round/x", **mounted),
        *_same(PLACEHOLDER, f"{DBFS}/mnt/about/x", "dbfs:/mnt/about/x", **mounted),
        *_same(PLACEHOLDER, f"{DBFS}/tmp/x", "dbfs:/tmp/x", "/tmp/x", "/dbfs/tmp/x", "file:/dbfs/tmp/x", f"{DBFS}/tmp/x/", ("dbfs", "tmp/x"), "dbfs:/tmp/x/2024-01-02", **mounted),
        *_same(PLACEHOLDER, f"{DBFS}/tmp/x", "dbfs:/tmp/x", workspace_url=f"https://{WORKSPACE.upper()}/?o=8765432109876543"),
        *_same(PLACEHOLDER, f"{DBFS}/user/hive/warehouse/x.csv", "dbfs:/user/hive/warehouse/x.csv", "/user/hive/warehouse/x.csv"),
        *_same("hive_table", f"sales.orders@{WORKSPACE}", "dbfs:/user/hive/warehouse/sales.db/orders", "/user/hive/warehouse/sales.db/orders/", "/dbfs/user/hive/warehouse/sales.db/orders", "dbfs:/user/hive/warehouse/SALES.db/ORDERS", "dbfs:/user/hive/warehouse/sales.db/orders/year=2024/part-0.parquet", "dbfs:/user/hive/warehouse/sales.db/orders/_delta_log", "dbfs:/user/hive/warehouse/sales.db/orders@v3", ("dbfs", "/user/hive/warehouse/sales.db/orders"), ("hive", "sales.orders"), ("hive://metastore:9083", "sales.orders"), ("hive://metastore:9083", "hive_metastore.sales.orders"), (f"hive://{WORKSPACE}", "Sales.Orders"), (f"unitycatalog://{WORKSPACE}", "hive_metastore.sales.orders"), (f"databricks://{WORKSPACE}", "sales.orders")),
        *_same("hive_table", f"sales.orders@{WORKSPACE}", "", "dbfs:/user/hive/warehouse/sales.db/orders", "dbfs:/user/hive/warehouse/elsewhere", table_identifier="`Sales`.`Orders`"),
        *_same("hive_table", f"default.orders@{WORKSPACE}", "dbfs:/user/hive/warehouse/orders", "dbfs:/user/hive/warehouse/orders/2024-01-02", "dbfs:/user/hive/warehouse/default.db/orders", ("hive://m", "orders"), ("hive://m", "default.orders")),
        *_same("databricks_table", UNITY, (f"unitycatalog://{WORKSPACE}", "main.sales.orders"), (f"unitycatalog://{WORKSPACE}/", "Main.Sales.Orders"), (f"unity-catalog://{WORKSPACE}", "main.sales.orders"), ("unitycatalog", "main.sales.orders"), (f"unitycatalog://https://{WORKSPACE}", "main.sales.orders"), (f"https://{WORKSPACE}/api/2.1/unity-catalog", "main.sales.orders"), (f"unitycatalog://{METASTORE}", "main.sales.orders"), (f"unitycatalog://{WORKSPACE}", "`main`.`sales`.`orders`"), (f"databricks://{WORKSPACE}", "main.sales.orders"), f"jdbc:databricks://{WORKSPACE}:443/default;transportMode=http;ssl=1;httpPath=/sql/1.0/warehouses/a:main.sales.orders", f"jdbc:databricks://{WORKSPACE}:443;ConnCatalog=main;ConnSchema=sales:orders", f"jdbc:databricks://{WORKSPACE}/sales;ConnCatalog=main;PWD=secret:(select id from orders) q", metastore_id=METASTORE),
        *_same("databricks_table", f"databricks://{METASTORE}/catalogs/main/schemas/sales/tables/my.table", "", (f"unitycatalog://{WORKSPACE}", "main.sales.`my.table`"), metastore_id=METASTORE, table_identifier="`main`.sales.`my.table`"),
        *_same("hive_table", f"sales.orders@{WORKSPACE}", f"jdbc:spark://{WORKSPACE}:443/sales;transportMode=http:orders", f"jdbc:databricks://{WORKSPACE}:443/default:sales.orders", f"jdbc:databricks://{WORKSPACE};ConnCatalog=hive_metastore:sales.orders"),
        *_same(PLACEHOLDER, f"databricks://{METASTORE}/catalogs/main/schemas/sales/volumes/files/In", "dbfs:/Volumes/main/sales/files/In", "/Volumes/MAIN/Sales/files/In/", "file:/Volumes/main/sales/files/In", "/dbfs/Volumes/main/sales/files/In/year=2024/part-0.csv", metastore_id=METASTORE),
        *_same(PLACEHOLDER, f"{DBFS}/Volumes/main/sales", "dbfs:/Volumes/main/sales", "/Volumes/main/sales/k=v", "/Volumes/main/sales/*/x", metastore_id=METASTORE),
        *_same(PLACEHOLDER, "deltasharing://retail/sales/orders", "dbfs:/FileStore/partner.share#retail.sales.orders", "/mnt/raw/other.share#retail.sales.orders", f"{RAW}/p.share#retail.sales.orders"),
    ]  # fmt: skip


def _databases() -> list[Case]:
    own = "mssql_table"
    pg = "postgresql://servers/h:5432/dbs/app/schemas/public/tables/t"
    managed = "mssql://mi.abc123.database.windows.net/db/dbo/t"
    return [
        *_same("azure_sql_table", f"{MSSQL}/db/dbo/t", f"{SQL};databaseName=db:t", f"{SQL}:1433;database=db;:dbo.t", f"{SQL};Initial Catalog=db:t", f"{SQL};encrypt=true;trustServerCertificate=false;database=db;loginTimeout=30:[dbo].[t]", f"{SQL};database=db:db..t", f"{SQL};database=other:db..t", f"{SQL};database=other:[db]..[t]", f"{SQL};database=db:(select * from db..t) q", f"{SQL};database=db:(with x as (select * from t) select * from x) q", "jdbc:sqlserver://FabrikamSQL.database.windows.net,1433;database=db:t", "jdbc:datadirect:sqlserver://fabrikamsql.database.windows.net;DatabaseName=db:t", f"JDBC:{SQL[5:]};DATABASE=db:t", ("sqlserver://fabrikamsql.database.windows.net;database=db", "t"), ("mssql://fabrikamsql.database.windows.net:1433", "db.dbo.t")),
        *_same("azure_sql_db", f"{MSSQL}/db", f"{SQL};database=db:#t", f"{SQL};database=db:tempdb..#t", f"{SQL};database=db:(select a from #t) q", f"{SQL};database=db:(select a from @t) q"),
        *_same(PLACEHOLDER, "oracle://h:1521/S/@L.EXAMPLE.COM/HR/EMP", "jdbc:oracle:thin:@h:1521:S:HR.EMP@l.example.com", "jdbc:oracle:thin:@h:1521/S:hr.emp@L.Example.com e", "jdbc:oracle:thin:@h/S:(select * from hr.emp@l.example.com) q", 'jdbc:oracle:thin:@//h/S:(select e.a from "HR"."EMP"@l.example.com e) q'),
        *_same(PLACEHOLDER, "oracle://h:1521/S/@link/Emp", 'jdbc:oracle:thin:@h:1521:S:"Emp"@"link"', 'jdbc:oracle:thin:@h:1521:S:(select * from "Emp"@"link") q'),
        *(case for cloud in ("chinacloudapi.cn", "usgovcloudapi.net", "cloudapi.de") for case in _same("azure_sql_table", f"mssql://s.database.{cloud}/db/dbo/t", f"jdbc:sqlserver://s.database.{cloud}:1433;database=db:t", (f"sqlserver://s.database.{cloud}:1433", "db.dbo.t"))),
        *_same("azure_sql_mi_table", managed, "jdbc:sqlserver://mi.abc123.database.windows.net;database=db:t", "jdbc:sqlserver://mi.public.abc123.database.windows.net:3342;database=db:dbo.t", "jdbc:sqlserver://MI.abc123.database.windows.net:1433;databaseName=db:[t]", ("sqlserver://mi.abc123.database.windows.net:1433", "db.dbo.t"), ("sqlserver://mi.public.abc123.database.windows.net:3342;database=db", "dbo.t")),
        *_same("azure_synapse_dedicated_sql_table", "mssql://ws.sql.azuresynapse.net/p/dbo/t", "jdbc:sqlserver://ws.sql.azuresynapse.net;database=p:t", "jdbc:sqlserver://WS.privatelink.sql.azuresynapse.net:1433;database=p;:dbo.t", ("sqlserver://ws.sql.azuresynapse.net:1433", "p.dbo.t")),
        *_same("azure_synapse_serverless_sql_table", "mssql://ws-ondemand.sql.azuresynapse.net/l/dbo/t", "jdbc:sqlserver://ws-ondemand.sql.azuresynapse.net;database=l:t", "jdbc:sqlserver://WS-OnDemand.privatelink.sql.azuresynapse.net;database=l:t", ("sqlserver://ws-ondemand.sql.azuresynapse.net:1433", "l.dbo.t")),
        *_same(PLACEHOLDER, "mssql://x.datawarehouse.fabric.microsoft.com/wh/dbo/t", "jdbc:sqlserver://x.datawarehouse.fabric.microsoft.com:1433;database=wh:t", "jdbc:sqlserver://x.datawarehouse.fabric.microsoft.com,1433;database=wh:dbo.t", ("fabric-warehouse://x.datawarehouse.fabric.microsoft.com", "wh.dbo.t")),
        *_same(own, "mssql://h/INST/erp/dbo/t", "jdbc:sqlserver://h\\INST;databaseName=erp:t", "jdbc:sqlserver://h\\INST:1435;databaseName=erp:dbo.t", "jdbc:sqlserver://H;instanceName=INST;databaseName=erp:t", "jdbc:sqlserver://;serverName=h\\INST;databaseName=erp:t", "jdbc:sqlserver://;server=h;instance=INST;database=erp:t", ("sqlserver://h:1433/INST", "erp.dbo.t"), ("sqlserver://h\\INST;database=erp", "dbo.t"), ("mssql://h:1433/INST", "erp.dbo.t")),
        *_same(own, "mssql://h:1435/MSSQLSERVER/erp/dbo/t", "jdbc:sqlserver://h:1435;databaseName=erp:t", "jdbc:sqlserver://h,1435;databaseName=erp:t", "jdbc:sqlserver://;serverName=h;port=1435;databaseName=erp:t", "jdbc:sqlserver://h;portNumber=1435;databaseName=erp:t"),
        *_same(own, "mssql://localhost/MSSQLSERVER/erp/dbo/t", "jdbc:sqlserver://localhost;databaseName=erp:t", "jdbc:sqlserver://.;databaseName=erp:t", "jdbc:sqlserver://(local);databaseName=erp:t", "jdbc:sqlserver://;databaseName=erp:t"),
        *_same(own, "mssql://[2001:db8::1]/MSSQLSERVER/erp/dbo/t", "jdbc:sqlserver://[2001:db8::1]:1433;databaseName=erp:t"),
        *_same("postgresql_table", pg, "jdbc:postgresql://h/app:t", "jdbc:postgresql://H:5432/app:public.t", "jdbc:postgresql://h/app?ssl=true&user=u&password=secret:t", "jdbc:postgresql://u:secret@h/app:t", 'jdbc:postgresql://h/app:"public"."t"', "jdbc:pgsql://h/app:t", "jdbc:aws-wrapper:postgresql://h/app:t", "jdbc:postgresql://h/other:app.public.t", "jdbc:postgresql://h:5432,h2:5432/app?targetServerType=primary:t", ("postgres://h:5432", "app.public.t"), ("postgresql://h/app", "t")),
        *_same("postgresql_table", "postgresql://servers/h:5433/dbs/app/schemas/HR/tables/t", "jdbc:postgresql://h:5433/app:HR.t", 'jdbc:postgresql://h:5433/app?currentSchema="HR":t'),
        *_same("mysql_table", "mysql://servers/h:3306/dbs/shop/tables/t", "jdbc:mysql://h/shop:t", "jdbc:mysql://H:3306/shop?useSSL=true:`t`", "jdbc:mysql://h:shop.t", "jdbc:mysql://(host=h,port=3306)/shop:t", "jdbc:mysql://address=(host=h)(port=3306)/shop:t", "jdbc:mysql:replication://h,h2/shop:t", "jdbc:mariadb:sequential://h/shop:t", "jdbc:aws-wrapper:mysql://h/shop:t", "jdbc:mysql://h/shop:(select `a` from `shop`.`t`) q", ("mysql://h:3306", "shop.t")),
        *(case for cloud in ("azure.com", "chinacloudapi.cn", "usgovcloudapi.net", "cloudapi.de") for case in [
            *_same("azure_postgresql_table", f"postgresql://s.postgres.database.{cloud}/app/public/t", f"jdbc:postgresql://s.postgres.database.{cloud}/app:t", (f"postgres://s.postgres.database.{cloud}:5432", "app.public.t")),
            *_same("azure_mysql_table", f"mysql://s.mysql.database.{cloud}/shop/t", f"jdbc:mysql://s.mysql.database.{cloud}:3306/shop:t", f"jdbc:mariadb://s.mysql.database.{cloud}/shop:t", (f"mysql://s.mysql.database.{cloud}:3306", "shop.t")),
            *_same("azure_mariadb_table", f"mysql://s.mariadb.database.{cloud}/shop/t", f"jdbc:mariadb://s.mariadb.database.{cloud}:3306/shop:t", f"jdbc:mysql://s.mariadb.database.{cloud}/shop:t"),
        ]),
        *_same("oracle_table", "oracle://dbserver:1521/ORCL/HR/EMP", "jdbc:oracle:thin:@dbserver:1521:ORCL:HR.EMP", "jdbc:oracle:thin:@dbserver:1521/ORCL:hr.emp", "jdbc:oracle:thin:@//dbserver:1521/ORCL:HR.EMP", "jdbc:oracle:thin:@dbserver/ORCL:HR.EMP", "jdbc:oracle:oci8:@dbserver:1521:ORCL:HR.EMP", "jdbc:oracle:thin:hr/secret@dbserver:1521:ORCL:EMP", "jdbc:oracle:thin:@tcp://dbserver:1521/ORCL:HR.EMP", "jdbc:oracle:thin:@(description=(address_list=(address=(protocol=tcp)(host=DBSERVER)(port=1521))(address=(host=h2)(port=1521)))(connect_data=(service_name=ORCL))):HR.EMP", 'jdbc:oracle:thin:@dbserver:1521:ORCL:"HR"."EMP"', "jdbc:oracle:thin:@dbserver:1521:ORCL:HR.EMP PARTITION (p1)", "jdbc:oracle:thin:@dbserver:1521:ORCL:(select * from hr.emp where rownum < 5) q", ("oracle://dbserver:1521", "ORCL.HR.EMP")),
        *_same("db2_table", "db2://servers/h:50000/databases/S/schemas/A/tables/B", "jdbc:db2://h/S:A.B", "jdbc:db2://h:50000/S:sslConnection=true;:a.b", "jdbc:db2://h/S:currentSchema=A;:b", ("db2://h:50000", "S.A.B")),
        *_same("teradata_table", "teradata://td/dw/t", "jdbc:teradata://td/DATABASE=dw:t", "jdbc:teradata://td/LOGMECH=LDAP,DATABASE=dw:t", "jdbc:teradata://td:dw.t", 'jdbc:teradata://TD/:"dw"."t"', ("teradata://td:1025", "dw.t")),
        *_same("snowflake_table", "snowflake://a.snowflakecomputing.com/databases/D/schemas/S/tables/T", "jdbc:snowflake://a.snowflakecomputing.com/?db=d&schema=s:t", "jdbc:snowflake://A.snowflakecomputing.com:443?db=D:s.t", "jdbc:snowflake://a.snowflakecomputing.com/:d.s.t", 'jdbc:snowflake://a.snowflakecomputing.com/?db="D"&schema="S":"T"', "jdbc:snowflake://a.snowflakecomputing.com/?db=D&schema=S:(select x:y::string from t) q", "snowflake://a.snowflakecomputing.com.WH.D.S.T", ("snowflake://a", "D.S.T"), ("snowflake://a", "d.s.t"), ("snowflake://a", '"D"."S"."T"')),
        *_same("snowflake_table", "snowflake://a.snowflakecomputing.com/databases/d/schemas/S/tables/t", 'jdbc:snowflake://a.snowflakecomputing.com/?db="d"&schema=S:"t"'),
        *_same(PLACEHOLDER, "saphana://h:30015/HDB/X/T", "jdbc:sap://h:30015/?databaseName=HDB&currentSchema=X:T", "jdbc:sap://h:30015/?databaseName=HDB:x.t", 'jdbc:sap://H:30015/?databaseName=HDB:"X"."T"'),
        *_same(PLACEHOLDER, "hive2://h:10000/db/t", "jdbc:hive2://h:10000/db:t", "jdbc:hive2://H/db;ssl=true;transportMode=http:T", "jdbc:hive2://h:10000/:db.t"),
        *_same(PLACEHOLDER, "redshift://h:5439/dev/public/t", "jdbc:redshift://h:5439/dev:t", "jdbc:redshift:iam://h/dev:public.t", ("redshift://h:5439", "dev.public.t")),
        *_same(PLACEHOLDER, "bigquery://p/d/t", "jdbc:bigquery://https://www.googleapis.com/bigquery/v2:443;ProjectId=p;DefaultDataset=d:t", "jdbc:bigquery://https://www.googleapis.com/bigquery/v2:443;ProjectId=x:p.d.t", "jdbc:bigquery://https://www.googleapis.com/bigquery/v2:443;ProjectId=x:`p.d.t`", "bigquery://p:d.t", "bigquery://p.d.t", "bigquery://p:d.t$20240131", ("bigquery", "p.d.t")),
        *_same(PLACEHOLDER, "bigquery://p/d/events_*", "bigquery://p:d.events_20240131", "bigquery://p:d.events_*", "bigquery://p:d.events_2024*", "jdbc:bigquery://https://x:443;ProjectId=p;DefaultDataset=d:events_20240131", "jdbc:bigquery://https://x:443;ProjectId=p:(select a from `p.d.events_*` where _table_suffix > '?') q", ("bigquery", "p.d.events_20240131")),
        *_same(PLACEHOLDER, "bigquery://p/d/events_20240231", "bigquery://p:d.events_20240231"),
        *_same(PLACEHOLDER, "bigquery://p/d/events_20240131", "bigquery://p:d.events_20240131", fold_dates=False),
        *_same(PLACEHOLDER, "bigquery://p", "jdbc:bigquery://https://x:443;ProjectId=p:(select a from f(1)) q"),
        *_same(PLACEHOLDER, "trino://h:8080/c/s/t", "jdbc:trino://h:8080/c/s:t", "jdbc:trino://h/c:s.t", "jdbc:presto://h:8080/c/s:t", ("trino://h:8080", "c.s.t")),
        *_same(PLACEHOLDER, "h2://localhost/mem/one/t", "jdbc:h2:mem:one:t"),
        *_same(PLACEHOLDER, "h2://localhost/mem/two/t", "jdbc:h2:mem:two:t"),
        *_same(PLACEHOLDER, "derby://h:1527/db/APP/T", "jdbc:derby://h:1527/db;user=x;create=true:APP.T"),
        *_same(PLACEHOLDER, "sqlite://localhost/x/y.db/t", "jdbc:sqlite:/x/y.db:t"),
    ]  # fmt: skip


def _services() -> list[Case]:
    carts, events = "https://c.documents.azure.com/dbs/shop/colls/carts", "https://k.westeurope.kusto.windows.net/db/T"
    return [
        *_same("azure_cosmosdb_sqlapi_collection", carts, ("azurecosmos://c.documents.azure.com/dbs/shop", "colls/carts"), ("azurecosmos://c.documents.azure.com/dbs/shop", "/colls/carts"), ("azurecosmos://c.documents.azure.com/dbs/shop", "carts"), ("azurecosmos://c.documents.azure.com", "dbs/shop/colls/carts"), ("azurecosmos://https://C.documents.azure.com:443/dbs/shop", "/colls/carts"), "cosmos://c.documents.azure.com:443/shop/carts", "cosmos://c/shop/carts", "https://c.privatelink.documents.azure.com:443/dbs/shop/colls/carts"),
        *(case for cloud in ("azure.cn", "azure.us", "microsoftazure.de") for case in _same("azure_cosmosdb_sqlapi_collection", f"https://c.documents.{cloud}/dbs/d/colls/x", f"cosmos://c.documents.{cloud}/d/x", (f"azurecosmos://c.documents.{cloud}/dbs/d", "colls/x"))),
        *_same("azure_data_explorer_table", events, ("azurekusto://k.westeurope.kusto.windows.net", "db/T"), ("azurekusto://K.westeurope.kusto.windows.net/db", "/T"), ("azurekusto://ingest-k.westeurope.kusto.windows.net:443/db", "T"), ("azurekusto://k.westeurope", "db/T"), ("azurekusto://https://k.westeurope.kusto.windows.net.kusto.windows.net", "db/T"), "https://k.westeurope.kusto.windows.net/db/T", "azurekusto://k.privatelink.westeurope.kusto.windows.net/db/T"),
        *(case for cloud in ("kusto.chinacloudapi.cn", "kusto.usgovcloudapi.net", "kusto.azuresynapse.net", "z0.kusto.fabric.microsoft.com") for case in _same("azure_data_explorer_table", f"https://k.{cloud}/db/T", f"azurekusto://k.{cloud}/db/T", (f"azurekusto://k.{cloud}/db", "T"))),
        *_same(PLACEHOLDER, "kafka://b:9092/t", "kafka://B:9092/t", ("kafka://b:9092", "t"), ("kafka://b:9092,b2:9092", "t")),
        *_same(PLACEHOLDER, "kafka://b:9092/t", "kafka:t", params={"kafka.bootstrap.servers": "b:9092,b2:9092"}),
        *_same(PLACEHOLDER, "eventhubs://n.servicebus.windows.net/h", "eventhubs://n.servicebus.windows.net/h", ("eventhubs://N.servicebus.windows.net", "h"), ("eventhub://n.servicebus.windows.net", "h"), "sb://n.servicebus.windows.net/h/"),
        *_same(PLACEHOLDER, "eventhubs://unknown/h", "eventhubs:h", ("eventhubs", "h")),
        *_same(PLACEHOLDER, "mongodb://h:27017/db/c", "mongodb://h:27017/db.c", "mongodb://u:secret@h:27017,h2:27017/db.c?ssl=true", "mongodb://h:27017/db/c", ("mongodb://h:27017", "db.c")),
        *_same(PLACEHOLDER, "cassandra://h:9042/k/t", "cassandra://h:9042/k.t", ("cassandra://h:9042", "k.t")),
        *_same(PLACEHOLDER, "cassandra://unknown/k/t", "cassandra:k:t", "cassandra:k.t"),
        *_same(PLACEHOLDER, "elasticsearch://h:9200/i", "elasticsearch://h:9200/i", ("elasticsearch://h:9200", "i")),
    ]  # fmt: skip


VARIATIONS: dict[str, list[Case]] = {
    "more_paths": _paths(),
    "more_stores": _stores(),
    "more_databricks": _databricks(),
    "more_databases": _databases(),
    "more_services": _services(),
}
