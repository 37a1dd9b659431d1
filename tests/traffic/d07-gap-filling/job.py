# Databricks notebook source
# Exercises: a calendar from sequence and explode, spark.range, cross join with a one-row configuration, last known value by window, rolling averages, inputs as a list of dated folders
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import Window, functions as F

RAW = "abfss://raw@contosolake.dfs.core.windows.net"
CURATED = "abfss://curated@contosolake.dfs.core.windows.net"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/telemetry"

paths = [f"{RAW}/telemetry/2024/03/{day}" for day in (16, 17)]
readings = spark.read.parquet(*paths).withColumn("ts", F.to_timestamp("ts"))
devices = spark.read.format("delta").load(f"{CURATED}/ref/devices")
config = spark.read.format("delta").load(f"{CURATED}/config/run").select("days")

bounds = readings.groupBy("device_id").agg(F.date_trunc("hour", F.min("ts")).alias("first"), F.max("ts").alias("last"))
grid = bounds.select("device_id", F.explode(F.expr("sequence(first, date_trunc('hour', last), interval 1 hour)")).alias("hour"))
hourly = (
    readings.groupBy("device_id", F.date_trunc("hour", "ts").alias("hour"))
    .agg(F.avg("temp").alias("temp"), F.max("humidity").alias("humidity"))
)
order = Window.partitionBy("device_id").orderBy("hour")
filled = (
    grid.join(hourly, ["device_id", "hour"], "left")
    .withColumn("temp_filled", F.coalesce("temp", F.last("temp", ignorenulls=True).over(order.rowsBetween(Window.unboundedPreceding, -1))))
    .withColumn("is_gap", F.col("temp").isNull())
    .withColumn("rolling", F.avg("temp_filled").over(order.rowsBetween(-2, 0)))
)
filled.write.format("delta").mode("overwrite").partitionBy("device_id").save(f"{GOLD}/hourly")

calendar = (
    spark.range(0, 24).withColumnRenamed("id", "n").crossJoin(config)
    .withColumn("day", F.expr("date_add(DATE'2024-03-01', cast(n as int))"))
    .filter(F.col("n") < F.col("days"))
    .select("day", F.dayofweek("day").isin(1, 7).alias("weekend"))
)
calendar.write.mode("overwrite").parquet(f"{GOLD}/calendar")

alarms = (
    filled.join(devices, "device_id")
    .where((F.col("rolling") > F.col("max_temp")) & ~F.col("is_gap"))
    .join(calendar, F.to_date("hour") == F.col("day"), "left")
    .select("place", "hour", F.round("rolling", 1).alias("temp"), "weekend", (F.col("rolling") - F.lag("rolling").over(order)).alias("rise"))
)
alarms.write.mode("append").partitionBy("place").json(f"{GOLD}/alarms")
