# Databricks notebook source
# Exercises: transform, filter, aggregate, zip_with and map lambdas over order lines, maps from arrays, structs taken apart and rebuilt, sorted lists of structs
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/baskets"

items = spark.read.parquet(f"{SILVER}/order_items")
orders = spark.read.format("delta").load(f"{SILVER}/orders")

baskets = items.groupBy("order_id").agg(
    F.sort_array(F.collect_list(F.struct("line_no", "sku", "qty", "price"))).alias("lines"),
    F.map_from_entries(F.collect_list(F.struct("sku", "discount"))).alias("discounts"),
)
priced = (
    baskets
    .withColumn("values", F.transform("lines", lambda x: x["qty"] * x["price"]))
    .withColumn("net", F.aggregate("values", F.lit(0.0), lambda acc, x: acc + x, lambda acc: F.round(acc, 2)))
    .withColumn("big_lines", F.filter("lines", lambda x: x.qty > 1))
    .withColumn("skus", F.transform("lines", lambda x, i: F.concat(x.sku, F.lit("#"), i)))
    .withColumn("rebated", F.map_filter("discounts", lambda _, v: v > 0))
)
priced.write.format("delta").mode("overwrite").save(f"{GOLD}/priced")

(priced.select("order_id", F.map_from_arrays(F.expr("transform(lines, l -> l.sku)"), "values").alias("by_sku"), "net")
 .withColumn("top", F.array_max(F.map_values("by_sku")))
 .withColumn("share", F.expr("transform_values(by_sku, (k, v) -> v / net)"))
 .select("order_id", "top", "share", F.map_keys("by_sku").alias("skus"), F.size("by_sku").alias("n"))
 .write.mode("overwrite").parquet(f"{GOLD}/shares"))

nested = orders.join(baskets, "order_id", "left").select(
    F.struct(F.col("order_id").alias("id"), F.struct("amount", "currency").alias("total")).alias("order"),
    F.struct("customer_id", F.lit("web").alias("channel")).alias("buyer"), "lines",
)
rebuilt = nested.withColumn("order", F.struct(
    F.col("order.id"), F.struct((F.col("order.total.amount") * 100).cast("long").alias("cents"), F.col("order.total.currency")).alias("total"),
    F.size("lines").alias("n_lines"),
))
rebuilt.select("order.*", F.col("buyer.customer_id"), F.expr("exists(lines, l -> l.price > 50)").alias("expensive")).write.format("delta").mode("append").save(f"{GOLD}/nested")
rebuilt.selectExpr("to_json(struct(order, buyer)) AS doc", "order.id AS key", "zip_with(lines.sku, lines.qty, (s, q) -> concat(s, 'x', q)) AS labels").write.mode("overwrite").json(f"{GOLD}/documents")
nested.select(F.col("order.total").alias("total"), F.flatten(F.array(F.array(F.col("buyer.channel")), F.expr("lines.sku"))).alias("words")).write.mode("overwrite").orc(f"{GOLD}/words")
