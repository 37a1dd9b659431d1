# Databricks notebook source
# Exercises: static and dynamic partitions, column list beside a partition, multi-insert, static partition of a Delta table, INSERT REPLACE WHERE
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f04")
spark.sql("CREATE TABLE f04.daily (order_id INT, amount DOUBLE, region STRING, day STRING) USING parquet PARTITIONED BY (region, day)")
spark.sql("INSERT INTO f04.daily PARTITION (region = 'EU', day) SELECT order_id, amount, order_date FROM o WHERE currency = 'EUR'")
spark.sql("INSERT OVERWRITE TABLE f04.daily PARTITION (region, day) SELECT d.order_id, d.amount * 2, c.country, d.order_date FROM o d JOIN k c ON c.id = d.customer_id")
spark.sql("INSERT INTO f04.daily PARTITION (region = 'US', day = '2024-01-01') (amount, order_id) SELECT amount, customer_id FROM o")

# COMMAND ----------
spark.sql("CREATE TABLE f04.summary (country STRING, total DOUBLE) USING delta")
spark.sql("""
  FROM (SELECT o.*, k.country FROM o JOIN k ON o.customer_id = k.id) x
  INSERT INTO f04.daily PARTITION (region = 'DE', day) SELECT order_id, amount, order_date WHERE country = 'DE'
  INSERT OVERWRITE TABLE f04.summary SELECT country, sum(amount) GROUP BY country
""")

# COMMAND ----------
spark.sql("CREATE TABLE f04.delta_daily (order_id INT, amount DOUBLE, day STRING, region STRING) USING delta PARTITIONED BY (region)")
spark.sql("INSERT OVERWRITE f04.delta_daily PARTITION (region = 'EU') SELECT order_id, amount, day FROM f04.daily WHERE region = 'EU'")
spark.sql("INSERT INTO f04.delta_daily PARTITION (region) SELECT order_id, amount, day, upper(region) FROM f04.daily")
spark.sql("INSERT INTO f04.delta_daily REPLACE WHERE region = 'EU' AND day >= '2024-02-01' SELECT order_id, amount, day, region FROM f04.daily WHERE region = 'EU' AND day >= '2024-02-01'")
