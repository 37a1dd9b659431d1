# Databricks notebook source
# Exercises: Scala: typed filter and map, groupByKey with mapGroups, reduceGroups and agg, joinWith, flatMap, mapPartitions, a UDF
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
sc._jvm.jobs.Typed.run(spark._jsparkSession, C+"/silver/orders", C+"/silver/customers", G+"/c39")
