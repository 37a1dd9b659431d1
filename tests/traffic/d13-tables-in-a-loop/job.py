# Databricks notebook source
# Exercises: saveAsTable bucketed and partitioned, insertInto by position and with overwrite, tables copied in a loop, a table read back by name, cached, temp views, a table joined with itself
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/mart"

orders = spark.read.format("delta").load(f"{SILVER}/orders")
targets = spark.table("sales.targets")
customers = spark.read.format("delta").load(f"{SILVER}/customers")

(orders.select("order_id", "customer_id", F.to_date("order_date").alias("day"), "amount")
 .write.format("parquet").bucketBy(2, "customer_id").sortBy("order_id").mode("overwrite")
 .option("path", f"{GOLD}/orders_bucketed").saveAsTable("mart.orders_bucketed"))

bucketed = spark.table("mart.orders_bucketed").cache()
bucketed.count()
per_country = (
    bucketed.join(customers, F.expr("customer_id = id"))
    .join(targets.withColumnRenamed("country", "target_country"), F.col("country") == F.col("target_country"), "left")
    .groupBy("country").agg(F.sum("amount").alias("sales"), F.max("target").alias("target"))
)
per_country.withColumn("reached", F.col("sales") / F.col("target")).write.format("parquet").mode("overwrite").saveAsTable("mart.reached")
bucketed.unpersist()

spark.sql("CREATE TABLE IF NOT EXISTS mart.reached_history (land STRING, umsatz DOUBLE, ziel DOUBLE, quote DOUBLE, stand STRING) USING parquet PARTITIONED BY (stand)")
spark.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
spark.table("mart.reached").withColumn("stand", F.lit("2024-03")).write.mode("overwrite").insertInto("mart.reached_history")
spark.table("mart.reached").select("country", "sales", "target", (F.col("reached") * 100).alias("p"), F.date_format(F.current_date(), "yyyy-MM")).write.insertInto("mart.reached_history")

for name in ("targets", "regions"):
    (spark.table(f"sales.{name}").withColumn("copied_at", F.current_timestamp())
     .write.format("delta").mode("overwrite").option("overwriteSchema", "true").saveAsTable(f"mart.{name}_copy"))

now, before = spark.table("mart.reached_history").alias("now"), spark.table("mart.reached_history").alias("before")
(now.join(before, (F.col("now.land") == F.col("before.land")) & (F.col("now.stand") > F.col("before.stand")), "left")
 .select("now.land", "now.umsatz", F.col("before.umsatz").alias("umsatz_vorher"), (F.col("now.quote") - F.col("before.quote")).alias("delta"))
 .createOrReplaceTempView("trend"))
spark.table("trend").where("delta IS NOT NULL").write.mode("append").format("orc").saveAsTable("mart.trend")
spark.catalog.dropTempView("trend")
