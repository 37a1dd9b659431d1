# Databricks notebook source
# Exercises: sub-queries with UNION, DISTINCT, their own WITH, ORDER BY and LIMIT, generators, set operations, and sub-queries in sub-queries
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT order_id FROM sales.ord WHERE customer_id IN (SELECT id FROM sales.cust WHERE country = 'DE' UNION ALL SELECT customer_id FROM sales.ord WHERE status = 'NEW')").write.mode("overwrite").parquet(G+"/c38/a")
spark.sql("SELECT order_id, (WITH d AS (SELECT id AS i, email AS e FROM sales.cust WHERE name > 'A') SELECT max(e) FROM d) AS m FROM sales.ord").write.mode("overwrite").parquet(G+"/c38/b")
spark.sql("SELECT order_id, (SELECT name FROM sales.cust ORDER BY email LIMIT 1) AS first FROM sales.ord WHERE customer_id IN (SELECT DISTINCT id FROM sales.cust)").write.mode("overwrite").parquet(G+"/c38/c")
spark.sql("SELECT order_id FROM sales.ord WHERE currency IN (SELECT explode(split(country, ',')) FROM sales.cust)").write.mode("overwrite").parquet(G+"/c38/d")
spark.sql("SELECT order_id FROM sales.ord WHERE customer_id IN (SELECT id FROM sales.cust EXCEPT SELECT customer_id FROM sales.ord)").write.mode("overwrite").parquet(G+"/c38/e")
spark.sql("SELECT order_id FROM sales.ord WHERE customer_id IN (SELECT id FROM sales.cust WHERE length(email) > (SELECT avg(length(name)) FROM sales.cust)) AND NOT EXISTS (SELECT 1 FROM sales.cust c JOIN sales.ord x ON c.id = x.customer_id WHERE x.order_id = ord.order_id AND c.country = 'X')").write.mode("overwrite").parquet(G+"/c38/f")
spark.sql("WITH big AS (SELECT customer_id AS c, sum(amount) AS s FROM sales.ord GROUP BY customer_id) SELECT b.c, (SELECT max(s) FROM big) AS top, (SELECT max(name) FROM sales.cust WHERE id = b.c) AS n FROM big b WHERE s > (SELECT avg(s) FROM big)").write.mode("overwrite").parquet(G+"/c38/g")
