# Databricks notebook source
# Exercises: Python UDFs with a looked-up dict, pandas UDFs, mapInPandas, applyInPandas, cogrouped pandas, rdd.map().toDF(), rows made on the driver
# (`spark` and `sc` are given, as in a notebook)
import pandas as pd
from pyspark.sql import Row, Window, functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net/silver"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/scoring"

orders = spark.read.format("delta").load(f"{SILVER}/orders")
customers = spark.read.format("delta").load(f"{SILVER}/customers")
regions = sc.broadcast({"DE": "DACH", "AT": "DACH", "FR": "WEST"})


@F.udf(returnType="string")
def region_of(country):
    return regions.value.get(country, "OTHER")


@F.udf("struct<user: string, domain: string>")
def split_mail(mail, fallback):
    user, _, domain = (mail or "").partition("@")
    return user or fallback, domain


@F.pandas_udf("double")
def zscore(amount: pd.Series, mean: pd.Series) -> pd.Series:
    return amount - mean


people = (
    customers.withColumn("region", region_of("country"))
    .withColumn("mail", split_mail("email", "name"))
    .filter(region_of(F.col("country")) != "OTHER")
)
people.select("id", "region", "mail.user", F.col("mail.domain").alias("domain")).write.format("delta").mode("overwrite").save(f"{GOLD}/people")

(orders.withColumn("mean", F.avg("amount").over(Window.partitionBy("customer_id")))
 .select("order_id", zscore("amount", "mean").alias("z"), F.when(F.col("currency") == "EUR", zscore("amount", F.lit(1.0))).alias("eur_only"))
 .write.mode("overwrite").parquet(f"{GOLD}/zscores"))


def flag(batches):
    for batch in batches:
        yield batch.assign(flagged=batch["amount"] > 50)[["order_id", "flagged"]]


orders.filter("status <> 'CANCELLED'").select("order_id", "amount").mapInPandas(flag, "order_id int, flagged boolean").write.mode("overwrite").parquet(f"{GOLD}/flags")


def top(group: pd.DataFrame) -> pd.DataFrame:
    return group.nlargest(1, "amount")[["customer_id", "order_id"]]


best = orders.select("customer_id", "order_id", "amount").groupBy("customer_id").applyInPandas(top, "customer_id int, order_id int")
best.join(customers, best.customer_id == customers.id).select("name", "order_id").write.mode("overwrite").json(f"{GOLD}/best")

left, right = orders.select("customer_id", "amount").groupBy("customer_id"), customers.select(F.col("id").alias("customer_id"), "country").groupBy("customer_id")
both = left.cogroup(right).applyInPandas(lambda o, c: pd.DataFrame({"country": c["country"].head(1), "total": [o["amount"].sum()][: len(c.head(1))]}), "country string, total double")
both.groupBy("country").agg(F.sum("total").alias("total")).write.format("delta").mode("append").save(f"{GOLD}/totals")

tuples = orders.select("order_id", "status").rdd.map(lambda r: Row(order_id=r.order_id, state=r.status.lower()))
tuples.toDF().filter("state <> 'new'").write.mode("overwrite").parquet(f"{GOLD}/states")

summary = spark.createDataFrame([(orders.count(), customers.count())], "n_orders long, n_customers long").withColumn("at", F.current_timestamp())
summary.write.mode("append").json(f"{GOLD}/summary")
