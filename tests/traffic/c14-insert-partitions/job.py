# Databricks notebook source
# Exercises: static partition overwrite and append, dynamic overwrite, INSERT by name, insertInto, parquet and delta
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE TABLE IF NOT EXISTS sales.pp (oid INT, amt DOUBLE, cur STRING, st STRING) USING parquet PARTITIONED BY (cur, st)")
spark.sql("INSERT OVERWRITE TABLE sales.pp PARTITION (cur = 'EUR', st = 'X') SELECT order_id, amount * 2 FROM o")
spark.sql("INSERT INTO sales.pp PARTITION (cur = 'USD', st) SELECT order_id, amount, status FROM o WHERE currency = 'USD'")
spark.sql("CREATE TABLE IF NOT EXISTS sales.dp (oid INT, amt DOUBLE, cur STRING) USING delta PARTITIONED BY (cur)")
spark.sql("INSERT OVERWRITE sales.dp PARTITION (cur = 'EUR') SELECT order_id, amount FROM o")
spark.sql("INSERT INTO sales.dp (cur, oid) SELECT currency, customer_id FROM o")
o.select("order_id","amount","currency").write.insertInto("sales.dp")
o.select("order_id","amount","currency").write.mode("overwrite").insertInto("sales.dp")
spark.sql("INSERT INTO sales.dp REPLACE WHERE cur = 'EUR' SELECT order_id, amount, currency FROM o WHERE currency = 'EUR'")
