"""The naming table: what each kind of source is called in the catalogue. First match wins, most specific first.

A row's pattern has to match the whole canonical URI (``uri.py``, ``jdbc.py``, ``spellings.py`` and ``services.py``
write it); templates are filled with its named groups. ``docs/mapping.md`` shows the same rows, and tests keep both
equal.
"""

from lineage.naming.hosts import (
    COSMOS,
    EVENT_HUBS,
    FABRIC_SQL,
    KUSTO,
    MARIADB,
    MYSQL,
    POSTGRESQL,
    SQL,
    SYNAPSE,
)
from lineage.naming.rule import DATASET, Alternate, Rule, rule

_ONELAKE = r"(?P<host>onelake\.dfs\.fabric\.microsoft\.com)"
_GUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
_TABLE = r"(?P<database>[^/]+)/(?P<schema>[^/]+)/(?P<table>[^/]+)"
_DB_TABLE = r"(?P<database>[^/]+)/(?P<table>[^/]+)"
_DB = r"(?P<database>[^/]+)"
_STORE = r"(?P<container>[^@/]+)@(?P<host>[^/]+)"
_HOST = r"(?P<host>[^/]+)"
_GEN2 = "https://{dfs}/{container}/{path}"
_BLOB = "https://{blob}/{container}/{path}"
_SETS = "/{{SparkPartitions}}"
_MSSQL = "mssql://{host}/{database}/{schema}/{table}"
_MSSQL_DB = "mssql://{host}/{database}"
_MANAGED = rf"sqlserver://(?P<host>[^./]+\.[^./]+\.{SQL})"
_PG = "postgresql://servers/{host}/dbs/{database}"
_DB2 = "db2://servers/{host}/databases/{database}"
_SNOWFLAKE = "snowflake://{host}/databases/{database}"
_S3 = "https://s3.amazonaws.com/"
_STORES = "oss|obs|cosn|swift|viewfs|webhdfs|alluxio|maprfs|ofs|o3fs|lakefs"
_LAKEHOUSE = "https://app.fabric.microsoft.com/groups/{container}/lakehouses/{item}/tables/{path}"
_BY_ID = (
    "abfss://0f0f0f0f-1111-2222-3333-444444444444@onelake.dfs.fabric.microsoft.com"
    "/0a0a0a0a-1111-2222-3333-444444444444/Tables/orders"
)
_UNITY = r"(?P<catalog>[^/]+)/(?P<schema>[^/]+)/(?P<table>[^/]+)"
_DATABASES = (
    "sqlserver|sqldw|postgresql|mysql|oracle|db2|teradata|snowflake|redshift|trino|clickhouse|vertica|saphana|as400"
    "|hive2|databricks|sqlite|duckdb|athena"
)

