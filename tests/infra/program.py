"""The program under Pulumi's own mocks: what it registers, as values."""

import asyncio
import json
import runpy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pulumi
from pulumi.runtime import mocks, set_mocks
from pulumi.runtime.config import set_all_config
from pulumi.runtime.stack import wait_for_rpcs

from infra import package
from infra.rehearsal import azure
from infra.rehearsal.engine import DYNAMIC

INFRA = Path(__file__).parents[2] / "infra"
PROJECT = "databricks-purview-lineage"
LEAST = {"location": "westeurope", "purviewAccount": "contoso"}


@dataclass(frozen=True, slots=True)
class Registered:
    """One resource as the program asked for it."""

    type: str
    name: str
    inputs: dict[str, Any]


def _outputs(kind: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    dynamic = {"collection": "abc123", "added": True, "deployment": "d1"}
    fixed = {"random:index/randomPassword:RandomPassword": {"result": "a-made-up-key"}, DYNAMIC: dynamic}
    return azure.outputs(kind, name, inputs) | fixed.get(kind, {})


class Recorder(mocks.Mocks):
    """Keeps what is registered, and answers as Azure would."""

    def __init__(self) -> None:
        self.resources: list[Registered] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.resources.append(Registered(args.typ, args.name, args.inputs))
        return f"/id/{args.name}", _outputs(args.typ, args.name, args.inputs)

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        if args.token == "azure-native:authorization:getClientConfig":
            return azure.CLIENT
        return {}

    def of(self, kind: str) -> list[Registered]:
        """Every resource whose type ends like this."""
        return [one for one in self.resources if one.type.endswith(kind)]


def a_package(folder: Path) -> Path:
    """The smallest package that is taken for one."""
    return package.write(folder / "function.zip", {name: name.encode() for name in package.NEEDED}).path


@contextmanager
def closing_loops() -> Iterator[None]:
    """Close every event loop that is opened meanwhile: the SDK's mocks open one in each thread and close none.

    One that is left to the garbage collector ends in a warning, or in an error, in whatever test runs at that moment.
    """
    opened: list[asyncio.AbstractEventLoop] = []
    make = asyncio.new_event_loop

    def opening() -> asyncio.AbstractEventLoop:
        opened.append(make())
        return opened[-1]

    with mock.patch.object(asyncio, "new_event_loop", opening):
        try:
            yield
        finally:
            for loop in opened:
                loop.close()


def run(folder: Path, *, stack: str = "dev", **more: object) -> Recorder:
    """Run the program with the least settings and ``more`` (keys as in the configuration)."""
    given = LEAST | {"package": str(a_package(folder))}
    given |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in more.items()}
    recorder = Recorder()
    with closing_loops():
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        set_mocks(recorder, project=PROJECT, stack=stack, preview=False)
        set_all_config({f"{PROJECT}:{key}": value for key, value in given.items()})

        async def program() -> None:
            runpy.run_path(str(INFRA), run_name="__main__")
            await wait_for_rpcs()

        try:
            loop.run_until_complete(program())
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            asyncio.set_event_loop(None)
    return recorder


__all__ = ["LEAST", "PROJECT", "Recorder", "Registered", "a_package", "pulumi", "run"]
