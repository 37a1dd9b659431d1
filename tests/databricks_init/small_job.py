"""A job on Spark, in a process of its own: ``python -m tests.databricks_init.small_job ORDER.json``.

The order has ``conf``, ``folder``, ``secret``, and ``phases``: what the endpoint at ``switch`` does next, or one empty
name. The job runs in each phase, in a session of its own. The last line of the output is a JSON object: for each phase
what the job computed, how its failing write failed, and the seconds that it took and that the listener bus took after
it; how long the first session and ``stop`` took (the last phase is left for it); and where Spark shows the secret, in
``SET``, in the UI or in its REST API.
"""

import json
import sys
import time
import urllib.request
from pathlib import Path

from pyspark.sql import SparkSession, functions

DRAIN_MILLISECONDS = 120_000


def main(order_file: str) -> None:
    order = json.loads(Path(order_file).read_text())
    started = time.monotonic()
    builder = SparkSession.builder
    for key, value in order["conf"].items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sql("SELECT 1").collect()  # builds the session's state, and with it the listener
    first_session = time.monotonic() - started
    phases = {name: _phase(spark, name, order) for name in order["phases"]}
    shown = _shown(spark, order["secret"])
    stopping = time.monotonic()
    spark.stop()
    stop = time.monotonic() - stopping
    print(json.dumps({"first_session": first_session, "phases": phases, "shown": shown, "stop": stop}))


def _phase(spark, name: str, order):
    if name:
        with urllib.request.urlopen(f"{order['switch']}/{name}", timeout=30):
            pass
    session = spark.newSession()
    session.sql("SELECT 1").collect()
    began = time.monotonic()
    results = _work(session, Path(order["folder"]))
    worked = time.monotonic()
    if name != order["phases"][-1]:
        spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty(DRAIN_MILLISECONDS)
    return {"results": results, "job": worked - began, "drain": time.monotonic() - worked}


def _work(spark, folder: Path):
    numbers = spark.range(100).withColumn("third", functions.col("id") % 3)
    numbers.write.mode("overwrite").parquet(str(folder / "numbers"))
    totals = spark.read.parquet(str(folder / "numbers")).groupBy("third").agg(functions.sum("id").alias("total"))
    try:
        stopping = functions.raise_error(functions.lit("stop")).cast("string")
        numbers.select(stopping).write.mode("overwrite").parquet(str(folder / "failed"))
        failure = "none"
    except Exception as error:
        failure = type(error).__name__
    return [[row["third"], row["total"]] for row in totals.orderBy("third").collect()] + [failure]


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
