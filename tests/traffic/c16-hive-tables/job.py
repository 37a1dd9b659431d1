# Databricks notebook source
# Exercises: Hive-format CTAS, INSERT INTO and OVERWRITE, static and dynamic partitions, INSERT OVERWRITE DIRECTORY stored as
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE TABLE sales.h1 STORED AS PARQUET AS SELECT order_id, amount * 2 AS a2 FROM o")
spark.sql("CREATE TABLE sales.h2 ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' STORED AS TEXTFILE AS SELECT id, name FROM k WHERE country = 'DE'")
spark.sql("CREATE TABLE sales.h3 (id INT, nm STRING) PARTITIONED BY (c STRING) STORED AS TEXTFILE")
spark.sql("INSERT INTO sales.h3 PARTITION (c = 'DE') SELECT id, name FROM k")
spark.sql("SET hive.exec.dynamic.partition.mode=nonstrict")
spark.sql("INSERT OVERWRITE TABLE sales.h3 PARTITION (c) SELECT id, email, country FROM k")
spark.sql("INSERT INTO sales.h2 SELECT order_id, status FROM o")
spark.sql("SELECT h.id, h.nm FROM sales.h3 h JOIN sales.h2 t ON h.id = t.id").write.mode("overwrite").parquet(G+"/c16/a")
