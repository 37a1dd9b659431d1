# Databricks notebook source
# Exercises: JDBC by query, as a view, as a table in the catalogue and as a target of INSERT, joined with Delta; a MERGE that fails, a last cell that ends the notebook
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f16")
U = "jdbc:postgresql://contoso-pg.postgres.database.azure.com:5432/salesdb"; P = {"user": "publisher", "password": "invented-for-the-demo", "driver": "org.postgresql.Driver"}
options = f"url '{U}', user '{P['user']}', password '{P['password']}', driver '{P['driver']}'"
spark.sql(f"CREATE TEMP VIEW pg_orders USING jdbc OPTIONS ({options}, dbtable 'shop.orders')")
spark.sql("CREATE TABLE f16.enriched USING delta AS SELECT p.id, p.total * 2 AS twice, c.name FROM pg_orders p JOIN k c ON c.id = p.customer WHERE p.total > 0")

# COMMAND ----------
totals = spark.read.format("jdbc").option("url", U).options(**P).option("query", "WITH big AS (SELECT customer, sum(total) AS s FROM shop.orders GROUP BY customer) SELECT c.name AS buyer, big.s FROM big JOIN shop.customers c ON c.id = big.customer").load()
totals.createOrReplaceTempView("totals")
spark.sql("INSERT INTO f16.enriched (name, twice) SELECT upper(buyer), s FROM totals WHERE buyer <> 'x'")

# COMMAND ----------
spark.sql(f"CREATE TABLE f16.pg_report USING jdbc OPTIONS ({options}, dbtable 'shop.report')")
spark.sql("INSERT INTO f16.pg_report SELECT order_id, amount FROM o WHERE status = 'PAID'")
spark.table("f16.enriched").groupBy("id").agg(F.max("twice").alias("total")).write.mode("append").jdbc(U, "shop.report", properties=P)

# COMMAND ----------
try: spark.sql("MERGE INTO f16.enriched t USING (SELECT id, name FROM k UNION ALL SELECT id, email FROM k) s ON t.id >= s.id - 100 WHEN MATCHED THEN UPDATE SET t.name = s.name")
except Exception as error: print("refused:", type(error).__name__)
spark.sql("CREATE TABLE f16.after USING delta AS SELECT r.id, e.name FROM f16.pg_report r LEFT JOIN f16.enriched e ON e.id = r.id")
spark.sql("CREATE TABLE f16.never USING delta AS SELECT missing_column FROM f16.after")
spark.sql("CREATE TABLE f16.unreached USING delta AS SELECT id FROM f16.after")
