# Databricks notebook source
# Exercises: nested CASE, decode, boolean as value, between
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("SELECT CASE currency WHEN 'EUR' THEN amount WHEN 'USD' THEN amount * 0.9 ELSE CASE WHEN status = 'NEW' THEN order_id END END AS v, status = 'NEW' AS is_new, amount BETWEEN 1 AND order_id AS btw, sum(CASE WHEN status = 'PAID' THEN amount ELSE 0 END) OVER (PARTITION BY customer_id) AS p FROM o")).write.mode("overwrite").parquet(G+"/case")
