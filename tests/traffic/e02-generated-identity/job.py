# Databricks notebook source
# Exercises: Delta generated and identity columns: INSERT, append by name, MERGE, UPDATE
# (`spark` and `sc` are given, as in a notebook)
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
from delta.tables import DeltaTable, IdentityGenerator
(DeltaTable.createOrReplace(spark).tableName("sales.gen2").addColumn("key", "BIGINT", generatedAlwaysAs=IdentityGenerator()).addColumn("order_id", "INT").addColumn("order_date", "DATE")
 .addColumn("y", "STRING", generatedAlwaysAs="substring(cast(order_date as string), 1, 4)").addColumn("amount", "DOUBLE").addColumn("gross", "DOUBLE", generatedAlwaysAs="amount * 1.19").execute())
spark.sql("INSERT INTO sales.gen2 (order_id, order_date, amount) SELECT order_id, order_date, amount FROM o WHERE order_id < 3")
o.select("amount", "order_id", "order_date").where("order_id = 3").write.format("delta").mode("append").saveAsTable("sales.gen2")
spark.sql("MERGE INTO sales.gen2 t USING o s ON t.order_id = s.order_id WHEN MATCHED AND s.status = 'NEW' THEN UPDATE SET t.order_date = s.order_date, t.amount = t.amount + s.amount WHEN NOT MATCHED THEN INSERT (order_id, order_date, amount) VALUES (s.order_id, s.order_date, s.amount)")
spark.sql("UPDATE sales.gen2 SET order_date = date_add(order_date, 1), amount = 0 WHERE order_id = 2")
