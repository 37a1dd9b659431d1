# Databricks notebook source
# Exercises: a stream in batches with MERGE in SQL, an aggregate and an overwrite, sinks to Delta, parquet and a table, a stream over JSON files, once for all that is there
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
import shutil, tempfile
spots = tempfile.mkdtemp(); spark.sql("CREATE SCHEMA IF NOT EXISTS f15")
spark.sql("CREATE TABLE f15.source USING delta AS SELECT order_id, customer_id, amount FROM o"); spark.sql("CREATE TABLE f15.target (order_id INT, amount DOUBLE, buyer STRING) USING delta")
spark.sql("CREATE TABLE f15.totals (customer_id INT, total DOUBLE) USING delta")
def upsert(batch, number):
    session = batch.sparkSession
    batch.createOrReplaceTempView("batch")
    session.sql("""
      MERGE INTO f15.target t USING (SELECT b.order_id, b.amount, c.name FROM batch b LEFT JOIN sales.cust c ON c.id = b.customer_id) s ON t.order_id = s.order_id
      WHEN MATCHED THEN UPDATE SET amount = s.amount WHEN NOT MATCHED THEN INSERT (order_id, amount, buyer) VALUES (s.order_id, s.amount, s.name)
    """)
    session.sql("INSERT OVERWRITE f15.totals SELECT customer_id, sum(amount) FROM batch GROUP BY customer_id")
spark.readStream.table("f15.source").writeStream.foreachBatch(upsert).option("checkpointLocation", spots + "/a").trigger(availableNow=True).start().awaitTermination()

# COMMAND ----------
o.select("order_id", "status").coalesce(1).write.json(R + "/f15/in")
files = spark.readStream.schema("order_id int, status string").json(R + "/f15/in").withColumn("file", F.input_file_name())
def keep(batch, number): batch.filter("order_id > 0").write.format("delta").mode("append").option("txnVersion", number).option("txnAppId", "keep").save(C + "/f15/kept")
files.writeStream.foreachBatch(keep).option("checkpointLocation", spots + "/b").trigger(availableNow=True).start().awaitTermination()

# COMMAND ----------
spark.readStream.table("f15.source").writeStream.format("delta").option("checkpointLocation", spots + "/c").trigger(availableNow=True).start(C + "/f15/sink").awaitTermination()
spark.readStream.table("f15.source").writeStream.format("parquet").option("checkpointLocation", spots + "/d").trigger(availableNow=True).start(G + "/f15/sink").awaitTermination()
spark.readStream.table("f15.source").writeStream.option("checkpointLocation", spots + "/e").trigger(availableNow=True).toTable("f15.copied").awaitTermination()
spark.sql("CREATE TABLE f15.report USING delta AS SELECT t.buyer, sum(t.amount) AS total FROM f15.target t JOIN delta.`" + C + "/f15/kept` d ON d.order_id = t.order_id WHERE d.status <> 'NEW' GROUP BY t.buyer")
shutil.rmtree(spots)
