# Databricks notebook source
# Exercises: tumbling, sliding and session windows, watermark, window bounds as columns, date functions
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
r=spark.read.parquet(R+"/iot/readings")
r.groupBy(F.window("ts","1 hour").alias("w"),"device").agg(F.avg("temp").alias("t")).select("w.start",F.col("w.end").alias("till"),"device","t").write.mode("overwrite").parquet(G+"/c27/a")
r.withWatermark("ts","1 hour").groupBy(F.window("ts","1 hour","30 minutes")).count().select(F.col("window.start").alias("s"),"count").write.mode("overwrite").parquet(G+"/c27/b")
r.groupBy(F.session_window("ts","5 minutes"),"device").agg(F.max("temp").alias("m")).select(F.col("session_window.start").alias("s"),"m").write.mode("overwrite").parquet(G+"/c27/c")
r.groupBy(F.window_time(F.window("ts","1 hour")).alias("wt") if False else F.date_trunc("hour","ts").alias("h")).agg(F.min("temp").alias("mn")).filter("mn > 1").write.mode("overwrite").parquet(G+"/c27/d")
