"""One Spark application with the agent, in a process of its own: ``python -m demo.spark ORDER.json``.

The order is a JSON object: ``conf`` (Spark's settings), ``secrets`` and ``notebooks``, each with ``file``, ``context``
(what ``dbutils`` tells about it), ``widgets``, ``mounts``, ``forbidden`` and ``replaced`` (``%run`` argument → file).
Each notebook gets a session of its own, as on a cluster. What became of it is a line on standard output: ``MARK`` and
a JSON object.
"""

import json
import re
import sys
import traceback
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from demo import live, notebook
from demo.dbutils import DBUtils, MountInfo

MARK = live.MARK
DRAIN_MILLISECONDS = 300_000
PYTHON_ERROR = re.compile(r"^\w+(?:Error|Exception): .*", re.MULTILINE)
"""The last line of Python's trace, inside of what Spark says."""


def main(order_file: str) -> int:
    """Exit code 0 however the notebooks ended; what a notebook's code raises is in its line."""
    order = json.loads(Path(order_file).read_text(encoding="utf-8"))
    builder = SparkSession.builder.enableHiveSupport()
    for key, value in order["conf"].items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        for each in order["notebooks"]:
            error = _run(spark.newSession(), each, order["secrets"])
            _drain(spark)
            print(MARK + json.dumps({"file": each["file"], "error": error}), flush=True)
    finally:
        spark.stop()
    return 0


def _run(session: Any, given: dict[str, Any], secrets: dict[str, dict[str, str]]) -> str:
    session.sql("SELECT 1")  # makes the session the active one, as a notebook's is
    mounts = [MountInfo(point, source) for point, source in given.get("mounts", {}).items()]
    forbidden = bool(given.get("forbidden"))
    dbutils = DBUtils(
        given["context"], widgets=given.get("widgets"), secrets=secrets, mounts=mounts, forbidden=forbidden
    )
    namespace = {
        "__name__": "__main__",
        "spark": session,
        "sc": session.sparkContext,
        "dbutils": dbutils,
        "displayHTML": lambda _: None,
    }
    replaced = {name: Path(file) for name, file in given.get("replaced", {}).items()}
    try:
        notebook.run(Path(given["file"]), namespace, replaced)
    except Exception as error:  # whatever the notebook's code raises ends the notebook, not the application
        traceback.print_exc()
        return _line(error)
    return ""


def _line(error: Exception) -> str:
    """The error in a line; of an error in the JVM the JVM's, of one in a Python function on the way Python's."""
    java = getattr(error, "java_exception", None)
    text = str(java.toString()) if java is not None else f"{type(error).__name__}: {error}"
    python = PYTHON_ERROR.search(text)
    return (python[0] if python else text.splitlines()[0])[:120]


def _drain(spark: Any) -> None:
    """Until the agent has sent all that it has to send: it works on Spark's listener bus."""
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty(DRAIN_MILLISECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
