# Databricks notebook source
# Exercises: MERGE with schema evolution, nested target, CTE as source, partial update of many columns, update of a struct field
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.conf.set("spark.databricks.delta.schema.autoMerge.enabled","true")
P="delta.`"+C+"/silver/"
spark.sql("MERGE INTO "+P+"m6` t USING (SELECT o.*, k.name AS buyer FROM o LEFT JOIN k ON o.customer_id = k.id) s ON t.order_id = s.order_id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")
spark.sql("WITH s AS (SELECT id, name, country FROM k WHERE id > 1) MERGE INTO "+P+"nested2` t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.who.name = s.name, t.who.addr.city = upper(s.country) WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)")
