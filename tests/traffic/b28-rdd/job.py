# Databricks notebook source
# Exercises: textFile, df.rdd round trip, checkpoint
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.rdd.map(lambda r:(r[0],)).toDF(["x"])).write.mode("overwrite").parquet(G+"/rdd")
