# Databricks notebook source
# Exercises: long lists where the cluster's configuration has spark.sql.debug.maxToStringFields 1000 (set for the session alone it does nothing)
# (`spark` and `sc` are given, as in a notebook)
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
wide=o.selectExpr("order_id", "status", *[f"order_id * {n} AS w{n:02}" for n in range(30)])
wide.write.format("delta").mode("overwrite").save(C+"/silver/e07")
spark.conf.set("spark.sql.debug.maxToStringFields", 1000)
many="concat_ws('-', "+", ".join(f"w{n:02}" for n in range(30))+")"
spark.sql("UPDATE delta.`"+C+"/silver/e07` SET status = "+many)
spark.sql("SELECT name FROM k WHERE id IN (SELECT d.w29 FROM (SELECT *, w28 + 1 AS z FROM delta.`"+C+"/silver/e07`) d WHERE d.z > 1)").write.mode("overwrite").parquet(G+"/e07/a")
