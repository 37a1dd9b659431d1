# Databricks notebook source
# Exercises: CASE in aggregates, FILTER clause, nested CASE, HAVING on a conditional sum, count_if
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT customer_id, sum(CASE WHEN status = 'PAID' THEN amount ELSE 0 END) AS paid, count(CASE WHEN currency = 'EUR' THEN 1 END) AS n_eur, sum(amount) FILTER (WHERE order_date > '2024-01-31') AS late, count_if(status = 'NEW') AS news, count(*) AS n FROM o GROUP BY customer_id HAVING sum(CASE WHEN status = 'PAID' THEN amount ELSE 0 END) > 1").write.mode("overwrite").parquet(G+"/c02/a")
spark.sql("SELECT CASE status WHEN 'PAID' THEN CASE WHEN amount > 10 THEN currency ELSE order_date END WHEN 'NEW' THEN 'n' ELSE 'x' END AS v, if(if(amount > 1, true, customer_id = 3), order_id, -1) AS w FROM o").write.mode("overwrite").parquet(G+"/c02/b")
