# Databricks notebook source
# Exercises: map_filter, transform_values, zip_with, exists, forall, array_sort with a comparator, element_at, slices
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT order_id, map_filter(map(status, amount), (k, v) -> v > customer_id) AS mf, transform_values(map('a', amount), (k, v) -> v + order_id) AS tv, zip_with(array(amount), array(order_id), (x, y) -> x * y) AS zw, exists(array(status, currency), x -> x = order_date) AS ex, forall(array(amount), x -> x > 0) AS fa, array_sort(array(amount, order_id), (l, r) -> if(l < r, -1, 1)) AS srt, element_at(map('k', currency), 'k') AS el, array_join(slice(array(status, currency), 1, 1), '-') AS sl, size(array_distinct(array(status))) AS sz, aggregate(array(amount, order_id), cast(customer_id as double), (acc, x) -> acc + x, acc -> acc * 2) AS ag FROM o").write.mode("overwrite").parquet(G+"/c03")
