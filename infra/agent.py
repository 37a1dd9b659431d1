"""What is brought to a workspace: the agent's bundles, the init script and the notebook, read from this project.

Bundles come from a path, or from the user's own Maven, which verifies what it fetches.
"""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from databricks_init.support import load
from infra.config import Config
from infra.errors import DeployError

_ROOT = Path(__file__).parent.parent
SOURCES = _ROOT / "databricks_init"
JARS = _ROOT / "build/agent"
CHECKSUMS = "bundles.sha256"
"""Beside the bundles: what ``sha256sum`` prints of them. The init script takes no other jar."""
NOTEBOOK = "Spark Lineage Harvest Init"
_BUNDLE = re.compile(r"(?P<for>spark-\d\.\d+-spline-agent-bundle_2\.\d+)-[\w.-]+\.jar")
MODULES = "lineage_notebook"
"""Folder of what the notebook imports; the init script lays it down on the driver, too."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Everything that one workspace gets."""

    script: bytes
    notebook: bytes
    modules: Mapping[str, bytes]
    jars: tuple[Path, ...]

    @property
    def script_name(self) -> str:
        """Named by content: a cluster that starts meanwhile finds the script that its policy named, old or new."""
        return f"lineage-init-{hashlib.sha256(self.script).hexdigest()[:8]}.sh"

    @property
    def texts(self) -> dict[str, bytes]:
        """Name → content of everything that lies beside the bundles."""
        modules = {f"{MODULES}/{name}": content for name, content in self.modules.items()}
        return {CHECKSUMS: self.checksums, self.script_name: self.script, **modules}

    @property
    def checksums(self) -> bytes:
        """Content of ``CHECKSUMS``."""
        return "".join(f"{bundle['sha256']}  {name}\n" for name, bundle in self.bundles.items()).encode()

    @property
    def bundles(self) -> dict[str, dict[str, Any]]:
        """File name → ``sha256`` and ``bytes`` of each bundle."""
        contents = {jar.name: jar.read_bytes() for jar in self.jars}
        return {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in contents.items()
        }


def load_agent(config: Config, *, sources: Path | None = None, jars: Path = JARS) -> Agent:
    """Raises ``DeployError``."""
    sources = sources or SOURCES
    script = _only(sources, "*.sh").read_bytes()
    if b"\r" in script:
        raise DeployError(
            "the init script has Windows line ends; run: git config core.autocrlf input, and check it out again"
        )
    modules = {each.name: each.read_bytes() for each in sorted((sources / MODULES).glob("*.py"))}
    return Agent(script, _only(sources, f"{NOTEBOOK}.*").read_bytes(), modules, tuple(_jars(config, jars)))


def coordinates(version: str, sparks: Iterable[str] = ("3.5",)) -> Iterator[str]:
    """Maven coordinates of the bundles for these versions of Spark. Raises ``DeployError`` where one has none."""
    support = load()
    for spark in sparks:
        found = [bundle for bundle in support.bundles if bundle.spark == spark]
        if not found:
            there = ", ".join(bundle.spark for bundle in support.bundles)
            raise DeployError(f"agentSpark: there is no agent for Spark {spark}; there is one for {there}")
        for bundle in found:
            yield f"{support.agent.format(spark=bundle.spark, scala=bundle.scala)}:{version}"


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise DeployError(f"{folder.name}/ must have one {pattern}, has {len(found)}: is this a whole checkout?")
    return found[0]


def _jars(config: Config, folder: Path) -> Iterator[Path]:
    if config.agent_jar:
        yield from _given(Path(config.agent_jar).expanduser())
        return
    for each in coordinates(config.agent_version, config.agent_spark):
        _, name, version = each.split(":")
        jar = folder / f"{name}-{version}.jar"
        if not jar.is_file():
            _fetch(each, folder)
        yield jar


def _given(path: Path) -> list[Path]:
    """One jar, or a folder of them; the init script wants exactly one for each Spark and Scala."""
    jars = sorted(path.glob("*.jar")) if path.is_dir() else [path]
    if not jars or not all(jar.is_file() for jar in jars):
        raise DeployError(f"agentJar: there is no {'jar in' if path.is_dir() else 'file'} {path}")
    seen: dict[str, Path] = {}
    for jar in jars:
        found = _BUNDLE.fullmatch(jar.name)
        if not found:
            raise DeployError(f"agentJar: {jar.name} is not named spark-A.B-spline-agent-bundle_C.DD-VERSION.jar")
        other = seen.setdefault(found["for"], jar)
        if other is not jar:
            raise DeployError(f"agentJar: {other.name} and {jar.name} are for the same Spark and Scala: remove one")
    return jars


def _fetch(artifact: str, folder: Path) -> None:
    maven = shutil.which("mvn")
    if not maven:
        raise DeployError(
            f"the agent {artifact} is not here and Maven is missing: install Maven, or download the jar and run:"
            " pulumi -C infra config set agentJar PATH"
        )
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
    command = [maven, "--batch-mode", "--quiet", goal, f"-Dartifact={artifact}", f"-DoutputDirectory={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603
    if done.returncode:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), "no reason given")
        raise DeployError(
            f"Maven could not fetch {artifact}: {said.removeprefix('[ERROR] ')[:300]}\n"
            "set another agentVersion, or download the jar and run: pulumi -C infra config set agentJar PATH"
        )
