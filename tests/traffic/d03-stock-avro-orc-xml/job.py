# Databricks notebook source
# Exercises: avro by glob of date folders, orc, xml and binary inputs, unionByName(allowMissingColumns), newest row by window, avro, orc and delta sinks
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import Window, functions as F

LANDING = "abfss://landing@contosolake.dfs.core.windows.net"
RAW = "abfss://raw@contosolake.dfs.core.windows.net"
BRONZE = "abfss://curated@contosolake.dfs.core.windows.net/bronze"

stock = spark.read.format("avro").load(f"{LANDING}/stock/2024-03-*")
newest = Window.partitionBy("sku", "warehouse").orderBy(F.col("counted_at").cast("timestamp").desc())
latest = stock.withColumn("rn", F.row_number().over(newest)).filter(F.col("rn") == 1).drop("rn")
latest.write.format("avro").option("compression", "deflate").mode("overwrite").save(f"{BRONZE}/stock_latest")

products = (
    spark.read.format("xml").option("rowTag", "product").load(f"{RAW}/catalog/products.xml")
    .select(F.col("_sku").alias("sku"), F.initcap("title").alias("title"),
            F.col("price._VALUE").alias("list_price"), F.col("price._currency").alias("currency"))
)
products.write.format("delta").mode("overwrite").option("overwriteSchema", True).save(f"{BRONZE}/products")

known = (
    latest.select("sku", "warehouse", F.col("qty").cast("long").alias("quantity"))
    .unionByName(products.drop("currency").withColumn("warehouse", F.lit("none")), allowMissingColumns=True)
)
known.write.partitionBy("warehouse").mode("overwrite").orc(f"{BRONZE}/known_skus")

totals = known.groupBy("sku").agg(F.sum("quantity").alias("quantity"), F.max("title").alias("title"), F.max("list_price").alias("price"))
(totals.withColumn("stock_value", F.round(F.coalesce("quantity", F.lit(0)) * F.col("price"), 2))
 .sortWithinPartitions("sku")
 .write.mode("overwrite").parquet(f"{BRONZE}/stock_value"))

scans = (
    spark.read.format("binaryFile").option("pathGlobFilter", "*.pdf").load(f"{LANDING}/scans")
    .withColumn("invoice_id", F.regexp_extract("path", r"([^/]+)\.pdf$", 1))
    .withColumn("digest", F.sha2("content", 256))
    .drop("content", "modificationTime")
)
invoices = spark.read.schema("invoice_id string, order_id int, net double, vat double").orc(f"{LANDING}/erp/invoices")
(invoices.join(scans, on="invoice_id", how="left")
 .selectExpr("invoice_id", "order_id", "net + vat AS gross", "digest", "length AS scan_bytes", "path IS NOT NULL AS has_scan")
 .write.option("compression", "zlib").mode("append").orc(f"{BRONZE}/invoices"))
