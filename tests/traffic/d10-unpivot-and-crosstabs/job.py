# Databricks notebook source
# Exercises: stack, unpivot and melt of wide month tables, pivot back, cube, arrays of structs as a way to unpivot, selectExpr with star, toDF by position
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F

LANDING = "abfss://landing@contosolake.dfs.core.windows.net"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/pos"
GROUPS = ["food", "toys", "books"]

wide = spark.read.parquet(f"{LANDING}/pos/monthly")

stacked = wide.selectExpr("store", "month", f"stack({len(GROUPS)}, " + ", ".join(f"'{g}', {g}" for g in GROUPS) + ") AS (grp, pieces)").where("pieces > 0")
stacked.write.mode("overwrite").parquet(f"{GOLD}/stacked")

long = wide.unpivot(["store", "month"], GROUPS, "grp", "pieces")
long.write.format("delta").mode("overwrite").partitionBy("month").save(f"{GOLD}/long")

as_array = F.array(*[F.struct(F.lit(g).alias("grp"), F.col(g).alias("pieces")) for g in GROUPS])
exploded = wide.withColumn("kv", F.explode(as_array)).select("store", F.col("kv.grp").alias("grp"), F.col("kv.pieces").alias("pieces"))
exploded.groupBy("grp").agg(F.sum("pieces").alias("pieces")).toDF("product group", "total").write.mode("overwrite").option("header", True).csv(f"{GOLD}/totals")

(long.filter(F.col("grp").isin("food", "toys"))
 .groupBy("store").pivot("grp", ["food", "toys"]).agg(F.sum("pieces"), F.first("month").alias("since"))
 .withColumnRenamed("food_sum(pieces)", "food").withColumnRenamed("toys_sum(pieces)", "toys")
 .withColumn("ratio", F.expr("food / nullif(toys, 0)"))
 .write.mode("overwrite").parquet(f"{GOLD}/ratio"))

(long.cube("store", "grp").agg(F.sum("pieces").alias("pieces"), F.grouping("store").alias("all_stores"))
 .selectExpr("*", "CASE WHEN all_stores = 1 THEN 'all' ELSE cast(store AS string) END AS label")
 .write.mode("overwrite").parquet(f"{GOLD}/cube"))

best = long.groupBy("store", "grp").agg(F.max("pieces").alias("best")).groupBy("store").agg(F.map_from_entries(F.collect_list(F.struct("grp", "best"))).alias("best_by_group"))
(best.select("store", F.explode("best_by_group").alias("grp", "best"))
 .join(wide.select("store", F.greatest(*GROUPS).alias("peak")), "store")
 .where("best = peak").dropDuplicates(["store", "grp"])
 .write.mode("append").json(f"{GOLD}/peaks"))
