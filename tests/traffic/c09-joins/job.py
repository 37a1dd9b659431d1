# Databricks notebook source
# Exercises: natural join, cross join with filter, anti join, broadcast hint, null-safe, range and computed keys, literal condition, three-way
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT * FROM (SELECT id AS customer_id, name FROM k) NATURAL JOIN (SELECT customer_id, amount FROM o)").write.mode("overwrite").parquet(G+"/c09/a")
o.crossJoin(k).filter(o.customer_id==k.id).select("order_id","name").write.mode("overwrite").parquet(G+"/c09/b")
o.join(F.broadcast(k),(o.customer_id==k.id)&(k.country=="DE"),"left_anti").select("order_id").write.mode("overwrite").parquet(G+"/c09/c")
spark.sql("SELECT /*+ BROADCAST(k) */ o.order_id, k.email FROM o LEFT JOIN k ON upper(o.currency) <=> lower(k.country) AND o.amount BETWEEN k.id AND k.id * 2").write.mode("overwrite").parquet(G+"/c09/d")
spark.sql("SELECT o.status, k.name FROM o JOIN k ON true").write.mode("overwrite").parquet(G+"/c09/e")
k2=k.select(F.col("id").alias("customer_id"),F.col("name").alias("status"))
j=o.join(k2,["customer_id"],"left").join(k2.withColumnRenamed("status","s3"),["customer_id"],"right")
j.select("customer_id",o.status,k2.status.alias("s2"),"s3").write.mode("overwrite").parquet(G+"/c09/f")
o.alias("a").join(o.alias("b"),F.col("a.customer_id")==F.col("b.order_id")).join(o.alias("c"),F.expr("b.customer_id = c.order_id and c.status = a.status")).select(F.col("a.amount").alias("x"),F.col("b.currency").alias("y"),F.col("c.order_date").alias("z")).write.mode("overwrite").parquet(G+"/c09/g")
