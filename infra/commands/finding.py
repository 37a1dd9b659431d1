"""What a check found: one line for a person, one object for a machine."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import TypeVar

from infra.clients.rest import NO_TOKEN
from infra.errors import DeployError, NotKnown

T = TypeVar("T")


class Level(IntEnum):
    """How bad it is; the worst decides the exit code."""

    OK = 0
    WARN = 1
    FAIL = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """``fix`` is a command or the next step; empty where there is nothing to do."""

    code: str
    level: Level
    what: str
    fix: str = ""

    @property
    def line(self) -> str:
        """As it is printed."""
        said = self.what.replace("\n", " ")
        return f"{self.level.name:4} {self.code} {said}" + (f"  →  {self.fix}" if self.fix else "")


Check = tuple[str, Callable[[T], Iterable[Finding]]]
"""Code and what is done; ``DeployError`` that it raises is a FAIL of its code."""


def look(checks: Sequence[Check[T]], at: T) -> Iterator[Finding]:
    """Every check, whatever the others found; that nobody is signed in is told once."""
    signed_out = False
    for code, check in checks:
        try:
            yield from check(at)
        except NotKnown as error:
            yield Finding(code, Level.WARN, f"not looked at: {error}")
        except DeployError as error:
            what, _, fix = str(error).partition("\n")
            if what.startswith(NO_TOKEN) and signed_out:
                yield Finding(code, Level.WARN, "not looked at: nobody is signed in")
                continue
            signed_out = what.startswith(NO_TOKEN) or signed_out
            yield Finding(code, Level.FAIL, what, fix.removeprefix("Next step: "))


def as_json(findings: Iterable[Finding]) -> str:
    """An array of objects, levels by name."""
    return json.dumps([{**asdict(one), "level": one.level.name} for one in findings], indent=2)


def worst(findings: Iterable[Finding]) -> Level:
    """OK where there is none."""
    return max((one.level for one in findings), default=Level.OK)
