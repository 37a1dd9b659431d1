# Databricks notebook source
# Exercises: CTEs that hide views, tables and one another, column lists, an INSERT with a CTE, a hierarchy by levels, set operations over CTEs, one CTE four times
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f02"); spark.sql("SET spark.sql.legacy.ctePrecedencePolicy = CORRECTED")
spark.read.format("delta").load(C + "/silver/employees").createOrReplaceTempView("e")
spark.sql("""
  CREATE OR REPLACE TABLE f02.totals USING delta AS
  WITH orders AS (SELECT order_id, amount FROM o WHERE status = 'PAID'),
  totals AS (
    WITH orders AS (SELECT customer_id AS order_id, amount AS a FROM o WHERE currency = 'EUR')
    SELECT order_id AS c, sum(a) AS s FROM orders GROUP BY order_id
  )
  SELECT orders.order_id, orders.amount - totals.s AS rest FROM orders JOIN totals ON orders.order_id = totals.c
""")

# COMMAND ----------
spark.sql("""
  WITH k AS (SELECT id, name FROM k WHERE country = 'DE'), t (c, s) AS (SELECT * FROM f02.totals)
  INSERT INTO f02.totals SELECT k.id, t.s FROM k LEFT JOIN t ON t.c = k.id
""")

# COMMAND ----------
spark.sql("""
  CREATE OR REPLACE TABLE f02.levels USING delta AS
  WITH root AS (SELECT id, name, CAST(NULL AS INT) AS boss, 0 AS depth FROM e WHERE manager_id IS NULL),
  level1 AS (SELECT e.id, concat(r.name, '/', e.name) AS name, r.id AS boss, r.depth + 1 AS depth FROM e JOIN root r ON e.manager_id = r.id),
  level2 AS (SELECT e.id, concat(r.name, '/', e.name) AS name, r.id AS boss, r.depth + 1 AS depth FROM e JOIN level1 r ON e.manager_id = r.id)
  SELECT * FROM root UNION ALL SELECT * FROM level1 UNION ALL SELECT * FROM level2
""")

# COMMAND ----------
spark.sql("""
  CREATE OR REPLACE TABLE f02.differences USING delta AS
  WITH a AS (SELECT customer_id AS id FROM o), b AS (SELECT id FROM k)
  (SELECT id FROM a MINUS ALL SELECT id FROM b) UNION (SELECT id FROM b INTERSECT ALL SELECT id FROM a)
""")

# COMMAND ----------
spark.sql("""
  CREATE OR REPLACE TABLE f02.shares USING delta AS
  WITH base AS (SELECT currency, sum(amount) AS s FROM o GROUP BY currency), best AS (SELECT max(s) AS m FROM base)
  SELECT b.currency, b.s / best.m AS share, (SELECT count(*) FROM base) AS n, (SELECT min(x.s) FROM base x WHERE x.currency = b.currency) AS same
  FROM base b CROSS JOIN best
""")
