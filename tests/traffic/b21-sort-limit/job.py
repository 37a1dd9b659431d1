# Databricks notebook source
# Exercises: order by expression, limit, sample, repartition, hint
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.orderBy(F.col("amount")*2,F.desc("status")).select("order_id").limit(5)).write.mode("overwrite").parquet(G+"/sort")
(o.repartition(3,"currency").sample(0.5).hint("broadcast").select("status").sortWithinPartitions("order_date" if False else "status")).write.mode("overwrite").parquet(G+"/swp")
