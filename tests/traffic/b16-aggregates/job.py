# Databricks notebook source
# Exercises: FILTER clause, count distinct two, percentile, collect_list of struct, having, distinct
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
(spark.sql("SELECT currency, sum(amount) FILTER (WHERE status = 'PAID') AS paid, count(DISTINCT customer_id) AS c1, count(DISTINCT order_date) AS c2, percentile_approx(amount, 0.5) AS p, collect_list(struct(order_id, status)) AS l, count(*) AS n FROM o GROUP BY currency HAVING max(order_id) > 1")).write.mode("overwrite").parquet(G+"/agg")
(o.select("currency","status").distinct()).write.mode("overwrite").parquet(G+"/dist")
(o.dropDuplicates(["customer_id"]).select("order_id")).write.mode("overwrite").parquet(G+"/dd")
