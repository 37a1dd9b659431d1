"""What every dynamic provider here shares: how a change is told, and where waits are shown."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.dynamic import DiffResult, ReadResult
from pulumi.runtime.rpc import UNKNOWN

from infra.clients.waiting import Clock

Props = dict[str, Any]


def gone() -> ReadResult:
    """What ``read`` answers for a resource that is not there any more. A new one each: the plugin writes into it."""
    return ReadResult("", {})


def say(text: str) -> None:
    """A line for whoever watches; the engine shows it beside the resource."""
    print(text, file=sys.stderr, flush=True)


CLOCK = Clock(say=say)


def changed(
    old: Mapping[str, Any], new: Mapping[str, Any], *, update: Iterable[str], replace: Iterable[str]
) -> DiffResult:
    """Whether any of the keys differs; a value that is not known before the deployment counts as different."""

    def differs(keys: Iterable[str]) -> list[str]:
        return [key for key in keys if new.get(key) == UNKNOWN or new.get(key) != old.get(key)]

    replaces = differs(replace)
    return DiffResult(changes=bool(replaces or differs(update)), replaces=replaces, delete_before_replace=True)
