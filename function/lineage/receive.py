"""The door: the Producer API as the Spline agent uses it, in one ASGI application.

    HEAD, GET  producer/status            200; exactly one API version, and that gzip may be used
    POST       producer/execution-plans   201; the plan's id as a JSON string
    POST       producer/execution-events  201; the keys of the events as a JSON array
    POST       databricks/mounts          204
    GET        catalogue                  200; whether it can be reached from here
    GET        health, version            200; for everybody

A 2xx means that the payload is durable. Whatever is not taken gets a problem document (RFC 9457) that names the fault,
and is recorded without its body. The agent never retries and takes a redirect for success, so there is none, and a path
may have a prefix and stray slashes. Everything that blocks runs in a thread.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import quote

import msgspec
from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lineage import __version__, body
from lineage.body import Refused
from lineage.errors import LineageError, MalformedPayload, StoreError

LOG = logging.getLogger(__name__)

HANDSHAKE = {"ABSA-Spline-API-Version": "1.2", "ABSA-Spline-Accept-Request-Encoding": "gzip"}
"""The agent takes a comma-separated list of versions for one unknown version, so there is exactly one."""
PLANS = "/producer/execution-plans"
EVENTS = "/producer/execution-events"
MOUNTS = "/databricks/mounts"
RETRY_AFTER = "30"

Probe = Callable[[], Mapping[str, Any]]
"""Whether the catalogue can be reached, in words for whoever has a key; empty where nobody can tell. Blocks."""
Accept = Callable[[bytes, Mapping[str, str]], Response]

_BROKEN = body.Fault("broken", 500, "This is a fault of the receiver")
_UNAVAILABLE = body.Fault("store-unavailable", 503, "Nothing can be stored at the moment")
_KEPT = ("content-type", "content-encoding", "content-length", "user-agent", "x-spline-timeout")
_KEPT_PREFIXES = ("x-databricks-", "absa-spline-")


class Intake(Protocol):
    """What stands behind the door; ``lineage.intake.Intake`` is one. Every method blocks.

    ``accept_*`` are durable when they return; they raise ``MalformedPayload``, or ``StoreError`` when nothing was
    accepted. ``headers`` have lower-case names.
    """

    def accept_plan(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> str:
        """Take a plan; returns its id."""
        ...

    def accept_events(self, body: bytes, content_type: str, headers: Mapping[str, str]) -> tuple[str, ...]:
        """Take one event or an array of them; returns their keys."""
        ...

    def accept_mounts(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Take the mounts of a workspace."""
        ...

    def refuse(
        self, *, reason: str, status: int, path: str, size: int, sha256: str, headers: Mapping[str, str]
    ) -> None:
        """Record a refusal; ``size`` and ``sha256`` are of what was received, compressed or not."""
        ...

    def health(self) -> Mapping[str, Any]:
        """Facts for whoever watches; raises ``StoreError`` when nothing can be stored."""
        ...


def create_app(
    intake: Intake, *, max_body_bytes: int, prefix: str = "api", package_hash: str = "", probe: Probe = dict
) -> Starlette:
    """The application. Routes answer with and without ``prefix``; ``package_hash`` says which package is deployed."""
    door = _Door(intake, max_body_bytes, {"version": __version__, "package": package_hash}, probe)
    routes = [
        Route("/producer/status", door.status),
        Route(PLANS, door.plan, methods=["POST"]),
        Route(EVENTS, door.events, methods=["POST"]),
        Route(MOUNTS, door.mounts, methods=["POST"]),
        Route("/catalogue", door.catalogue),
        Route("/health", door.health),
        Route("/version", door.version),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(_TidyPath, prefix=prefix)],
        exception_handlers={
            HTTPException: door.no_route,
            StoreError: door.unavailable,
            Exception: door.broken,
        },
    )


class _TidyPath:
    """Finds the route behind a path as people type it: with or without the prefix, in any case, with stray slashes."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = [part for part in prefix.split("/") if part]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            parts = [part for part in scope["path"].lower().split("/") if part]
            if parts[: len(self._prefix)] == self._prefix:
                parts = parts[len(self._prefix) :]
            scope = {**scope, "path": "/" + "/".join(parts)}
        await self._app(scope, receive, send)


class _Json(Response):
    """ASCII only: whatever a payload's id may contain, it can be written."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


class _Problem(_Json):
    media_type = "application/problem+json"

    def __init__(self, request: Request, fault: body.Fault, detail: str, path: str, headers: Mapping[str, str]) -> None:
        content = {
            "type": fault.type,
            "title": fault.title,
            "status": fault.status,
            "detail": detail,
            "instance": quote(request.scope["path"], errors="replace"),
        }
        super().__init__(content | ({"path": path} if path else {}), fault.status, headers)


