# Databricks notebook source
# Exercises: LATERAL joins above and below a UNION, and within one another
# (`spark` and `sc` are given, as in a notebook)
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT u.id, l.d FROM (SELECT order_id AS id FROM o UNION ALL SELECT id FROM k) u, LATERAL (SELECT u.id * 2 AS d) l").write.mode("overwrite").parquet(G+"/e04/a")
spark.sql("SELECT o.order_id AS id, l.d FROM o, LATERAL (SELECT o.amount * 2 AS d) l UNION ALL SELECT id, length(name) FROM k").write.mode("overwrite").parquet(G+"/e04/b")
spark.sql("SELECT u.x, m.e FROM (SELECT status AS x FROM o UNION SELECT country FROM k) u, LATERAL (SELECT upper(u.x) AS d) l, LATERAL (SELECT concat(l.d, u.x) AS e) m").write.mode("overwrite").parquet(G+"/e04/c")
spark.sql("SELECT u.id, w.col FROM (SELECT order_id AS id, status AS s FROM o UNION ALL SELECT id, name FROM k) u, LATERAL explode(split(u.s, ' ')) w").write.mode("overwrite").parquet(G+"/e04/d")
