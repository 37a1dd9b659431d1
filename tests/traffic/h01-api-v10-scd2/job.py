# Databricks notebook source
# Exercises: SCD2: hash compare, staged union, MERGE into delta from Python (Producer API 1.0)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
from delta.tables import DeltaTable
k.select("id","name","email","country",F.sha2(F.concat_ws("||","name","email","country"),256).alias("hash"),F.lit(True).alias("is_current"),F.current_date().alias("valid_from"),F.lit(None).cast("date").alias("valid_to")).write.format("delta").mode("overwrite").save(C+"/dim2")
src=k.withColumn("hash",F.sha2(F.concat_ws("||",*[F.col(c) for c in ("name","email","country")]),256))
cur=spark.read.format("delta").load(C+"/dim2").where("is_current")
changed=src.alias("s").join(cur.alias("t"),F.col("s.id")==F.col("t.id")).where("s.hash <> t.hash").select(F.lit(None).cast("int").alias("merge_key"),"s.*")
staged=changed.unionByName(src.selectExpr("id as merge_key","*"))
(DeltaTable.forPath(spark,C+"/dim2").alias("t").merge(staged.alias("s"),"t.id = s.merge_key")
 .whenMatchedUpdate(condition="t.is_current = true AND t.hash <> s.hash",set={"is_current":"false","valid_to":"current_date()"})
 .whenNotMatchedInsert(values={"id":"s.id","name":"s.name","email":"s.email","country":"s.country","hash":"s.hash","is_current":"true","valid_from":"current_date()"}).execute())
