# Databricks notebook source
# Exercises: approximate counts and percentiles, pivots of several aggregates, rollup, sorted lists of structs, cascades of when over several columns, currency by a broadcast table
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/c360"

orders = spark.read.format("delta").load(f"{SILVER}/orders")
customers = spark.read.format("delta").load(f"{SILVER}/customers")
rates = spark.read.parquet("abfss://curated@contosolake.dfs.core.windows.net/ref/fx_rates")

in_eur = (
    orders.join(rates.hint("broadcast"), ["currency"], "left")
    .withColumn("eur", F.col("amount") * F.coalesce("rate", F.lit(1.0)))
    .withColumn("month", F.date_format("order_date", "yyyy-MM"))
    .drop("day", "rate")
)
profile = in_eur.groupBy("customer_id").agg(
    F.approx_count_distinct("order_id", 0.05).alias("orders"),
    F.percentile_approx("eur", 0.5).alias("median"),
    F.sum(F.when(F.col("status") == "PAID", F.col("eur")).otherwise(0)).alias("paid"),
    F.slice(F.sort_array(F.collect_list(F.struct("order_date", "order_id")), asc=False), 1, 3).alias("last_three"),
    F.max_by("currency", "order_date").alias("last_currency"),
    F.count(F.when(F.col("status") == "CANCELLED", 1)).alias("cancelled"),
)
segment = (
    F.when(F.col("paid").isNull(), "unknown")
    .when((F.col("paid") > 1000) & (F.col("cancelled") == 0), F.concat(F.lit("gold-"), "country"))
    .when(F.col("orders") > 10, F.col("last_currency"))
    .otherwise("base")
)
(customers.join(profile, customers["id"] == profile["customer_id"], "left_outer")
 .withColumn("segment", segment)
 .select("id", "name", "orders", "median", "paid", "last_three", "segment")
 .write.format("delta").mode("overwrite").save(f"{GOLD}/profile"))

(in_eur.groupBy("customer_id").pivot("status", ["PAID", "NEW"])
 .agg(F.sum("eur").alias("eur"), F.countDistinct("order_id").alias("n"))
 .na.fill(0)
 .write.mode("overwrite").parquet(f"{GOLD}/by_status"))

(in_eur.rollup("month", "currency").agg(F.sum("eur").alias("eur"), F.grouping_id().alias("level"))
 .where((F.col("level") < 3) & (F.col("eur") > 0))
 .orderBy("level", F.asc_nulls_last("month"))
 .write.mode("overwrite").option("header", True).csv(f"{GOLD}/rollup"))

(in_eur.cube(F.col("status"), F.year("order_date").alias("year")).agg(F.avg("amount").alias("mean"), F.max("order_date").alias("latest"))
 .write.mode("append").parquet(f"{GOLD}/cube"))

first_last = in_eur.groupBy("month").agg(F.min(F.struct("order_date", "order_id")).alias("f"), F.max(F.struct("order_date", "order_id")).alias("l"))
(first_last.select("month", F.col("f.order_id").alias("first_order"), F.datediff("l.order_date", "f.order_date").alias("days"))
 .crossJoin(customers.agg(F.countDistinct("country").alias("countries")))
 .write.mode("overwrite").parquet(f"{GOLD}/months"))
