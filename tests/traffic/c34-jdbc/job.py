# Databricks notebook source
# Exercises: query option, sub-query as dbtable, partitioned read, predicates, overwrite with truncate, database to database
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F, Window
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
U="jdbc:postgresql://contoso-pg.postgres.database.azure.com:5432/salesdb"; P={"user":"publisher","password":"invented-for-the-demo","driver":"org.postgresql.Driver"}
j=lambda **x: spark.read.format("jdbc").option("url",U).options(**P,**x)
j(query="SELECT o.id, o.total, c.name AS buyer FROM shop.orders o JOIN shop.customers c ON o.customer = c.id WHERE o.total > o.id").load().write.mode("overwrite").parquet(G+"/c34/a")
j(dbtable="(SELECT id, upper(name) AS nm FROM shop.customers) AS q").load().filter("id > 0").write.mode("overwrite").parquet(G+"/c34/b")
spark.read.jdbc(U,"shop.orders",column="id",lowerBound=0,upperBound=10,numPartitions=2,properties=P).join(k,F.col("customer")==k.id).select("total","name").write.mode("overwrite").parquet(G+"/c34/c")
spark.read.jdbc(U,"shop.orders",predicates=["id < 5","id >= 5"],properties=P).select("id").write.mode("overwrite").parquet(G+"/c34/d")
j(dbtable="shop.orders").load().select("id",(F.col("total")*2).alias("total")).write.mode("overwrite").option("truncate","true").jdbc(U,"shop.report",properties=P)
