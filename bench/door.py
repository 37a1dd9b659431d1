"""Accepted writes a second at the door against a bare Starlette route that only stores the bytes, on the same store.

Both are served by uvicorn in a process of their own and take the same requests from the same sender; the store is the
fsynced file store. A write is a plan and its event. The line behind the door does not run: it is measured elsewhere.
"""

import contextlib
import json
import multiprocessing
import shutil
import socket
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bench.figures import Figure, figure
from demo import replay

ROUNDS = 5
WRITES = 300
SENDERS = 8


def measure() -> dict[str, Figure]:
    """In turn, a fresh folder each."""
    runs = [_rate("lineage") / _rate("bare") for _ in range(ROUNDS)]
    return {"ingest_over_bare": figure(runs, ">= 0.6")}


def _rate(which: str) -> float:
    folder = Path(tempfile.mkdtemp(dir="build"))
    try:
        with served({"lineage": _door, "bare": _bare}[which], folder) as port:
            _send(port, _writes(SENDERS))  # warm
            writes = _writes(WRITES)
            start = time.perf_counter()
            _send(port, writes)
            return WRITES / (time.perf_counter() - start)
    finally:
        shutil.rmtree(folder)


def _writes(count: int) -> list[list[replay.Request]]:
    """Plan and event of the demo, each with an id of its own."""
    recorded = replay.load()
    pairs = [recorded[index : index + 2] for index in range(0, len(recorded), 2)]
    return [[_renamed(request, str(uuid.uuid4())) for request in pairs[index % len(pairs)]] for index in range(count)]


def _renamed(request: replay.Request, plan_id: str) -> replay.Request:
    body = json.loads(request.body)
    if request.is_event:
        body[0]["planId"] = plan_id
    else:
        body["id"] = plan_id
    return replay.Request(request.method, request.path, request.headers, json.dumps(body).encode(), request.compressed)


def _send(port: int, writes: list[list[replay.Request]]) -> None:
    def work(part: list[list[replay.Request]]) -> None:
        for _, status in replay.send("127.0.0.1", port, [request for write in part for request in write]):
            if status != 201:
                message = f"answered {status}"
                raise RuntimeError(message)

    threads = [threading.Thread(target=work, args=(writes[sender::SENDERS],)) for sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextlib.contextmanager
def served(make: Callable[[str], ASGIApp], folder: Path) -> Iterator[int]:
    """Serve ``make(folder)`` from a process of its own; yields the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(make, str(folder), port), daemon=True)
    process.start()
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.join(10)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    message = "the server did not start"
    raise RuntimeError(message)


def _serve(make: Callable[[str], ASGIApp], folder: str, port: int) -> None:
    uvicorn.run(make(folder), host="127.0.0.1", port=port, log_level="error")


def _door(folder: str) -> Starlette:
    from lineage.intake import Intake
    from lineage.receive import create_app
    from lineage.settings import Settings
    from lineage.store.files import FileStore
    from lineage.store.queue import NoQueue

    settings = Settings()
    return create_app(Intake(FileStore(folder), NoQueue(), settings), max_body_bytes=settings.max_body_bytes)


def _bare(folder: str) -> Starlette:
    import anyio.to_thread

    from lineage.store.files import FileStore

    store = FileStore(folder)

    async def take(request: Request) -> Response:
        body = await request.body()
        await anyio.to_thread.run_sync(store.put, f"{uuid.uuid4()}.json", body)
        return Response(status_code=201)

    return Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])
