# Databricks notebook source
# Exercises: struct field chain, arrays of structs, rename nested, struct star
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.select(F.struct("order_id",F.struct("amount","currency").alias("inner")).alias("s")).select("s.inner.amount",F.col("s.order_id").alias("oid"),"s")).write.mode("overwrite").parquet(G+"/st")
