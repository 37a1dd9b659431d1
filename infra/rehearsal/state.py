"""What the services of the rehearsal remember, and how one of them is told to fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

IDENTITY_HEADER = "rehearsal"
DEPLOYER = "00000000-0000-4000-8000-0000000000de"
"""Object id of who deploys."""
ACCOUNT = "contoso"
CHILD = "abc123"
"""Internal name of the collection that the portal calls ``Lakehouse``."""
LATER = {"Retry-After": "0"}
"""Every answer that means "later" asks for a wait of no time."""

Answering = Callable[[Request, bytes], Response]
Row = tuple[str, str, str, str, Answering]
"""Method, path, name of the operation (what faults are filed under), audience of its token, what answers."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``status`` 0 does the call and breaks the connection's promise: it says 200 and keeps nothing (a lost update)."""

    status: int
    body: Any = None


@dataclass(slots=True)
class State:
    """What the services remember."""

    policies: dict[str, dict[str, Any]]
    keys: dict[str, str] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    published: bytes = b""
    running: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    """What the app's health says beside its package."""
    reach: dict[str, Any] = field(default_factory=lambda: {"host": "contoso.purview.azure.com", "reached": True})
    """What the app says of its way to the catalogue."""
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    clusters: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    policy: dict[str, Any] = field(default_factory=dict)
    unregistered: set[str] = field(default_factory=set)
    actions: list[str] = field(default_factory=lambda: ["*"])
    taken: set[str] = field(default_factory=set)
    roles: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    queues: dict[str, int] = field(default_factory=dict)
    logged: dict[str, list[list[Any]]] = field(default_factory=dict)
    """Query → the rows that it finds; none where it is not here."""
    calls: list[str] = field(default_factory=list)
