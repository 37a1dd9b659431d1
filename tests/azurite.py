"""Azurite, the storage emulator: a pytest plugin (``pytest_plugins = ["tests.azurite"]``) and what it is made of."""

import base64
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "node/node_modules/azurite/dist/src/azurite.js"
ACCOUNT = "lineagetests"
STARTED_WITHIN = 60.0
"""Seconds."""
ATTEMPTS = 3
"""A free port may be taken by another before the emulator has it."""


@dataclass(frozen=True, slots=True)
class Azurite:
    """One running emulator: the endpoints of its account, without a slash at the end, and how to connect to them."""

    blob: str
    queue: str
    table: str
    key: str

    @property
    def connection(self) -> str:
        """Connection string; also what ``AzureWebJobsStorage`` may be."""
        parts = {
            "DefaultEndpointsProtocol": self.blob.partition(":")[0],
            "AccountName": ACCOUNT,
            "AccountKey": self.key,
            "BlobEndpoint": self.blob,
            "QueueEndpoint": self.queue,
            "TableEndpoint": self.table,
        }
        return ";".join(f"{name}={value}" for name, value in parts.items())


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """The emulator of this session; skips with the reason where it cannot be, fails there when ``CI=true``."""
    require_azurite()
    with running_azurite(tmp_path_factory.mktemp("azurite")) as emulator:
        yield emulator


def require_azurite() -> None:
    """Skip, or fail in CI, when Node or Azurite is not installed."""
    if not shutil.which("node"):
        missing = "Node is not installed"
    elif not SCRIPT.exists():
        missing = "Azurite is not installed: npm ci --prefix tests/node"
    else:
        return
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@contextmanager
def running_azurite(folder: Path, *options: str) -> Iterator[Azurite]:
    """Start an emulator with further command line ``options``, keep its output in ``folder``, stop it at the end."""
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    scheme = "https" if "--cert" in options else "http"
    output = folder / "output.txt"
    for _ in range(ATTEMPTS):
        ports = _free_ports(3)
        with output.open("wb") as out:
            process = subprocess.Popen(
                _command(ports, options),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=os.environ | {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
            )
        try:
            if _listening(process, ports):
                blob, queue, table = (f"{scheme}://127.0.0.1:{port}/{ACCOUNT}" for port in ports)
                yield Azurite(blob, queue, table, key)
                return
        finally:
            _stop(process)
    pytest.fail(f"Azurite does not start:\n{output.read_text(errors='replace')}", pytrace=False)


def _command(ports: Sequence[int], options: Sequence[str]) -> list[str]:
    where = [
        text
        for name, port in zip(("blob", "queue", "table"), ports, strict=True)
        for text in (f"--{name}Host", "127.0.0.1", f"--{name}Port", str(port))
    ]
    flags = ("--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck")
    return ["node", str(SCRIPT), *flags, *where, *options]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _listening(process: subprocess.Popen[bytes], ports: Sequence[int]) -> bool:
    """Wait until all ports answer; ``False`` when the process has ended or the time is over."""
    deadline = time.monotonic() + STARTED_WITHIN
    waiting = list(ports)
    while waiting and process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", waiting[0]), timeout=1).close()
            waiting.pop(0)
        except OSError:
            time.sleep(0.05)
    return not waiting and process.poll() is None


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
