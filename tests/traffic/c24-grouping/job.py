# Databricks notebook source
# Exercises: rollup with HAVING and DISTINCT, cube with grouping(), GROUP BY ALL, ordinals, expressions as keys, two distinct counts after a join, nested aggregates
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT DISTINCT currency, sum(amount) AS s FROM o GROUP BY ROLLUP (currency, status) HAVING sum(amount) > 1 AND currency IS NOT NULL").write.mode("overwrite").parquet(G+"/c24/a")
spark.sql("SELECT currency, grouping(currency) AS g, grouping_id() AS gid, count(DISTINCT order_id) AS n FROM o GROUP BY CUBE (currency, status)").write.mode("overwrite").parquet(G+"/c24/b")
spark.sql("SELECT substr(order_date, 1, 7) AS month, upper(status) AS st, avg(amount) AS a FROM o GROUP BY ALL ORDER BY ALL").write.mode("overwrite").parquet(G+"/c24/c")
spark.sql("SELECT month, max(s) AS best FROM (SELECT substr(order_date, 1, 7) AS month, currency, sum(amount) AS s FROM o GROUP BY 1, 2) GROUP BY month ORDER BY 2 DESC LIMIT 3 OFFSET 1").write.mode("overwrite").parquet(G+"/c24/d")
o.join(k,o.customer_id==k.id).groupBy(k.country).agg(F.countDistinct("order_id").alias("a"),F.countDistinct("currency","status").alias("b"),F.sumDistinct("amount").alias("c")).filter("a > 1").write.mode("overwrite").parquet(G+"/c24/e")
spark.sql("SELECT k.country, k.name, sum(o.amount) AS s FROM o JOIN k ON o.customer_id = k.id GROUP BY GROUPING SETS ((k.country, k.name), (k.country), ())").write.mode("overwrite").parquet(G+"/c24/f")
