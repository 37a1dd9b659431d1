# Databricks notebook source
# Exercises: lateral view explode, outer, inline, stack, json_tuple
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("SELECT order_id, p, e.x, e.y, j0 FROM o LATERAL VIEW posexplode(split(status, 'A')) t1 AS p, v LATERAL VIEW OUTER inline(array(struct(amount as x, currency as y))) e AS x, y LATERAL VIEW json_tuple(cast(order_date as string), 'a') jt AS j0")).write.mode("overwrite").parquet(G+"/lv")
