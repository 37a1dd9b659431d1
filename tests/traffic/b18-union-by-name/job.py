# Databricks notebook source
# Exercises: unionByName allowMissing, three branches, distinct union
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.select("order_id","amount").unionByName(k.select(F.col("id").alias("order_id"),"name"),allowMissingColumns=True)).write.mode("overwrite").parquet(G+"/ubn")
(spark.sql("SELECT order_id FROM o UNION SELECT id FROM k")).write.mode("overwrite").parquet(G+"/und")
