# Databricks notebook source
# Exercises: recursive flattening by schema, inline_outer and arrays_zip, randomSplit, sampleBy, pandas round trip, describe, MLlib indexer and assembler, asof join by union and last, sessions by lag and running sum
# (`spark` and `sc` are given, as in a notebook)
import pandas as pd
from pyspark.ml import Pipeline
from pyspark.ml.feature import StringIndexer, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.sql import DataFrame, Window, functions as F, types as T

RAW = "abfss://raw@contosolake.dfs.core.windows.net"
SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/lab"


def flatten(df: DataFrame) -> DataFrame:
    while True:
        nested = [f.name for f in df.schema.fields if isinstance(f.dataType, T.StructType)]
        arrays = [f.name for f in df.schema.fields if isinstance(f.dataType, T.ArrayType)]
        if nested:
            flat = [c for c in df.columns if c not in nested]
            df = df.select(*flat, *[F.col(f"{n}.{c}").alias(f"{n}_{c}") for n in nested for c in df.select(f"{n}.*").columns])
        elif arrays:
            df = df.withColumn(arrays[0], F.explode_outer(arrays[0]))
        else:
            return df


accounts = spark.read.option("multiLine", "true").json(f"{RAW}/crm/accounts.json")
flat = flatten(accounts.drop("payload"))
flat.toDF(*[c.lower().replace("addresses_", "addr_") for c in flat.columns]).write.mode("overwrite").parquet(f"{GOLD}/flat")
(accounts.selectExpr("id", "inline_outer(arrays_zip(addresses.city, addresses.zip)) AS (city, zip)")
 .write.mode("overwrite").parquet(f"{GOLD}/zipped"))

orders = spark.read.format("delta").load(f"{SILVER}/orders")
train, test = orders.where("amount IS NOT NULL").randomSplit([0.8, 0.2], seed=7)
train.select("order_id", "amount").write.mode("overwrite").parquet(f"{GOLD}/train")
test.sampleBy("currency", {"EUR": 1.0, "USD": 0.5}, seed=3).select("order_id").write.mode("overwrite").parquet(f"{GOLD}/test")

model = Pipeline(stages=[StringIndexer(inputCol="status", outputCol="status_ix", handleInvalid="keep"),
                         VectorAssembler(inputCols=["amount", "status_ix"], outputCol="features")]).fit(train)
model.transform(orders).select("order_id", "status_ix", vector_to_array("features").alias("features")).write.format("delta").mode("overwrite").save(f"{GOLD}/features")

summary: pd.DataFrame = orders.groupBy("currency").agg(F.avg("amount").alias("mean")).toPandas()
spark.createDataFrame(summary).withColumn("run", F.lit("nightly")).write.mode("append").json(f"{GOLD}/means")
orders.describe("amount").withColumnRenamed("amount", "value").write.mode("overwrite").csv(f"{GOLD}/described")

prices = spark.read.parquet("abfss://curated@contosolake.dfs.core.windows.net/ref/fx_rates").select("currency", F.col("day").alias("at"), "rate", F.lit(None).cast("int").alias("order_id"))
events = orders.select("currency", F.col("order_date").alias("at"), F.lit(None).cast("double").alias("rate"), "order_id")
asof = Window.partitionBy("currency").orderBy("at").rowsBetween(Window.unboundedPreceding, Window.currentRow)
(prices.unionByName(events).withColumn("rate", F.last("rate", True).over(asof)).where("order_id IS NOT NULL")
 .write.mode("overwrite").parquet(f"{GOLD}/asof"))

by_customer = Window.partitionBy("customer_id").orderBy("day")
sessions = (
    orders.withColumn("day", F.to_date("order_date"))
    .withColumn("gap", F.datediff("day", F.lag("day").over(by_customer)))
    .withColumn("session", F.sum(F.when(F.col("gap") > 30, 1).otherwise(0)).over(by_customer))
)
sessions.groupBy("customer_id", "session").agg(F.min("day").alias("since"), F.sum("amount").alias("amount")).write.mode("overwrite").orc(f"{GOLD}/sessions")
