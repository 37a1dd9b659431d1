# Databricks notebook source
# Exercises: dimension keys by row_number and monotonically_increasing_id, fact lookups over four dimensions with an unknown member, hash keys of a vault, anti joins for new keys, insert only loads
# (`spark` and `sc` are given, as in a notebook)
from functools import reduce
from pyspark.sql import Window, functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
DWH = "abfss://gold@contosolake.dfs.core.windows.net/dwh"

orders = spark.read.format("delta").load(f"{SILVER}/orders")
items = spark.read.parquet(f"{SILVER}/order_items")
customers = spark.read.format("delta").load(f"{SILVER}/customers")
products = spark.read.format("delta").load(f"{SILVER}/products")


def dimension(frame, key, *attributes):
    unknown = spark.createDataFrame([(-1,)], "sk long")
    known = frame.dropDuplicates([key]).withColumn("sk", F.row_number().over(Window.orderBy(key)).cast("long")).select("sk", key, *attributes)
    return unknown.unionByName(known, allowMissingColumns=True)


dim_customer = dimension(customers, "id", "name", "country").withColumnRenamed("sk", "customer_sk")
dim_product = dimension(products, "sku", "title").withColumnRenamed("sk", "product_sk")
dim_date = orders.select(F.to_date("order_date").alias("date")).distinct().withColumn("date_sk", F.date_format("date", "yyyyMMdd").cast("int"))
dim_status = orders.select("status").distinct().withColumn("status_sk", F.monotonically_increasing_id())
for frame, name in ((dim_customer, "dim_customer"), (dim_product, "dim_product"), (dim_date, "dim_date"), (dim_status, "dim_status")):
    frame.withColumn("loaded_at", F.current_timestamp()).write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(f"{DWH}/{name}")

load = lambda name: spark.read.format("delta").load(f"{DWH}/{name}").drop("loaded_at")
lines = items.join(orders, "order_id")
fact = (
    lines
    .join(load("dim_customer").select("customer_sk", F.col("id").alias("customer_id")), "customer_id", "left")
    .join(F.broadcast(load("dim_product")).alias("p"), lines["sku"] == F.col("p.sku"), "left").drop(F.col("p.sku"))
    .join(load("dim_date"), F.to_date(lines.order_date) == F.col("date"), "left")
    .join(load("dim_status"), "status", "left")
    .select(*[F.coalesce(f"{k}_sk", F.lit(-1)).alias(f"{k}_sk") for k in ("customer", "product", "date", "status")],
            F.col("order_id").alias("order_no"), "qty", F.expr("round(qty * price * (1 - nvl(discount, 0)), 2) AS revenue"))
)
fact.write.format("delta").mode("append").partitionBy("date_sk").save(f"{DWH}/fact_sales")

hashed = lambda *columns: F.sha2(F.concat_ws("|", *[F.coalesce(F.upper(F.trim(F.col(c).cast("string"))), F.lit("")) for c in columns]), 256)
hub = customers.select(hashed("id").alias("hk"), F.col("id").alias("bk"), F.lit("CRM").alias("source"))
hub.join(spark.read.format("delta").load(f"{DWH}/hub_customer"), "hk", "left_anti").write.format("delta").mode("append").save(f"{DWH}/hub_customer")
sat = customers.withColumn("hk", hashed("id")).withColumn("diff", hashed("name", "email", "country"))
last = spark.read.format("delta").load(f"{DWH}/sat_customer").groupBy("hk").agg(F.max_by("diff", "loaded").alias("old_diff"))
(sat.join(last, ["hk"], "left").where("old_diff IS NULL OR old_diff <> diff")
 .select("hk", "diff", "name", "email", "country", F.current_date().alias("loaded"))
 .write.format("delta").mode("append").save(f"{DWH}/sat_customer"))
