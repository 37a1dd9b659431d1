# Databricks notebook source
# Exercises: three layers in one session, a table read back by another name, two outputs of one frame, the same path appended from two sources
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
b=C+"/c31/bronze"; s=C+"/c31/silver"
spark.read.option("header",True).csv(R+"/sales/orders.csv").withColumn("loaded",F.current_timestamp()).withColumn("file",F.input_file_name()).write.format("delta").mode("overwrite").save(b)
x=spark.read.format("delta").load(b).withColumn("amount",F.col("amount").cast("double")).filter(F.col("amount").isNotNull())
x.drop("file").write.format("delta").mode("overwrite").save(s)
x.groupBy("file").count().write.mode("overwrite").json(G+"/c31/files")
spark.read.format("delta").load(s).createOrReplaceTempView("silver")
spark.sql("SELECT k.country, round(sum(amount), 2) AS revenue FROM silver JOIN k ON customer_id = k.id GROUP BY k.country").write.mode("append").parquet(G+"/c31/revenue")
spark.sql("SELECT 'all' AS country, sum(amount) AS revenue FROM silver").write.mode("append").parquet(G+"/c31/revenue")
k.select("country",F.lit(0.0).alias("revenue")).write.mode("append").parquet(G+"/c31/revenue")
