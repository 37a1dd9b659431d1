# Databricks notebook source
# Exercises: wasbs, s3a, dbfs mount and abfss inputs in one union, names with blanks, percent and umlauts, lists of paths, writes in a loop
# (`spark` and `sc` are given, as in a notebook)
from functools import reduce
from pyspark.sql import DataFrame, functions as F

ARCHIVE = "wasbs://archive@contosoarchive.blob.core.windows.net/legacy/sales 2019.csv"
PARTNER = "s3a://partner-drop/exports/verkäufe_2023.csv"
MOUNTED = "dbfs:/mnt/landing/sales/2024 100%.csv"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net"

old = spark.read.options(header="true", delimiter=";").csv(ARCHIVE).select(F.col("id").cast("int").alias("sale_id"), "country", F.col("net").cast("double").alias("net"))
partner = (
    spark.read.format("csv").option("header", True).schema("sale_id int, land string, betrag double").load(PARTNER)
    .withColumnRenamed("land", "country").withColumnRenamed("betrag", "net")
)
new = (
    spark.read.csv(MOUNTED, header=True, inferSchema=True)
    .selectExpr("id AS sale_id", "country", "net_amount AS net", "channel")
)
tagged = [df.withColumn("origin", F.lit(name)) for name, df in (("archive", old), ("partner", partner), ("shop", new))]
sales = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), tagged)
sales.write.format("delta").mode("overwrite").save(f"{GOLD}/Umsätze gesamt")

countries = spark.read.parquet("dbfs:/mnt/reference/countries")
labelled = sales.join(F.broadcast(countries), sales.country == countries.code, "left").drop("code")
labelled.groupBy("label", "origin").agg(F.sum("net").alias("net"), F.count(F.lit(1)).alias("n")).write.mode("overwrite").json("dbfs:/mnt/gold/umsatz nach land")

for code in ("DE", "AT"):
    (labelled.where(F.col("country") == code)
     .select("sale_id", F.col("net").cast("decimal(12,2)").alias("Netto €"), "label")
     .coalesce(1).write.mode("overwrite").option("header", True)
     .csv(f"{GOLD}/export/land={code}/100% geprüft"))

both = spark.read.option("header", True).csv([f"{GOLD}/export/land=DE/100% geprüft", f"{GOLD}/export/land=AT/100% geprüft"])
both.filter(F.col("`Netto €`") > 5).write.mode("overwrite").parquet("s3a://partner-drop/returns/geprüft")
