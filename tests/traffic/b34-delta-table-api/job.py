# Databricks notebook source
# Exercises: DeltaTable API merge, update, delete, optimize, vacuum
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
from delta.tables import DeltaTable
t=DeltaTable.forPath(spark,C+"/silver/mt2")
t.alias("t").merge(o.alias("s"),"t.order_id = s.order_id").whenMatchedUpdate(set={"amount":"s.amount * 2","status":F.lit("x")}).whenNotMatchedInsert(values={"order_id":"s.order_id","amount":"s.amount"}).execute()
t.update("order_id > 1",{"status":"concat(status, currency)"})
t.delete("amount < 0")
t.optimize().executeCompaction()
