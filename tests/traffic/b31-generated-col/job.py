# Databricks notebook source
# Exercises: delta generated column through the builder
from delta.tables import DeltaTable
C="abfss://curated@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders")
(DeltaTable.createIfNotExists(spark).tableName("sales.gen").addColumn("order_id","INT").addColumn("order_date","DATE").addColumn("y","STRING",generatedAlwaysAs="substring(cast(order_date as string), 1, 4)").execute())
o.select("order_id","order_date").write.format("delta").mode("append").saveAsTable("sales.gen")
o.select("order_id","order_date").write.format("delta").mode("append").insertInto("sales.gen") if False else None
