"""Two notebooks at once on one cluster, each renewing its identity while it writes.

    python -m tests.databricks_init.two_notebooks ORDER.json

The order has ``conf``, ``folder``, ``names`` and ``writes``. Prints how often identities were set, and what was said.
"""

import json
import sys
import threading
from pathlib import Path

from pyspark.sql import SparkSession

from databricks_init.lineage_notebook.identity import set_identity


def main(order_file: str) -> None:
    order = json.loads(Path(order_file).read_text())
    builder = SparkSession.builder
    for key, value in order["conf"].items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    said: dict[str, list[str]] = {name: [] for name in order["names"]}

    def notebook(name: str) -> None:
        session = spark.newSession()
        session.sql("SELECT 1").collect()
        said[name].append(set_identity(session, {"notebookPath": f"/{name}"}))
        done = threading.Event()

        def renew() -> None:
            while not done.is_set():
                said[name].append(set_identity(session, {"notebookPath": f"/{name}"}))

        renewing = threading.Thread(target=renew)
        renewing.start()
        for number in range(order["writes"]):
            session.range(number + 1).write.mode("overwrite").parquet(f"{order['folder']}/{name}/{number}")
        done.set()
        renewing.join()

    threads = [threading.Thread(target=notebook, args=(name,)) for name in order["names"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty(120_000)
    spark.stop()
    print(json.dumps({name: [len(lines), sorted(set(lines))] for name, lines in said.items()}))


if __name__ == "__main__":
    main(sys.argv[1])
