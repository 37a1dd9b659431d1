# Databricks notebook source
# Exercises: temp views over temp views, global temp view, stored view, the table below them replaced, a view replaced by itself, column lists of views
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f01"); spark.sql("USE f01")
spark.sql("CREATE OR REPLACE TABLE orders USING delta AS SELECT order_id, customer_id, amount, status FROM o")

# COMMAND ----------
spark.sql("CREATE OR REPLACE TEMP VIEW paid AS SELECT * FROM orders WHERE status = 'PAID'")
spark.sql("""
  CREATE OR REPLACE TEMP VIEW paid_by_customer (customer COMMENT 'who', total, n) AS
  SELECT customer_id, sum(amount), count(*) FROM paid GROUP BY customer_id HAVING count(DISTINCT order_id) > 0
""")
spark.sql("CREATE OR REPLACE GLOBAL TEMP VIEW ranked AS SELECT customer, total, dense_rank() OVER (ORDER BY total DESC) AS place FROM paid_by_customer")
spark.sql("CREATE OR REPLACE VIEW order_amounts AS SELECT order_id AS id, amount, status AS state FROM orders")

# COMMAND ----------
spark.sql("""
  CREATE OR REPLACE TABLE top_customers USING delta AS
  SELECT c.name, r.total, r.place FROM global_temp.ranked r JOIN k c ON c.id = r.customer WHERE r.place <= 3 ORDER BY r.place
""")

# COMMAND ----------
# the table below the views is replaced: one column more, another meaning of two
spark.sql("CREATE OR REPLACE TABLE orders USING delta AS SELECT order_id, customer_id, amount * 100 AS amount, lower(status) AS status, currency FROM o")
spark.sql("INSERT INTO top_customers SELECT cast(customer AS STRING), total, n FROM paid_by_customer")

# COMMAND ----------
spark.table("paid").withColumn("amount", F.col("amount") + F.col("customer_id")).createOrReplaceTempView("paid")
spark.sql("INSERT OVERWRITE top_customers SELECT cast(customer AS STRING), total, n FROM paid_by_customer")
spark.sql("CREATE TABLE states USING delta AS SELECT state, max(amount) AS top FROM order_amounts GROUP BY state")
spark.sql("DROP VIEW order_amounts"); spark.catalog.dropGlobalTempView("ranked"); spark.sql("DROP TABLE IF EXISTS nothing_here")
