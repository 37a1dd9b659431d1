# Databricks notebook source
# Exercises: rank filter over join, qualify style with dedupe
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.join(k,o.customer_id==k.id).withColumn("r",F.rank().over(Window.partitionBy("country").orderBy(F.desc("amount")))).filter("r <= 2").select("name","r",F.when(F.col("r")==1,F.col("status")).alias("top"))).write.mode("overwrite").parquet(G+"/wf")
