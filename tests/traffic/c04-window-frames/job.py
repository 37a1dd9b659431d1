# Databricks notebook source
# Exercises: running sums, range frames, window over an aggregate, named window, rank filter, default of lag, percent_rank, window expressions
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT order_id, sum(amount) OVER (PARTITION BY customer_id ORDER BY order_date ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS run, amount / sum(amount) OVER (PARTITION BY currency) AS share, lag(amount, 1, order_id) OVER w AS prev, percent_rank() OVER (ORDER BY length(status)) AS pr, count(*) OVER (PARTITION BY customer_id) AS n, nth_value(status, 2) IGNORE NULLS OVER w AS nv, cume_dist() OVER (ORDER BY amount) AS cd FROM o WINDOW w AS (PARTITION BY customer_id ORDER BY order_date)").write.mode("overwrite").parquet(G+"/c04/a")
spark.sql("SELECT currency, sum(amount) AS s, sum(sum(amount)) OVER (ORDER BY currency) AS cum, rank() OVER (ORDER BY sum(amount) DESC) AS r FROM o GROUP BY currency").write.mode("overwrite").parquet(G+"/c04/b")
spark.sql("SELECT order_id, amount FROM (SELECT *, dense_rank() OVER (PARTITION BY upper(currency) ORDER BY amount * 2 DESC) AS r FROM o) WHERE r <= 2").write.mode("overwrite").parquet(G+"/c04/c")
w=Window.partitionBy("customer_id").orderBy(F.col("order_date").cast("date").cast("timestamp").cast("long")).rangeBetween(-86400,0)
o.withColumn("last_day",F.avg("amount").over(w)).withColumn("flag",F.when(F.col("last_day")>F.lit(5),F.col("status"))).select("order_id","last_day","flag").write.mode("overwrite").parquet(G+"/c04/d")
