# Databricks notebook source
# Exercises: lag lead ntile first_value sum range, two specs, qualify by filter
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("SELECT order_id, lag(amount, 1) OVER (PARTITION BY customer_id ORDER BY order_date) AS l, sum(amount) OVER (PARTITION BY currency) AS s, ntile(4) OVER (ORDER BY status) AS nt, first_value(status) OVER (PARTITION BY customer_id ORDER BY order_date ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS f, amount - avg(amount) OVER () AS dev FROM o")).write.mode("overwrite").parquet(G+"/win")
