# Databricks notebook source
# Exercises: MERGE with not matched by source, delete, updateAll/insertAll, coalesce
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("MERGE INTO delta.`"+C+"/silver/mt` t USING (SELECT order_id, customer_id, amount + 1 AS amount, currency, status, order_date FROM o) s ON t.order_id = s.order_id AND t.currency = s.currency WHEN MATCHED AND s.status = 'DEL' THEN DELETE WHEN MATCHED THEN UPDATE SET t.amount = t.amount + s.amount, t.status = coalesce(s.status, t.status) WHEN NOT MATCHED AND s.amount > 0 THEN INSERT * WHEN NOT MATCHED BY SOURCE AND t.status = 'NEW' THEN UPDATE SET t.status = concat(t.currency, '_old')")
