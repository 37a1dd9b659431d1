# Databricks notebook source
# Exercises: sub-queries over files by their path, and over a temporary view that the query itself does not read
# (`spark` and `sc` are given, as in a notebook)
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
k.write.mode("overwrite").parquet(R+"/e05/kp")
spark.sql("SELECT order_id FROM o WHERE customer_id IN (SELECT id FROM parquet.`"+R+"/e05/kp` WHERE country = 'DE')").write.mode("overwrite").parquet(G+"/e05/a")
spark.read.parquet(R+"/e05/kp").createOrReplaceTempView("kp")
spark.sql("SELECT order_id FROM o WHERE EXISTS (SELECT 1 FROM kp WHERE kp.id = o.customer_id)").write.mode("overwrite").parquet(G+"/e05/b")
