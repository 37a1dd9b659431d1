# Databricks notebook source
# Exercises: a reporting query: CTEs over CTEs, union all, window, pivot, joins, having, scalar over the same view (Producer API 1.0)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("""WITH base AS (SELECT o.*, k.country, k.name FROM o JOIN k ON o.customer_id = k.id WHERE o.status <> 'CANCELLED'),
ranked AS (SELECT *, row_number() OVER (PARTITION BY country ORDER BY amount DESC, order_id) rn, sum(amount) OVER (PARTITION BY country) tot FROM base),
tops AS (SELECT country, name, amount, amount / tot AS share FROM ranked WHERE rn <= 3),
rest AS (SELECT country, 'other' AS name, sum(amount) AS amount, CAST(NULL AS double) AS share FROM ranked WHERE rn > 3 GROUP BY country)
SELECT u.country, u.name AS who, round(u.amount, 2) AS amt, coalesce(u.share, 0) AS share, count(*) OVER () AS n FROM (SELECT * FROM tops UNION ALL SELECT * FROM rest) u ORDER BY u.country, amt DESC""").write.mode("overwrite").format("delta").save(G+"/monster")
spark.sql("SELECT * FROM (SELECT currency, status, amount, year(order_date) y FROM o) PIVOT (sum(amount) AS s, count(amount) AS c FOR status IN ('PAID' AS paid, 'NEW' AS fresh))").write.mode("overwrite").parquet(G+"/pv")
