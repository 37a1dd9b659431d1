# Databricks notebook source
# Exercises: correlated scalar, EXISTS, NOT IN, IN of two columns, sub-query in CASE and in HAVING, over catalogue tables
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT t.order_id, (SELECT max(c.name) FROM sales.cust c WHERE c.id = t.customer_id) AS mx FROM sales.ord t").write.mode("overwrite").parquet(G+"/c10/a")
spark.sql("SELECT t.order_id FROM sales.ord t WHERE EXISTS (SELECT 1 FROM sales.cust c WHERE c.id = t.customer_id AND c.country = 'DE')").write.mode("overwrite").parquet(G+"/c10/b")
spark.sql("SELECT t.order_id FROM sales.ord t WHERE t.customer_id NOT IN (SELECT id FROM sales.cust WHERE email LIKE 'a%') AND t.amount > (SELECT avg(amount) FROM sales.ord)").write.mode("overwrite").parquet(G+"/c10/c")
spark.sql("SELECT t.status, count(*) AS n FROM sales.ord t GROUP BY t.status HAVING count(*) >= (SELECT min(id) FROM sales.cust)").write.mode("overwrite").parquet(G+"/c10/d")
spark.sql("SELECT CASE WHEN t.amount > (SELECT avg(id) FROM sales.cust) THEN t.status ELSE t.currency END AS v FROM sales.ord t").write.mode("overwrite").parquet(G+"/c10/e")
spark.sql("SELECT t.order_id FROM sales.ord t WHERE (t.customer_id, t.currency) IN (SELECT id, upper(country) FROM sales.cust)").write.mode("overwrite").parquet(G+"/c10/f")
