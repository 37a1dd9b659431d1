"""The embedded catalogue behind the client's transport, within the process; and a store in memory."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from azure.core.exceptions import ServiceResponseError
from azure.core.pipeline.transport import HttpTransport

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.outcome import Outcome
from lineage.catalogue.publish import Publisher
from lineage.errors import Conflict, LeaseLost
from lineage.model import AssetName, Lineage
from lineage.store import Stored
from local.catalogue import create_app

BASE = "http://catalogue.test/datamap/api/atlas/v2"


class Answer:
    """What a fault answers in place of the catalogue."""

    def __init__(self, status: int, body: Any = b"", **headers: str) -> None:
        self.status_code = status
        self.content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        self.headers = {key.replace("_", "-"): value for key, value in headers.items()}


class Transport(HttpTransport[Any, Any]):
    """Sends to an ASGI application. ``fault(request, number)`` may answer instead, or raise.

    ``calls`` are (method, path, body); ``slept`` the seconds that the client wanted to wait, which nobody does.
    """

    def __init__(self, app: Any = None) -> None:
        self._asgi = httpx.ASGITransport(app) if app else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self.calls: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.slept: list[float] = []
        self.fault: Any = None
        self.after: Any = None
        self._lock = threading.Lock()

    def send(self, request: Any, **kwargs: Any) -> Any:
        body = msgspec.json.decode(request.content) if request.content else None
        path = request.url.removeprefix("http://catalogue.test")
        with self._lock:
            self.calls.append((request.method, path, body))
            self.headers.append(dict(request.headers))
            number = len(self.calls)
        answer = self.fault(request, number) if self.fault else None
        if answer is None:
            answer = self.ask(request.method, request.url, request.content, dict(request.headers))
        if self.after:
            self.after(request, number)
        return answer

    def ask(self, method: str, url: str, content: bytes | None = None, headers: Any = None) -> httpx.Response:
        """One request to the application, from whichever thread."""

        async def call() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._asgi) as client:
                return await client.request(method, url, content=content, headers=headers)

        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
                self._thread.start()
        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(timeout=60)

    def sleep(self, duration: float) -> None:
        self.slept.append(duration)

    def open(self) -> None:
        pass

    def close(self) -> None:
        if self._loop and self._thread:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=10)
            self._loop.close()

    def __enter__(self) -> "Transport":
        return self

    def __exit__(self, *args: object) -> None:
        pass

    def bulks(self) -> list[dict[tuple[str, str], Any]]:
        """The bodies of the bulk writes, their entities by name."""
        return [
            {(one["typeName"], one["attributes"]["qualifiedName"]): one for one in body["entities"]}
            for method, path, body in self.calls
            if method == "POST" and "/entity/bulk" in path
        ]

    def counted(self) -> Counter[tuple[str, str]]:
        """How often which call was made: (method, path without parameters and the last part)."""
        return Counter((method, path.split("?")[0].split("/atlas/v2/")[-1]) for method, path, _ in self.calls)


class MemoryStore:
    """A store of one process; ``on_write(key)`` may raise."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.on_write: Callable[[str], None] | None = None
        self._versions: dict[str, int] = {}
        self._leases: dict[str, threading.Lock] = {}
        self._lock = threading.RLock()
        self.held: list[str] = []

    def put_all(self, items: Sequence[tuple[str, bytes]]) -> None:
        for key, value in items:
            self.put_if_absent(key, value)

    def put_if_absent(self, key: str, value: bytes) -> bool:
        with self._lock:
            if key in self.values:
                return False
            self._set(key, value)
            return True

    def put(self, key: str, value: bytes) -> str:
        with self._lock:
            return self._set(key, value)

    def get(self, key: str) -> Stored | None:
        with self._lock:
            return Stored(self.values[key], str(self._versions[key])) if key in self.values else None

    def replace(self, key: str, value: bytes, etag: str | None) -> str:
        with self._lock:
            current = str(self._versions[key]) if key in self.values else None
            if current != etag:
                raise Conflict(key)
            return self._set(key, value)

    def delete(self, key: str) -> None:
        with self._lock:
            self.values.pop(key, None)

    def list(self, prefix: str) -> Iterator[str]:
        with self._lock:
            return iter(sorted(key for key in self.values if key.startswith(prefix)))

    @contextmanager
    def lease(self, name: str, *, wait: float = 30.0) -> Iterator[None]:
        with self._lock:
            lock = self._leases.setdefault(name, threading.Lock())
        if not lock.acquire(timeout=wait):
            raise LeaseLost(name)
        self.held.append(name)
        try:
            yield
        finally:
            lock.release()

    def _set(self, key: str, value: bytes) -> str:
        if self.on_write:
            self.on_write(key)
        self.values[key] = value
        self._versions[key] = self._versions.get(key, 0) + 1
        return str(self._versions[key])


