# Databricks notebook source
# Exercises: named windows, frames, IGNORE NULLS, GROUPING SETS, FILTER, percentiles, pivot and unpivot, first row a group, HAVING without GROUP BY, GROUP BY ALL, by number, by alias
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f12")
spark.sql("""
  CREATE TABLE f12.runs USING delta AS
  SELECT order_id, sum(amount) OVER w AS run, avg(amount) OVER (PARTITION BY customer_id ORDER BY order_date ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS smooth,
    lag(status, 1, currency) OVER w AS before, first_value(amount) IGNORE NULLS OVER w AS first_amount, nth_value(order_id, 2) OVER w2 AS second, ntile(2) OVER w2 AS half,
    amount - lag(amount) OVER w AS step, max(amount) OVER (ORDER BY to_date(order_date) RANGE BETWEEN 7 PRECEDING AND CURRENT ROW) AS week_max
  FROM o WINDOW w AS (PARTITION BY customer_id ORDER BY order_date), w2 AS (PARTITION BY currency ORDER BY amount DESC)
""")
spark.sql("CREATE TABLE f12.latest USING delta AS SELECT order_id, status FROM (SELECT *, rank() OVER (PARTITION BY customer_id ORDER BY order_date DESC) AS r, count(*) OVER (PARTITION BY status) AS n FROM o) WHERE r = 1 AND n < 5")

# COMMAND ----------
spark.sql("""
  CREATE TABLE f12.sets USING delta AS
  SELECT CASE WHEN grouping(currency) = 1 THEN 'all' ELSE currency END AS currency, status, grouping_id(currency, status) AS level, sum(amount) AS total
  FROM o WHERE amount > 0 GROUP BY GROUPING SETS ((currency, status), (currency), ())
""")
spark.sql("""
  CREATE TABLE f12.stats USING delta AS
  SELECT substr(order_date, 1, 7) AS month, count(DISTINCT customer_id, currency) AS pairs, sum(amount) FILTER (WHERE status = 'PAID') AS paid, first(status, true) AS first_status, last(currency) IGNORE NULLS AS last_currency,
    percentile(amount, 0.9) AS p90, percentile_approx(order_id, array(0.5), 100)[0] AS middle, concat_ws(',', collect_list(status)) AS states, max_by(status, amount) AS best, bool_or(amount > customer_id) AS any_big
  FROM o GROUP BY month
""")

# COMMAND ----------
spark.sql("CREATE TABLE f12.wide USING delta AS WITH src AS (SELECT customer_id, currency, amount, status FROM o) SELECT * FROM src PIVOT (sum(amount) AS total, max(status) AS state FOR currency IN ('EUR' AS eur, 'USD' AS usd))")
spark.sql("CREATE TABLE f12.tall USING delta AS SELECT customer_id, what, value FROM f12.wide UNPIVOT INCLUDE NULLS (value FOR what IN (eur_total AS euro, usd_total))")
spark.sql("CREATE TABLE f12.one USING delta AS SELECT sum(amount) AS total, max(order_date) AS day FROM o HAVING count(status) > 0")
spark.sql("INSERT INTO f12.one SELECT total, day FROM (SELECT order_date AS day, status, sum(amount) AS total FROM o GROUP BY ALL) ORDER BY 1 DESC, day LIMIT 10")
spark.sql("INSERT INTO f12.one SELECT count(*), upper(status) AS st FROM o GROUP BY 2, ROLLUP (currency)")
