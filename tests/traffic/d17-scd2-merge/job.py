# Databricks notebook source
# Exercises: staged updates with null merge keys for a history MERGE, CDC feed with deletes de-duplicated by window, MERGE by DeltaTable with conditions, history read back with VERSION AS OF and by path in SQL
# (`spark` and `sc` are given, as in a notebook)
from delta.tables import DeltaTable
from pyspark.sql import Window, functions as F

LANDING = "abfss://landing@contosolake.dfs.core.windows.net"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net"
DIM = f"{GOLD}/dim/customer_hist"

changes = spark.read.parquet(f"{LANDING}/crm/changes")
dim = DeltaTable.forPath(spark, DIM)
target = dim.toDF()

updates = changes.withColumn("rn", F.row_number().over(Window.partitionBy("customer_id").orderBy(F.desc("changed_at")))).filter("rn = 1").drop("rn")
new_versions = (
    updates.alias("u").join(target.alias("t"), "customer_id")
    .where("t.is_current = true AND (u.name <> t.name OR u.country <> t.country)")
    .select("u.*")
)
staged = new_versions.selectExpr("NULL AS merge_key", "*").union(updates.selectExpr("customer_id AS merge_key", "*"))
(dim.alias("t").merge(staged.alias("s"), "t.customer_id = s.merge_key")
 .whenMatchedUpdate(condition="t.is_current = true AND (t.name <> s.name OR t.country <> s.country)",
                    set={"is_current": F.lit(False), "valid_to": F.to_date("s.changed_at")})
 .whenNotMatchedInsert(values={"customer_id": "s.customer_id", "name": "s.name", "country": "s.country",
                               "valid_from": "to_date(s.changed_at)", "valid_to": "DATE'9999-12-31'", "is_current": "true"})
 .execute())

feed = spark.read.json(f"{LANDING}/cdc/orders")
latest = (
    feed.select("op", "ts", "after.*")
    .withColumn("rank", F.rank().over(Window.partitionBy("order_id").orderBy(F.col("ts").desc())))
    .where(F.col("rank") == 1)
)
orders = DeltaTable.forPath(spark, f"{GOLD}/cdc/orders")
(orders.alias("o").merge(latest.alias("c"), "o.order_id = c.order_id")
 .whenMatchedDelete("c.op = 'd'")
 .whenMatchedUpdate(set={"amount": "coalesce(c.amount, o.amount)", "status": "c.status"})
 .whenNotMatchedInsert(condition="c.op <> 'd'", values={"order_id": "c.order_id", "amount": "c.amount", "status": "c.status"})
 .execute())
orders.update("status = 'open' AND amount < 1", {"status": F.lit("closed")})

spark.sql(f"""
  SELECT n.order_id, n.amount - o.amount AS diff, n.status
  FROM delta.`{GOLD}/cdc/orders` n
  LEFT JOIN delta.`{GOLD}/cdc/orders` VERSION AS OF 0 o ON n.order_id = o.order_id
  WHERE o.order_id IS NOT NULL
""").write.mode("overwrite").parquet(f"{GOLD}/cdc/changed")
