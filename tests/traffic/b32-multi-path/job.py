# Databricks notebook source
# Exercises: read several paths, csv and mount
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.read.parquet(G+"/i1",G+"/e1").select("customer_id")).write.mode("overwrite").parquet(G+"/mp")
(spark.read.parquet("dbfs:/user/hive/warehouse/sales.db/base").select("amount")).write.mode("overwrite").parquet(G+"/bypath")
