# Databricks notebook source
# Exercises: INSERT OVERWRITE DIRECTORY
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("INSERT OVERWRITE DIRECTORY '"+G+"/dir' USING parquet SELECT order_id AS i, amount FROM o WHERE status = 'PAID'")
