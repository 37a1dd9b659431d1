"""What a stack consists of, and what a run of the program does to it."""

from collections import Counter
from dataclasses import dataclass, field

from infra.rehearsal.values import Props

DYNAMIC = "pulumi-python:dynamic:Resource"
"""Type of a resource whose provider is Python."""


@dataclass(slots=True)
class Resource:
    """One resource as state keeps it; ``inputs`` and ``outputs`` with their marks of secrets."""

    type: str
    name: str
    id: str
    inputs: Props
    outputs: Props
    protect: bool = False
    retain: bool = False
    dependencies: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """What a run did; ``error`` is empty where it came to its end."""

    counts: Counter[str] = field(default_factory=Counter)
    changed: list[str] = field(default_factory=list)
    error: str = ""
    said: list[str] = field(default_factory=list)
    outputs: Props = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many resources were, or would be, touched."""
        return sum(count for what, count in self.counts.items() if what != "same")

    def note(self, what: str, resource: str) -> None:
        """Count one resource."""
        self.counts[what] += 1
        if what != "same":
            self.changed.append(f"{what} {resource}")


@dataclass(slots=True)
class Stack:
    """``state`` is by URN, in the order in which it was made; ``host`` stands for every host name of the cloud."""

    project: str
    name: str
    host: str = ""
    state: dict[str, Resource] = field(default_factory=dict)
