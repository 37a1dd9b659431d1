# Databricks notebook source
# Exercises: MERGE and UPDATE with more columns and arguments than Spark prints, casts of arrays of structs, lambdas
# (`spark` and `sc` are given, as in a notebook)
R="abfss://raw@contosolake.dfs.core.windows.net"; C="abfss://curated@contosolake.dfs.core.windows.net"; G="abfss://gold@contosolake.dfs.core.windows.net"
o=spark.read.format("delta").load(C+"/silver/orders"); k=spark.read.format("delta").load(C+"/silver/customers")
o.createOrReplaceTempView("o"); k.createOrReplaceTempView("k")
o.selectExpr("*", *[f"order_id * {n} AS w{n:02}" for n in range(40)], "array(named_struct('sku', status, 'qty', order_id)) AS items").write.format("delta").mode("overwrite").save(C+"/silver/e06_s")
o.selectExpr("*", *[f"order_id * {n} AS w{n:02}" for n in range(40)], "array(named_struct('sku', status, 'qty', order_id)) AS items").write.format("delta").mode("overwrite").save(C+"/silver/e06_t")
few="concat_ws('-', "+", ".join(f"s.w{n:02}" for n in range(10))+")"
spark.sql("MERGE INTO delta.`"+C+"/silver/e06_t` t USING delta.`"+C+"/silver/e06_s` s ON t.order_id = s.order_id WHEN MATCHED AND t.w39 > 1 THEN UPDATE SET t.status = "+few+", t.items = filter(s.items, i -> i.qty > t.w00), t.w38 = nullif(s.w37, 0) WHEN NOT MATCHED THEN INSERT *")
many="concat_ws('-', "+", ".join(f"w{n:02}" for n in range(30))+")"
spark.sql("UPDATE delta.`"+C+"/silver/e06_t` SET currency = "+many+", w39 = CASE WHEN w38 IS NOT NULL THEN w37 + 1 ELSE 0 END WHERE amount BETWEEN 1 AND 2 AND status LIKE 'a%'")
