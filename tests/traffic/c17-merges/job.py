# Databricks notebook source
# Exercises: MERGE: update and insert star, de-duplicated window source, aggregated source, insert only, self source, view as source
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
P="delta.`"+C+"/silver/"
spark.sql("MERGE INTO "+P+"m1` t USING (SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY order_date DESC) AS rn FROM o) WHERE rn = 1) s ON t.order_id = s.order_id WHEN MATCHED AND s.amount > t.amount THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *")
spark.sql("MERGE INTO "+P+"m2` AS t USING (SELECT customer_id, sum(amount) AS total, max(status) AS st FROM o GROUP BY customer_id) s ON s.customer_id = t.customer_id WHEN MATCHED THEN UPDATE SET amount = s.total + t.order_id, status = CASE WHEN s.st = 'NEW' THEN s.st ELSE t.status END")
spark.sql("MERGE INTO "+P+"m4` t USING (SELECT id, name, country FROM k WHERE email IS NOT NULL) s ON t.customer_id = s.id AND t.status = 'x' WHEN NOT MATCHED AND s.country <> 'FR' THEN INSERT (order_id, customer_id, status) VALUES (s.id * 10, s.id, concat(s.name, '_', s.country))")
spark.sql("CREATE OR REPLACE TEMP VIEW latest AS SELECT order_id, max(amount) AS amount FROM "+P+"m5` GROUP BY order_id")
spark.sql("MERGE INTO "+P+"m5` t USING latest s ON t.order_id = s.order_id WHEN MATCHED AND t.amount < s.amount THEN UPDATE SET t.amount = s.amount WHEN MATCHED AND t.status = 'OLD' THEN DELETE")
