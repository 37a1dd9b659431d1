# Databricks notebook source
# Exercises: stored views with CTEs, sub-queries, windows and unions, a view over a view over a path, sub-queries over views, EXISTS in a view, columns renamed on the way
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f18")
spark.sql("CREATE TABLE f18.orders USING delta PARTITIONED BY (currency) AS SELECT order_id, customer_id, amount, currency, status FROM o"); spark.sql("CREATE TABLE f18.customers USING parquet AS SELECT id, name, country FROM k")
spark.sql("""
  CREATE VIEW f18.ranked (id, customer, value, place) AS
  WITH paid AS (SELECT * FROM f18.orders WHERE status = 'PAID' AND customer_id IN (SELECT id FROM f18.customers WHERE country = 'DE'))
  SELECT order_id, customer_id, amount, row_number() OVER (PARTITION BY customer_id ORDER BY amount DESC) AS n FROM paid
""")
spark.sql("CREATE VIEW f18.best AS SELECT r.id AS order_no, c.name AS buyer, r.value FROM f18.ranked r JOIN f18.customers c ON c.id = r.customer WHERE r.place = 1")
spark.sql("CREATE VIEW f18.everything AS SELECT order_no AS n, value AS v, 'best' AS kind FROM f18.best UNION ALL SELECT order_id, amount, status FROM delta.`" + C + "/silver/orders` WHERE amount > 1")

# COMMAND ----------
spark.sql("CREATE TABLE f18.report USING delta AS SELECT buyer, value * 2 AS twice FROM f18.best ORDER BY buyer")
spark.sql("CREATE TABLE f18.all_kinds USING delta AS SELECT kind, sum(v) AS total, count(DISTINCT n) AS orders FROM f18.everything GROUP BY kind")
spark.sql("INSERT INTO f18.report SELECT c.name, c.id FROM f18.customers c WHERE NOT EXISTS (SELECT 1 FROM f18.best b WHERE b.buyer = c.name AND b.value > 10)")
spark.sql("INSERT INTO f18.report SELECT 'total', (SELECT sum(value) FROM f18.best)")

# COMMAND ----------
spark.sql("CREATE OR REPLACE TEMP VIEW picks AS SELECT order_id AS pick, currency FROM f18.orders WHERE amount = (SELECT max(amount) FROM f18.orders)")
spark.sql("INSERT INTO f18.report SELECT max(p.currency), sum(x.amount) FROM f18.orders x JOIN picks p ON p.pick = x.order_id WHERE x.currency IN (SELECT currency FROM picks) GROUP BY x.status HAVING min(x.amount) > 0")
spark.sql("ALTER VIEW f18.best AS SELECT order_id AS order_no, status AS buyer, amount AS value FROM f18.orders")
spark.sql("INSERT OVERWRITE f18.report SELECT buyer, value FROM f18.best")
