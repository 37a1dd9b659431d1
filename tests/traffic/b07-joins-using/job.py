# Databricks notebook source
# Exercises: USING: inner, left, right, full; natural
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
k2=k.withColumnRenamed("id","customer_id")
(o.join(k2,"customer_id","inner").select("customer_id","amount","name")).write.mode("overwrite").parquet(G+"/ju_inner")
(o.join(k2,"customer_id","left").select("customer_id","amount","name")).write.mode("overwrite").parquet(G+"/ju_left")
(o.join(k2,"customer_id","right").select("customer_id","amount","name")).write.mode("overwrite").parquet(G+"/ju_right")
(spark.sql("SELECT * FROM (SELECT id AS customer_id, name FROM k) NATURAL JOIN (SELECT customer_id, amount FROM o)")).write.mode("overwrite").parquet(G+"/natural")
