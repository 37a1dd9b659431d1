# Databricks notebook source
# Exercises: nested CTE used twice with union and self join
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("WITH a AS (SELECT order_id, amount, customer_id FROM o WHERE amount > 1), b AS (SELECT customer_id, sum(amount) AS t FROM a GROUP BY customer_id), c AS (SELECT a.order_id, b.t FROM a JOIN b ON a.customer_id = b.customer_id) SELECT order_id, t FROM c UNION ALL SELECT customer_id, t FROM b")).write.mode("overwrite").parquet(G+"/cte")
