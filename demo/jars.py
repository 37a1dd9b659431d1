"""What a run on local Spark needs beside Python: a JDK, the agent's bundle, Delta and a JDBC driver.

The agent is taken from ``SPLINE_AGENT_JAR`` or, like the other jars, by its Maven coordinates into ``.cache/jars``: by
Maven, which knows the machine's mirrors, or where there is none by the Ivy that Spark brings along.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(".cache/jars")
AGENT = "za.co.absa.spline.agent.spark:spark-3.5-spline-agent-bundle_2.12:2.2.0"
DELTA = ("io.delta:delta-spark_2.12:3.3.2", "io.delta:delta-storage:3.3.2")
POSTGRESQL = "org.postgresql:postgresql:42.7.4"
JDKS = (17, 11, 8)
"""What Spark 3.5 runs on, the best first."""
_REASON = re.compile(r"(?:\S*\[ERROR\] |:: )?(\S.*(?:not find|not found|[Uu]nknown|[Ff]ailed|[Ee]xception).*)")
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


class Missing(Exception):
    """Something that Spark or the agent needs is not on this machine; the text is one line and names the fix."""


@dataclass(frozen=True, slots=True)
class Jdk:
    """A Java runtime that Spark 3.5 accepts."""

    home: Path
    major: int


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything for a run; ``jars`` belong on the driver's class path, the agent's first."""

    jdk: Jdk
    agent: Path
    jars: tuple[Path, ...]


def find_tools(env: Mapping[str, str] = os.environ) -> Tools:
    """Everything for a run, fetched where it is not there yet; ``Missing`` names the first thing that cannot be had."""
    jdk = find_jdk(env)
    agent = agent_jar(env)
    return Tools(jdk, agent, (agent, *(fetch(artifact) for artifact in (*DELTA, POSTGRESQL))))


def find_jdk(env: Mapping[str, str] = os.environ) -> Jdk:
    """The best Java for Spark 3.5; ``Missing`` where there is none of 8, 11 and 17."""
    found = {major: home for home in _homes(env) if (major := _major(home)) in JDKS}
    for major in JDKS:
        if major in found:
            return Jdk(found[major], major)
    raise Missing(
        "a JDK (17, 11 or 8) is missing: install one (apt-get install openjdk-17-jre-headless) or set JAVA_HOME"
    )


def _homes(env: Mapping[str, str]) -> Iterator[Path]:
    """Candidates; of two with one version the last wins, so the user's own choice comes last."""
    for folder in (Path("/Library/Java/JavaVirtualMachines"), Path("/usr/lib/jvm")):
        yield from (java.parents[1] for java in sorted(folder.glob("**/bin/java")) if "jre/bin" not in str(java))
    if on_path := shutil.which("java", path=env.get("PATH")):
        yield Path(on_path).resolve().parents[1]
    if home := env.get("JAVA_HOME"):
        yield Path(home)


def _major(home: Path) -> int:
    try:
        told = subprocess.run([home / "bin/java", "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    version = _VERSION.search(told.stderr)
    return int(version[1]) if version else 0


def agent_jar(env: Mapping[str, str] = os.environ) -> Path:
    """The Spline agent's bundle for Spark 3.5; ``Missing`` where neither the variable nor Maven gives it."""
    given = env.get("SPLINE_AGENT_JAR")
    if not given:
        try:
            return fetch(AGENT)
        except Missing as missing:
            raise Missing(f"the Spline agent's jar is missing: set SPLINE_AGENT_JAR=/path/to.jar ({missing})") from None
    if not Path(given).is_file():
        raise Missing(f"SPLINE_AGENT_JAR names no file: {given}")
    return Path(given).resolve()


def fetch(artifact: str) -> Path:
    """The jar of Maven coordinates ``group:artifact:version``, from the cache or from Maven's repository."""
    _, name, version = artifact.split(":")
    jar = CACHE.resolve() / f"{name}-{version}.jar"
    if jar.is_file():
        return jar
    jar.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jar.parent) as folder:  # whole or not at all, also when two fetch at once
        command = _by_maven(artifact, Path(folder)) or _by_ivy(artifact, Path(folder))
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        except subprocess.TimeoutExpired as error:
            raise Missing(f"{artifact} could not be fetched within {error.timeout:.0f} s") from None
        fetched = Path(folder) / jar.name
        if done.returncode != 0 or not fetched.is_file():
            said = _REASON.search(done.stdout + done.stderr)
            raise Missing(f"{artifact} could not be fetched: {said[1][:200] if said else 'no reason given'}")
        return fetched.replace(jar)


def _by_maven(artifact: str, folder: Path) -> list[str]:
    maven = shutil.which("mvn")
    goal = ["-B", "-q", "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
    return [maven, *goal] if maven else []


def _by_ivy(artifact: str, folder: Path) -> list[str]:
    spark = importlib.util.find_spec("pyspark")
    ivy = next((Path(spark.origin).parent / "jars").glob("ivy-*.jar"), None) if spark and spark.origin else None
    if ivy is None:
        raise Missing(f"Maven is missing, to fetch {artifact}: install it (apt-get install maven)")
    java = str(find_jdk().home / "bin/java")
    to = ["-notransitive", "-retrieve", f"{folder}/[artifact]-[revision].[ext]", "-warn"]
    cache = f"-Divy.cache.dir={folder / 'ivy'}"
    return [java, cache, "-jar", str(ivy), "-dependency", *artifact.split(":"), "-confs", "default", *to]
