"""Tokens, as a managed identity gets them, and what a call's token says."""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.rehearsal.state import DEPLOYER, IDENTITY_HEADER, Row

AUDIENCES: Mapping[str, str] = {
    "arm": "https://management.azure.com",
    "purview": "https://purview.azure.net",
    "databricks": "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d",
}


def rows() -> Iterator[Row]:
    """Its one operation."""
    yield "GET", "/msi/token", "token", "", _token


def is_for(request: Request, audience: str) -> bool:
    """Whether the call's token was made for this audience."""
    return claims(request).get("aud") == AUDIENCES[audience]


def claims(request: Request) -> dict[str, Any]:
    """Of the call's token; none without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or token.count(".") != 2:
        return {}
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _token(request: Request, _: bytes) -> Response:
    if request.headers.get("x-identity-header") != IDENTITY_HEADER:
        return JSONResponse({"error": "unknown"}, 401)
    said = {"aud": request.query_params["resource"], "oid": DEPLOYER}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({}, said)]
    expires = str(int(time.time()) + 3600)
    return JSONResponse({"access_token": ".".join([*parts, ""]), "expires_on": expires, "token_type": "Bearer"})
