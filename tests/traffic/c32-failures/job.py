# Databricks notebook source
# Exercises: a write that fails in a UDF, one that fails on existing data, a good one after it, mode ignore
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
from pyspark.sql.types import IntegerType
boom=F.udf(lambda x: 1//0,IntegerType())
def attempt(f):
    try: f()
    except Exception as e: print("failed", type(e).__name__)
o.select("order_id").write.mode("overwrite").parquet(G+"/c32/a")
attempt(lambda:o.select(boom("order_id").alias("b"),"status").write.mode("overwrite").parquet(G+"/c32/b"))
attempt(lambda:o.select("order_id").write.parquet(G+"/c32/a"))
o.select("status").write.mode("append").parquet(G+"/c32/c")
o.select("status").write.mode("ignore").parquet(G+"/c32/c")
