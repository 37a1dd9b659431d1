# Databricks notebook source
# Exercises: pandas UDF, grouped aggregate UDF, applyInPandas, mapInPandas, cogroup, window with a pandas UDF
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
import pandas as pd
@F.pandas_udf("double")
def plus(a: pd.Series, b: pd.Series) -> pd.Series: return a + b
@F.pandas_udf("double")
def mean(a: pd.Series) -> float: return a.mean()
o.select("order_id",plus("amount",F.col("customer_id").cast("double")).alias("p")).filter(plus("p","amount" if False else "p") > 1).write.mode("overwrite").parquet(G+"/c13/a")
o.groupBy("currency").agg(mean("amount").alias("m")).write.mode("overwrite").parquet(G+"/c13/b")
o.select("currency","amount","order_id").groupBy("currency").applyInPandas(lambda d:d[["currency","amount"]],"currency string, amount double").write.mode("overwrite").parquet(G+"/c13/c")
o.select("order_id","status").mapInPandas(lambda it:(d.rename(columns={"order_id":"i"}) for d in it),"i int, status string").write.mode("overwrite").parquet(G+"/c13/d")
o.select("customer_id","amount").groupBy("customer_id").cogroup(k.select("id","name").groupBy("id")).applyInPandas(lambda l,r:pd.DataFrame({"n":r["name"],"a":l["amount"]}),"n string, a double").write.mode("overwrite").parquet(G+"/c13/e")
o.select("order_id",mean("amount").over(Window.partitionBy("status")).alias("w")).write.mode("overwrite").parquet(G+"/c13/f")
