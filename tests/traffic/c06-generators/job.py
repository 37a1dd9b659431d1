# Databricks notebook source
# Exercises: collect_list then explode, posexplode_outer, inline, stack, json_tuple, from_json, split explode, generator in a sub-query
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
g=o.groupBy("customer_id").agg(F.collect_list("amount").alias("xs"),F.collect_set(F.struct("order_id","status")).alias("ss"))
g.select("customer_id",F.posexplode_outer("xs").alias("pos","x")).write.mode("overwrite").parquet(G+"/c06/a")
g.select("customer_id",F.explode("ss").alias("s")).select("customer_id","s.order_id",F.col("s.status").alias("st")).write.mode("overwrite").parquet(G+"/c06/b")
g.select("customer_id",F.inline("ss")).write.mode("overwrite").parquet(G+"/c06/c")
spark.sql("SELECT order_id, stack(2, 'a', amount, 'b', cast(customer_id AS double)) AS (what, val) FROM o").write.mode("overwrite").parquet(G+"/c06/d")
spark.sql("SELECT id, j.n, j.e, get_json_object(doc, '$.n') AS n2, from_json(doc, 'n string, e string').e AS e2 FROM (SELECT id, to_json(struct(name AS n, email AS e)) AS doc FROM k) LATERAL VIEW json_tuple(doc, 'n', 'e') j AS n, e").write.mode("overwrite").parquet(G+"/c06/e")
spark.sql("SELECT c.word, count(*) AS n FROM (SELECT explode(split(lower(status), 'a')) AS word FROM o WHERE amount > 1) c GROUP BY c.word").write.mode("overwrite").parquet(G+"/c06/f")
spark.sql("SELECT id, pos, ch FROM k LATERAL VIEW OUTER posexplode(split(name, '')) t AS pos, ch WHERE ch <> 'n'").write.mode("overwrite").parquet(G+"/c06/g")
