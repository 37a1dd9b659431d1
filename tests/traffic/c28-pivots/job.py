# Databricks notebook source
# Exercises: pivot of several aggregates, of inferred values, SQL pivot by two keys, unpivot of groups, melt
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.groupBy("customer_id").pivot("currency",["EUR","USD"]).agg(F.sum("amount").alias("s"),F.max("status").alias("m")).write.mode("overwrite").parquet(G+"/c28/a")
o.filter("amount > 1").groupBy("order_date").pivot("status").count().select("order_date","NEW").write.mode("overwrite").parquet(G+"/c28/b")
spark.sql("SELECT * FROM (SELECT customer_id, currency, status, amount FROM o) PIVOT (sum(amount) AS t FOR (currency, status) IN (('EUR', 'PAID') AS ep, ('USD', 'NEW') AS un))").write.mode("overwrite").parquet(G+"/c28/c")
spark.sql("SELECT * FROM (SELECT id, name, email, country FROM k) UNPIVOT (val FOR what IN (name, email))").write.mode("overwrite").parquet(G+"/c28/d")
k.melt(["id"],["name","country"],"var","v").filter("v <> 'x'").write.mode("overwrite").parquet(G+"/c28/e")
