"""An intake that keeps what it is given in memory, and a way to knock at the door with any ASGI message."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.types import ASGIApp

from lineage.errors import MalformedPayload, StoreError
from lineage.receive import create_app

LIMIT = 100_000


class _Plan(msgspec.Struct):
    id: str
    operations: dict[str, Any]


class _Event(msgspec.Struct):
    planId: str  # noqa: N815 - the wire's spelling
    timestamp: int


def _decode(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        raise MalformedPayload(path.strip("`$."), reason) from error
    except msgspec.DecodeError as error:
        raise MalformedPayload("", str(error)) from error


@dataclass
class MemoryIntake:
    """As strict as the real one about the parts that it looks at. ``down``: nothing can be stored."""

    down: bool = False
    plans: list[bytes] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    mounts: list[bytes] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)

    def accept_plan(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> str:
        plan: _Plan = _decode(body, _Plan)
        self._keep(self.plans, body, content_type, headers)
        return plan.id

    def accept_events(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> tuple[str, ...]:
        found = _decode(body, _Event | list[_Event])
        events = found if isinstance(found, list) else [found]
        self._keep(self.events, body, content_type, headers)
        return tuple(f"{event.planId}-{event.timestamp}" for event in events)

    def accept_mounts(self, body: bytes, headers: Mapping[str, str]) -> None:
        _decode(body, dict[str, Any])
        self._keep(self.mounts, body, "", headers)

    def refuse(self, **refusal: Any) -> None:
        self._check()
        self.refusals.append(refusal)

    def health(self) -> Mapping[str, Any]:
        self._check()
        return {"status": "ok"}

    def _keep(self, kept: list[bytes], body: bytes, content_type: str, headers: Mapping[str, str]) -> None:
        self._check()
        kept.append(body)
        self.content_types.append(content_type)
        self.headers.append(headers)

    def _check(self) -> None:
        if self.down:
            raise StoreError("https://account.invalid/?sig=SECRET is down")


@dataclass
class Answer:
    """``headers`` as sent, in order, names lower-case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    read: int
    """Messages of the request that the application took."""

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def door(intake: MemoryIntake, **options: Any) -> ASGIApp:
    return create_app(intake, **{"max_body_bytes": LIMIT, "package_hash": "f00d", **options})


def knock(
    app: ASGIApp,
    method: str,
    path: str,
    body: bytes | Iterable[bytes] = b"",
    headers: Iterable[tuple[str, str]] | Mapping[str, str] = (),
    *,
    leaves: bool = False,
) -> Answer:
    """One request, its body in as many messages as it has parts; ``leaves``: the client goes before the end."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(errors="replace"),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "server": ("localhost", 80),
        "client": None,
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
    }
    parts = [body] if isinstance(body, bytes) else body
    # In a thread of its own: a browser that another test drives keeps a loop running in this one.
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(_call(app, scope, parts, leaves))).result()


async def _call(app: ASGIApp, scope: dict[str, Any], parts: Iterable[bytes], leaves: bool) -> Answer:
    answer = Answer(0, [], b"", 0)
    await app(scope, _receiver(iter(parts), answer, leaves), _sender(answer))
    return answer


def _receiver(parts: Any, answer: Answer, leaves: bool) -> Callable[[], Awaitable[Any]]:
    async def receive() -> dict[str, Any]:
        answer.read += 1
        part = next(parts, None)
        if part is not None:
            return {"type": "http.request", "body": part, "more_body": True}
        return {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b"", "more_body": False}

    return receive


def _sender(answer: Answer) -> Callable[[Any], Awaitable[None]]:
    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            answer.body += message.get("body", b"")

    return send


PLAN = b'{"id":"1f923528-4753-5656-8d27-36538d1c82ac","operations":{"write":{"id":"op-0"}}}'
EVENT = b'{"planId":"1f923528-4753-5656-8d27-36538d1c82ac","timestamp":1795360357842}'
EVENTS = b"[" + EVENT + b"]"
JSON_1_2 = {"content-type": "application/vnd.absa.spline.producer.v1.2+json"}
