"""Two notebooks at once on one cluster, each renewing its identity while it writes."""

import threading
from typing import Any

from databricks_init.lineage_notebook.identity import set_identity


def write_at_once(spark: Any, folder: str, names: tuple[str, ...], writes: int) -> dict[str, list[str]]:
    """Each of ``names`` writes ``writes`` folders in a session of its own; what each setting of its identity said."""
    said: dict[str, list[str]] = {name: [] for name in names}

    def notebook(name: str) -> None:
        session = spark.newSession()
        session.sql("SELECT 1").collect()
        done = threading.Event()

        def renew() -> None:
            said[name].append(set_identity(session, {"notebookPath": f"/{name}"}))

        def keep_renewing() -> None:
            while not done.is_set():
                renew()

        renew()
        renewing = threading.Thread(target=keep_renewing)
        renewing.start()
        try:
            for number in range(writes):
                session.range(number + 1).write.mode("overwrite").parquet(f"{folder}/{name}/{number}")
        finally:
            done.set()
            renewing.join()

    threads = [threading.Thread(target=notebook, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said
