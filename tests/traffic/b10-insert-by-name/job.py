# Databricks notebook source
# Exercises: INSERT BY NAME and column list into delta, insertInto
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE TABLE IF NOT EXISTS sales.dn (a int, b double, c string) USING delta")
spark.sql("INSERT INTO sales.dn BY NAME SELECT status AS c, order_id AS a, amount AS b FROM o")
spark.sql("INSERT INTO sales.dn (c, a) SELECT currency, customer_id FROM o")
spark.sql("SELECT order_id, amount, currency FROM o").write.insertInto("sales.dn")
spark.sql("SELECT order_id, amount, currency FROM o").write.insertInto("sales.dn", overwrite=True)
