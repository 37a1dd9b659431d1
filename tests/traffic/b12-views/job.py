# Databricks notebook source
# Exercises: permanent view over a table, view on view
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE TABLE IF NOT EXISTS sales.base USING parquet AS SELECT order_id, amount, currency FROM o")
spark.sql("CREATE OR REPLACE VIEW sales.v1 AS SELECT order_id AS id, amount * 2 AS dbl, currency FROM sales.base WHERE amount > 1")
spark.sql("CREATE OR REPLACE VIEW sales.v2 AS SELECT id, dbl + 1 AS d1 FROM sales.v1")
(spark.sql("SELECT id, d1 FROM sales.v2")).write.mode("overwrite").parquet(G+"/views")
