# Databricks notebook source
# Exercises: typed functions, parameters, IDENTIFIER, hints, lateral aliases in GROUP BY, CASE with windows, nested aggregates of windows
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT /*+ REPARTITION(2), MERGE(k) */ o.order_id, k.name FROM o JOIN k ON o.customer_id = k.id AND k.country = :c",args={"c":"DE"}).write.mode("overwrite").parquet(G+"/c37/a")
spark.sql("SELECT substr(status, 1, 2) AS p, p || currency AS q, count(*) AS n FROM o GROUP BY substr(status, 1, 2), currency").write.mode("overwrite").parquet(G+"/c37/b")
spark.sql("SELECT order_id, CASE WHEN row_number() OVER (PARTITION BY customer_id ORDER BY amount DESC) = 1 THEN status ELSE lag(status) OVER (PARTITION BY customer_id ORDER BY order_date) END AS v FROM o").write.mode("overwrite").parquet(G+"/c37/c")
spark.sql("SELECT currency, max(d) AS md FROM (SELECT currency, amount - lag(amount) OVER (PARTITION BY currency ORDER BY order_date) AS d FROM o) WHERE d IS NOT NULL GROUP BY currency").write.mode("overwrite").parquet(G+"/c37/d")
spark.sql("SELECT {df}.status, {k}.name FROM {df} JOIN {k} ON {df}.customer_id = {k}.id",df=o,k=k).write.mode("overwrite").parquet(G+"/c37/e")
spark.sql("SELECT order_id, date_diff(current_date(), to_date(order_date)) AS age, status RLIKE '^N' AS r, currency LIKE ANY ('E%', 'U%') AS l, named_struct('a', amount, 'b', struct(status, currency)).b.currency AS deep, array(order_id, customer_id)[0] AS first, cast(amount AS decimal(10,2)) AS amt, hash(status, currency) AS h, try_divide(amount, order_id) AS td FROM o").write.mode("overwrite").parquet(G+"/c37/f")
