# Databricks notebook source
# Exercises: cube, grouping sets with grouping()
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.cube("currency","status").agg(F.sum("amount").alias("t"))).write.mode("overwrite").parquet(G+"/cube")
(spark.sql("SELECT currency, status, grouping(currency) AS g, max(amount) AS m FROM o GROUP BY GROUPING SETS ((currency),(status),())")).write.mode("overwrite").parquet(G+"/sets")
