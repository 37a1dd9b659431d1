# Databricks notebook source
# Exercises: json and csv read from RDDs of strings, wholeTextFiles, RDD joins, saveAsTextFile, path given as an option, loads without a format, noop sink, streams to a table and to files, a JSON column parsed by a second read
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import Row, functions as F

RAW = "abfss://raw@contosolake.dfs.core.windows.net"
CURATED = "abfss://curated@contosolake.dfs.core.windows.net"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/readers"

accounts = spark.read.option("multiLine", True).json(f"{RAW}/crm/accounts.json")
payload = spark.read.json(accounts.select("payload").rdd.map(lambda row: row.payload))
payload.select("tier", F.size("tags").alias("n_tags")).write.mode("overwrite").parquet(f"{GOLD}/payload")

lines = sc.textFile(f"{RAW}/logs/web01")
spark.read.option("sep", " ").schema("at string, method string, path string, status int, ms int").csv(lines).where("status = 503").select("path", "ms").write.mode("append").json(f"{GOLD}/errors")

whole = sc.wholeTextFiles(f"{RAW}/catalog").map(lambda pair: Row(file=pair[0], size=len(pair[1]))).toDF()
scans = sc.binaryFiles(f"{RAW.replace('raw@', 'landing@')}/scans/*.pdf").map(lambda pair: (pair[0], len(pair[1]))).toDF(["file", "size"])
whole.union(scans).write.mode("overwrite").parquet(f"{GOLD}/whole")

lines.map(lambda line: line.split(" ")[1]).distinct().saveAsTextFile(f"{GOLD}/methods_txt")

devices = spark.read.format("delta").option("path", f"{CURATED}/ref/devices").load()
rates = spark.read.load(f"{CURATED}/ref/fx_rates")
devices.crossJoin(F.broadcast(rates.where("currency = 'EUR'"))).select("device_id", (F.col("max_temp") * F.col("rate")).alias("v")).write.option("path", f"{GOLD}/by option").mode("overwrite").save()
devices.write.format("noop").mode("overwrite").save()
spark.createDataFrame([Row(a=1, b="x")]).write.mode("overwrite").save(f"{GOLD}/constants", format="orc")

stream = spark.readStream.schema("sku string, warehouse string, qty int").option("header", True).csv("abfss://landing@contosolake.dfs.core.windows.net/stock_csv")
(stream.where("qty > 0").groupBy("sku").agg(F.sum("qty").alias("qty"))
 .writeStream.outputMode("complete").format("delta").option("checkpointLocation", "/tmp/checkpoints/d21a").trigger(availableNow=True).toTable("mart.stock_stream").awaitTermination())


def both(batch, number):
    batch.persist()
    batch.withColumn("batch", F.lit(number)).write.format("delta").mode("append").save(f"{GOLD}/batches")
    batch.join(devices, batch.warehouse == devices.place, "left_semi").select("sku").write.mode("append").parquet(f"{GOLD}/known")
    batch.unpersist()


stream.writeStream.foreachBatch(both).option("checkpointLocation", "/tmp/checkpoints/d21b").trigger(once=True).start().awaitTermination()
