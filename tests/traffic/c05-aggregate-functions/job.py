# Databricks notebook source
# Exercises: percentile, percentile_cont within group, mode, max_by, collect_list of structs, corr, histogram, bool_and, two distinct counts
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT currency, percentile(amount, 0.5) p, percentile_approx(amount, array(0.1, 0.9)) pa, percentile_cont(0.5) WITHIN GROUP (ORDER BY order_id) pc, mode(status) m, max_by(status, amount) mb, collect_list(struct(order_id, status)) cl, corr(amount, customer_id) c, every(amount > 0) ev, count(DISTINCT status, customer_id) cd, count(DISTINCT order_date) cd2, approx_count_distinct(status) acd, any_value(order_date) av, last(status, true) la, stddev(amount) sd, sum(DISTINCT amount) sdi, array_agg(customer_id) aa FROM o GROUP BY currency").write.mode("overwrite").parquet(G+"/c05")
