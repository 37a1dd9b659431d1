# Databricks notebook source
# Exercises: correlated scalar sub-queries, NOT IN, NOT EXISTS two deep, CASE, HAVING, join conditions, a query without FROM, arguments of aggregates, LATERAL with aggregates, derived tables three deep
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f10"); spark.sql("CREATE TABLE f10.rates USING delta AS SELECT * FROM VALUES ('EUR', 1.0D), ('USD', 0.9D) AS r(code, rate)")
spark.sql("""
  CREATE TABLE f10.a USING delta AS
  SELECT t.order_id, (SELECT max(c.name) FROM sales.cust c WHERE c.id = t.customer_id) AS buyer,
    CASE WHEN t.amount > (SELECT avg(x.amount) FROM sales.ord x WHERE x.currency = t.currency) THEN (SELECT min(email) FROM sales.cust) ELSE t.status END AS label
  FROM sales.ord t
""")
spark.sql("""
  CREATE TABLE f10.b USING delta AS SELECT t.order_id FROM sales.ord t
  WHERE t.status NOT IN (SELECT country FROM sales.cust WHERE country IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM sales.cust c WHERE c.id = t.customer_id AND NOT EXISTS (SELECT 1 FROM f10.rates r WHERE r.code = upper(c.country)) AND c.name = 'Z')
""")

# COMMAND ----------
spark.sql("""
  CREATE TABLE f10.c USING delta AS
  SELECT t.currency, sum(t.amount * (SELECT max(rate) FROM f10.rates)) AS total FROM sales.ord t
  GROUP BY t.currency HAVING sum(t.amount) >= (SELECT avg(s) / 10 FROM (SELECT customer_id, sum(amount) AS s FROM sales.ord GROUP BY customer_id) per_customer)
""")
spark.sql("""
  CREATE TABLE f10.d USING delta AS SELECT c.name, l.order_id, l.amount, r.n
  FROM sales.cust c
  LEFT JOIN LATERAL (SELECT max_by(x.order_id, x.order_date) AS order_id, max(x.amount) AS amount FROM sales.ord x WHERE x.customer_id = c.id) l
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM f10.rates r WHERE r.code = c.country) r
""")

# COMMAND ----------
spark.sql("CREATE TABLE f10.e USING delta AS SELECT t.order_id, c.email FROM sales.ord t LEFT JOIN sales.cust c ON t.customer_id = c.id AND t.amount > (SELECT min(rate) FROM f10.rates)")
spark.sql("INSERT INTO f10.rates SELECT 'MAX', (SELECT max(amount) FROM sales.ord)")
spark.sql("""
  INSERT INTO f10.rates SELECT outer_code, v FROM (
    SELECT code AS outer_code, v FROM (SELECT currency AS code, max(amount) AS v FROM (SELECT currency, amount FROM sales.ord WHERE amount IN (SELECT amount FROM sales.ord WHERE status = 'PAID')) x GROUP BY currency) y
  ) z WHERE v > (SELECT min(rate) FROM f10.rates) ORDER BY (SELECT max(id) FROM sales.cust), v
""")
