# Databricks notebook source
# Exercises: slowly changing dimension kept by DataFrames: newest change by window, old rows closed, new rows added, surrogate keys, read and overwritten in one run
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import Window, functions as F

LANDING = "abfss://landing@contosolake.dfs.core.windows.net"
DIM = "abfss://gold@contosolake.dfs.core.windows.net/dim/customer"
FOREVER = F.lit("9999-12-31").cast("date")

changes = spark.read.parquet(f"{LANDING}/crm/changes")
newest_first = Window.partitionBy("customer_id").orderBy(F.col("changed_at").desc_nulls_last())
latest = (
    changes.withColumn("rank", F.row_number().over(newest_first))
    .where("rank = 1")
    .drop("rank")
    .withColumn("digest", F.sha2(F.concat_ws("||", "name", "country"), 256))
)
current = spark.read.format("delta").load(DIM).where("is_current")
history = spark.read.format("delta").load(DIM).where("NOT is_current")

known = current.withColumn("digest", F.sha2(F.concat_ws("||", "name", "country"), 256))
joined = known.alias("old").join(latest.alias("new"), F.col("old.customer_id") == F.col("new.customer_id"), "left")
is_changed = F.col("new.customer_id").isNotNull() & (F.col("old.digest") != F.col("new.digest"))
kept = joined.select(
    "old.customer_key", "old.customer_id", "old.name", "old.country", "old.valid_from",
    F.when(is_changed, F.col("new.changed_at").cast("date")).otherwise(F.col("old.valid_to")).alias("valid_to"),
    (~F.coalesce(is_changed, F.lit(False))).alias("is_current"),
)

top_key = current.agg(F.coalesce(F.max("customer_key"), F.lit(0)).alias("top"))
fresh = (
    latest.join(known.select("customer_id", "digest"), ["customer_id", "digest"], "left_anti")
    .crossJoin(F.broadcast(top_key))
    .withColumn("customer_key", F.col("top") + F.row_number().over(Window.orderBy("customer_id")))
    .select("customer_key", "customer_id", "name", "country", F.to_date("changed_at").alias("valid_from"),
            FOREVER.alias("valid_to"), F.lit(True).alias("is_current"))
)
fresh.write.mode("append").parquet(f"{LANDING}/crm/inserted")

whole = history.unionByName(kept).unionByName(fresh)
whole.write.format("delta").mode("overwrite").save(DIM)

(spark.read.format("delta").load(DIM)
 .groupBy("customer_id")
 .agg(F.count("*").alias("versions"), F.max(F.when(F.col("is_current"), F.col("country"))).alias("country_now"))
 .filter("versions > 1")
 .write.mode("overwrite").json(f"{LANDING}/crm/audit"))
