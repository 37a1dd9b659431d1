# Databricks notebook source
# Exercises: stars in functions, two levels of correlation, OR around EXISTS, lateral views over sub-queries, HAVING with grouping sets, window functions over views, ORDER BY and LIMIT in derived tables, self-referring INSERT OVERWRITE
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f22")
spark.sql("CREATE TABLE f22.hashed USING delta AS SELECT order_id, sha2(concat_ws('|', o.*), 256) AS row_hash, to_json(struct(o.*, k.name)) AS doc, struct(k.*) AS who FROM o JOIN k ON o.customer_id = k.id")
spark.sql("""
  CREATE TABLE f22.levels USING delta AS SELECT c.name, (SELECT sum(x.amount) FROM sales.ord x WHERE x.customer_id = c.id AND x.order_date = (SELECT max(y.order_date) FROM sales.ord y WHERE y.status = 'PAID')) AS last_amount
  FROM sales.cust c WHERE c.country = 'DE' OR EXISTS (SELECT 1 FROM sales.ord z WHERE z.customer_id = c.id AND z.amount > 50) OR c.id NOT IN (SELECT customer_id FROM sales.ord)
""")
spark.sql("CREATE TABLE f22.words USING delta AS SELECT w.word, count(*) AS n, min(t.order_id) AS first_order FROM (SELECT order_id, concat(status, ' ', currency) AS text FROM o ORDER BY amount LIMIT 2) t LATERAL VIEW explode(split(t.text, ' ')) w AS word WHERE length(w.word) > 2 GROUP BY w.word HAVING count(*) > 0 ORDER BY n DESC, word")

# COMMAND ----------
spark.sql("""
  CREATE TABLE f22.cubes USING delta AS SELECT coalesce(substr(order_date, 1, 4), 'all') AS year, currency, grouping(currency) AS g, max_by(status, amount) AS best, count_if(amount > 10) AS big, collect_set(named_struct('s', status, 'a', amount)) AS set
  FROM o GROUP BY CUBE (substr(order_date, 1, 4), currency) HAVING grouping_id() < 3 AND sum(amount) > 1
""")
spark.sql("CREATE OR REPLACE TEMP VIEW steps AS SELECT order_id, customer_id, amount, amount - lag(amount) OVER (PARTITION BY customer_id ORDER BY order_date) AS step FROM o")
spark.sql("CREATE TABLE f22.sessions USING delta AS SELECT order_id, step, sum(CASE WHEN step > 10 THEN 1 ELSE 0 END) OVER (PARTITION BY customer_id ORDER BY order_id ROWS UNBOUNDED PRECEDING) AS session, avg(abs(step)) OVER () AS mean FROM steps WHERE step IS NULL OR step <> 0")
spark.sql("INSERT OVERWRITE f22.sessions SELECT s.order_id, s.step, s.session + m.top, s.mean FROM f22.sessions s CROSS JOIN (SELECT max(session) AS top FROM f22.sessions) m WHERE s.session <= m.top")
spark.sql("INSERT INTO f22.sessions SELECT order_id, amount, customer_id, nullif(amount, 0D) FROM (SELECT *, row_number() OVER (PARTITION BY customer_id, currency ORDER BY amount DESC) AS rn FROM o) x WHERE rn = 1 AND (status, currency) NOT IN (SELECT country, email FROM sales.cust WHERE country IS NOT NULL AND email IS NOT NULL)")
