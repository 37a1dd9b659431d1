# Databricks notebook source
# Exercises: DeltaTable API: clauses with conditions, not matched by source, schema evolution, a source that reads the target, update and delete
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
from delta.tables import DeltaTable
spark.sql("CREATE SCHEMA IF NOT EXISTS f07"); spark.read.format("delta").load(C + "/silver/events").createOrReplaceTempView("ev")
spark.sql("CREATE OR REPLACE TABLE f07.stock USING delta AS SELECT i.sku, cast(sum(i.qty) AS INT) AS qty, max(i.price) AS price FROM ev LATERAL VIEW explode(items) x AS i GROUP BY i.sku")
stock = DeltaTable.forName(spark, "f07.stock")

# COMMAND ----------
moves = spark.sql("SELECT cast(order_id AS STRING) AS sku, customer_id AS moved, amount AS price, status FROM o WHERE amount > 1")
(
    stock.alias("t").merge(moves.alias("s"), "t.sku = s.sku")
    .whenMatchedDelete("s.status = 'CANCELLED'")
    .whenMatchedUpdate(set={"qty": F.col("t.qty") + F.col("s.moved"), "price": F.expr("CASE WHEN s.price > t.price THEN s.price ELSE t.price END")})
    .whenNotMatchedInsert(condition="s.moved > 0", values={"sku": "s.sku", "qty": "s.moved", "price": "s.price"})
    .whenNotMatchedBySourceUpdate(condition="t.qty > 100", set={"qty": F.lit(0)})
    .whenNotMatchedBySourceDelete("t.price < 0")
    .execute()
)

# COMMAND ----------
suppliers = spark.sql("SELECT s.sku, s.qty, s.price * 2 AS price, k.name AS supplier FROM f07.stock s JOIN k ON k.id = s.qty")
stock.alias("t").merge(suppliers.alias("s"), "t.sku <=> s.sku").withSchemaEvolution().whenMatchedUpdateAll("s.qty >= t.qty").whenNotMatchedInsertAll().execute()

# COMMAND ----------
stock = DeltaTable.forName(spark, "f07.stock")
stock.update("sku IS NULL OR supplier = 'x'", {"supplier": F.concat(F.col("sku"), F.lit("-"), F.col("supplier"))})
stock.delete(F.col("qty") == 0)
DeltaTable.createIfNotExists(spark).tableName("f07.audit").addColumn("sku", "STRING").addColumn("n", "BIGINT").execute()
spark.table("f07.stock").groupBy("sku").count().select("sku", F.col("count").alias("n")).write.mode("append").insertInto("f07.audit")
