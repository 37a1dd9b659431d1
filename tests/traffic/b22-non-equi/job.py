# Databricks notebook source
# Exercises: range join, cross join, join on expression, NOT IN anti
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.join(k,(F.col("amount")>F.length("name"))&(F.lower("currency")==F.col("country")),"left").select("order_id","email")).write.mode("overwrite").parquet(G+"/ne")
(o.crossJoin(k).select("order_id","name")).write.mode("overwrite").parquet(G+"/cj")
