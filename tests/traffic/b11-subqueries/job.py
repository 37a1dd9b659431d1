# Databricks notebook source
# Exercises: scalar, IN, EXISTS, NOT IN, correlated
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("SELECT order_id, (SELECT max(name) FROM k) AS mx FROM o")).write.mode("overwrite").parquet(G+"/sq1")
(spark.sql("SELECT order_id FROM o WHERE customer_id IN (SELECT id FROM k WHERE country = 'DE')")).write.mode("overwrite").parquet(G+"/sq2")
(spark.sql("SELECT order_id FROM o WHERE EXISTS (SELECT 1 FROM k WHERE k.id = o.customer_id)")).write.mode("overwrite").parquet(G+"/sq3")
