# Databricks notebook source
# Exercises: observe, CACHE TABLE, INSERT VALUES, latest row by max of a struct, arrays_zip with inline, crosstab, struct keys, time travel joined with the present, nested updates, MERGE over a UNION
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
from pyspark.sql import Observation
ob=Observation("seen"); o.observe(ob,F.count(F.lit(1)).alias("n"),F.sum("amount").alias("s")).select("order_id").write.mode("overwrite").parquet(G+"/c40/a")
spark.sql("CACHE TABLE cached_orders AS SELECT order_id, amount * 2 AS dbl FROM o WHERE status = 'PAID'"); spark.sql("SELECT dbl FROM cached_orders").write.mode("overwrite").parquet(G+"/c40/b")
spark.sql("CREATE TABLE IF NOT EXISTS sales.vals (a INT, b STRING) USING delta"); spark.sql("INSERT INTO sales.vals (b, a) VALUES ('x', 1), ('y', 2)")
o.groupBy("customer_id").agg(F.max(F.struct("order_date","amount","status")).alias("m")).select("customer_id","m.amount",F.col("m.status").alias("st")).write.mode("overwrite").parquet(G+"/c40/c")
o.groupBy("currency").agg(F.collect_list("order_id").alias("i"),F.collect_list("amount").alias("x")).select("currency",F.inline(F.arrays_zip("i","x"))).write.mode("overwrite").parquet(G+"/c40/d")
spark.sql("SELECT a.order_id, b.status FROM o a JOIN o b ON struct(a.customer_id, a.currency) = struct(b.customer_id, b.currency) AND a.order_id <> b.order_id").write.mode("overwrite").parquet(G+"/c40/e")
old=spark.read.format("delta").option("versionAsOf",0).load(C+"/silver/m1"); new=spark.read.format("delta").load(C+"/silver/m1")
new.alias("n").join(old.alias("o"),"order_id","left").where("n.amount <> o.amount OR o.amount IS NULL").select("order_id",F.col("o.status").alias("before"),F.col("n.status").alias("after")).write.mode("overwrite").parquet(G+"/c40/f")
P="delta.`"+C+"/silver/"
spark.sql("UPDATE "+P+"nested2` SET who.name = upper(who.addr.city), items = filter(items, i -> i.qty > id) WHERE props['a'] = 'b' AND id BETWEEN 0 AND 5")
spark.sql("MERGE INTO "+P+"m2` t USING (SELECT order_id, amount FROM o UNION ALL SELECT id, cast(length(name) AS double) FROM k) s ON t.order_id = s.order_id WHEN MATCHED THEN UPDATE SET amount = s.amount")
o.withColumn("rank",F.dense_rank().over(Window.orderBy(F.when(F.col("status")=="NEW",F.col("amount")).otherwise(0)))).filter("rank < 3").groupBy("rank").agg(F.count_distinct("customer_id").alias("n")).write.mode("overwrite").parquet(G+"/c40/g")
