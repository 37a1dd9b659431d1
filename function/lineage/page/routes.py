"""The lineage page as a server shows it, read anew for every request."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from lineage.errors import CatalogueError
from lineage.page.answers import qualified_name
from lineage.page.read import Catalogue, NotFound, search
from lineage.page.render import render_page

DEPTH = 3
"""Datasets before and behind an asset, unless the request asks for other."""
_DEEPEST = 50
NO_ASSET = "Which asset? /lineage?asset=NAME-OR-GUID shows one; the whole catalogue, with a search, is at /\n"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}

Extras = Callable[[], Mapping[str, Any]]


def page_routes(client: Catalogue, extras: Extras = dict) -> list[BaseRoute]:
    """``/`` is the whole catalogue, ``/lineage?asset=NAME-OR-GUID&depth=N`` one asset, ``/lineage/search?q=…`` answers
    with ``[{guid, name, qualifiedName}]``. ``extras`` is asked for what the catalogue does not know (``render_page``).
    """

    def home(_: Request) -> Response:
        return _page(client, None, DEPTH, extras)

    def asset(request: Request) -> Response:
        name = request.query_params.get("asset", "").strip()
        return _page(client, name, _depth(request), extras) if name else PlainTextResponse(NO_ASSET, 400, _HEADERS)

    def found(request: Request) -> Response:
        text = request.query_params.get("q", "").strip()
        hits = search(client, text) if text else []
        return JSONResponse([_hit(hit) for hit in hits], headers=_HEADERS)

    return [Route("/", home), Route("/lineage", asset), Route("/lineage/search", found)]


def _page(client: Catalogue, name: str | None, depth: int, extras: Extras) -> Response:
    try:
        page = render_page(client, name, depth=depth, live=True, extras=extras())
    except NotFound as error:
        return PlainTextResponse(str(error), 404, _HEADERS)
    except CatalogueError as error:
        return PlainTextResponse(f"the catalogue did not answer: {error}", 502, _HEADERS)
    return HTMLResponse(page, headers=_HEADERS)


def _depth(request: Request) -> int:
    asked = request.query_params.get("depth", "")
    return min(int(asked), _DEEPEST) if asked.isdecimal() else DEPTH


def _hit(header: Mapping[str, Any]) -> dict[str, str]:
    qualified = qualified_name(header)
    name = (header.get("attributes") or {}).get("name") or qualified
    return {"guid": str(header["guid"]), "name": str(name), "qualifiedName": qualified}
