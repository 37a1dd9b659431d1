# Databricks notebook source
# Exercises: one table read three times under other names, joins on column objects, dropped duplicate keys, chained USING joins, broadcast and merge hints, self join
# (`spark` and `sc` are given, as in a notebook)
from pyspark.sql import functions as F

SILVER = "abfss://curated@contosolake.dfs.core.windows.net"
GOLD = "abfss://gold@contosolake.dfs.core.windows.net/hr"


def employees(role: str):
    frame = spark.read.format("delta").load(f"{SILVER}/hr/employees")
    return frame.select([F.col(c).alias(f"{role}_{c}") for c in ("emp_id", "name", "salary", "manager_id", "dept_id")])


staff, boss, head = employees("staff"), employees("boss"), employees("head")
departments = spark.read.parquet(f"{SILVER}/hr/departments").withColumnsRenamed({"name": "department", "dept_id": "d_id"})

chart = (
    staff.join(boss, staff["staff_manager_id"] == boss["boss_emp_id"], "left")
    .join(F.broadcast(departments), staff.staff_dept_id == departments.d_id)
    .join(head.hint("merge"), F.col("head_id") == F.col("head_emp_id"), "left_outer")
    .drop(departments.d_id).drop("boss_manager_id", "head_manager_id", "boss_dept_id", "head_dept_id")
)
chart.select(
    F.col("staff_emp_id").alias("emp_id"), F.col("staff_name").alias("name"), F.col("boss_name").alias("reports_to"),
    "department", F.coalesce("head_name", "boss_name").alias("escalates_to"),
    (F.col("staff_salary") / F.col("boss_salary")).alias("share_of_boss"),
).write.format("delta").mode("overwrite").save(f"{GOLD}/chart")

emp = spark.read.format("delta").load(f"{SILVER}/hr/employees")
dep = spark.read.parquet(f"{SILVER}/hr/departments")
(emp.join(dep, "dept_id").where(emp["name"] != dep["name"])
 .select("dept_id", emp["name"], dep["name"].alias("dept"), "hired")
 .write.mode("overwrite").parquet(f"{GOLD}/by_department"))

e, m = emp.alias("e"), emp.alias("m")
pairs = e.join(m, (F.col("e.dept_id") == F.col("m.dept_id")) & (F.col("e.salary") < F.col("m.salary")), "inner")
(pairs.groupBy("e.emp_id").agg(F.count("m.emp_id").alias("better_paid"), F.max(F.col("m.salary") - F.col("e.salary")).alias("gap"))
 .join(emp.select("emp_id", F.col("name").alias("who")), ["emp_id"], "right")
 .fillna(0, ["better_paid"])
 .write.mode("overwrite").parquet(f"{GOLD}/pay_gap"))

orders = spark.read.format("delta").load(f"{SILVER}/silver/orders")
items = spark.read.parquet(f"{SILVER}/silver/order_items")
customers = spark.read.format("delta").load(f"{SILVER}/silver/customers")
products = spark.read.format("delta").load(f"{SILVER}/silver/products")
wide = (
    orders.join(items, ["order_id"])
    .join(customers.withColumnRenamed("id", "customer_id"), "customer_id", "left")
    .join(products, items["sku"] == products["sku"], "left").drop(products["sku"])
    .withColumn("value", F.col("qty") * F.coalesce("price", "list_price") * (1 - F.coalesce("discount", F.lit(0.0))))
)
wide.select("order_id", "line_no", "sku", "title", "name", "value").repartition(4, "order_id").write.mode("append").parquet("abfss://gold@contosolake.dfs.core.windows.net/sales/wide")
wide.groupBy("category", "country").agg(F.sum("value").alias("value")).coalesce(1).write.mode("overwrite").option("header", True).csv("abfss://gold@contosolake.dfs.core.windows.net/sales/by_category")
