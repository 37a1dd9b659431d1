# Databricks notebook source
# Exercises: same names from two inputs, renamed and dropped, self union
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(o.alias("a").join(o.alias("b"),F.expr("a.order_id = b.customer_id")).select(F.col("b.amount").alias("amount"),F.col("a.amount").alias("amount2"),(F.col("a.order_id")+F.col("b.order_id")).alias("s"))).write.mode("overwrite").parquet(G+"/shadow")
(o.withColumn("amount",F.col("amount")*F.col("order_id")).withColumn("amount",F.col("amount")+F.col("customer_id")).drop("order_id").withColumnRenamed("status","st")).write.mode("overwrite").parquet(G+"/shadow2")
