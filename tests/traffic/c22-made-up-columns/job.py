# Databricks notebook source
# Exercises: uuid, monotonically_increasing_id, rand, current_timestamp, spark_partition_id, constants, range, VALUES, no rows, no columns read
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.select("order_id",F.expr("uuid()").alias("u"),F.monotonically_increasing_id().alias("m"),F.rand(1).alias("r"),F.current_timestamp().alias("ts"),F.spark_partition_id().alias("pid"),F.lit("x").alias("c"),F.current_date().alias("d"),F.typedLit([1,2]).alias("l") if hasattr(F,"typedLit") else F.array(F.lit(1)).alias("l")).write.mode("overwrite").parquet(G+"/c22/a")
o.select(F.lit(1).alias("one")).write.mode("overwrite").parquet(G+"/c22/b")
spark.sql("SELECT v.a, v.b, r.id FROM VALUES (1, 'x'), (2, 'y') AS v(a, b) JOIN range(5) r ON v.a = r.id").write.mode("overwrite").parquet(G+"/c22/c")
spark.sql("SELECT o.order_id, v.label FROM o JOIN VALUES ('NEW', 'new order'), ('PAID', 'paid') AS v(code, label) ON o.status = v.code").write.mode("overwrite").parquet(G+"/c22/d")
o.filter("1 = 0").select("status").write.mode("overwrite").parquet(G+"/c22/e")
spark.sql("SELECT count(*) AS n, count(1) AS n1, max(1) AS m FROM o").write.mode("overwrite").parquet(G+"/c22/f")
spark.createDataFrame([],"a int").write.mode("overwrite").parquet(G+"/c22/g")
o.select("*","_metadata.file_path",F.col("_metadata.file_size").alias("sz")).select("file_path","sz","status").write.mode("overwrite").parquet(G+"/c22/h")
