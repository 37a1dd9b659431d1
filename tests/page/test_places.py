import pytest

from lineage.page.places import Place, last_part, place_of

pytestmark = pytest.mark.unit

HOST = "adb-8765432109876543.7.azuredatabricks.net"


@pytest.mark.parametrize(
    ("qualified_name", "place"),
    [
        ("https://acct.dfs.core.windows.net/raw/sales/2024", Place("files", "raw · acct", "sales/2024")),
        ("https://acct.dfs.core.windows.net/raw", Place("files", "raw · acct", "")),
        ("https://acct.blob.core.usgovcloudapi.net/raw/a.csv", Place("files", "raw · acct", "a.csv")),
        ("https://acct.z12.blob.storage.azure.net/raw/a", Place("files", "raw · acct", "a")),
        (
            "https://onelake.dfs.fabric.microsoft.com/ws/lh.Lakehouse/Tables/orders",
            Place("files", "lh · ws", "Tables/orders"),
        ),
        ("adl://acct.azuredatalakestore.net/click/2020", Place("files", "acct", "click/2020")),
        (f"dbfs://{HOST}/mnt/raw/sales", Place("files", "dbfs · adb-8765432109876543", "mnt/raw/sales")),
        ("s3://bucket/base/x", Place("files", "bucket · s3", "base/x")),
        (f"sales.orders@{HOST}", Place("table", "sales · adb-8765432109876543", "orders")),
        ("databricks://1-2/catalogs/main/schemas/sales/tables/orders", Place("table", "main.sales", "orders")),
        ("mssql://srv.database.windows.net/db/dbo/orders", Place("database", "db.dbo · srv", "orders")),
        ("mysql://srv.mysql.database.azure.com/shop/orders", Place("database", "shop · srv", "orders")),
        (
            "postgresql://servers/10.2.0.9:5432/dbs/app/schemas/public/tables/people",
            Place("database", "app.public · 10.2.0.9:5432", "people"),
        ),
        ("mysql://servers/h:3306/dbs/shop/tables/orders", Place("database", "shop · h:3306", "orders")),
        (
            "snowflake://acct.snowflakecomputing.com/databases/DW/schemas/SALES/tables/ORDERS",
            Place("database", "DW.SALES · acct", "ORDERS"),
        ),
        ("https://adx.westeurope.kusto.windows.net/telemetry/Events", Place("database", "telemetry · adx", "Events")),
        ("https://cos.documents.azure.com/dbs/shop/colls/carts", Place("documents", "shop · cos", "carts")),
        ("kafka://broker/orders", Place("stream", "broker", "orders")),
        ("weird-scheme://host/thing", Place("other", "host · weird-scheme", "thing")),
        ("no uri at all", Place("other", "", "no uri at all")),
        ("", Place("other", "", "")),
        ("{a}://{0}/x {b}", Place("other", "", "{a}://{0}/x {b}")),
    ],
)
def test_a_place_is_read_from_the_qualified_name(qualified_name, place):
    assert place_of(qualified_name) == place


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "https://" + "a." * 10_000, "mssql://a/" + "b/" * 10_000, "a." * 9_000 + "@"]
)
def test_any_text_is_a_place(text):
    assert place_of(text).kind


@pytest.mark.parametrize(
    ("path", "last"),
    [("sales/orders", "orders"), ("orders/{SparkPartitions}", "orders"), ("{N}", "{N}"), ("", ""), ("a//", "a")],
)
def test_the_last_part_is_what_people_say(path, last):
    assert last_part(path) == last