class Clock:
    """Seconds that pass when told to."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Line:
    """A catalogue, a client, a store and publishers into it."""

    def __init__(self, app: Any, *, window: float = 0.0, **options: Any) -> None:
        self.app = app
        self.transport = Transport(app)
        self.client = AtlasClient(BASE, transport=self.transport)
        self.store: Any = MemoryStore()
        self.clock = Clock()
        self._options: dict[str, Any] = {"window": window, **options}
        self.publisher = self.another()

    def another(self) -> Publisher:
        """A further instance: nothing cached, same catalogue and store."""
        return Publisher(self.client, self.store, clock=self.clock, **self._options)

    def publish(self, *lineages: Lineage) -> list[Outcome]:
        return [self.publisher.publish(one) for one in lineages]

    def load(self, *entities: Any) -> None:
        """Put scanned assets into the catalogue, as a scanner does."""
        bodies = []
        for at, (type_name, name, *rest) in enumerate(entities):
            relations, attributes = [*rest, {}, {}][:2]
            bodies.append(
                {
                    "typeName": type_name,
                    "guid": str(-1 - at),
                    "attributes": {"qualifiedName": name, "name": name.rstrip("/").rpartition("/")[2], **attributes},
                    "relationshipAttributes": relations,
                }
            )
        self.client.post("entity/bulk", body={"entities": bodies})
        self.quiet()

    def load_table(self, type_name: str, column_type: str, name: str, columns: Sequence[str]) -> None:
        """A scanned table with its columns."""
        parent = {"typeName": type_name, "uniqueAttributes": {"qualifiedName": name}}
        self.load((type_name, name))
        self.load(
            *[
                (column_type, f"{name}#{column}", {"table": parent}, {"name": column, "data_type": "int"})
                for column in columns
            ]
        )

    def close(self) -> None:
        self.client.close()
        self.app.state.database.close()

    def quiet(self) -> None:
        """Forget the calls so far."""
        self.transport.calls.clear()

    def entity(self, type_name: str, name: str) -> Any:
        found = self.client.find(AssetName(type_name, name))
        return found and found["entity"]

    def everything(self) -> dict[tuple[str, str], str]:
        """Every entity by (type, qualified name), without guids and times."""
        found: Any = []
        body: dict[str, Any] = {"limit": 1000}
        while True:
            answer = self.client.post("search/query", body=body)
            found += answer["value"]
            if not answer.get("continuationToken"):
                return {(hit["entityType"], hit["qualifiedName"]): hit["id"] for hit in found}
            body["continuationToken"] = answer["continuationToken"]

    def inputs(self, process: Any) -> list[tuple[str, str]]:
        return self._ends(process, "inputs")

    def outputs(self, process: Any) -> list[tuple[str, str]]:
        return self._ends(process, "outputs")

    def _ends(self, process: Any, which: str) -> list[tuple[str, str]]:
        names = {guid: name for name, guid in self.everything().items()}
        return sorted(names[one["guid"]] for one in process["attributes"][which] or [])


def embedded(tmp_path: Path, **options: Any) -> Any:
    return create_app(tmp_path / f"catalogue-{time.monotonic_ns()}.db", **options)


def lost_answer() -> None:
    """The call was done; its answer got lost."""
    raise ServiceResponseError("connection reset by peer")
