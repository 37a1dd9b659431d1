# Databricks notebook source
# Exercises: pivot with values
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.groupBy("customer_id").pivot("currency",["EUR","USD"]).agg(F.sum("amount"))).write.mode("overwrite").parquet(G+"/pivot")
