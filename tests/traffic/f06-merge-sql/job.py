# Databricks notebook source
# Exercises: slowly changing dimension, CTE and window as a source, several clauses, self-merge, insert only, VALUES as a source, NOT MATCHED BY SOURCE
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f06")
spark.sql("CREATE TABLE f06.dim USING delta AS SELECT id, name, email, country, '1900-01-01' AS valid_from, true AS is_current FROM k")
spark.sql("CREATE TABLE f06.feed USING delta AS SELECT customer_id AS id, concat('N', order_id) AS name, status AS email, currency AS country, order_date AS changed FROM o WHERE order_id < 3")
spark.sql("""
  MERGE INTO f06.dim t USING (
    SELECT f.id AS merge_key, f.* FROM f06.feed f
    UNION ALL
    SELECT NULL AS merge_key, f.* FROM f06.feed f JOIN f06.dim d ON f.id = d.id WHERE d.is_current AND f.country <> d.country
  ) s ON t.id = s.merge_key AND t.is_current
  WHEN MATCHED AND t.country <> s.country THEN UPDATE SET is_current = false
  WHEN NOT MATCHED THEN INSERT (id, name, email, country, valid_from, is_current) VALUES (s.id, s.name, s.email, s.country, s.changed, true)
""")

# COMMAND ----------
spark.sql("CREATE TABLE f06.balance (customer_id INT, status STRING, amount DOUBLE) USING delta"); spark.sql("INSERT INTO f06.balance VALUES (10, 'OLD', 1.0D), (77, 'OLD', -5.0D)")
spark.sql("""
  WITH ranked AS (SELECT *, row_number() OVER (PARTITION BY customer_id ORDER BY order_date DESC, amount) AS rn FROM o),
  latest AS (SELECT customer_id, status, amount FROM ranked WHERE rn = 1)
  MERGE INTO f06.balance t USING latest s ON t.customer_id = s.customer_id
  WHEN MATCHED AND s.status = 'DEAD' THEN DELETE
  WHEN MATCHED AND s.amount > t.amount THEN UPDATE SET t.amount = t.amount + s.amount, t.status = s.status
  WHEN MATCHED THEN UPDATE SET status = 'SEEN'
  WHEN NOT MATCHED AND s.amount > 0 THEN INSERT *
  WHEN NOT MATCHED BY SOURCE AND t.amount < 0 THEN UPDATE SET t.status = concat(t.status, '_OLD')
""")
spark.sql("MERGE INTO f06.balance t USING (SELECT customer_id, max(amount) AS top FROM f06.balance GROUP BY customer_id) s ON t.customer_id = s.customer_id WHEN MATCHED THEN UPDATE SET amount = s.top")

# COMMAND ----------
spark.sql("MERGE INTO f06.dim USING k AS src ON dim.id = src.id WHEN NOT MATCHED THEN INSERT (id, name, is_current) VALUES (src.id, nullif(src.name, ''), src.country IS NOT NULL)")
spark.sql("MERGE INTO f06.balance t USING (SELECT * FROM VALUES (10, 'X'), (99, 'Y') AS v(cid, st)) s ON t.customer_id = s.cid WHEN MATCHED THEN UPDATE SET status = s.st")
