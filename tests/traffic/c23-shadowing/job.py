# Databricks notebook source
# Exercises: lateral column aliases, columns swapped, withColumn over itself, deep chains, columns of one name dropped after a join, aliases of aliases
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("SELECT amount * 2 AS dbl, dbl + order_id AS more, concat(status, more) AS txt, dbl AS status FROM o").write.mode("overwrite").parquet(G+"/c23/a")
o.select(F.col("amount").alias("order_id"),F.col("order_id").alias("amount")).withColumn("amount",F.col("amount")+F.col("order_id")).withColumn("order_id",F.lit(0)).write.mode("overwrite").parquet(G+"/c23/b")
d=o
for i in range(40): d=d.withColumn("amount",F.col("amount")+F.lit(i))
d.select("order_id","amount").write.mode("overwrite").parquet(G+"/c23/c")
x=o.join(k.withColumnRenamed("id","customer_id").withColumnRenamed("name","status"),"customer_id"); x.drop(o.status).withColumn("z",F.upper("status")).write.mode("overwrite").parquet(G+"/c23/d")
spark.sql("SELECT s.x AS y, s.y AS x FROM (SELECT status AS x, currency AS y FROM o WHERE order_id > 1) s WHERE s.x > 'A' ORDER BY y, x DESC").write.mode("overwrite").parquet(G+"/c23/e")
o.withColumns({"a":F.col("amount")+1,"status":F.col("currency")}).transform(lambda t:t.select([F.col(c).alias(c.upper()) for c in t.columns])).write.mode("overwrite").parquet(G+"/c23/f")
