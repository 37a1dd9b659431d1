# Databricks notebook source
# Exercises: LATERAL sub-queries, lateral table function, comma joins, correlated values, lateral with aggregation
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT o.order_id, l.nm FROM o, LATERAL (SELECT upper(k.name) AS nm FROM k WHERE k.id = o.customer_id) l").write.mode("overwrite").parquet(G+"/c30/a")
spark.sql("SELECT o.order_id, w.col AS word FROM o, LATERAL explode(split(status, 'A')) w").write.mode("overwrite").parquet(G+"/c30/b")
spark.sql("SELECT o.order_id, l.d FROM o JOIN LATERAL (SELECT o.amount * 2 AS d) l").write.mode("overwrite").parquet(G+"/c30/c")
spark.sql("SELECT k.name, l.total, l.n FROM k LEFT JOIN LATERAL (SELECT sum(o.amount) AS total, count(*) AS n FROM o WHERE o.customer_id = k.id) l").write.mode("overwrite").parquet(G+"/c30/d")
