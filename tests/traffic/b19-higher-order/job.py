# Databricks notebook source
# Exercises: transform, filter, aggregate lambdas with outer column, map functions
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.select("order_id",F.expr("transform(split(status, 'A'), x -> concat(x, currency))").alias("t"),F.expr("filter(array(amount, order_id), x -> x > customer_id)").alias("f"),F.expr("aggregate(array(amount), 0D, (a, x) -> a + x)").alias("a"),F.expr("map_from_arrays(array(status), array(amount))").alias("m")).withColumn("mv",F.expr("m['x']"))).write.mode("overwrite").parquet(G+"/hof")
