"""The two readers of relation texts, that of plans and that of sources, tell the same dataset."""

import pytest

from lineage.model import Source
from lineage.naming import NamingContext, name_source
from lineage.spline.descriptions import mask_relation
from lineage.spline.relations import recover

pytestmark = pytest.mark.unit

CONTEXT = NamingContext("adb-1.1.azuredatabricks.net")
TOLD = {
    "SqlDWRelation(Some(x),jdbc:sqlserver://w.sql.azuresynapse.net:1433;database=dw,dbo.Dim)": "mssql://w.sql.azuresynapse.net/dw/dbo/Dim",
    "a.b.SqlDWRelation(jdbc:sqlserver://s.database.windows.net;database=dw,dbo.Dim)": "mssql://s.database.windows.net/dw/dbo/Dim",
    "SnowflakeRelation(jdbc:snowflake://a.snowflakecomputing.com/?db=D&schema=S,ORDERS)": "snowflake://a.snowflakecomputing.com/databases/D/schemas/S/tables/ORDERS",
    "X(jdbc:oracle:thin:@h:1521:S,HR.EMP)": "oracle://h:1521/S/HR/EMP",
    'X(jdbc:postgresql://h/d, "My"."T")': "postgresql://servers/h:5432/dbs/d/schemas/My/tables/T",
    "X(jdbc:sqlserver://h;database=d,dbo.T,dbo.U)": "mssql://h/MSSQLSERVER/d/dbo/T",
    "JDBCRelation(jdbc:mysql://h/db)": "mysql://servers/h:3306/dbs/db",
    "KustoRelation(https://c.kusto.windows.net, db)": "azurekusto://c.kusto.windows.net",
    "MongoRelation(mongodb://h:27017/db.c)": "mongodb://h:27017/db/c",
    "DeltaCDFRelation(Snapshot(path=abfss://c@a.dfs.core.windows.net/t/_delta_log, version=3),1,2)": "https://a.dfs.core.windows.net/c/t",
    "ParquetRelation(s3a://b/k/x)": "s3://b/k/x",
    "X(weird://h/x)": "weird://h/x",
}  # fmt: skip


@pytest.mark.parametrize("text", TOLD)
def test_both_readers_tell_one_dataset_masked_or_not(text):
    recovered = [recover(text), recover(mask_relation(text))]

    names = {
        dataset.qualified_name
        for source in (Source(text), *(one or Source("nothing") for one in recovered))
        for dataset in name_source(source, CONTEXT).datasets
    }
    assert names == {TOLD[text]}
