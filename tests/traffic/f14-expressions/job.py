# Databricks notebook source
# Exercises: aliases used in the same SELECT, aliases that hide columns in GROUP BY and ORDER BY, null and conditional functions, casts, dates, texts, regular expressions for columns, VALUES tables
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f14")
spark.sql("CREATE TABLE f14.chained USING delta AS SELECT amount + 1 AS b, b * 2 AS c, c + customer_id AS d, upper(status) AS amount, concat(amount, currency) AS mixed FROM o")
spark.sql("CREATE TABLE f14.hidden USING delta AS SELECT max(status) AS currency, count(*) AS n FROM o GROUP BY currency ORDER BY currency")
spark.sql("CREATE TABLE f14.swapped USING delta AS SELECT amount, customer_id AS id FROM (SELECT customer_id AS amount, amount AS customer_id FROM o) WHERE customer_id > 5")

# COMMAND ----------
spark.sql("""
  CREATE TABLE f14.conditional USING delta AS
  SELECT nullif(status, currency) AS a, nvl2(status, amount, order_id) AS b, ifnull(currency, status) AS c, greatest(amount, order_id, 3) AS d, least(order_date, status) AS e,
    decode(status, 'NEW', currency, 'PAID', order_date, 'none') AS f, CASE currency WHEN 'EUR' THEN amount WHEN 'USD' THEN amount * 0.9 END AS g, if(amount > 10 AND status IS NOT NULL, 'big', currency) AS h,
    coalesce(nullif(trim(status), ''), currency) AS i, status IN ('NEW', 'PAID') AS j, amount BETWEEN 1 AND customer_id AS k, status IS NULL OR currency LIKE 'E%' AS l
  FROM o
""")
spark.sql("""
  CREATE TABLE f14.typed USING delta AS
  SELECT try_cast(status AS INT) AS a, string(amount) AS b, try_divide(amount, order_id) AS c, date_trunc('MONTH', to_date(order_date)) AS d, datediff(current_date(), order_date) AS e, extract(YEAR FROM to_date(order_date)) AS f,
    add_months(order_date, order_id) AS g, date_format(order_date, 'yyyyMM') AS h, split_part(order_date, '-', 2) AS i, regexp_extract(status, '([A-Z]+)', 1) AS j, regexp_replace(status, currency, '') AS k, overlay(status PLACING currency FROM 2) AS l,
    format_string('%s-%05d', status, order_id) AS m, lpad(order_id, 5, '0') AS n, initcap(lower(status)) || '.' || currency AS o, sha2(concat_ws('~', order_id, status), 256) AS p, position('A' IN status) AS q, to_date(order_date) - INTERVAL 1 DAY AS r
  FROM o
""")

# COMMAND ----------
spark.sql("SET spark.sql.parser.quotedRegexColumnNames = true")
spark.sql("CREATE TABLE f14.without USING delta AS SELECT `(status|currency|amount)?+.+` FROM o")
spark.sql("SET spark.sql.parser.quotedRegexColumnNames = false")
spark.sql("CREATE TABLE f14.named USING delta AS SELECT v.label, o.order_id, v.factor * o.amount AS weighted FROM o LEFT JOIN (VALUES ('NEW', 'new order', 2), ('PAID', 'paid', 1)) AS v(code, label, factor) ON v.code = o.status WHERE v.factor > 0")
spark.sql("INSERT INTO f14.named WITH v(a, b) AS (VALUES ('x', 1), ('y', 2)) SELECT a, b, b * 1.5 FROM v UNION ALL SELECT name, id, id FROM k")
