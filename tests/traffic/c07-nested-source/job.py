# Databricks notebook source
# Exercises: struct fields, arrays of structs, maps, star of a struct, struct rebuilt, withField lost
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
n=spark.read.format("delta").load(C+"/silver/nested"); n.createOrReplaceTempView("n")
n.select("id","who.addr.city",F.col("items.sku").alias("skus"),F.col("items")[0]["qty"].alias("q0"),F.col("props")["a"].alias("pa"),F.map_keys("props").alias("mk")).write.mode("overwrite").parquet(G+"/c07/a")
n.select("who.*",F.explode("items").alias("it")).select("name","addr.zip","it.sku",(F.col("it.qty")*2).alias("q2")).write.mode("overwrite").parquet(G+"/c07/b")
spark.sql("SELECT id, named_struct('n', who.name, 'z', who.addr.zip) AS s, transform(items, i -> i.qty + id) AS qs, filter(items, i -> i.sku = who.name) AS f FROM n WHERE who.addr.city = 'X'").select("s.n",F.col("s.z").alias("zz"),"qs","f").write.mode("overwrite").parquet(G+"/c07/c")
n.groupBy("who.addr.city").agg(F.sum(F.aggregate("items",F.lit(0),lambda a,x:a+x.qty)).alias("qty")).orderBy("city").write.mode("overwrite").parquet(G+"/c07/d")
n.select("id",F.explode("props")).write.mode("overwrite").parquet(G+"/c07/e")
