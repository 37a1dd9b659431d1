# Databricks notebook source
# Exercises: multi-line json with arrays of structs, from_json with schema_of_json, get_json_object, json_tuple, chained transform(), withColumns, nested back to json
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import DataFrame, functions as F

RAW = "abfss://raw@contosolake.dfs.core.windows.net"
SILVER = "abfss://curated@contosolake.dfs.core.windows.net/crm"

accounts = spark.read.option("multiLine", True).json(f"{RAW}/crm/accounts.json")
payload_schema = F.schema_of_json(F.lit('{"tier":"gold","limits":{"credit":500.0},"tags":["a"]}'))


def with_payload(df: DataFrame) -> DataFrame:
    return df.withColumn("doc", F.from_json("payload", payload_schema))


def with_contact(df: DataFrame) -> DataFrame:
    return df.withColumns({
        "email": F.lower(F.trim("contact.email")),
        "phone": F.element_at("contact.phones", 1),
    })


def typed(df: DataFrame, *drop: str) -> DataFrame:
    return df.withColumn("updated_at", F.to_timestamp("updated_at")).drop(*drop)


header = (
    accounts.transform(with_payload).transform(with_contact).transform(typed, "contact", "payload")
    .select("id", "name", "email", "phone", F.col("doc.tier").alias("tier"), F.col("doc.limits.credit").alias("credit_limit"), "updated_at")
)
header.write.format("delta").mode("overwrite").save(f"{SILVER}/account")

addresses = (
    accounts.select("id", F.explode_outer("addresses").alias("a"))
    .select(F.col("id").alias("account_id"), "a.*")
    .withColumn("is_billing", F.col("kind") == "bill")
    .filter(F.col("zip").isNotNull())
)
addresses.write.mode("overwrite").parquet(f"{SILVER}/address")

(accounts.select("id", "name", F.posexplode("contact.phones").alias("no", "phone"))
 .withColumn("no", F.col("no") + 1).where("phone like '+%'")
 .write.mode("append").format("parquet").save(f"{SILVER}/phone"))

(accounts.transform(with_payload).select("id", F.explode("doc.tags").alias("tag"))
 .groupBy("tag").agg(F.countDistinct("id").alias("accounts"), F.sort_array(F.collect_set("id")).alias("ids"))
 .write.format("delta").mode("overwrite").save(f"{SILVER}/tag"))

(accounts.select("id", F.get_json_object("payload", "$.limits.credit").cast("double").alias("credit"),
                 F.json_tuple("payload", "tier", "tags").alias("tier", "tags_text"))
 .withColumn("band", F.when(F.col("credit") >= 1000, "high").when(F.col("credit") >= 100, F.col("tier")).otherwise("low"))
 .write.mode("overwrite").json(f"{SILVER}/limits"))

nested = addresses.groupBy("account_id").agg(
    F.to_json(F.collect_list(F.struct("kind", "city", "zip"))).alias("addresses"),
    F.first("city", ignorenulls=True).alias("main_city"),
)
(header.join(nested, header["id"] == nested["account_id"], "left")
 .select(header["id"], header.name, nested["addresses"], "main_city")
 .write.mode("overwrite").option("compression", "gzip").json(f"{SILVER}/export"))
