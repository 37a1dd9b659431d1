# Databricks notebook source
# Exercises: append with mergeSchema, overwriteSchema, partitionOverwriteMode, append to itself, overwrite of itself, replaceWhere by two columns
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
P=C+"/silver/m20"
o.select("order_id","amount").write.format("delta").mode("overwrite").save(P)
o.select("order_id","amount",F.lower("status").alias("st")).write.format("delta").mode("append").option("mergeSchema","true").save(P)
o.select("order_id","currency").write.format("delta").mode("overwrite").option("overwriteSchema","true").partitionBy("currency").save(P)
spark.read.format("delta").load(P).filter("currency = 'EUR'").select((F.col("order_id")+1).alias("order_id"),"currency").write.format("delta").mode("append").save(P)
spark.read.format("delta").load(P).dropDuplicates(["order_id"]).write.format("delta").mode("overwrite").save(P)
o.select("order_id","currency").filter("currency = 'EUR'").write.format("delta").mode("overwrite").option("replaceWhere","currency = 'EUR' AND order_id > 0").save(P)
o.select("order_id","currency").write.format("delta").mode("overwrite").option("partitionOverwriteMode","dynamic").save(P)
spark.sql("UPDATE delta.`"+P+"` SET order_id = CASE WHEN currency = 'EUR' THEN order_id * 2 ELSE 0 END WHERE order_id IN (1, 2)")
spark.sql("DELETE FROM delta.`"+P+"`")
