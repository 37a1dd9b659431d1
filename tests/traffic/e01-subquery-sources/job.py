# Databricks notebook source
# Exercises: sub-queries over views of joins that the query reads too, over a wide table, over a view of a view, over Hive tables, over a Delta path
# (`spark` and `sc` are given, as in a notebook)
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.selectExpr("*", *[f"order_id * {n} AS w{n:02}" for n in range(40)]).write.mode("overwrite").saveAsTable("sales.wide")
spark.sql("CREATE OR REPLACE TEMP VIEW j AS SELECT o.order_id, o.amount, k.country FROM o JOIN k ON o.customer_id = k.id")
spark.sql("CREATE OR REPLACE TEMP VIEW jj AS SELECT order_id, upper(country) AS land FROM j")
o.join(k, o.customer_id == k.id, "left").selectExpr("order_id", "name", "amount").createOrReplaceTempView("bought")
spark.sql("CREATE TABLE sales.hp (id INT, nm STRING) PARTITIONED BY (land STRING) STORED AS TEXTFILE")
spark.sql("SELECT order_id, (SELECT max(name) FROM delta.`"+C+"/silver/customers`) AS mx FROM o").write.mode("overwrite").parquet(G+"/e01/b")
spark.sql("SELECT order_id FROM j WHERE amount > (SELECT avg(amount) FROM j WHERE country = 'DE')").write.mode("overwrite").parquet(G+"/e01/c")
spark.sql("SELECT name FROM k WHERE EXISTS (SELECT 1 FROM sales.wide w WHERE w.w37 = k.id AND w.status = 'NEW')").write.mode("overwrite").parquet(G+"/e01/d")
spark.sql("SELECT order_id, land FROM jj WHERE land NOT IN (SELECT land FROM jj WHERE order_id > 5)").write.mode("overwrite").parquet(G+"/e01/e")
spark.sql("SELECT name, (SELECT max(struct(w39, w38, amount)).w38 FROM sales.wide w WHERE w.w01 = k.id) AS top FROM k").write.mode("overwrite").parquet(G+"/e01/f")
spark.sql("SELECT order_id FROM bought WHERE amount < (SELECT max(amount) FROM bought WHERE name <> 'Bob')").write.mode("overwrite").parquet(G+"/e01/g")
spark.sql("SELECT order_id FROM o WHERE customer_id NOT IN (SELECT id FROM sales.hp WHERE land = 'DE')").write.mode("overwrite").parquet(G+"/e01/h")
spark.sql("SELECT order_id, (SELECT count(*) FROM sales.hp p JOIN sales.wide w ON p.id = w.w30 WHERE p.nm = o.status) AS n FROM o").write.mode("overwrite").parquet(G+"/e01/i")
