# Databricks notebook source
# Exercises: nested arrays of structs: explode then star, inline_outer, posexplode twice, lateral view chain (Producer API 1.0)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.createDataFrame([(1,[("a",[1,2]),("b",[3])],{"x":1.5})],"id int, items array<struct<sku:string,qty:array<int>>>, attrs map<string,double>").write.mode("overwrite").parquet(C+"/nested")
n=spark.read.parquet(C+"/nested"); n.createOrReplaceTempView("n")
e=n.select("id",F.explode("items").alias("it")).select("id","it.*").select("id","sku",F.explode_outer("qty").alias("q"))
e.groupBy("sku").agg(F.sum("q").alias("q"),F.collect_list(F.struct("id","q")).alias("l")).write.mode("overwrite").parquet(G+"/n1")
spark.sql("SELECT n.id, p.pos, x.key AS ak, x.value AS av, i.sku FROM n LATERAL VIEW posexplode(items) p AS pos, it LATERAL VIEW explode(attrs) x AS key, value LATERAL VIEW OUTER inline(items) i AS sku, qty WHERE p.it.sku <> 'z'").write.mode("overwrite").parquet(G+"/n2")
n.select("id",F.transform("items",lambda x: F.struct(x["sku"].alias("s"),F.size(x["qty"]).alias("n"))).alias("t"),F.col("items")[0]["sku"].alias("first"),F.col("attrs")["x"].alias("ax"),F.expr("aggregate(items, 0, (acc, x) -> acc + size(x.qty) + id)").alias("agg")).write.mode("overwrite").parquet(G+"/n3")
