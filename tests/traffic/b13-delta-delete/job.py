# Databricks notebook source
# Exercises: DELETE and UPDATE in delta, several set
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("DELETE FROM delta.`"+C+"/silver/dd` WHERE status = 'NEW' AND amount < 3")
spark.sql("UPDATE delta.`"+C+"/silver/dd` SET amount = amount * 2 + order_id, status = CASE WHEN currency = 'EUR' THEN upper(status) ELSE 'z' END WHERE order_id > 1")
