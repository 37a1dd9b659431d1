# Databricks notebook source
# Exercises: versions joined, time travel by timestamp and in a path, change feed by table_changes, clones, restore, CONVERT TO DELTA, load of new files
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F
R = "abfss://raw@contosolake.dfs.core.windows.net"; C = "abfss://curated@contosolake.dfs.core.windows.net"; G = "abfss://gold@contosolake.dfs.core.windows.net"
o = spark.read.format("delta").load(C + "/silver/orders"); k = spark.read.format("delta").load(C + "/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
spark.sql("CREATE SCHEMA IF NOT EXISTS f09"); spark.sql("CREATE TABLE f09.t (id INT, v DOUBLE) USING delta TBLPROPERTIES (delta.enableChangeDataFeed = true)")
spark.sql("INSERT INTO f09.t SELECT order_id, amount FROM o"); spark.sql("UPDATE f09.t SET v = v + 1 WHERE id = 1")
spark.sql("CREATE TABLE f09.diff USING delta AS SELECT n.id, n.v AS now_v, p.v AS old_v, n.v - p.v AS change FROM f09.t n FULL OUTER JOIN f09.t VERSION AS OF 1 p ON n.id = p.id WHERE n.v IS DISTINCT FROM p.v")

# COMMAND ----------
at = spark.sql("DESCRIBE HISTORY f09.t").orderBy("version").first()["timestamp"]
spark.sql(f"INSERT INTO f09.diff (id, old_v) SELECT t.id, t.v FROM f09.t TIMESTAMP AS OF '{at}' t WHERE t.id NOT IN (SELECT id FROM f09.diff)")
o.select("order_id", "status").write.format("delta").save(C + "/f09/p"); spark.sql("INSERT INTO delta.`" + C + "/f09/p` SELECT id, name FROM k")
spark.sql("CREATE TABLE f09.added USING delta AS SELECT n.order_id, n.status FROM delta.`" + C + "/f09/p` n LEFT ANTI JOIN delta.`" + C + "/f09/p@v0` p ON n.order_id = p.order_id")

# COMMAND ----------
spark.sql("CREATE TABLE f09.log (id INT, v DOUBLE, what STRING, commit BIGINT) USING delta")
spark.sql("INSERT INTO f09.log SELECT id, v, _change_type, _commit_version FROM table_changes('f09.t', 1) WHERE _change_type <> 'update_preimage'")
spark.sql("CREATE TABLE f09.copy SHALLOW CLONE f09.t VERSION AS OF 1")
try: spark.sql("CREATE TABLE f09.deep DEEP CLONE f09.t")
except Exception as error: print("refused:", type(error).__name__)
spark.sql("INSERT INTO f09.copy SELECT id + 100, v FROM f09.t"); spark.sql("RESTORE TABLE f09.t TO VERSION AS OF 1")

# COMMAND ----------
spark.sql("SELECT order_id, currency FROM o").coalesce(1).write.partitionBy("currency").parquet(G + "/f09/plain")
spark.sql("CONVERT TO DELTA parquet.`" + G + "/f09/plain` PARTITIONED BY (currency STRING)")
spark.sql("INSERT INTO delta.`" + G + "/f09/plain` SELECT id, country FROM k")
spark.sql("CREATE TABLE f09.landing (order_id INT, amount DOUBLE, file STRING) USING delta")
spark.sql("CREATE TEMP VIEW raw USING csv OPTIONS (path '" + R + "/sales/orders.csv', header 'true', inferSchema 'true')")
spark.sql("INSERT INTO f09.landing SELECT int(order_id), double(amount), input_file_name() FROM raw WHERE order_id NOT IN (SELECT order_id FROM f09.landing)")
