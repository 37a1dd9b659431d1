# Databricks notebook source
# Exercises: CTE in CTE, CTE used twice with other filters, CTE that shadows a view, views on views, temp view on a CTE, global temp view
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("WITH a AS (SELECT customer_id, amount FROM o WHERE status = 'PAID'), b AS (WITH a2 AS (SELECT customer_id AS c, sum(amount) AS s FROM a GROUP BY customer_id) SELECT c, s * 2 AS s2 FROM a2) SELECT x.c, x.s2, y.s2 AS other FROM b x JOIN b y ON x.c = y.c AND y.s2 > 5").write.mode("overwrite").parquet(G+"/c11/a")
spark.sql("WITH o AS (SELECT id AS order_id, name AS status FROM k) SELECT order_id, status FROM o WHERE status <> 'x'").write.mode("overwrite").parquet(G+"/c11/b")
spark.sql("CREATE OR REPLACE TEMP VIEW v1 AS WITH z AS (SELECT order_id, amount * 2 AS d, currency FROM o) SELECT * FROM z WHERE currency = 'EUR'")
spark.sql("CREATE OR REPLACE TEMP VIEW v2 (a, b) AS SELECT order_id, d + 1 FROM v1 ORDER BY d")
spark.sql("CREATE OR REPLACE GLOBAL TEMP VIEW v3 AS SELECT a, b, k.name FROM v2 JOIN k ON a = k.id")
spark.sql("SELECT b, name FROM global_temp.v3").write.mode("overwrite").parquet(G+"/c11/c")
spark.sql("CREATE OR REPLACE VIEW sales.pv (oid, twice) AS SELECT order_id, amount * 2 AS am FROM sales.ord WHERE status = 'PAID'")
spark.sql("CREATE OR REPLACE VIEW sales.pv2 AS SELECT p.oid, p.twice, c.name FROM sales.pv p LEFT JOIN sales.cust c ON p.oid = c.id")
spark.table("sales.pv2").groupBy("name").agg(F.sum("twice").alias("t")).write.mode("overwrite").parquet(G+"/c11/d")
