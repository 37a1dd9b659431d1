# Databricks notebook source
# Exercises: CTAS partitioned, bucketed saveAsTable, CREATE OR REPLACE AS, REPLACE TABLE AS, orc and text, writeTo create, createOrReplace, overwrite, append
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE TABLE sales.c1 USING parquet PARTITIONED BY (currency) AS SELECT order_id AS id, amount, currency FROM o")
o.select("order_id","status").write.bucketBy(2,"order_id").sortBy("order_id").format("parquet").mode("overwrite").saveAsTable("sales.c2")
spark.sql("CREATE OR REPLACE TABLE sales.c3 USING delta AS SELECT status AS s, sum(amount) AS t FROM o GROUP BY status")
spark.sql("REPLACE TABLE sales.c3 USING delta CLUSTER BY (s) AS SELECT status AS s, max(amount) AS t, min(order_date) AS d FROM o GROUP BY status")
spark.sql("CREATE TABLE sales.c4 USING orc AS SELECT id, upper(name) AS n FROM k")
o.select("order_id","amount").writeTo("sales.c5").using("delta").create()
o.select("order_id",(F.col("amount")+1).alias("amount")).writeTo("sales.c5").using("delta").createOrReplace()
o.select("order_id","amount").writeTo("sales.c5").append()
o.filter("amount > 5").select(F.col("customer_id").alias("order_id"),"amount").writeTo("sales.c5").overwrite(F.col("amount")>5)
o.select("order_id","status").write.format("parquet").mode("append").saveAsTable("sales.c2x")
spark.sql("CREATE TABLE sales.c6 USING csv LOCATION '"+G+"/c15/c6' AS SELECT name, country FROM k")
