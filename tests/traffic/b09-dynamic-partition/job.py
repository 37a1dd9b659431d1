# Databricks notebook source
# Exercises: insert overwrite, static and dynamic partitions, by position
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.conf.set("spark.sql.sources.partitionOverwriteMode","dynamic")
spark.sql("CREATE TABLE IF NOT EXISTS sales.pt (oid int, val double, cur string, st string) USING parquet PARTITIONED BY (cur, st)")
spark.sql("INSERT OVERWRITE TABLE sales.pt PARTITION (cur, st) SELECT order_id, amount * 2, currency, status FROM o")
spark.sql("INSERT OVERWRITE TABLE sales.pt PARTITION (cur='EUR', st) SELECT order_id, amount, status FROM o")
spark.sql("INSERT INTO sales.pt PARTITION (cur='X', st='Y') SELECT customer_id, amount FROM o")
