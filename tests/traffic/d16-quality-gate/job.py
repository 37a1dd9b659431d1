# Databricks notebook source
# Exercises: valid and rejected rows of one frame, rules in a loop, selectExpr with star, withColumns, colRegex, subtract and exceptAll, audit rows, describe, where on arrays of broken rules
# (`spark` and `sc` are given, as in a notebook)
from functools import reduce
from pyspark.sql import Window, functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
DQ = "abfss://gold@contosolake.dfs.core.windows.net/dq"

orders = spark.read.format("delta").load(f"{SILVER}/orders")
items = spark.read.parquet(f"{SILVER}/order_items")
products = spark.read.format("delta").load(f"{SILVER}/products")

RULES = {
    "amount_positive": F.col("amount") > 0,
    "currency_known": F.col("currency").isin("EUR", "USD"),
    "has_lines": F.col("n_lines").isNotNull(),
}
counted = items.groupBy("order_id").agg(F.count("*").alias("n_lines"), F.sum("qty").alias("pieces"))
checked = orders.join(counted, "order_id", "left").selectExpr("*", "coalesce(pieces, 0) > 100 AS is_bulk")
for name, rule in RULES.items():
    checked = checked.withColumn(f"_dq_{name}", F.when(rule, F.lit(None)).otherwise(F.lit(name)))
broken = F.array_compact(F.array(*[F.col(f"_dq_{name}") for name in RULES]))
checked = checked.withColumns({"broken": broken, "checked_at": F.current_timestamp()}).drop(*[f"_dq_{name}" for name in RULES])

valid = checked.where(F.size("broken") == 0).drop("broken", "checked_at", "n_lines", "pieces")
valid.write.format("delta").mode("overwrite").option("mergeSchema", True).save(f"{DQ}/valid")
(checked.where(F.size("broken") > 0)
 .select("order_id", F.explode("broken").alias("rule"), F.to_json(F.struct("amount", "currency", "status")).alias("row"))
 .write.format("delta").mode("append").partitionBy("rule").save(f"{DQ}/rejected"))

seen = Window.partitionBy("order_id", "sku").orderBy("line_no")
doubles = items.withColumn("copy", F.count("*").over(Window.partitionBy("order_id", "sku"))).filter("copy > 1")
(doubles.withColumn("n", F.dense_rank().over(seen)).where(F.col("n") > 1).select(doubles.colRegex("`(order|line).*`"), "sku")
 .write.mode("overwrite").parquet(f"{DQ}/doubles"))

orphans = items.select("sku").subtract(products.select("sku"))
orphans.write.mode("overwrite").option("header", True).csv(f"{DQ}/unknown_skus")
(items.select("order_id").exceptAll(orders.select("order_id"))
 .withColumnRenamed("order_id", "lost_order").write.mode("overwrite").parquet(f"{DQ}/lost"))

frames = [
    frame.agg(F.count("*").alias("rows"), F.max(F.col(key)).cast("string").alias("high")).select(F.lit(label).alias("frame"), "*")
    for label, frame, key in (("orders", orders, "order_date"), ("items", items, "sku"), ("products", products, "list_price"))
]
reduce(lambda a, b: a.union(b), frames).withColumn("at", F.current_date()).write.mode("append").json(f"{DQ}/audit")

orders.filter(F.col("status").isNotNull() & ~F.col("currency").startswith("X")).select("status", "currency").distinct().orderBy("status").limit(10).write.mode("overwrite").json(f"{DQ}/codes")
