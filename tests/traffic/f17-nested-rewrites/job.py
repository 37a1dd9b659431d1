# Databricks notebook source
# Exercises: UPDATE and MERGE of struct fields, maps and arrays, lambdas in SET, a MERGE whose source has sub-queries, an older version of the target as its source, conditions with functions
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f17"); spark.read.format("delta").load(C + "/silver/events").createOrReplaceTempView("ev")
spark.sql("CREATE TABLE f17.people USING delta AS SELECT id, user, items, tags, cast(NULL AS STRING) AS note FROM ev")
spark.sql("UPDATE f17.people SET user.name = upper(user.addr.city), tags = map_concat(tags, map('seen', note)), items = transform(items, x -> named_struct('sku', x.sku, 'qty', x.qty + id, 'price', x.price)) WHERE user.id > 5 AND tags['color'] = 'red'")
spark.sql("""
  MERGE INTO f17.people t USING (
    SELECT c.id, c.name, c.country, (SELECT max(x.order_date) FROM sales.ord x WHERE x.customer_id = c.id) AS latest FROM sales.cust c
    WHERE c.id IN (SELECT customer_id FROM sales.ord WHERE status <> 'NEW')
  ) s ON t.user.id = s.id AND lower(t.user.addr.city) <> lower(s.country)
  WHEN MATCHED AND size(t.items) > 0 THEN UPDATE SET t.user.name = s.name, note = concat_ws('/', s.latest, t.note)
  WHEN NOT MATCHED THEN INSERT (id, user, note) VALUES (s.id, named_struct('id', s.id, 'name', s.name, 'addr', named_struct('city', s.country, 'zip', NULL)), s.latest)
""")

# COMMAND ----------
spark.sql("""
  MERGE INTO f17.people AS t USING (SELECT p.id, p.note AS old_note, p.tags FROM f17.people VERSION AS OF 0 p WHERE p.note IS NULL) AS s ON t.id = s.id
  WHEN MATCHED AND NOT (t.note <=> s.old_note) THEN UPDATE SET note = CASE WHEN s.tags['color'] = 'red' THEN s.old_note WHEN t.id IN (1, 2) THEN coalesce(t.note, s.tags['size']) ELSE nvl(t.note, 'none') END, tags = s.tags
""")
spark.sql("DELETE FROM f17.people WHERE exists(items, x -> x.qty > id) OR user.addr.zip LIKE '9%' OR cardinality(tags) = 0")
spark.sql("CREATE TABLE f17.flat USING delta AS SELECT p.id, p.user.name AS who, t.key, t.value, i.sku FROM f17.people p LATERAL VIEW OUTER explode(p.tags) t AS key, value LATERAL VIEW OUTER inline(filter(p.items, x -> x.qty > 0)) i AS sku, qty, price WHERE i.price IS NOT NULL OR t.key <> 'x'")
