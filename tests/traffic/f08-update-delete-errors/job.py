# Databricks notebook source
# Exercises: UPDATE and DELETE with sub-queries that open-source Delta refuses, the MERGE in their place, CASE in SET, failed checks, an analysis error and a runtime error between
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f08"); spark.sql("CREATE TABLE f08.orders USING delta AS SELECT * FROM o")
def attempt(text):
    try: spark.sql(text)
    except Exception as error: print("refused:", type(error).__name__)

# COMMAND ----------
attempt("UPDATE f08.orders SET status = 'DE' WHERE customer_id IN (SELECT id FROM k WHERE country = 'DE')")
attempt("DELETE FROM f08.orders t WHERE EXISTS (SELECT 1 FROM k WHERE k.id = t.customer_id AND k.country = 'FR')")
spark.sql("MERGE INTO f08.orders t USING (SELECT id FROM k WHERE country = 'DE') s ON t.customer_id = s.id WHEN MATCHED THEN UPDATE SET status = concat('DE-', t.status), amount = t.amount * 1.19")
spark.sql("MERGE INTO f08.orders t USING (SELECT DISTINCT customer_id FROM o WHERE status = 'CANCELLED') g ON t.customer_id <=> g.customer_id WHEN MATCHED AND t.amount < 6 THEN DELETE")

# COMMAND ----------
attempt("INSERT INTO f08.orders SELECT nothing_like_it FROM o")
spark.sql("""
  UPDATE f08.orders AS x SET amount = CASE WHEN x.currency IN ('USD', 'GBP') THEN round(x.amount * 0.9, 2) ELSE amount END, currency = 'EUR',
    order_date = coalesce(order_date, date_format(current_date(), 'yyyy-MM-dd'))
  WHERE x.amount BETWEEN 0 AND 1000 AND NOT (x.status <=> 'DONE')
""")
spark.sql("DELETE FROM f08.orders WHERE year(order_date) < 2000 OR length(trim(status)) = 0")

# COMMAND ----------
attempt("INSERT INTO f08.orders SELECT order_id, customer_id, order_date, cast(raise_error(concat('bad ', status)) AS DOUBLE), currency, status FROM o")
spark.sql("ALTER TABLE f08.orders ADD CONSTRAINT positive CHECK (amount > 0)")
attempt("INSERT INTO f08.orders SELECT order_id, customer_id, order_date, -amount, currency, upper(status) FROM o")
attempt("MERGE INTO f08.orders t USING (SELECT customer_id, order_id AS n FROM o) s ON t.customer_id = s.customer_id WHEN MATCHED THEN UPDATE SET order_id = s.n")
