# Databricks notebook source
# Exercises: python udf, pandas-free; udf in filter, udf twice
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
@F.udf("string")
def mask(a,b): return str(a)+str(b)
(o.filter(mask("status","currency")!="x").withColumn("m",mask("amount",mask("order_id","status"))).select("m")).write.mode("overwrite").parquet(G+"/udf")
