# Databricks notebook source
# Exercises: pivot in SQL with two aggregates
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("SELECT * FROM (SELECT customer_id, currency, amount FROM o) PIVOT (sum(amount) AS s, count(amount) AS n FOR currency IN ('EUR' AS eur, 'USD' AS usd))")).write.mode("overwrite").parquet(G+"/pivot2")
