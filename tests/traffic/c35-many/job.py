# Databricks notebook source
# Exercises: many unions, joins, columns of a struct, and views on views
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
u=o.select("order_id")
for i in range(24): u=u.union(o.filter(F.col("amount")>i).select("customer_id" if i%2 else "order_id"))
u.write.mode("overwrite").parquet(G+"/c35/a")
j=o.select("order_id","customer_id")
for i in range(6): j=j.join(k.select(F.col("id").alias("id%d"%i),F.col("name").alias("n%d"%i)),F.col("customer_id")==F.col("id%d"%i),"left")
j.select("order_id","n0","n5").write.mode("overwrite").parquet(G+"/c35/b")
w=o.select(F.struct(*[F.col("status" if i%2 else "amount").alias("f%d"%i) for i in range(30)]).alias("s"))
w.select("s.f0","s.f1",F.col("s.f28").alias("z")).write.mode("overwrite").parquet(G+"/c35/c")
o.createOrReplaceTempView("w0")
for i in range(12): spark.sql("CREATE OR REPLACE TEMP VIEW w%d AS SELECT order_id, amount + %d AS amount, status FROM w%d WHERE amount > %d"%(i+1,i,i,i))
spark.sql("SELECT amount FROM w12").write.mode("overwrite").parquet(G+"/c35/d")
