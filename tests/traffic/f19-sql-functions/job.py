# Databricks notebook source
# Exercises: SQL with registered Python functions, script TRANSFORM, table functions, named parameters, DataFrames in SQL, INSERT OVERWRITE DIRECTORY, cached tables
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f19")
spark.udf.register("clean", lambda text, other: (text or other or "").strip(), "string")
spark.udf.register("shorten", lambda texts: "|".join(sorted(texts))[:9], "string")

# COMMAND ----------
spark.sql("CREATE TABLE f19.cleaned USING delta AS SELECT order_id, clean(status, currency) AS label FROM o WHERE clean(status, 'x') <> 'y'")
spark.sql("CREATE TABLE f19.merged USING delta AS SELECT currency, shorten(collect_list(status)) AS mid, max(clean(status, order_date)) AS top FROM o GROUP BY currency HAVING clean(max(order_date), 'x') > '2'")
spark.sql("CREATE TABLE f19.scripted (a STRING, b STRING) USING delta"); spark.sql("INSERT INTO f19.scripted SELECT TRANSFORM(order_id, status) USING 'cat' AS (a STRING, b STRING) FROM o WHERE amount > 1")

# COMMAND ----------
spark.sql("CREATE TABLE f19.calendar USING delta AS SELECT d AS day, r.id AS n, month(d) AS m FROM (SELECT explode(sequence(to_date(min(order_date)), to_date(max(order_date)), INTERVAL 1 MONTH)) AS d FROM o) CROSS JOIN range(2) r")
spark.sql("SELECT order_id, amount FROM o WHERE status = :status AND amount > :least", args={"status": "PAID", "least": 1}).write.format("delta").mode("overwrite").save(C + "/f19/asked")
spark.sql("SELECT a.order_id, b.name FROM {orders} a JOIN {people} b ON a.customer_id = b.id", orders=o.filter("amount > 2"), people=k).write.format("delta").mode("append").save(C + "/f19/asked2")

# COMMAND ----------
spark.sql("CACHE TABLE hot AS SELECT customer_id, sum(amount) AS s FROM o GROUP BY customer_id")
spark.sql("INSERT OVERWRITE DIRECTORY '" + G + "/f19/dir' USING json SELECT h.s, k.name FROM hot h JOIN k ON k.id = h.customer_id")
spark.sql("CREATE TABLE f19.hot USING delta AS SELECT h.customer_id, h.s / t.total AS part FROM hot h CROSS JOIN (SELECT sum(s) AS total FROM hot) t"); spark.sql("UNCACHE TABLE hot")
