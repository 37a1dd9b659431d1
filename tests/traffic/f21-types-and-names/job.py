# Databricks notebook source
# Exercises: CHAR and VARCHAR, decimals, default values, column mapping with renamed and dropped columns, structs and arrays of structs that are inserted in another form, names with blanks, dots, keywords and other letters
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f21"); spark.read.format("delta").load(C + "/silver/events").createOrReplaceTempView("ev")
spark.sql("CREATE TABLE f21.fixed (code CHAR(5), label VARCHAR(20), price DECIMAL(10,2)) USING parquet")
spark.sql("INSERT INTO f21.fixed SELECT currency, status, amount FROM o"); spark.sql("CREATE TABLE f21.fixed_delta (code STRING, label VARCHAR(20), price DECIMAL(12,4)) USING delta")
spark.sql("INSERT INTO f21.fixed_delta SELECT code, concat(label, '!'), price * 1.19 FROM f21.fixed WHERE code = 'EUR'")
spark.sql("MERGE INTO f21.fixed_delta t USING (SELECT rtrim(code) AS code, label, price FROM f21.fixed) s ON t.code = s.code AND t.price < cast(s.price AS DECIMAL(12,4)) WHEN MATCHED THEN UPDATE SET t.price = t.price + s.price, t.label = substr(s.label, 1, 3) WHEN NOT MATCHED THEN INSERT *")

# COMMAND ----------
spark.sql("CREATE TABLE f21.mapped (id INT, `first name` STRING, gone STRING, state STRING DEFAULT 'new') USING delta TBLPROPERTIES ('delta.columnMapping.mode' = 'name', 'delta.feature.allowColumnDefaults' = 'supported', 'delta.minReaderVersion' = '2', 'delta.minWriterVersion' = '7')")
spark.sql("INSERT INTO f21.mapped (id, `first name`, gone) SELECT id, name, email FROM k"); spark.sql("ALTER TABLE f21.mapped RENAME COLUMN `first name` TO `größe #1`"); spark.sql("ALTER TABLE f21.mapped DROP COLUMN gone")
spark.sql("INSERT INTO f21.mapped (`größe #1`, id, state) SELECT concat(status, ' x'), order_id, currency FROM o")
spark.sql("MERGE INTO f21.mapped t USING (SELECT id, name AS `größe #1`, country AS `a.b` FROM k) s ON t.id = s.id WHEN MATCHED AND s.`a.b` <> t.state THEN UPDATE SET t.`größe #1` = concat(t.`größe #1`, s.`größe #1`), state = s.`a.b` WHEN NOT MATCHED THEN INSERT (id, `größe #1`) VALUES (s.id, s.`a.b`)")
spark.sql("UPDATE f21.mapped SET `größe #1` = upper(state), state = CASE WHEN `größe #1` LIKE 'A%' THEN `größe #1` ELSE state END WHERE `größe #1` IS NOT NULL")

# COMMAND ----------
spark.sql("CREATE TABLE f21.shapes (id BIGINT, who STRUCT<city: STRING, name: STRING>, lines ARRAY<STRUCT<sku: STRING, n: BIGINT>>, `select` MAP<STRING, DOUBLE>) USING delta")
spark.sql("INSERT INTO f21.shapes SELECT id, named_struct('city', user.addr.city, 'name', user.name), transform(items, x -> named_struct('sku', x.sku, 'n', x.qty)), map('total', aggregate(items, 0D, (a, x) -> a + x.price)) FROM ev")
spark.sql("INSERT INTO f21.shapes (`select`, id) SELECT map(status, amount), order_id FROM o"); spark.sql("CREATE TABLE f21.odd USING delta AS SELECT who.name AS `from`, `select`['total'] AS `group`, lines[0].n AS n, size(lines) AS `order` FROM f21.shapes WHERE `select`['total'] > 1 ORDER BY `order` DESC")
