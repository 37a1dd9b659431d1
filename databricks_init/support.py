"""Where the agent can be attached: one data file, read by the docs, the cluster policy, the checks and the script.

``support.json``: ``runtimes`` with Databricks' end of support, ``bundles`` that the agent is published in, access
modes and languages, each with a verdict and the reason, and ``unseen``: what no attached agent can see.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "support.json"


class Verdict(IntEnum):
    """How far a combination is supported; of several, the lowest counts."""

    UNSUPPORTED = 0
    UNTESTED = 1
    SUPPORTED = 2

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, text: str) -> "Verdict":
        """From the data file's spelling."""
        return cls[text.upper()]


@dataclass(frozen=True, slots=True)
class Runtime:
    """A Databricks runtime image; ``end`` is its last day of support, ``None`` where Databricks has not set it."""

    name: str
    spark: str
    scala: str
    java: int
    end: date | None
    verdict: Verdict
    why: str

    @property
    def label(self) -> str:
        """The runtime as people call it, with the Scala image where there are two."""
        return f"{self.name}, Scala {self.scala}" if self.name.startswith("16.4") else self.name


@dataclass(frozen=True, slots=True)
class Bundle:
    """A build of the agent, and the Java versions that its Spark runs on."""

    spark: str
    scala: str
    java: tuple[int, ...]
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """An access mode (with its names in the policy's ``data_security_mode``) or a language."""

    name: str
    verdict: Verdict
    why: str
    policy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict on a combination, and why."""

    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Support:
    """The whole table."""

    agent: str
    runtimes: tuple[Runtime, ...]
    bundles: tuple[Bundle, ...]
    access_modes: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    unseen: tuple[dict[str, str], ...]

    def matrix(self) -> Iterator[tuple[Runtime, Choice, Choice, Answer]]:
        """Every runtime, access mode and language with the verdict on the three."""
        for runtime in self.runtimes:
            for mode in self.access_modes:
                for language in self.languages:
                    yield runtime, mode, language, worst(runtime, mode, language)

    def bundle(self, spark: str, scala: str, java: int) -> Answer:
        """Whether the script attaches on a node: ``spark`` is ``3.5.2`` or ``3.5``, ``java`` the major version."""
        minor = ".".join(spark.split(".")[:2])
        for each in self.bundles:
            if (each.spark, each.scala) == (minor, scala):
                if java in each.java:
                    return Answer(each.verdict, each.why)
                return Answer(Verdict.UNSUPPORTED, f"Spark {minor} does not run with the agent on Java {java}")
        return Answer(Verdict.UNSUPPORTED, f"there is no agent for Spark {minor} with Scala {scala}")

    def runtime(self, spark_version: str) -> Runtime | None:
        """The image that a cluster's ``spark_version`` names, where the table has it."""
        return next((each for each in self.runtimes if _is(each, spark_version)), None)

    def cluster(self, spark_version: str, access_mode: str, today: date) -> Answer:
        """What a check says of a cluster by its API fields ``spark_version`` and ``data_security_mode``."""
        mode = next((each for each in self.access_modes if access_mode in each.policy), None)
        runtime = self.runtime(spark_version)
        if runtime is None:
            return Answer(Verdict.UNTESTED, f"{spark_version} is not in the table of docs/databricks.md")
        if mode is None:
            return Answer(Verdict.UNTESTED, f"the access mode {access_mode} is not in the table of docs/databricks.md")
        if runtime.end and runtime.end < today:
            return Answer(Verdict.UNSUPPORTED, f"{runtime.label} is out of support since {runtime.end.isoformat()}")
        return worst(runtime, mode)


def worst(*parts: Runtime | Choice) -> Answer:
    """The lowest verdict of a combination, and the reason of the part that has it."""
    lowest = min(parts, key=lambda part: part.verdict)
    return Answer(lowest.verdict, lowest.why)


def _is(runtime: Runtime, spark_version: str) -> bool:
    """``16.4.x-photon-scala2.12`` is the 2.12 image of 16.4."""
    number = runtime.name.split(" ")[0]
    release, _, rest = spark_version.partition("-")
    return release in (f"{number}.x", number) and (f"scala{runtime.scala}" in rest or "scala" not in rest)


@cache
def load(path: Path = DATA) -> Support:
    """The table; ``KeyError`` or ``ValueError`` where the file is not what it should be."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Support(
        agent=data["agent"],
        runtimes=tuple(_runtime(each) for each in data["runtimes"]),
        bundles=tuple(
            Bundle(each["spark"], each["scala"], tuple(each["java"]), Verdict.of(each["verdict"]), each["why"])
            for each in data["bundles"]
        ),
        access_modes=tuple(_choice(each) for each in data["access_modes"]),
        languages=tuple(_choice(each) for each in data["languages"]),
        unseen=tuple(data["unseen"]),
    )


def _runtime(each: dict[str, Any]) -> Runtime:
    end = date.fromisoformat(each["end"]) if each["end"] else None
    verdict = Verdict.of(each["verdict"])
    return Runtime(each["name"], each["spark"], each["scala"], each["java"], end, verdict, each["why"])


def _choice(each: dict[str, Any]) -> Choice:
    return Choice(each["name"], Verdict.of(each["verdict"]), each["why"], tuple(each.get("policy", ())))
