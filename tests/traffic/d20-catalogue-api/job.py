# Databricks notebook source
# Exercises: tables by the catalogue's API and by SQL over files, permanent views with a CTE, global temp views, INSERT with a column list and defaults, dropped and recreated, SQL mixed with DataFrames
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F

CURATED = "abfss://curated@contosolake.dfs.core.windows.net"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net"

spark.sql(f"CREATE TABLE IF NOT EXISTS sales.items_ext USING parquet LOCATION '{CURATED}/silver/order_items'")
spark.sql(f"CREATE TABLE IF NOT EXISTS sales.orders_ext USING delta LOCATION '{CURATED}/silver/orders'")
spark.sql("""
  CREATE OR REPLACE VIEW sales.v_revenue AS
  WITH priced AS (SELECT order_id, qty * price AS value FROM sales.items_ext)
  SELECT o.customer_id, o.currency, sum(p.value) AS revenue
  FROM sales.orders_ext o JOIN priced p USING (order_id) GROUP BY o.customer_id, o.currency
""")
spark.sql("CREATE OR REPLACE VIEW sales.v_top AS SELECT customer_id, revenue FROM sales.v_revenue WHERE revenue > 10")

spark.table("sales.v_top").join(spark.read.format("delta").load(f"{CURATED}/silver/customers"), F.expr("customer_id = id")).select("name", "revenue").write.mode("overwrite").parquet(f"{GOLD}/cat/top")

spark.sql("DROP TABLE IF EXISTS mart.kpi")
spark.sql("CREATE TABLE mart.kpi (day STRING, metric STRING, value DOUBLE, note STRING) USING delta PARTITIONED BY (day)")
spark.sql("INSERT INTO mart.kpi (day, metric, value, note) SELECT order_date, 'amount', amount, status FROM sales.orders_ext WHERE status <> 'NEW'")
spark.table("sales.v_revenue").createOrReplaceGlobalTempView("rev")
spark.sql("INSERT INTO mart.kpi BY NAME SELECT 'rev' AS metric, revenue AS value, '2024-01-01' AS day, currency AS note FROM global_temp.rev")
spark.sql("INSERT OVERWRITE mart.kpi SELECT day, metric, max(value), first(note) FROM mart.kpi GROUP BY day, metric")

direct = spark.sql(f"SELECT i.sku, c.name FROM parquet.`{CURATED}/silver/order_items` i CROSS JOIN delta.`{CURATED}/silver/customers` c WHERE i.qty > length(c.name)")
direct.write.mode("append").format("csv").option("header", "true").save(f"{GOLD}/cat/direct")

kpi = spark.table("mart.kpi")
kpi.createOrReplaceTempView("kpi")
for metric in [row.metric for row in kpi.select("metric").distinct().collect()]:
    spark.sql(f"SELECT day, value, '{metric}' AS metric FROM kpi WHERE metric = '{metric}'").write.mode("overwrite").parquet(f"{GOLD}/cat/kpi/metric={metric}")
spark.sql("CREATE TABLE mart.kpi_wide USING delta AS SELECT * FROM (SELECT day, metric, value FROM kpi) PIVOT (sum(value) FOR metric IN ('amount' AS amount, 'rev' AS rev))")
spark.sql("SELECT day, amount, rank() OVER (ORDER BY amount DESC) AS r FROM mart.kpi_wide WHERE amount > (SELECT avg(value) FROM mart.kpi WHERE metric = 'amount')").writeTo("mart.kpi_rank").using("delta").createOrReplace()
