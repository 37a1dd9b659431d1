# Databricks notebook source
# Exercises: nullif, nvl, nvl2, coalesce, ifnull, if
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("SELECT nullif(amount, order_id) a, nvl(currency, status) b, nvl2(currency, status, order_date) c, coalesce(status, currency, 'x') d, if(amount > 3, status, currency) e, greatest(amount, order_id) f FROM o")).write.mode("overwrite").parquet(G+"/nulls")
