# Databricks notebook source
# Exercises: chained USING and NATURAL keys of three tables, UNPIVOT of several columns, PIVOT over two columns, nested set operations, unions of unions, windows over aggregates, DISTINCT with windows
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f20"); spark.read.format("delta").load(C + "/silver/employees").createOrReplaceTempView("e")
spark.sql("CREATE TABLE f20.keys USING delta AS SELECT id, k.name AS who, e.dept, x.amount FROM k JOIN e USING (id) FULL OUTER JOIN (SELECT customer_id AS id, amount FROM o) x USING (id)")
spark.sql("CREATE TABLE f20.two_keys USING delta AS SELECT id, name, a.n, b.country FROM (SELECT id, name, manager_id AS n FROM e) a RIGHT JOIN (SELECT id, name, country FROM k) b USING (id, name)")
spark.sql("CREATE TABLE f20.natural USING delta AS SELECT * FROM (SELECT id, name FROM k) NATURAL FULL OUTER JOIN (SELECT id, dept FROM e)")

# COMMAND ----------
spark.sql("CREATE TABLE f20.pairs USING delta AS SELECT order_id, kind, text, num FROM (SELECT order_id, status, currency, amount, cast(customer_id AS DOUBLE) AS c FROM o) UNPIVOT ((text, num) FOR kind IN ((status, amount) AS first, (currency, c) AS second))")
spark.sql("CREATE TABLE f20.crossed USING delta AS SELECT * FROM (SELECT customer_id, currency, status, amount, order_id FROM o WHERE amount > 0) PIVOT (sum(amount) AS s, count(order_id) AS n FOR (currency, status) IN (('EUR', 'PAID') AS ep, ('USD', 'NEW') AS un))")
spark.sql("""
  CREATE TABLE f20.sets USING delta AS
  SELECT id, name FROM k WHERE country = 'DE' EXCEPT (SELECT id, name FROM e INTERSECT SELECT order_id, status FROM o)
  UNION ALL SELECT customer_id, upper(status) FROM o WHERE amount > 3 UNION SELECT id, dept FROM e
""")

# COMMAND ----------
spark.sql("CREATE TABLE f20.ranks USING delta AS SELECT currency, sum(amount) AS total, rank() OVER (ORDER BY sum(amount) DESC) AS place, sum(sum(amount)) OVER (PARTITION BY max(status)) AS by_status, sum(amount) / sum(sum(amount)) OVER () AS share FROM o GROUP BY currency")
spark.sql("CREATE TABLE f20.distinct_rows USING delta AS SELECT DISTINCT status, first_value(amount) OVER (PARTITION BY status ORDER BY order_date DESC) AS latest, count(*) OVER (PARTITION BY currency) AS n FROM o")
a = o.select("order_id", "amount"); b = k.select(F.col("id").alias("order_id"), F.lit(0.0).alias("amount"), "name")
a.unionByName(b, allowMissingColumns=True).unionByName(a.withColumn("extra", F.col("amount") * 2), allowMissingColumns=True).dropDuplicates(["order_id"]).write.format("delta").mode("overwrite").save(C + "/f20/union")
spark.sql("INSERT INTO f20.ranks (currency, total) SELECT coalesce(x.c, 'none'), x.t FROM (SELECT currency AS c, sum(amount) AS t FROM o GROUP BY ROLLUP (currency) UNION ALL SELECT country, count(*) FROM k GROUP BY country) x WHERE x.t > 0 ORDER BY x.t LIMIT 5")
