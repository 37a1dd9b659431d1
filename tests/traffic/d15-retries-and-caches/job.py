# Databricks notebook source
# Exercises: a write that fails in a UDF and is tried again, a folder read through a cache and overwritten, persist with two writes, checkpoint, localCheckpoint, first() between writes
# (`spark` and `sc` are given, as in a notebook)
from pyspark import StorageLevel
from pyspark.sql import functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/retries"
sc.setCheckpointDir("/tmp/checkpoints")

orders = spark.read.format("delta").load(f"{SILVER}/orders")
items = spark.read.parquet(f"{SILVER}/order_items")


@F.udf("int")
def strict(text):
    return int(text)


@F.udf("int")
def lenient(text):
    return int(text) if text and text.isdigit() else None


def attempt(df, path):
    try:
        df.write.mode("overwrite").parquet(path)
        return True
    except Exception as error:
        print("failed:", type(error).__name__)
        return False


for parse in (strict, lenient):
    if attempt(orders.select("order_id", parse("currency").alias("code"), "status"), f"{GOLD}/codes"):
        break

lines = items.join(orders, "order_id").select("order_id", "sku", "qty", "amount").persist(StorageLevel.MEMORY_AND_DISK)
lines.first()
lines.write.mode("overwrite").parquet(f"{GOLD}/lines")
lines.groupBy("sku").agg(F.sum("qty").alias("pieces")).write.mode("overwrite").parquet(f"{GOLD}/pieces")

old = spark.read.parquet(f"{GOLD}/pieces").cache()
old.count()
fresh = old.withColumn("pieces", F.col("pieces") + 1).unionByName(items.select("sku", F.col("qty").alias("pieces")).where("sku LIKE 'Z%'"))
fresh.cache().count()
fresh.write.mode("overwrite").parquet(f"{GOLD}/pieces")

ranked = lines.filter("qty > 1").checkpoint()
ranked.select("sku", "order_id").write.mode("append").parquet(f"{GOLD}/checked")
lines.unpersist()

attempt(orders.withColumn("bad", strict("status")).groupBy("bad").count(), f"{GOLD}/never")
try:
    orders.select("order_id").write.mode("errorifexists").parquet(f"{GOLD}/lines")
except Exception:
    orders.select("order_id").write.mode("append").parquet(f"{GOLD}/lines_late")
