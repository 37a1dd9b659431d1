"""A Databricks node in a folder: what the init script reads there, and what it has written afterwards."""

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path("databricks_init/lineage-init.sh")
HOME = "Workspace/Shared/lineage"
KEY = "inventedKeyForTests0123456789_-abc=="
URL = "https://func-lineage-test.azurewebsites.net/api/producer"
WORKSPACE = "adb-1234567890123456.7.azuredatabricks.net"
ADD_OPENS = "--add-opens=java.base/sun.net.www.protocol.jar=ALL-UNNAMED"
CONF = "databricks/driver/conf/00-lineage-driver-defaults.conf"
AGENT = "databricks/jars/lineage-spline-agent.jar"
SETTINGS = "databricks/jars/lineage-settings.jar"
STATUS = "databricks/lineage/status"
RULES = "databricks/lineage/rules.json"
JOB = {"DB_IS_JOB_CLUSTER": "TRUE", "DB_CLUSTER_NAME": "job-4711-run-9001-retail"}
BUNDLES = {spark: f"spark-{spark}-spline-agent-bundle_2.12-2.2.3.jar" for spark in ("3.2", "3.3", "3.4", "3.5")}
_SETTING = re.compile(r'  "([^"]+)" = (".*")')


@dataclass
class Ran:
    """One run of the script."""

    code: int
    output: str

    @property
    def lines(self) -> list[str]:
        """What it logged."""
        return self.output.splitlines()


@dataclass
class Node:
    """The node's root folder, and the environment that Databricks and the policy give to the script."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)
    before: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, content: str | bytes) -> Path:
        """Write a file of the node."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def deploy_conf(self, **settings: str) -> None:
        """What Databricks writes about the cluster."""
        lines = [f"  {key.replace('__', '.')} = {json.dumps(value)}" for key, value in settings.items()]
        self.put("databricks/common/conf/deploy.conf", "all-projects {\n" + "\n".join(lines) + "\n}\n")

    def run(self, *, shell: str = "bash", script: Path = SCRIPT, **changed: str | None) -> Ran:
        """Run the script; a variable that is ``None`` is not set. Standard error belongs to the output."""
        env = {name: value for name, value in (self.env | changed).items() if value is not None}
        self.before = self._files()
        done = subprocess.run(
            [str(shutil.which(shell)), str(script)],
            env={"PATH": os.environ["PATH"], "LINEAGE_ROOT": str(self.root)} | env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    def written(self) -> dict[str, str]:
        """Every file that the last run made or changed; the agent's jar as its bundle's name, a jar as its text."""
        after = self._files()
        changed = {path for path, content in after.items() if self.before.get(path) != content}
        return {path: self._told(path, after[path]) for path in sorted(changed)}

    def conf(self) -> dict[str, str]:
        """The driver's settings that the script wrote, in order; empty where it wrote none."""
        file = self.root / CONF
        if not file.exists():
            return {}
        head, *lines, tail = file.read_text().splitlines()
        assert (head, tail) == ("[driver] {", "}")
        found = [_SETTING.fullmatch(line) for line in lines]
        assert all(found), lines
        return {each[1]: json.loads(each[2]) for each in found if each}

    def secrets(self) -> str:
        """The text of ``spline.properties``."""
        with zipfile.ZipFile(self.root / SETTINGS) as jar:
            assert jar.namelist() == ["spline.properties"]
            return jar.read("spline.properties").decode()

    def _files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and not path.is_symlink()
        }

    def _told(self, path: str, content: bytes) -> str:
        if path == AGENT:
            return content.decode().removeprefix("the bytes of ")
        return self.secrets() if path == SETTINGS else content.decode()


def node(
    root: Path, *, spark: str = "3.5.0", scala: str = "2.12", java: str = "1.8.0_412", env: Mapping[str, str] = {}
) -> Node:
    """A driver under the policy, with a bundle for every Spark that the agent has one for."""
    made = Node(root, {"DB_IS_DRIVER": "TRUE", **policy(), **cluster(), **env})
    made.put("databricks/spark/VERSION", f"{spark}\n")
    made.put("databricks/DBR_VERSION", "15.4\n")
    library = (
        f"----ws_{spark[:3].replace('.', '_')}--maven-trees--org.scala-lang--scala-library_{scala}--{scala}.15.jar"
    )
    made.put(f"databricks/jars/{library}", "scala")
    made.put("databricks/driver/conf/spark-branch.conf", '[driver] {\n  "spark.some.default" = "1"\n}\n')
    made.deploy_conf(
        spark__databricks__clusterUsageTags__sparkVersion=f"15.4.x-scala{scala}",
        spark__databricks__clusterUsageTags__clusterAllTags='[{"key":"Vendor","value":"Databricks"}]',
    )
    executable(made.put("usr/bin/java", f"#!/bin/sh\necho 'openjdk version \"{java}\" 2026-01-01' >&2\n"))
    (root / "usr/bin/python3").symlink_to(sys.executable)
    sums = ""
    for bundle in BUNDLES.values():
        content = f"the bytes of {bundle}"
        made.put(f"{HOME}/{bundle}", content)
        sums += f"{hashlib.sha256(content.encode()).hexdigest()}  {bundle}\n"
    made.put(f"{HOME}/bundles.sha256", sums)
    for module in ("identity", "mounts"):
        made.put(f"{HOME}/lineage_notebook/{module}.py", f"# {module}\n")
    return made


def policy() -> dict[str, str]:
    """What the cluster policy sets."""
    return {
        "LINEAGE": "on",
        "LINEAGE_URL": URL,
        "LINEAGE_KEY": KEY,
        "LINEAGE_HOME": f"/{HOME}",
        "LINEAGE_WORKSPACE_URL": WORKSPACE,
        "LINEAGE_WORKSPACE_ID": "1234567890123456",
        "JDK_JAVA_OPTIONS": ADD_OPENS,
    }


def cluster() -> dict[str, str]:
    """What Databricks sets on an all-purpose cluster."""
    return {
        "DB_CLUSTER_ID": "1120-010003-k3v9qzap",
        "DB_CLUSTER_NAME": "team-analytics",
        "DB_IS_JOB_CLUSTER": "FALSE",
        "DB_DRIVER_IP": "10.0.0.4",
    }


def executable(file: Path) -> Path:
    """Let it be run."""
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file
