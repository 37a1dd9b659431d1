# Databricks notebook source
# Exercises: parameterised paths, writes in a loop over days, day read by a format string, empty frame of a schema only, spark.range joined, one-row config cross joined, dates of the run
# (`spark` and `sc` are given, as in a notebook)
import datetime as dt
from pyspark.sql import DataFrame, functions as F, types as T

PARAMS = {"env": "gold", "first_day": "2024-03-16", "days": 2, "tenant": "contoso nord & süd"}
RAW = "abfss://raw@contosolake.dfs.core.windows.net/telemetry"
OUT = f"abfss://{PARAMS['env']}@contosolake.dfs.core.windows.net/{PARAMS['tenant']}"

devices = spark.read.format("delta").load("abfss://curated@contosolake.dfs.core.windows.net/ref/devices")
config = spark.read.format("delta").load("abfss://curated@contosolake.dfs.core.windows.net/config/run")
SCHEMA = T.StructType([T.StructField("device_id", T.StringType()), T.StructField("day", T.DateType()), T.StructField("temp", T.DoubleType())])


def load_day(day: dt.date) -> DataFrame:
    return spark.read.parquet(f"{RAW}/{day:%Y/%m/%d}").withColumn("day", F.lit(day))


def summarise(df: DataFrame, *keys: str) -> DataFrame:
    return df.groupBy(*keys).agg(F.round(F.avg("temp"), 2).alias("temp"))


collected = spark.createDataFrame([], SCHEMA)
start = dt.date.fromisoformat(PARAMS["first_day"])
for offset in range(PARAMS["days"]):
    day = start + dt.timedelta(days=offset)
    daily = load_day(day).transform(summarise, "device_id", "day")
    daily.coalesce(1).write.mode("overwrite").json(f"{OUT}/daily/{day.isoformat()}")
    collected = collected.union(daily)
collected.write.format("delta").mode("overwrite").save(f"{OUT}/all days")

slots = spark.range(1, 4).select(F.col("id").cast("int").alias("slot"), (F.col("id") * 5).alias("upper"))
(devices.join(slots, devices.max_temp > slots.upper * 2, "left")
 .groupBy("device_id", "place").agg(F.max("slot").alias("slot"))
 .crossJoin(config.select("vat", "home_currency"))
 .withColumn("fee", F.col("slot") * (1 + F.col("vat")))
 .write.mode("overwrite").partitionBy("home_currency").parquet(f"{OUT}/fees"))

limits = config.first()
(collected.where(F.col("temp") > limits["days"] / 2)
 .withColumn("run_id", F.lit(PARAMS["tenant"])).withColumn("limit", F.lit(limits["vat"]))
 .write.mode("append").option("header", True).option("nullValue", "-").csv(f"{OUT}/hot"))

spark.createDataFrame([], "device_id string, reason string").write.mode("ignore").parquet(f"{OUT}/rejected")
