# Databricks notebook source
# Exercises: cached then unioned, persisted join used twice, localCheckpoint, RDD round trip
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
c=o.filter("amount > 1").select("order_id","amount","customer_id").cache(); c.count()
c.select("order_id").union(c.select("customer_id")).write.mode("overwrite").parquet(G+"/c12/a")
p=c.join(k,c.customer_id==k.id).select("order_id","name","amount").persist(); p.count()
p.groupBy("name").agg(F.sum("amount").alias("s")).join(p.select("name","order_id"),"name").write.mode("overwrite").parquet(G+"/c12/b")
o.select("order_id","status").localCheckpoint().filter("order_id > 1").write.mode("overwrite").parquet(G+"/c12/c")
spark.createDataFrame(o.select("order_id","status").rdd.map(lambda r:(r[0],r[1]+"!")),"order_id int, s string").write.mode("overwrite").parquet(G+"/c12/d")
