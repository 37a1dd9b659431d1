# Databricks notebook source
# Exercises: OPTIMIZE, VACUUM, RESTORE, ALTER, CONVERT, SHALLOW CLONE, views, DROP, cache, show, counts
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("OPTIMIZE delta.`"+C+"/silver/m1`"); spark.sql("ALTER TABLE delta.`"+C+"/silver/m1` SET TBLPROPERTIES ('a' = 'b')")
spark.sql("CREATE OR REPLACE TEMP VIEW tv AS SELECT * FROM o"); spark.sql("CREATE OR REPLACE VIEW sales.nv AS SELECT * FROM sales.ord"); spark.sql("DROP VIEW sales.nv")
spark.sql("CREATE TABLE sales.empty1 (a INT) USING delta"); spark.sql("CREATE TABLE sales.like1 LIKE sales.ord"); spark.sql("DROP TABLE sales.empty1"); spark.sql("TRUNCATE TABLE sales.like1")
spark.sql("RESTORE TABLE delta.`"+C+"/silver/m1` TO VERSION AS OF 0"); spark.sql("VACUUM delta.`"+C+"/silver/m1`")
spark.sql("CREATE OR REPLACE TABLE delta.`"+C+"/silver/clone1` SHALLOW CLONE delta.`"+C+"/silver/m1`")
o.select("order_id").write.mode("overwrite").parquet(G+"/c19/conv"); spark.sql("CONVERT TO DELTA parquet.`"+G+"/c19/conv`")
o.cache().count(); spark.sql("SHOW TABLES IN sales").collect(); o.write.format("noop").mode("overwrite").save()
spark.sql("ANALYZE TABLE sales.ord COMPUTE STATISTICS"); spark.sql("MSCK REPAIR TABLE sales.pp") if spark.catalog.tableExists("sales.pp") else None
