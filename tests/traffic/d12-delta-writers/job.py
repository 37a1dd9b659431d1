# Databricks notebook source
# Exercises: writeTo create, append, createOrReplace, overwrite by a condition and overwritePartitions, delta replaceWhere, mergeSchema, dynamic partition overwrite, target read in its own query
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/writers"

orders = spark.read.format("delta").load(f"{SILVER}/orders").withColumn("month", F.substring("order_date", 1, 7))
customers = spark.read.format("delta").load(f"{SILVER}/customers")
enriched = orders.join(customers, orders.customer_id == customers.id, "inner").select("order_id", "name", "country", "amount", "month")

(enriched.writeTo("mart.sales_by_month").using("delta").partitionedBy("month")
 .tableProperty("delta.appendOnly", "false").create())
enriched.filter(F.col("month") == "2024-02").withColumn("amount", F.col("amount") * 1.1).writeTo("mart.sales_by_month").append()
enriched.where("month = '2024-01'").writeTo("mart.sales_by_month").overwrite(F.col("month") == "2024-01")
enriched.select("order_id", "name", "country", F.lit(0.0).alias("amount"), "month").writeTo("mart.sales_by_month").overwritePartitions()

already = spark.table("mart.sales_by_month")
delta_rows = enriched.join(already.select("order_id"), "order_id", "left_anti")
delta_rows.writeTo("mart.sales_by_month").append()

totals = already.groupBy("country").agg(F.sum("amount").alias("total"), F.countDistinct("order_id").alias("n"))
totals.writeTo("mart.totals").using("delta").createOrReplace()
totals.withColumn("mean", F.col("total") / F.col("n")).writeTo("mart.totals").using("delta").createOrReplace()

target = f"{GOLD}/monthly"
enriched.write.format("delta").partitionBy("month").mode("overwrite").save(target)
(enriched.filter("month >= '2024-02'").withColumn("loaded_by", F.lit("nightly"))
 .write.format("delta").mode("append").option("mergeSchema", "true").save(target))
(enriched.filter("month = '2024-02' AND amount > 10").withColumn("loaded_by", F.col("name"))
 .write.format("delta").mode("overwrite").option("replaceWhere", "month = '2024-02'").save(target))
(spark.read.format("delta").load(target).filter(F.col("loaded_by").isNull()).withColumn("loaded_by", F.lit("backfill"))
 .write.format("delta").mode("overwrite").option("partitionOverwriteMode", "dynamic").save(target))
spark.read.format("delta").option("versionAsOf", 0).load(target).agg(F.max("amount").alias("before")).crossJoin(
    spark.read.format("delta").load(target).agg(F.max("amount").alias("after"))
).write.format("delta").mode("append").save(f"{GOLD}/checks")
