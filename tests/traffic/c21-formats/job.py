# Databricks notebook source
# Exercises: text, orc, json lines, several paths, globs, recursiveFileLookup, binary files, RDD text, quoted names, xml-like rows
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.select(F.concat_ws(",","order_id","status").alias("value")).write.mode("overwrite").text(G+"/c21/txt")
spark.read.text(G+"/c21/txt").select(F.split("value",",")[0].alias("a"),F.input_file_name().alias("f")).write.mode("overwrite").orc(C+"/c21/orc")
spark.read.orc(C+"/c21/orc").withColumn("my col",F.col("a")).select("`my col`","f").write.mode("overwrite").json(G+"/c21/js on")
o.select("order_id").write.mode("overwrite").parquet(G+"/c21/p1/day=1"); o.select("order_id").write.mode("overwrite").parquet(G+"/c21/p1/day=2")
spark.read.option("basePath",G+"/c21/p1").parquet(G+"/c21/p1/day=1",G+"/c21/p1/day=2").write.mode("overwrite").parquet(G+"/c21/p2")
spark.read.parquet(G+"/c21/p1/day=*").write.mode("overwrite").parquet(G+"/c21/p3")
spark.read.option("recursiveFileLookup","true").schema("order_id int").parquet(G+"/c21/p1").write.mode("overwrite").parquet(G+"/c21/p4")
spark.read.format("binaryFile").load(G+"/c21/txt").select("path","length",F.sha2("content",256).alias("h")).write.mode("overwrite").parquet(G+"/c21/bin")
sc.textFile(G+"/c21/txt").map(lambda l:(l,)).toDF(["line"]).write.mode("overwrite").parquet(G+"/c21/rdd")