@dataclass(frozen=True, slots=True)
class _Door:
    intake: Intake
    max_body_bytes: int
    package: Mapping[str, str]
    probe: Probe

    async def status(self, _: Request) -> Response:
        return Response(headers=HANDSHAKE)

    async def version(self, _: Request) -> Response:
        return _Json(self.package, headers={"Cache-Control": "no-store"})

    async def health(self, _: Request) -> Response:
        facts = await to_thread.run_sync(self.intake.health)
        return _Json({**self.package, **facts}, headers={"Cache-Control": "no-store"})

    async def catalogue(self, _: Request) -> Response:
        return _Json(await to_thread.run_sync(self.probe), headers={"Cache-Control": "no-store"})

    async def plan(self, request: Request) -> Response:
        return await self._post(request, self._accept_plan)

    async def events(self, request: Request) -> Response:
        return await self._post(request, self._accept_events)

    async def mounts(self, request: Request) -> Response:
        return await self._post(request, self._accept_mounts)

    async def no_route(self, request: Request, error: Exception) -> Response:
        """404 and 405. What somebody tried to deliver is recorded, even though it was not read."""
        answer = cast(HTTPException, error)
        fault = body.WRONG_METHOD if answer.status_code == 405 else body.NO_ROUTE
        refused = Refused(fault, f"{request.method} {request.scope['path']}"[:200], headers=answer.headers)
        return await self._refuse(request, refused, b"")

    async def unavailable(self, request: Request, error: Exception) -> Response:
        LOG.error("store: %s", error)
        detail = "nothing was accepted; send it again"
        return _Problem(request, _UNAVAILABLE, detail, "", {"Retry-After": RETRY_AFTER})

    async def broken(self, request: Request, _: Exception) -> Response:
        """A bug. Starlette raises it again after the answer, so that the server logs it."""
        return _Problem(request, _BROKEN, "nothing was accepted; the log has the reason", "", {})

    def _accept_plan(self, text: bytes, headers: Mapping[str, str]) -> Response:
        return _Json(self.intake.accept_plan(text, headers.get("content-type", ""), headers), 201)

    def _accept_events(self, text: bytes, headers: Mapping[str, str]) -> Response:
        return _Json(self.intake.accept_events(text, headers.get("content-type", ""), headers), 201)

    def _accept_mounts(self, text: bytes, headers: Mapping[str, str]) -> Response:
        self.intake.accept_mounts(text, headers)
        return Response(status_code=204)

    async def _post(self, request: Request, accept: Accept) -> Response:
        received = bytearray()
        try:
            await self._read(request, received)
            return await to_thread.run_sync(self._take, request, bytes(received), accept)
        except Refused as refused:
            return await self._refuse(request, refused, received)

    async def _read(self, request: Request, received: bytearray) -> None:
        """Into ``received``, and no further than the limit, whatever Content-Length says."""
        declared = request.headers.get("content-length", "")
        if declared.isascii() and declared.isdecimal() and int(declared[:19]) > self.max_body_bytes:
            raise body.too_large(self.max_body_bytes, "Content-Length announces")
        try:
            async for chunk in request.stream():
                received += chunk
                if len(received) > self.max_body_bytes:
                    raise body.too_large(self.max_body_bytes, "the body has")
        except ClientDisconnect:
            raise Refused(body.INCOMPLETE, f"the connection ended after {len(received)} bytes") from None

    def _take(self, request: Request, received: bytes, accept: Accept) -> Response:
        body.check_media_type(request.headers.get("content-type", ""))
        encoding = body.encoding_of(request.headers.getlist("content-encoding"))
        text = body.decoded(received, encoding, self.max_body_bytes)
        try:
            return accept(text, _kept(request))
        except MalformedPayload as error:
            raise _explained(request.scope["path"], text, error) from error
        except RecursionError:
            raise Refused(body.MALFORMED, "it is nested too deeply") from None

    async def _refuse(self, request: Request, refused: Refused, received: bytes | bytearray) -> Response:
        LOG.warning("refused %a: %s: %a", request.scope["path"][:200], refused.fault.slug, refused.detail)
        if request.method not in ("GET", "HEAD"):
            await to_thread.run_sync(self._record, request, refused, received)
        return _Problem(request, refused.fault, refused.detail, refused.path, refused.headers)

    def _record(self, request: Request, refused: Refused, received: bytes | bytearray) -> None:
        try:
            self.intake.refuse(
                reason=f"{refused.fault.slug}: {refused.detail}",
                status=refused.fault.status,
                path=request.scope["path"][:200],
                size=len(received),
                sha256=hashlib.sha256(received).hexdigest(),
                headers=_kept(request),
            )
        except LineageError as error:
            LOG.warning("the refusal is not recorded: %s", error)


def _kept(request: Request) -> dict[str, str]:
    """The headers that lineage has a use for. Keys, tokens and URLs with keys come in many others."""
    return {name: value for name, value in request.headers.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


class _Shape(msgspec.Struct):
    """What tells a plan from an event."""

    operations: msgspec.Raw = msgspec.Raw()
    planId: msgspec.Raw = msgspec.Raw()  # noqa: N815 - the wire's spelling


def _explained(path: str, text: bytes, error: MalformedPayload) -> Refused:
    """The refusal behind ``error``: the payload belongs to the other route, or is malformed."""
    home = _home(text)
    if home and home != path:
        return Refused(body.WRONG_ROUTE, f"this belongs to {home.removeprefix('/')}")
    return Refused(body.MALFORMED, str(error)[:500], path=error.path)


def _home(text: bytes) -> str:
    """The route that takes a payload of this shape; empty when it has none."""
    try:
        found = msgspec.json.decode(text, type=_Shape | list[_Shape])
    except (msgspec.DecodeError, RecursionError):
        return ""
    shapes = found if isinstance(found, list) else [found]
    if any(shape.planId for shape in shapes):
        return EVENTS
    return PLANS if any(shape.operations for shape in shapes) else ""
