"""The HTTP face: each call is one transaction, which happens whole or not at all."""

import base64
import binascii
import hmac
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.catalogue import database, entity_routes, search_routes, type_routes
from local.catalogue.call import Call, Row, Setup
from local.catalogue.database import Database
from local.catalogue.faults import AtlasError, Fault

MAX_BODY_BYTES = 32 * 1024 * 1024
ATLAS_BASES = ("/api/atlas/v2", "/datamap/api/atlas/v2")
"""Apache Atlas' own base, and Purview's; both lead to the same handlers."""
PURVIEW_BASES = ("/api", "/datamap/api")
"""Where Purview has what Atlas lacks (search, moving between collections); found below ``ATLAS_BASES`` as well."""
_PURVIEW_OWN = ("/search/query", "/entity/moveTo")


@dataclass(frozen=True, slots=True)
class Guard:
    """Who may call. Without users and tokens everybody may."""

    users: Mapping[str, str]
    """User → password, for basic authentication."""
    tokens: tuple[str, ...]
    """Bearer tokens."""

    def user(self, authorization: str) -> str:
        """The caller's name; raises ``AtlasError`` 401."""
        if not self.users and not self.tokens:
            return "anonymous"
        scheme, _, secret = authorization.partition(" ")
        check = {"bearer": self._bearer, "basic": self._basic}.get(scheme.lower())
        user = check(secret.strip()) if check else ""
        if not user:
            raise Fault.UNAUTHENTICATED()
        return user

    def _bearer(self, token: str) -> str:
        known = [hmac.compare_digest(token.encode(), each.encode()) for each in self.tokens]
        return "bearer" if any(known) else ""

    def _basic(self, secret: str) -> str:
        try:
            name, _, password = base64.b64decode(secret).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        expected = self.users.get(name)
        known = expected is not None and hmac.compare_digest(password.encode(), expected.encode())
        return name if known else ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The database behind the routes, and who may use it."""

    database: Database
    setup: Setup
    guard: Guard

    def routes(self) -> list[BaseRoute]:
        """Every route of the API, below each of its bases."""
        rows = [*type_routes.ROUTES, *entity_routes.ROUTES, *search_routes.ROUTES]
        own = [row for row in rows if row.path in _PURVIEW_OWN]
        placed = [(base, rows) for base in ATLAS_BASES] + [(base, own) for base in PURVIEW_BASES]
        placed.append(("", list(search_routes.ACCOUNT_ROUTES)))
        by_path: dict[str, dict[str, Row]] = {}
        for base, group in placed:
            for row in group:
                by_path.setdefault(base + row.path, {})[row.method] = row
        return [Route(path, self._endpoint(methods), methods=list(methods)) for path, methods in by_path.items()]

    def _endpoint(self, methods: Mapping[str, Row]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            user = self.guard.user(request.headers.get("authorization", ""))
            body = await _body(request)
            row = methods[request.method if request.method in methods else "GET"]
            return await run_in_threadpool(self._run, row, request, body, user)

        return endpoint

    def _run(self, row: Row, request: Request, body: object, user: str) -> Response:
        if self.setup.search_lag:
            with self.database.writing() as connection:
                database.count_call(connection)
        with self.database.writing() if row.writes else self.database.reading() as connection:
            types = self.database.types(connection)
            now = time.time_ns() // 1_000_000
            call = Call(connection, types, self.setup, request.path_params, request.query_params, body, user, now)
            answer = row.handle(call)
        if answer is None:
            return Response(status_code=204)
        return Response(msgspec.json.encode(answer), media_type="application/json")


async def _body(request: Request) -> object:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise Fault.BODY_SIZE(MAX_BODY_BYTES)
        chunks.append(chunk)
    if not size:
        return None
    try:
        return msgspec.json.decode(b"".join(chunks))
    except (msgspec.DecodeError, RecursionError) as error:
        raise Fault.PARAMETERS(f"the body is not JSON: {error}") from None


async def refused(_request: Request, error: Exception) -> Response:
    """An ``AtlasError`` as the API answers it."""
    if not isinstance(error, AtlasError):
        raise error
    headers = {"www-authenticate": 'Basic realm="catalogue"'} if error.status == 401 else None
    body = {"errorCode": error.code, "errorMessage": error.message}
    return JSONResponse(body, status_code=error.status, headers=headers)


async def busy(_request: Request, error: Exception) -> Response:
    """Other processes held the file for longer than a call waits; anything else of SQLite is a fault of ours."""
    if "locked" not in str(error):
        raise error
    body = {"errorCode": "ServiceUnavailable", "errorMessage": str(error)}
    return JSONResponse(body, status_code=503, headers={"retry-after": "1"})


async def no_route(request: Request, error: Exception) -> Response:
    """404 and 405 in the same shape as every other refusal."""
    status = getattr(error, "status_code", 404)
    fault = Fault.ROUTE(request.method, request.url.path)
    return JSONResponse({"errorCode": fault.code, "errorMessage": fault.message}, status_code=status)


async def version(_request: Request) -> Response:
    """What runs here, in the shape of Atlas' answer."""
    return JSONResponse({"Name": "embedded-catalogue", "Version": "2.1.0", "Description": "Atlas v2 subset on SQLite"})


async def status(_request: Request) -> Response:
    """Atlas' health answer."""
    return JSONResponse({"Status": "ACTIVE"})


ADMIN_ROUTES: list[BaseRoute] = [
    Route("/api/atlas/admin/version", version),
    Route("/api/atlas/admin/status", status),
]


def application(routes: list[BaseRoute]) -> Starlette:
    """Starlette with the API's way to say no."""
    handlers = {AtlasError: refused, sqlite3.OperationalError: busy, 404: no_route, 405: no_route}
    return Starlette(routes=routes, exception_handlers=handlers)
