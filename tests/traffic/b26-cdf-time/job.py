# Databricks notebook source
# Exercises: change data feed, versionAsOf sql, path@v
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE TABLE IF NOT EXISTS sales.cdf (a int, b string) USING delta TBLPROPERTIES (delta.enableChangeDataFeed = true)")
spark.sql("INSERT INTO sales.cdf VALUES (1, 'x')")
(spark.read.format("delta").option("readChangeFeed",True).option("startingVersion",0).table("sales.cdf").select("a","_change_type")).write.mode("overwrite").parquet(G+"/cdf")
(spark.sql("SELECT b FROM sales.cdf VERSION AS OF 1")).write.mode("overwrite").parquet(G+"/tt")
