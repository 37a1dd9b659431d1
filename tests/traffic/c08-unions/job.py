# Databricks notebook source
# Exercises: unionByName with missing columns, union by position of other names, literal tags, UNION distinct, union within a union, group by tag
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
a=o.select(F.col("order_id").alias("id"),"status",F.lit("o").alias("tag")); b=k.select("id","name",F.lit("k").alias("tag"))
a.unionByName(b,allowMissingColumns=True).write.mode("overwrite").parquet(G+"/c08/a")
o.select("customer_id","status").union(k.select("id","country")).union(o.select("order_id","currency")).write.mode("overwrite").parquet(G+"/c08/b")
a.select("id","tag").union(b.select("id","tag")).groupBy("tag").agg(F.max("id").alias("m"),F.count("*").alias("n")).write.mode("overwrite").parquet(G+"/c08/c")
spark.sql("SELECT customer_id AS c FROM o WHERE amount > 1 UNION SELECT id FROM k WHERE country = 'DE'").write.mode("overwrite").parquet(G+"/c08/d")
spark.sql("SELECT x, y FROM (SELECT order_id AS x, amount AS y FROM o UNION ALL SELECT id, NULL FROM k) UNION ALL SELECT customer_id, 1.5D FROM o ORDER BY y").write.mode("overwrite").parquet(G+"/c08/e")
