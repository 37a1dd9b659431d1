# Databricks notebook source
# Exercises: schemas with equal table names, a schema with a location, USE, CTAS with partitions, options, location, RTAS over itself, three-part names, USING keys
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS crm LOCATION '" + C + "/f05/crm.db'"); spark.sql("CREATE SCHEMA IF NOT EXISTS erp")
spark.sql("CREATE TABLE crm.orders USING delta PARTITIONED BY (currency) TBLPROPERTIES ('delta.appendOnly' = 'false') COMMENT 'orders of the shop' AS SELECT order_id, amount, currency FROM o")
spark.sql("CREATE TABLE erp.orders USING parquet OPTIONS ('compression' = 'snappy') PARTITIONED BY (status) LOCATION '" + G + "/f05/erp orders' AS SELECT order_id, customer_id, status FROM o WHERE order_id IS NOT NULL")

# COMMAND ----------
spark.sql("USE crm")
spark.sql("CREATE OR REPLACE TABLE joined USING delta AS SELECT orders.order_id, orders.amount, e.status FROM orders JOIN erp.orders e USING (order_id)")
spark.sql("USE erp")
spark.sql("CREATE OR REPLACE TABLE joined USING delta AS SELECT * FROM orders")
spark.sql("CREATE OR REPLACE TABLE joined USING delta AS SELECT order_id, max(status) AS status, count(*) AS n FROM joined GROUP BY order_id")

# COMMAND ----------
spark.sql("CREATE TABLE spark_catalog.crm.by_status USING delta CLUSTER BY (status) AS SELECT status, avg(amount) AS avg_amount FROM spark_catalog.crm.joined GROUP BY ALL")
spark.sql("CREATE TABLE all_orders USING delta LOCATION '" + C + "/f05/all_orders' AS SELECT order_id, 'crm' AS source FROM crm.orders UNION ALL SELECT order_id, 'erp' FROM orders")
spark.sql("INSERT INTO crm.joined (status, order_id) SELECT max(o.status), o.order_id FROM erp.joined o JOIN crm.joined c ON o.order_id = c.order_id AND c.amount > 1 GROUP BY 2")
