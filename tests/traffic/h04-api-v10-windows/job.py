# Databricks notebook source
# Exercises: conditional aggregates over windows, filter aggregates, named windows, ranking as sort keys, having with aggregates (Producer API 1.0)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT customer_id, sum(CASE WHEN status='PAID' THEN amount ELSE 0 END) OVER w AS paid, lag(amount,1,order_id) OVER w AS prev, count(*) OVER (PARTITION BY currency) AS n, percent_rank() OVER w AS pr FROM o WINDOW w AS (PARTITION BY customer_id ORDER BY order_date)").write.mode("overwrite").parquet(G+"/w1")
spark.sql("SELECT currency, sum(amount) FILTER (WHERE status='PAID') AS p, max_by(order_id, order_date) AS last, count(DISTINCT customer_id, status) AS dc, avg(if(status='NEW', amount, null)) AS an FROM o GROUP BY currency HAVING sum(amount) > 10 AND count(*) > 0 ORDER BY p DESC LIMIT 5").write.mode("overwrite").parquet(G+"/w2")
spark.sql("SELECT * FROM (SELECT *, dense_rank() OVER (PARTITION BY currency ORDER BY amount DESC) rk FROM o) WHERE rk <= 2").write.mode("overwrite").parquet(G+"/w3")
