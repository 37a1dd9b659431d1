"""Whether the catalogue can be reached from here: one look, without repetition, and what it met, in words of our own.

Nothing that a server, a proxy or a library said is passed on: an address, a status and a row of the table.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from azure.core.pipeline.transport import RequestsTransport

from lineage.catalogue.client import open_client
from lineage.errors import CatalogueError, Forbidden, SettingsError
from lineage.settings import Settings

LOOK = "types/entitydef/name/DataSet"
"""Every catalogue has it."""
CONNECT, READ = 5, 20
"""Seconds."""

_MET: tuple[tuple[str, type[BaseException], str], ...] = (
    ("dns", socket.gaierror, "its name is not known here (DNS)"),
    ("tls", ssl.SSLError, "TLS fails: a proxy in between, or a certificate that is not trusted"),
    ("refused", ConnectionRefusedError, "the connection is refused"),
    ("silence", TimeoutError, "no answer in time: a firewall, or no route"),
    ("broken", BaseException, "the connection breaks"),
)
"""Fault, what lies at the bottom of a call that had no answer, words; the first row that fits counts."""
_ANSWERED: Mapping[int, tuple[str, str]] = {
    401: ("refuses", "it does not accept the identity's token or password (401)"),
    403: ("refuses", "it refuses the identity (403): a role is missing, or its firewall does not let us in"),
    429: ("throttled", "it throttles us (429)"),
}


def reach(settings: Settings, *, credential: Any = None) -> dict[str, Any]:
    """``host``, whether it was ``reached``, and otherwise ``fault`` (a word) and ``says`` (a sentence's part).

    Takes half a minute at most. A request for the identity's token is part of it (``fault`` ``token``); ``credential``
    stands in for the default one.
    """
    found = {"host": urlsplit(settings.catalogue).hostname or ""}
    try:
        transport = RequestsTransport(connection_timeout=CONNECT, read_timeout=READ)
        client = open_client(settings, credential=credential, retries=0, transport=transport)
        try:
            answer = client.get(LOOK)
        finally:
            client.close()
    except SettingsError:
        return found | _fault("settings", "the settings of the catalogue are wrong: the log names them")
    except CatalogueError as error:
        return found | _fault(*_explained(error))
    if not isinstance(answer, dict) or answer.get("name") != "DataSet":
        return found | _fault(*_elsewhere("JSON"))
    return {**found, "reached": True}


def _fault(fault: str, says: str) -> dict[str, Any]:
    return {"reached": False, "fault": fault, "says": says}


def _explained(error: CatalogueError) -> tuple[str, str]:
    if isinstance(error, Forbidden) and not error.status:
        return "token", "Entra gives the identity no token for it"
    if not error.status:
        below = list(_below(error))
        return next((fault, says) for fault, kind, says in _MET if any(isinstance(one, kind) for one in below))
    if error.status >= 500:
        return "down", f"it answers {error.status}"
    return _ANSWERED.get(error.status) or _elsewhere(str(error.status))


def _elsewhere(answer: str) -> tuple[str, str]:
    return "elsewhere", f"what answers ({answer}) is not the catalogue"


def _below(error: BaseException) -> Iterator[BaseException]:
    """The error and all that led to it, outermost first; libraries keep it in places of their own."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            inner = (getattr(one, name, None) for name in ("__cause__", "__context__", "reason", "inner_exception"))
            waiting += [*inner, *one.args]
    return iter(seen)
