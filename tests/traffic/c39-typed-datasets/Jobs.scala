package jobs
import org.apache.spark.sql._
case class Order(order_id: Int, customer_id: Int, amount: Double, status: String)
case class Out(id: Int, label: String)
case class Cust(id: Int, name: String)
object Typed {
  def run(spark: SparkSession, src: String, cust: String, out: String): Unit = {
    import spark.implicits._
    val o = spark.read.format("delta").load(src).as[Order]
    o.filter(_.amount > 1).map(r => Out(r.order_id, r.status + "!")).write.mode("overwrite").parquet(out + "/a")
    o.groupByKey(_.customer_id).mapGroups((k, rows) => (k, rows.map(_.amount).sum)).toDF("customer_id", "total").write.mode("overwrite").parquet(out + "/b")
    val k = spark.read.format("delta").load(cust).select("id", "name").as[Cust]
    o.joinWith(k, o("customer_id") === k("id")).map { case (a, b) => (a.order_id, b.name) }.toDF("order_id", "buyer").write.mode("overwrite").parquet(out + "/c")
    o.joinWith(k, o("customer_id") === k("id"), "left").select($"_1.status", $"_2.name").write.mode("overwrite").parquet(out + "/d")
    o.flatMap(r => r.status.split("A").map(w => (r.order_id, w))).toDF("order_id", "word").write.mode("overwrite").parquet(out + "/e")
    o.groupByKey(_.status).reduceGroups((a, b) => if (a.amount > b.amount) a else b).map(_._2).select("order_id", "amount").write.mode("overwrite").parquet(out + "/f")
    o.groupByKey(_.status).agg(functions.sum($"amount").as[Double]).toDF("s", "t").write.mode("overwrite").parquet(out + "/g")
    o.mapPartitions(it => it.map(_.amount)).toDF("amount").write.mode("overwrite").parquet(out + "/h")
    o.as[Order].select("order_id").write.mode("overwrite").parquet(out + "/i")
    val f = functions.udf((a: Double, s: String) => a.toString + s)
    o.toDF.select(f($"amount", $"status").as("u"), $"order_id").write.mode("overwrite").parquet(out + "/j")
  }
}
