# Databricks notebook source
# Exercises: fillna, dropna, replace, coalesce of many, nanvl, na functions with subsets, isin, between
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.fillna({"amount":0.0,"status":"none"}).select("amount","status","order_id").write.mode("overwrite").parquet(G+"/c29/a")
o.dropna(subset=["amount","currency"]).select("order_id").write.mode("overwrite").parquet(G+"/c29/b")
o.replace({"NEW":"N","PAID":"P"},subset=["status"]).select("status","currency").write.mode("overwrite").parquet(G+"/c29/c")
o.select(F.coalesce("status","currency",F.lit("x")).alias("a"),F.nanvl("amount",F.col("order_id").cast("double")).alias("b"),F.col("status").isin("NEW","PAID").alias("c"),F.col("amount").between(F.col("order_id"),F.col("customer_id")).alias("d"),F.nvl("status","currency").alias("e") if hasattr(F,"nvl") else F.lit(1).alias("e")).write.mode("overwrite").parquet(G+"/c29/d")
