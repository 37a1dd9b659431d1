# Databricks notebook source
# Exercises: ORDER BY of columns and expressions not selected, nulls last, OFFSET, SORT BY, TABLESAMPLE, sortWithinPartitions, repartitionByRange
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT status FROM o ORDER BY length(currency) DESC NULLS LAST, amount LIMIT 2 OFFSET 1").write.mode("overwrite").parquet(G+"/c26/a")
spark.sql("SELECT order_id FROM o TABLESAMPLE (50 PERCENT) SORT BY order_date").write.mode("overwrite").parquet(G+"/c26/b")
o.repartitionByRange(2,"amount").sortWithinPartitions("customer_id","status").select("order_id").write.mode("overwrite").partitionBy("order_id").parquet(G+"/c26/c") if False else o.repartitionByRange(2,"amount").sortWithinPartitions("customer_id").select("order_id","status").write.mode("overwrite").partitionBy("status").parquet(G+"/c26/c")
spark.sql("SELECT max(order_id) AS m FROM (SELECT order_id, currency FROM o ORDER BY amount LIMIT 2) GROUP BY currency").write.mode("overwrite").parquet(G+"/c26/d")
