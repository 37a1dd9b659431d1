# Databricks notebook source
# Exercises: saveAsTable delta overwrite/append, partitioned parquet, CTAS partitioned with location
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.select("order_id","amount").write.format("delta").mode("overwrite").saveAsTable("sales.sd")
o.select("order_id","amount").write.format("delta").mode("append").saveAsTable("sales.sd")
o.select("order_id","amount","currency").write.partitionBy("currency").format("parquet").mode("overwrite").saveAsTable("sales.sp")
spark.sql("CREATE TABLE sales.ext USING delta LOCATION '"+G+"/ext' AS SELECT status, amount FROM o")
