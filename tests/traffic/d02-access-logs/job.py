# Databricks notebook source
# Exercises: text files by glob, regexp_extract, _metadata and input_file_name, sc.textFile with map and toDF, csv, json and text sinks with options
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import Row, functions as F

LOGS = "abfss://raw@contosolake.dfs.core.windows.net/logs"
OUT = "abfss://curated@contosolake.dfs.core.windows.net/logs"
PATTERN = r"^(\S+) (\S+) (\S+) (\d{3}) (\d+)$"

lines = spark.read.text(f"{LOGS}/web*/access.log")
hits = (
    lines.select(
        F.regexp_extract("value", PATTERN, 1).cast("timestamp").alias("at"),
        F.regexp_extract("value", PATTERN, 2).alias("method"),
        F.regexp_extract("value", PATTERN, 3).alias("path"),
        F.regexp_extract("value", PATTERN, 4).cast("int").alias("status"),
        F.regexp_extract("value", PATTERN, 5).cast("int").alias("ms"),
        F.input_file_name().alias("src"),
        F.col("_metadata.file_modification_time").alias("landed_at"),
    )
    .where(F.col("status").isNotNull())
)
hits.repartition("status").write.partitionBy("status").mode("overwrite").parquet(f"{OUT}/hits")

(hits.filter("status >= 500")
 .groupBy(F.window("at", "5 minutes"), "path")
 .agg(F.count("*").alias("errors"), F.percentile_approx("ms", [0.5, 0.95], 1000).alias("p"))
 .select(F.col("window.start").alias("start"), "path", "errors", F.col("p")[0].alias("p50"), F.col("p")[1].alias("p95"))
 .orderBy(F.desc("errors"))
 .write.mode("overwrite").options(header=True, sep=";", compression="gzip").csv(f"{OUT}/errors"))

(lines.filter(~F.col("value").rlike(PATTERN))
 .select(F.to_json(F.struct("value", F.input_file_name().alias("src"), F.current_timestamp().alias("seen"))).alias("value"))
 .coalesce(1).write.mode("append").text(f"{OUT}/broken"))

rows = (
    sc.textFile(f"{LOGS}/web01/access.log")
    .map(lambda line: line.split(" "))
    .filter(lambda parts: len(parts) == 5)
    .map(lambda parts: Row(path=parts[2], ms=int(parts[4])))
)
slow = rows.toDF().groupBy("path").agg(F.max("ms").alias("worst"))
slow.write.mode("overwrite").option("ignoreNullFields", False).json(f"{OUT}/slow")

per_file = (
    spark.read.option("wholetext", True).text(f"{LOGS}/web02")
    .select(F.col("_metadata.file_name").alias("file"), F.col("_metadata.file_size").alias("bytes"),
            F.size(F.split("value", "\n")).alias("n_lines"))
)
per_file.write.format("delta").mode("append").save(f"{OUT}/files")
