"""A job on Spark, in a process of its own: ``python -m tests.databricks_init.small_job ORDER.json``.

The order has ``conf`` and ``folder``. The last line of the output is a JSON object: what the job computed, how its
failing write failed, how long the first session, the work and ``stop`` took (seconds), and where Spark shows the
``secret`` of the order: in ``SET``, in the UI or in its REST API.
"""

import json
import sys
import time
import urllib.request
from pathlib import Path

from pyspark.sql import SparkSession, functions


def main(order_file: str) -> None:
    order = json.loads(Path(order_file).read_text())
    started = time.monotonic()
    builder = SparkSession.builder
    for key, value in order["conf"].items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sql("SELECT 1").collect()  # builds the session's state, and with it the listener
    session = time.monotonic()
    results = _work(spark, Path(order["folder"]))
    worked = time.monotonic()
    shown = _shown(spark, order["secret"])
    stopping = time.monotonic()
    spark.stop()
    stopped = time.monotonic()
    times = {"first_session": session - started, "job": worked - session, "stop": stopped - stopping}
    print(json.dumps({"results": results, "times": times, "shown": shown}))


def _work(spark, folder: Path):
    numbers = spark.range(100).withColumn("third", functions.col("id") % 3)
    numbers.write.mode("overwrite").parquet(str(folder / "numbers"))
    grouped = spark.read.parquet(str(folder / "numbers")).groupBy("third").agg(functions.sum("id").alias("total"))
    grouped.write.mode("overwrite").parquet(str(folder / "totals"))
    try:
        numbers.select(functions.raise_error(functions.lit("stop")).cast("string")).write.mode("overwrite").parquet(
            str(folder / "failed")
        )
        failure = "none"
    except Exception as error:
        failure = type(error).__name__
    rows = spark.read.parquet(str(folder / "totals")).orderBy("third").collect()
    return [[row["third"], row["total"]] for row in rows] + [failure]


def _shown(spark, secret: str):
    places = {"SET": str(spark.sql("SET").collect()), "SET -v": str(spark.sql("SET -v").collect())}
    address = spark.sparkContext.uiWebUrl
    if address:
        application = spark.sparkContext.applicationId
        for path in ("/environment/", f"/api/v1/applications/{application}/environment"):
            with urllib.request.urlopen(address + path, timeout=30) as answer:
                places[path] = answer.read().decode()
        assert "spark.app.name" in places["/environment/"]
    return sorted(place for place, text in places.items() if secret in text)


if __name__ == "__main__":
    main(sys.argv[1])
