# Databricks notebook source
# Exercises: writeTo by path, external delta tables by saveAsTable with a path, replaceWhere and insertInto with overwrite on tables, avro table, Hive insertInto, MERGE that deletes by source, DeltaTable updates with expressions and deletes, overwrite of one partition folder
# (`spark` and `sc` are given, as in a notebook)
from delta.tables import DeltaTable
from pyspark.sql import functions as F

CURATED = "abfss://curated@contosolake.dfs.core.windows.net"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/more"

orders = spark.read.format("delta").load(f"{CURATED}/silver/orders").withColumn("month", F.date_format("order_date", "yyyy-MM"))
customers = spark.read.format("delta").load(f"{CURATED}/silver/customers")
named = orders.join(customers.withColumnRenamed("id", "customer_id"), ["customer_id"]).select("order_id", "name", "amount", "month")

(named.write.format("delta").mode("overwrite").partitionBy("month").option("path", f"{GOLD}/named").saveAsTable("mart.named"))
named.filter(F.col("month") == "2024-01").writeTo(f"delta.`{GOLD}/named`").append()
(named.where("month = '2024-02'").withColumn("amount", F.greatest("amount", F.lit(1.0)))
 .write.format("delta").mode("overwrite").option("replaceWhere", "month = '2024-02'").saveAsTable("mart.named"))
named.select("order_id", F.upper("name"), F.abs("amount"), "month").write.insertInto("mart.named", overwrite=True)

for month in ("2024-01", "2024-02"):
    (spark.table("mart.named").where(F.col("month") == month).drop("month")
     .repartition(1).write.mode("overwrite").parquet(f"{GOLD}/exports/month={month}"))

spark.sql("CREATE TABLE mart.names_avro USING avro AS SELECT DISTINCT name, month FROM mart.named")
spark.sql("CREATE TABLE mart.hive_names (n STRING, total DOUBLE) STORED AS PARQUET")
spark.table("mart.named").groupBy("name").agg(F.sum("amount").alias("t")).write.mode("overwrite").insertInto("mart.hive_names")

totals = DeltaTable.createOrReplace(spark).tableName("mart.totals_api").addColumn("name", "STRING").addColumn("total", "DOUBLE").addColumn("seen", "INT").execute()
source = spark.table("mart.named").groupBy("name").agg(F.sum("amount").alias("total"))
(totals.alias("t").merge(source.alias("s"), "t.name = s.name")
 .whenMatchedUpdate(set={"total": F.col("t.total") + F.col("s.total"), "seen": F.col("t.seen") + 1})
 .whenNotMatchedInsert(values={"name": "s.name", "total": "s.total", "seen": F.lit(1)})
 .whenNotMatchedBySourceDelete("t.seen < 2")
 .execute())
totals.update(condition=F.col("total") > 100, set={"total": F.round(F.col("total") / 10) * 10, "seen": F.col("seen") + F.length("name")})
totals.delete(F.col("name").isNull() | (F.col("total") < 0))
spark.sql(f"INSERT OVERWRITE DIRECTORY '{GOLD}/dir' USING csv OPTIONS (header 'true') SELECT name, total FROM mart.totals_api WHERE seen > 0")
