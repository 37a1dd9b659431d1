# Databricks notebook source
# Exercises: intersect, intersect all, except, except all
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.select("customer_id").intersect(k.select("id"))).write.mode("overwrite").parquet(G+"/i1")
(o.select("customer_id").intersectAll(k.select("id"))).write.mode("overwrite").parquet(G+"/i2")
(o.select("customer_id").subtract(k.select("id"))).write.mode("overwrite").parquet(G+"/e1")
(o.select("customer_id").exceptAll(k.select("id"))).write.mode("overwrite").parquet(G+"/e2")
