# Databricks notebook source
# Exercises: full outer join with USING and coalesce, NATURAL, three levels of one table, ranges, hints, semi and anti in one query, right join, CROSS, samples, DISTRIBUTE BY, CLUSTER BY
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f13"); spark.read.format("delta").load(C + "/silver/employees").createOrReplaceTempView("e")
spark.sql("CREATE TABLE f13.names USING delta AS SELECT id, coalesce(k.name, e.name) AS name, nvl(e.dept, 'none') AS dept, k.country FROM k FULL OUTER JOIN e USING (id)")
spark.sql("CREATE TABLE f13.natural USING delta AS SELECT * FROM (SELECT id, name AS who, dept FROM e) NATURAL LEFT JOIN (SELECT order_id AS id, amount FROM o)")
spark.sql("CREATE TABLE f13.chain USING delta AS SELECT a.name, b.name AS boss, c.name AS top, concat_ws('>', c.dept, b.dept, a.dept) AS path FROM e a LEFT JOIN e b ON a.manager_id = b.id LEFT JOIN e c ON b.manager_id = c.id")

# COMMAND ----------
spark.sql("""
  CREATE TABLE f13.bands USING delta AS
  SELECT /*+ BROADCAST(b), RANGE_JOIN(b, 10) */ x.order_id, b.band, b.low + x.amount AS above
  FROM o x JOIN (SELECT id * 1.0 AS low, id * 10.0 AS high, dept AS band FROM e) b ON x.amount >= b.low AND x.amount < b.high AND x.order_date BETWEEN '2024-01-01' AND b.band OR x.status = b.band
""")
spark.sql("""
  CREATE TABLE f13.kept USING delta AS
  SELECT x.order_id, c.email FROM o x LEFT SEMI JOIN e s ON s.id = x.order_id LEFT ANTI JOIN k n ON lower(n.country) = lower(x.currency) CROSS JOIN k c WHERE c.id <=> x.customer_id
""")
spark.sql("CREATE TABLE f13.right_side USING delta AS SELECT id, name, amount FROM (SELECT customer_id AS id, amount FROM o) RIGHT JOIN k USING (id) ORDER BY name")

# COMMAND ----------
spark.sql("CREATE TABLE f13.sampled USING delta AS SELECT order_id, status FROM o TABLESAMPLE (2 ROWS) DISTRIBUTE BY currency SORT BY amount DESC, status")
spark.sql("INSERT INTO f13.sampled SELECT /*+ REPARTITION(2, id), COALESCE(1) */ id, name FROM k TABLESAMPLE (BUCKET 1 OUT OF 1) CLUSTER BY country")
spark.sql("INSERT INTO f13.sampled SELECT b.order_id, a.status FROM o a, o b, k WHERE a.customer_id = b.customer_id AND a.order_id < b.order_id AND k.id = a.customer_id AND k.country LIKE 'D%'")
