# Databricks notebook source
# Exercises: MERGE with WHEN NOT MATCHED BY SOURCE that updates, deletes, and does neither
# (`spark` and `sc` are given, as in a notebook)
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
for n in ("upd", "del", "none"): o.write.format("delta").mode("overwrite").save(C+"/silver/e03_"+n)
merge="MERGE INTO delta.`"+C+"/silver/e03_%s` t USING (SELECT * FROM o WHERE order_id < %d) s ON t.order_id = s.order_id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED BY SOURCE AND t.amount > 0 THEN %s"
spark.sql(merge % ("upd", 2, "UPDATE SET t.status = concat(t.currency, '_old')"))
spark.sql(merge % ("del", 2, "DELETE"))
spark.sql(merge % ("none", 99, "DELETE"))
