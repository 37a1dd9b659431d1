"""The whole line on free loopback ports, and what a test asks of it."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from demo import replay
from lineage.catalogue import AtlasClient, open_client
from lineage.pipeline import Pipeline
from lineage.receipts import State
from lineage.settings import Settings
from local.server import HOST, Server, settings_for

PATIENCE = 120.0


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[Server, int]]:
    """The line in threads of this process."""
    port = free_port()
    with Server(folder, port, Settings()) as server:
        yield server, port


@contextlib.contextmanager
def process(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The line in a process of its own, killed at the end whatever happened."""
    command = [sys.executable, "-m", "local.server", "--folder", str(folder), "--port", str(port)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        _listening(port, child)
        yield child
    finally:
        child.kill()
        child.wait(10)
        assert child.stdout
        child.stdout.close()


def _listening(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.02)
    message = f"the server did not start: {child.communicate(timeout=5)[0].decode()}"
    raise AssertionError(message)


def client(folder: Path, port: int) -> AtlasClient:
    """A client of the catalogue beside the door."""
    return open_client(settings_for(folder, port, Settings()))


def send(port: int, requests: Sequence[replay.Request]) -> None:
    """Send all; each must be taken."""
    for request, status in replay.send(HOST, port, requests):
        assert status == 201, f"{request.path} was answered {status}"


def idle(pipeline: Pipeline) -> None:
    """Until nothing is pending but events whose plan has not come."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if all(_waits(pipeline, mark) for mark in list(pipeline.pending())):
            return
        time.sleep(0.02)
    message = f"still pending: {list(pipeline.pending())[:5]}"
    raise AssertionError(message)


def _waits(pipeline: Pipeline, mark: str) -> bool:
    from lineage.records import EventName

    receipt = pipeline.receipt(EventName.from_mark(mark))
    return receipt is not None and receipt.state is State.WAITING
