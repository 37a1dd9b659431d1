# Databricks notebook source
# Exercises: foreachBatch with MERGE, with a join to a static table and two outputs, availableNow to a delta sink
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
src=C+"/c33/in"; o.select("order_id","amount","customer_id").write.format("delta").mode("overwrite").save(src)
o.select("order_id","amount").limit(0).write.format("delta").mode("overwrite").save(C+"/c33/target")
from delta.tables import DeltaTable
def upsert(df,n):
    DeltaTable.forPath(df.sparkSession,C+"/c33/target").alias("t").merge(df.select("order_id","amount").alias("s"),"t.order_id = s.order_id").whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()
    df.join(k,df.customer_id==k.id).select("name","amount").write.format("delta").mode("append").save(C+"/c33/named")
spark.readStream.format("delta").load(src).writeStream.foreachBatch(upsert).option("checkpointLocation","/tmp/checkpoints/a").trigger(availableNow=True).start().awaitTermination()
spark.readStream.format("delta").load(src).writeStream.format("delta").option("checkpointLocation","/tmp/checkpoints/b").trigger(availableNow=True).start(C+"/c33/sink").awaitTermination()
