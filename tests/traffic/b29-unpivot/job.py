# Databricks notebook source
# Exercises: unpivot / stack, melt
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.unpivot(["order_id"],["amount","customer_id"],"var","val")).write.mode("overwrite").parquet(G+"/unp")
(spark.sql("SELECT order_id, stack(2, 'a', status, 'c', currency) AS (k, v) FROM o")).write.mode("overwrite").parquet(G+"/stk")
