# Databricks notebook source
# Exercises: range, values, createDataFrame, current_timestamp only
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.range(5).withColumn("t",F.current_timestamp())).write.mode("overwrite").parquet(G+"/rng")
(spark.sql("SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(x, y)")).write.mode("overwrite").parquet(G+"/vals")
