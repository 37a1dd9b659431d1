# Databricks notebook source
# Exercises: MERGE with names in other cases, aliases that look like columns, several conditional updates, function of both sides, source with the target's names swapped
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
P="delta.`"+C+"/silver/"
spark.sql("MERGE INTO "+P+"m1` AS amount USING (SELECT order_id AS Order_Id, status AS currency, currency AS status FROM o) AS src ON amount.ORDER_ID = src.order_id WHEN MATCHED AND amount.currency = 'EUR' THEN UPDATE SET AMOUNT = amount.amount + 1, Status = src.status WHEN MATCHED AND src.currency = 'NEW' THEN UPDATE SET Currency = concat(src.currency, amount.status) WHEN NOT MATCHED THEN INSERT (ORDER_ID, STATUS) VALUES (src.ORDER_ID, src.currency)")
from delta.tables import DeltaTable
t=DeltaTable.forPath(spark,C+"/silver/m2")
t.alias("t").merge(o.groupBy("customer_id").agg(F.sum("amount").alias("amount"),F.max("order_date").alias("order_date")).alias("s"),"t.customer_id = s.customer_id and t.order_date <= s.order_date").whenMatchedUpdate(condition="s.amount > 10",set={"amount":"greatest(t.amount, s.amount)"}).whenMatchedDelete(condition="t.status = 'GONE'").execute()
