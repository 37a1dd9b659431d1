# Databricks notebook source
# Exercises: LATERAL VIEW OUTER, posexplode, inline, JSON paths and schemas, struct stars, maps, arrays, lambdas with outer columns, concat_ws of collected structs
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f11"); spark.read.format("delta").load(C + "/silver/events").createOrReplaceTempView("ev")
spark.sql("""
  CREATE TABLE f11.lines USING delta AS
  SELECT id, p + 1 AS line_no, i.sku, i.qty * i.price AS value, tag, tags[tag] AS tag_value
  FROM ev LATERAL VIEW OUTER posexplode(items) x AS p, i LATERAL VIEW OUTER explode(map_keys(tags)) y AS tag
""")
spark.sql("INSERT INTO f11.lines (id, sku, value) SELECT id, sku, qty * price + id FROM ev LATERAL VIEW inline(items) x AS sku, qty, price WHERE qty > 1")

# COMMAND ----------
spark.sql("""
  CREATE TABLE f11.parsed USING delta AS
  SELECT id, get_json_object(payload, '$.a.b') AS got, j.a.*, j.a.c[0] AS c0, json.d, cast(json.d AS INT) + id AS d_id, size(j.a.c) AS n
  FROM (SELECT id, payload, from_json(payload, 'a STRUCT<b: STRING, c: ARRAY<INT>>, d STRING') AS j FROM ev) LATERAL VIEW json_tuple(payload, 'd') json AS d
""")
spark.sql("""
  CREATE TABLE f11.people USING delta AS
  SELECT user.*, home.city AS city, items[0].sku AS first_sku, element_at(items, -1).price AS last_price, items.sku[1] AS second, tags.color, element_at(tags, 'size') AS size, id AS event
  FROM (SELECT *, user.addr AS home FROM ev)
""")

# COMMAND ----------
spark.sql("""
  CREATE TABLE f11.shaped USING delta AS
  SELECT transform(items, (x, n) -> named_struct('sku', upper(x.sku), 'pos', n, 'who', user.name)) AS lines,
    filter(items, x -> x.price > id) AS dear, exists(items, x -> x.qty = 2) AS has_two, aggregate(items, 0.0D, (acc, x) -> acc + x.qty * x.price) AS total,
    map_filter(tags, (key, value) -> key <> at) AS some_tags, zip_with(items, sequence(1, size(items)), (x, s) -> s + id) AS zipped,
    to_json(named_struct('id', id, 'tags', tags)) AS doc, map_from_arrays(array('a', 'b'), array(at, payload)) AS m
  FROM ev
""")
spark.sql("""
  CREATE TABLE f11.listed USING delta AS
  SELECT currency, concat_ws(',', transform(array_sort(collect_list(struct(order_date, status))), x -> x.status)) AS history,
    concat_ws('|', collect_set(cast(customer_id AS STRING))) AS customers, collect_list(amount)[0] AS one, map_from_entries(collect_list(struct(order_id, amount))) AS amounts
  FROM o GROUP BY currency
""")
spark.sql("CREATE TABLE f11.stars USING delta AS SELECT s.*, e.key, e.value FROM (SELECT struct(o.order_id, k.name AS buyer) AS s, map('c', o.currency, 'd', k.country) AS m FROM o JOIN k ON o.customer_id = k.id) LATERAL VIEW explode(m) e")
