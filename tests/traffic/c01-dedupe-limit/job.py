# Databricks notebook source
# Exercises: dropDuplicates with and without keys, sample, repartition, coalesce, limit, renames, drop, top n
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.dropDuplicates(["customer_id"]).select("order_id","status").write.mode("overwrite").parquet(G+"/c01/a")
o.sample(0.5, seed=1).repartition(2,"currency").coalesce(1).limit(5).select("order_id").write.mode("overwrite").parquet(G+"/c01/b")
o.withColumnRenamed("amount","amt").withColumnsRenamed({"status":"st"}).drop("currency").distinct().write.mode("overwrite").parquet(G+"/c01/c")
o.orderBy("amount",F.col("order_date").desc()).limit(3).select("order_id").write.mode("overwrite").parquet(G+"/c01/d")
o.dropDuplicates().select("status").write.mode("overwrite").parquet(G+"/c01/e")
o.select("order_id",F.col("amount").alias("x")).toDF("a","b").filter("b > 1").selectExpr("a + b as c","*").write.mode("overwrite").parquet(G+"/c01/f")
