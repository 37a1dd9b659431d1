"""Start the Functions host of the tests in a process of its own, on any folder with a ``function_app.py``."""

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.functions_protocol import NotAvailable, load_protocol

ROOT = Path(__file__).parents[1]
FUNCTION = ROOT / "function"
KEY = "invented-functions-key"
STARTED_WITHIN = 60.0
"""Seconds."""


class NotStarted(Exception):
    """The functions could not be indexed; the message is the worker's."""


@dataclass(frozen=True, slots=True)
class FunctionsApp:
    """A running host. ``functions`` has each function's bindings by its name."""

    url: str
    functions: Mapping[str, list[dict[str, Any]]]
    output: Path

    @property
    def client(self) -> httpx.Client:
        """A client with the function key."""
        return httpx.Client(base_url=self.url, headers={"x-functions-key": KEY}, timeout=60, trust_env=False)

    def run(self, name: str, text: str = "") -> httpx.Response:
        """Run a function at once, as the portal does: 202, or 500 with its exception."""
        with self.client as client:
            return client.post(f"/admin/functions/{name}", json={"input": text})


def require_functions_runtime() -> None:
    """Skip the test, or fail it in CI, where the runtime or its messages cannot be had; Python < 3.13 has none."""
    if importlib.util.find_spec("azure_functions_runtime") is None:
        pytest.skip("azure-functions-runtime is for Python 3.13")
    try:
        load_protocol()
    except NotAvailable as error:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@contextlib.contextmanager
def running_functions(
    scratch: Path, env: Mapping[str, str] | None = None, *, folder: Path = FUNCTION, retry: int | None = 0
) -> Iterator[FunctionsApp]:
    """Run the functions of ``folder`` with ``env`` as their only settings; raises ``NotStarted``.

    A failed message comes again after ``retry`` seconds (``None``: as host.json says). Output is kept in ``scratch``.
    """
    require_functions_runtime()
    announced = scratch / "announced.json"
    announced.unlink(missing_ok=True)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "tests.functions_host",
        folder,
        "--key",
        KEY,
        "--announce",
        announced,
    ]
    if retry is not None:
        command += ["--retry", str(retry)]
    with (scratch / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        facts = _announced(process, announced, scratch / "output.txt")
        yield FunctionsApp(f"http://127.0.0.1:{facts['port']}", facts["functions"], scratch / "output.txt")
    finally:
        _stop(process)


def _announced(process: subprocess.Popen[bytes], announced: Path, output: Path) -> Any:
    deadline = time.monotonic() + STARTED_WITHIN
    while not announced.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if not announced.exists():
        pytest.fail(f"the host does not start:\n{output.read_text(errors='replace')}", pytrace=False)
    facts = json.loads(announced.read_bytes())
    if "failed" in facts:
        raise NotStarted(facts["failed"])
    return facts


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
