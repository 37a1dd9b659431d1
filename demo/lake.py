"""Cloud storage without a cloud: ``abfss://`` and ``dbfs:/`` as local folders, by Hadoop's configuration alone."""

import shutil
from pathlib import Path

ACCOUNT = "northwindlake.dfs.core.windows.net"
CONTAINERS = ("landing", "bronze", "silver", "gold")
DATA = Path(__file__).parent / "data"
WAREHOUSE = "dbfs:/user/hive/warehouse"

_SCHEMES = ("abfss", "wasbs", "dbfs")
_FOLDERS = "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme"


def create(folder: Path) -> dict[str, str]:
    """Lay out the containers with the landing files; the Spark settings that let its URIs mean these folders."""
    mounts = {f"{container}@{ACCOUNT}": folder / container for container in CONTAINERS} | {"default": folder / "dbfs"}
    for place in mounts.values():
        place.mkdir(parents=True, exist_ok=True)
    shutil.copytree(DATA / "landing", folder / "landing", dirs_exist_ok=True)
    table = {
        f"spark.hadoop.fs.viewfs.mounttable.{name}.linkFallback": place.resolve().as_uri()
        for name, place in mounts.items()
    }
    return {
        **{f"spark.hadoop.fs.{scheme}.impl": _FOLDERS for scheme in _SCHEMES},
        "spark.hadoop.fs.viewfs.overload.scheme.target.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
        **table,
        # Delta asks the log store by scheme, and Spark must not list folders in jobs of its own.
        "spark.delta.logStore.dbfs.impl": "io.delta.storage.AzureLogStore",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
        "spark.sql.warehouse.dir": WAREHOUSE,
        **_metastore(folder.resolve() / "metastore"),
    }


def _metastore(folder: Path) -> dict[str, str]:
    """Hive's metastore in a folder of its own, so that the tables of one run are there in the next."""
    url = f"jdbc:derby:;databaseName={folder};create=true"
    return {"spark.hadoop.javax.jdo.option.ConnectionURL": url}