# A table is read by its rows.
# fmt: off
RULES: tuple[Rule, ...] = (
    # Files in Fabric's OneLake look like ADLS Gen2, but Purview names Fabric items by workspace and item id.
    rule("onelake_table_by_id", rf"abfss://(?P<container>{_GUID})@{_ONELAKE}/(?P<item>{_GUID})/Tables/(?P<path>.+)",
         DATASET, "https://{host}/{container}/{item}/Tables/{path}", "{tail}", "low", _BY_ID,
         Alternate("fabric_lakehouse_table", _LAKEHOUSE)),
    rule("onelake_path", rf"abfss://(?P<container>[^@/]+)@{_ONELAKE}/(?P<path>.+)", DATASET, _GEN2, "{tail}", "low",
         "abfss://ws@onelake.dfs.fabric.microsoft.com/lh.Lakehouse/Tables/orders",
         Alternate("fabric_lakehouse_table", _GEN2)),
    rule("onelake_workspace", rf"abfss://(?P<container>[^@/]+)@{_ONELAKE}/", DATASET, "https://{host}/{container}",
         "{container}", "low", "abfss://ws@onelake.dfs.fabric.microsoft.com/"),
    # Azure storage
    rule("adls_gen2_filesystem", rf"abfss://{_STORE}/", "azure_datalake_gen2_filesystem", "https://{dfs}/{container}",
         "{container}", "high", "abfss://raw@fabrikamlake.dfs.core.windows.net/",
         Alternate("azure_blob_container", "https://{blob}/{container}")),
    rule("adls_gen2_path", rf"abfss://{_STORE}/(?P<path>.+)", "azure_datalake_gen2_path", _GEN2, "{tail}", "high",
         "abfss://raw@fabrikamlake.dfs.core.windows.net/sales/2024",
         Alternate("azure_datalake_gen2_resource_set", _GEN2 + _SETS, "folder"),
         Alternate("azure_datalake_gen2_path", _GEN2 + "/", "folder"),
         Alternate("azure_blob_resource_set", _BLOB + _SETS, "folder"),
         Alternate("azure_blob_path", _BLOB)),
    rule("blob_container", rf"wasbs://{_STORE}/", "azure_blob_container", "https://{blob}/{container}", "{container}",
         "medium", "wasbs://landing@fabrikamblob.blob.core.windows.net/",
         Alternate("azure_datalake_gen2_filesystem", "https://{dfs}/{container}")),
    rule("blob_path", rf"wasbs://{_STORE}/(?P<path>.+)", "azure_blob_path", _BLOB, "{tail}", "high",
         "wasbs://landing@fabrikamblob.blob.core.windows.net/in/a.csv",
         Alternate("azure_blob_resource_set", _BLOB + _SETS, "folder"),
         Alternate("azure_blob_path", _BLOB + "/", "folder"),
         Alternate("azure_datalake_gen2_resource_set", _GEN2 + _SETS, "folder"),
         Alternate("azure_datalake_gen2_path", _GEN2)),
    rule("adls_gen1_account", rf"adl://{_HOST}/", "azure_datalake_gen1_account", "adl://{host}", "{host}", "low",
         "adl://fabrikamgen1.azuredatalakestore.net/"),
    rule("adls_gen1_path", rf"adl://{_HOST}/(?P<path>.+)", "azure_datalake_gen1_path", "adl://{host}/{path}", "{tail}",
         "medium", "adl://fabrikamgen1.azuredatalakestore.net/clickstream/2020",
         Alternate("azure_datalake_gen1_resource_set", "adl://{host}/{path}" + _SETS, "folder")),
    # Tables and files of Databricks
    rule("databricks_table", rf"unitycatalog://(?P<metastore>{_GUID})/{_UNITY}", "databricks_table",
         "databricks://{metastore}/catalogs/{catalog}/schemas/{schema}/tables/{table}", "{catalog}.{schema}.{table}",
         "medium", "unitycatalog://adb-8765432109876543.7.azuredatabricks.net + main.sales.orders",
         Alternate("databricks_view", "databricks://{metastore}/catalogs/{catalog}/schemas/{schema}/views/{table}")),
    rule("unity_table_of_workspace", rf"unitycatalog://(?P<workspace>[^/]+)/{_UNITY}", DATASET,
         "unitycatalog://{workspace}/{catalog}/{schema}/{table}", "{catalog}.{schema}.{table}", "low",
         "unitycatalog://adb-8765432109876543.7.azuredatabricks.net + main.sales.orders given metastore_id="),
    rule("databricks_volume", rf"volume://(?P<metastore>{_GUID})/(?P<catalog>[^/]+)/(?P<schema>[^/]+)/(?P<path>.+)",
         DATASET, "databricks://{metastore}/catalogs/{catalog}/schemas/{schema}/volumes/{path}", "{tail}", "low",
         "dbfs:/Volumes/main/sales/files/in"),
    rule("hive_table", r"hive://(?P<workspace>[^/]+)/(?P<schema>[^/]+)/(?P<table>[^/]+)", "hive_table",
         "{schema}.{table}@{workspace}", "{schema}.{table}", "high", "dbfs:/user/hive/warehouse/sales.db/orders",
         Alternate("hive_view", "{schema}.{table}@{workspace}")),
    rule("dbfs_path", r"dbfs://(?P<workspace>[^/]+)/(?P<path>.*)", DATASET, "dbfs://{workspace}/{path}", "{tail}",
         "medium", "dbfs:/FileStore/tables/x"),
    rule("local_file", r"file://(?P<workspace>[^/]+)/(?P<path>.*)", DATASET, "file://{workspace}/{path}", "{tail}",
         "low", "file:/tmp/out.csv"),
    # Tables behind another database's link: where they are is not told
    rule("linked_oracle_table", r"oracle://(?P<place>[^/]+/[^/]*)/@(?P<link>[^/]+)/(?P<path>.+)", DATASET,
         "oracle://{place}/@{link}/{path}", "{path}@{link}", "low", "jdbc:oracle:thin:@ora01:1521:ORCL:HR.EMP@SALES"),
    rule("linked_mssql_table", rf"(?:sqlserver|sqldw)://(?P<place>.+)/@(?P<link>[^/]+)/{_TABLE}", DATASET,
         "mssql://{place}/@{link}/{database}/{schema}/{table}", "{schema}.{table}@{link}", "low",
         "jdbc:sqlserver://onprem01:1433;databaseName=erp:srv2.dw.dbo.t"),
    # SQL Server and its relatives: one spelling, told apart by the host (and the connector, for the old SQL DW)
    rule("sql_dw_table", rf"sqldw://(?P<host>[^/]+\.{SQL})/{_TABLE}", "azure_sql_dw_table", _MSSQL, "{schema}.{table}",
         "low",
         "jdbc:sqlserver://fabrikamsql.database.windows.net;database=dw:fact given format=com.databricks.spark.sqldw",
         Alternate("azure_sql_table", _MSSQL),
         Alternate("azure_sql_dw_view", _MSSQL)),
    rule("sql_dw_database", rf"sqldw://(?P<host>[^/]+\.{SQL})/{_DB}", "azure_sql_dw", _MSSQL_DB, "{database}", "low",
         "jdbc:sqlserver://fabrikamsql.database.windows.net;database=dw given format=com.databricks.spark.sqldw",
         Alternate("azure_sql_db", _MSSQL_DB)),
    rule("azure_sql_mi_table", rf"{_MANAGED}/{_TABLE}", "azure_sql_mi_table", _MSSQL, "{schema}.{table}", "low",
         "jdbc:sqlserver://fabrikammi.abc123.database.windows.net:1433;database=db:dbo.t",
         Alternate("azure_sql_mi_table", "mssql://{host}:3342/{database}/{schema}/{table}"),
         Alternate("azure_sql_mi_view", _MSSQL),
         Alternate("azure_sql_table", _MSSQL)),
    rule("azure_sql_mi_database", rf"{_MANAGED}/{_DB}", "azure_sql_mi_database", _MSSQL_DB, "{database}", "low",
         "jdbc:sqlserver://fabrikammi.abc123.database.windows.net:1433;database=db"),
    rule("azure_sql_table", rf"sqlserver://(?P<host>[^/]+\.{SQL})/{_TABLE}", "azure_sql_table", _MSSQL,
         "{schema}.{table}", "high",
         "jdbc:sqlserver://fabrikamsql.database.windows.net:1433;databaseName=salesdb:sales.orders",
         Alternate("azure_sql_view", _MSSQL),
         Alternate("azure_sql_dw_table", _MSSQL)),
    rule("azure_sql_database", rf"sqlserver://(?P<host>[^/]+\.{SQL})/{_DB}", "azure_sql_db", _MSSQL_DB, "{database}",
         "low", "sqlserver://fabrikamsql.database.windows.net:1433;database=salesdb + COMPLEX"),
    rule("synapse_serverless_table", rf"sqlserver://(?P<host>[^/]+-ondemand\.{SYNAPSE})/{_TABLE}",
         "azure_synapse_serverless_sql_table", _MSSQL, "{schema}.{table}", "medium",
         "jdbc:sqlserver://fabrikamws-ondemand.sql.azuresynapse.net:1433;database=lake:dbo.t",
         Alternate("azure_synapse_serverless_sql_view", _MSSQL)),
    rule("synapse_serverless_database", rf"sqlserver://(?P<host>[^/]+-ondemand\.{SYNAPSE})/{_DB}",
         "azure_synapse_serverless_sql_db", _MSSQL_DB, "{database}", "low",
         "jdbc:sqlserver://fabrikamws-ondemand.sql.azuresynapse.net:1433;database=lake"),
    rule("synapse_dedicated_table", rf"(?:sqlserver|sqldw)://(?P<host>[^/]+\.{SYNAPSE})/{_TABLE}",
         "azure_synapse_dedicated_sql_table", _MSSQL, "{schema}.{table}", "high",
         "jdbc:sqlserver://fabrikamws.sql.azuresynapse.net:1433;database=pool1:sales.region",
         Alternate("azure_synapse_dedicated_sql_view", _MSSQL)),
    rule("synapse_dedicated_database", rf"(?:sqlserver|sqldw)://(?P<host>[^/]+\.{SYNAPSE})/{_DB}",
         "azure_synapse_dedicated_sql_db", _MSSQL_DB, "{database}", "low",
         "jdbc:sqlserver://fabrikamws.sql.azuresynapse.net:1433;database=pool1"),
    rule("fabric_sql_table", rf"sqlserver://(?P<host>[^/]+\.{FABRIC_SQL})/{_TABLE}", DATASET, _MSSQL,
         "{schema}.{table}", "low",
         "jdbc:sqlserver://abc123.datawarehouse.fabric.microsoft.com:1433;database=wh:dbo.t"),
    rule("fabric_sql_database", rf"sqlserver://(?P<host>[^/]+\.{FABRIC_SQL})/{_DB}", DATASET, _MSSQL_DB, "{database}",
         "low", "jdbc:sqlserver://abc123.datawarehouse.fabric.microsoft.com:1433;database=wh"),
    rule("mssql_table", rf"(?:sqlserver|sqldw)://{_HOST}/(?P<instance>[^/]+)/{_TABLE}", "mssql_table",
         "mssql://{host}/{instance}/{database}/{schema}/{table}", "{schema}.{table}", "low",
         "jdbc:sqlserver://onprem01:1433;databaseName=erp:dbo.t",
         Alternate("mssql_table", _MSSQL),
         Alternate("mssql_view", "mssql://{host}/{instance}/{database}/{schema}/{table}")),
    rule("mssql_database", rf"(?:sqlserver|sqldw)://{_HOST}/(?P<instance>[^/]+)/{_DB}", "mssql_db",
         "mssql://{host}/{instance}/{database}", "{database}", "low", "jdbc:sqlserver://onprem01:1433;databaseName=erp",
         Alternate("mssql_db", _MSSQL_DB)),
    # Other databases, Azure's own first
    rule("azure_postgresql_table", rf"postgresql://(?P<host>[^/]+\.{POSTGRESQL})(?::\d+)?/{_TABLE}",
         "azure_postgresql_table", "postgresql://{host}/{database}/{schema}/{table}", "{schema}.{table}", "high",
         "jdbc:postgresql://fabrikampg.postgres.database.azure.com:5432/app:hr.people",
         Alternate("azure_postgresql_view", "postgresql://{host}/{database}/{schema}/{table}")),
    rule("azure_postgresql_database", rf"postgresql://(?P<host>[^/]+\.{POSTGRESQL})(?::\d+)?/{_DB}",
         "azure_postgresql_db", "postgresql://{host}/{database}", "{database}", "low",
         "jdbc:postgresql://fabrikampg.postgres.database.azure.com:5432/app"),
    rule("postgresql_table", rf"postgresql://{_HOST}/{_TABLE}", "postgresql_table",
         _PG + "/schemas/{schema}/tables/{table}", "{schema}.{table}", "high",
         "jdbc:postgresql://10.2.0.9:5432/app:people",
         Alternate("postgresql_view", _PG + "/schemas/{schema}/views/{table}")),
    rule("postgresql_database", rf"postgresql://{_HOST}/{_DB}", "postgresql_db", _PG, "{database}", "low",
         "jdbc:postgresql://10.2.0.9:5432/app"),
    rule("azure_mysql_table", rf"mysql://(?P<host>[^/]+\.{MYSQL})(?::\d+)?/{_DB_TABLE}", "azure_mysql_table",
         "mysql://{host}/{database}/{table}", "{database}.{table}", "high",
         "jdbc:mysql://fabrikammy.mysql.database.azure.com:3306/shop?useSSL=true:orders"),
    rule("azure_mysql_database", rf"mysql://(?P<host>[^/]+\.{MYSQL})(?::\d+)?/{_DB}", "azure_mysql_db",
         "mysql://{host}/{database}", "{database}", "low",
         "jdbc:mysql://fabrikammy.mysql.database.azure.com:3306/shop"),
    rule("azure_mariadb_table", rf"mysql://(?P<host>[^/]+\.{MARIADB})(?::\d+)?/{_DB_TABLE}", "azure_mariadb_table",
         "mysql://{host}/{database}/{table}", "{database}.{table}", "low",
         "jdbc:mariadb://fabrikammaria.mariadb.database.azure.com:3306/shop:orders",
         Alternate("azure_mariadb_table", "mariadb://{host}/{database}/{table}")),
    rule("azure_mariadb_database", rf"mysql://(?P<host>[^/]+\.{MARIADB})(?::\d+)?/{_DB}", "azure_mariadb_db",
         "mysql://{host}/{database}", "{database}", "low",
         "jdbc:mariadb://fabrikammaria.mariadb.database.azure.com:3306/shop"),
    rule("mysql_table", rf"mysql://{_HOST}/{_DB_TABLE}", "mysql_table",
         "mysql://servers/{host}/dbs/{database}/tables/{table}", "{database}.{table}", "low",
         "jdbc:mysql://10.0.0.4:3306/shop:orders"),
    rule("mysql_database", rf"mysql://{_HOST}/{_DB}", "mysql_db", "mysql://servers/{host}/dbs/{database}", "{database}",
         "low", "jdbc:mysql://10.0.0.4:3306/shop"),
    rule("oracle_table", rf"oracle://(?P<host>(?P<server>[^/:]+)(?::[^/]*)?)/{_TABLE}", "oracle_table",
         "oracle://{host}/{database}/{schema}/{table}", "{schema}.{table}", "low",
         "jdbc:oracle:thin:@ora01:1521:ORCL:HR.EMP",
         Alternate("oracle_table", "oracle://{server}/{database}/{schema}/{table}"),
         Alternate("oracle_view", "oracle://{host}/{database}/{schema}/{table}")),
    rule("oracle_database", rf"oracle://{_HOST}/{_DB}", DATASET, "oracle://{host}/{database}", "{database}", "low",
         "jdbc:oracle:thin:@ora01:1521:ORCL"),
    rule("db2_table", rf"db2://{_HOST}/{_TABLE}", "db2_table", _DB2 + "/schemas/{schema}/tables/{table}",
         "{schema}.{table}", "medium", "jdbc:db2://db2h:50000/SAMPLE:DB2INST1.EMP"),
    rule("db2_database", rf"db2://{_HOST}/{_DB}", "db2_database", _DB2, "{database}", "low",
         "jdbc:db2://db2h:50000/SAMPLE"),
    rule("teradata_table", rf"teradata://{_HOST}/{_DB_TABLE}", "teradata_table", "teradata://{host}/{database}/{table}",
         "{database}.{table}", "low", "jdbc:teradata://td01/DATABASE=dw:fact"),
    rule("teradata_database", rf"teradata://{_HOST}/{_DB}", "teradata_database", "teradata://{host}/{database}",
         "{database}", "low", "jdbc:teradata://td01/DATABASE=dw"),
    rule("snowflake_table", rf"snowflakedb://{_HOST}/{_TABLE}", "snowflake_table",
         _SNOWFLAKE + "/schemas/{schema}/tables/{table}", "{schema}.{table}", "medium",
         "jdbc:snowflake://fabrikam-acct.snowflakecomputing.com/?db=DW&schema=SALES:ORDERS",
         Alternate("snowflake_view", _SNOWFLAKE + "/schemas/{schema}/views/{table}")),
    rule("snowflake_database", rf"snowflakedb://{_HOST}/{_DB}", "snowflake_database", _SNOWFLAKE, "{database}", "low",
         "jdbc:snowflake://fabrikam-acct.snowflakecomputing.com/?db=DW"),
    rule("other_database", rf"(?P<scheme>{_DATABASES})(?:db)?://(?P<path>.+)", DATASET, "{scheme}://{path}", "{tail}",
         "low", "jdbc:redshift://cluster1.eu-west-1.redshift.amazonaws.com:5439/dev:public.events"),
    # Services
    rule("kusto_table", rf"azurekusto://(?P<host>[^/]+\.{KUSTO})/{_DB_TABLE}", "azure_data_explorer_table",
         "https://{host}/{database}/{table}", "{database}.{table}", "high",
         "azurekusto://fabrikamadx.westeurope.kusto.windows.net/telemetry + Events"),
    rule("kusto_database", rf"azurekusto://(?P<host>[^/]+\.{KUSTO})/{_DB}", "azure_data_explorer_database",
         "https://{host}/{database}", "{database}", "low",
         "azurekusto://fabrikamadx.westeurope.kusto.windows.net/telemetry + COMPLEX"),
    rule("cosmos_collection", rf"azurecosmos://(?P<host>[^/]+\.{COSMOS})/dbs/{_DB}/colls/(?P<table>[^/]+)",
         "azure_cosmosdb_sqlapi_collection", "https://{host}/dbs/{database}/colls/{table}", "{database}.{table}",
         "medium", "azurecosmos://fabrikamcos.documents.azure.com/dbs/shop + colls/carts"),
    rule("cosmos_database", rf"azurecosmos://(?P<host>[^/]+\.{COSMOS})/dbs/{_DB}", "azure_cosmosdb_sqlapi_database",
         "https://{host}/dbs/{database}", "{database}", "low", "https://fabrikamcos.documents.azure.com/dbs/shop"),
    rule("event_hub", rf"(?P<scheme>kafka|eventhubs)://(?P<host>[^/:]+\.{EVENT_HUBS})(?P<port>:\d+|)/(?P<topic>[^/]+)",
         DATASET, "{scheme}://{host}{port}/{topic}", "{topic}", "low",
         "kafka://fabrikameh.servicebus.windows.net:9093 + clicks",
         Alternate("azure_event_hub", "https://{host}/{topic}")),
    rule("kafka_topic", rf"(?P<scheme>kafka|eventhubs)://{_HOST}/(?P<topic>.+)", DATASET, "{scheme}://{host}/{topic}",
         "{topic}", "low", "kafka:orders"),
    rule("delta_share", r"deltasharing://(?P<share>[^/]+)/(?P<schema>[^/]+)/(?P<table>[^/]+)", DATASET,
         "deltasharing://{share}/{schema}/{table}", "{share}.{schema}.{table}", "low",
         "dbfs:/FileStore/partner.share#retail.sales.orders"),
    rule("cassandra_table", rf"cassandra://{_HOST}/{_DB_TABLE}", DATASET, "cassandra://{host}/{database}/{table}",
         "{database}.{table}", "low", "cassandra:ks:orders",
         Alternate("cassandra_table", "cassandra://{host}/{database}/{table}")),
    rule("bigquery_table", rf"bigquery(?:db)?://(?P<project>[^/]+)/{_DB_TABLE}", DATASET,
         "bigquery://{project}/{database}/{table}", "{database}.{table}", "low", "bigquery://proj:ds.t",
         Alternate("bigquery_table", "bigquery://{project}/{database}/{table}")),
    rule("bigquery_project", rf"bigquery(?:db)?://{_DB}", DATASET, "bigquery://{database}", "{database}", "low",
         "jdbc:bigquery://https://www.googleapis.com/bigquery/v2:443;ProjectId=proj"),
    rule("mongodb_collection", rf"mongo://{_HOST}/{_DB_TABLE}", DATASET, "mongodb://{host}/{database}/{table}",
         "{database}.{table}", "low", "mongodb://mongo01:27017/shop.carts",
         Alternate("mongodb_collection", "mongodb://{host}/{database}/{table}")),
    rule("elasticsearch_index", rf"elasticsearch://{_HOST}/(?P<path>.+)", DATASET, "elasticsearch://{host}/{path}",
         "{path}", "low", "elasticsearch://es01:9200/logs/doc"),
    # Other file stores
    rule("hdfs_path", r"hdfs://(?P<host>[^/]*)/(?P<path>.*)", "hdfs_path", "hdfs://{host}/{path}", "{tail}", "medium",
         "hdfs://nn:8020 + /data/x"),
    rule("s3_bucket", r"s3://(?P<container>[^/]+)/", DATASET, "s3://{container}", "{container}", "low",
         "s3a://fabrikam-bucket/",
         Alternate("aws_s3_v2_bucket", "s3://{container}"),
         Alternate("aws_s3_v2_bucket", _S3 + "{container}")),
    rule("s3_path", r"s3://(?P<container>[^/]+)/(?P<path>.+)", DATASET, "s3://{container}/{path}", "{tail}", "low",
         "s3a://fabrikam-bucket/base/x",
         Alternate("aws_s3_v2_resource_set", "s3://{container}/{path}" + _SETS, "folder"),
         Alternate("aws_s3_v2_directory", "s3://{container}/{path}", "folder"),
         Alternate("aws_s3_v2_object", "s3://{container}/{path}", "file"),
         Alternate("aws_s3_v2_resource_set", _S3 + "{container}/{path}" + _SETS, "folder"),
         Alternate("aws_s3_v2_directory", _S3 + "{container}/{path}", "folder"),
         Alternate("aws_s3_v2_object", _S3 + "{container}/{path}", "file")),
    rule("gcs_bucket", r"gs://(?P<container>[^/]+)/", DATASET, "gs://{container}", "{container}", "low",
         "gs://fabrikam-gcs/"),
    rule("gcs_path", r"gs://(?P<container>[^/]+)/(?P<path>.+)", DATASET, "gs://{container}/{path}", "{tail}", "low",
         "gs://fabrikam-gcs/x"),
    rule("other_store", rf"(?P<scheme>{_STORES})://(?P<path>.+)", DATASET, "{scheme}://{path}", "{tail}", "low",
         "oss://fabrikam-oss/sales/year=2024"),
    # Whatever else there is: never an error, and reported by its shape
    rule("unmapped", r"(?P<path>.+)", DATASET, "{path}", "{tail}", "high", "weird-scheme://host/thing"),
)
# fmt: on
