# Databricks notebook source
# Exercises: CREATE TABLE LIKE, column lists in another order, VALUES in a UNION, BY NAME, TABLE statement, insert of what is new, rename, commands between that write nothing
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f03")
spark.sql("CREATE TABLE f03.stage (order_id INT COMMENT 'key', customer_id INT, amount DOUBLE, currency STRING, loaded_at TIMESTAMP) USING delta COMMENT 'stage' TBLPROPERTIES ('team' = 'sales')")
spark.sql("CREATE TABLE f03.final LIKE f03.stage")
spark.sql("INSERT INTO f03.stage (currency, amount, order_id) SELECT currency, amount + customer_id, order_id FROM o")

# COMMAND ----------
spark.sql("INSERT INTO f03.final SELECT s.* FROM f03.stage s LEFT ANTI JOIN f03.final f ON s.order_id = f.order_id AND s.currency = f.currency")
spark.sql("""
  INSERT INTO f03.final
  SELECT -1, -1, 0.0D, 'XXX', NULL
  UNION ALL SELECT max(order_id) + 1, first(customer_id, true), sum(amount) FILTER (WHERE status = 'PAID'), 'EUR', to_timestamp(max(order_date)) FROM o
""")
spark.sql("INSERT INTO f03.final VALUES (9, 9, 1.0D, 'EUR', current_timestamp()), (10, 9, 2.0D, 'USD', NULL)")

# COMMAND ----------
spark.sql("ALTER TABLE f03.final ADD COLUMNS (note STRING AFTER currency)"); spark.sql("OPTIMIZE f03.final ZORDER BY (order_id)")
spark.sql("VACUUM f03.final RETAIN 200 HOURS"); spark.sql("DESCRIBE HISTORY f03.final").collect(); spark.sql("COMMENT ON TABLE f03.final IS 'orders'")
spark.sql("INSERT INTO f03.final BY NAME SELECT concat(currency, '!') AS note, order_id FROM f03.stage")
spark.sql("INSERT OVERWRITE f03.final SELECT order_id, customer_id, amount, currency, upper(note), loaded_at FROM f03.final WHERE order_id > 0")

# COMMAND ----------
spark.sql("ALTER TABLE f03.final RENAME TO f03.done")
spark.sql("INSERT INTO f03.done (order_id, customer_id, amount, currency, loaded_at) TABLE f03.stage")
spark.sql("DROP TABLE f03.stage")
