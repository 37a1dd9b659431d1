# Databricks notebook source
# Exercises: EXCEPT ALL, MINUS, INTERSECT of sub-queries, set operations nested, DISTINCT over a union, semi join as IN list
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT customer_id, upper(status) AS s FROM o WHERE amount > 1 EXCEPT ALL SELECT id, country FROM k").write.mode("overwrite").parquet(G+"/c25/a")
spark.sql("(SELECT customer_id AS c FROM o INTERSECT SELECT id FROM k) UNION ALL (SELECT order_id FROM o MINUS SELECT customer_id FROM o)").write.mode("overwrite").parquet(G+"/c25/b")
spark.sql("SELECT DISTINCT c FROM (SELECT currency AS c FROM o UNION ALL SELECT country FROM k)").write.mode("overwrite").parquet(G+"/c25/c")
