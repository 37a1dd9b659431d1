"""Whether the Function can be reached from this driver: one HEAD of its status, told in a line.

Uses no proxy and follows no redirect, as the agent does. Never raises, never tells what the key is, and takes some
seconds at most for each address of the host. The init script runs this file (the address as argument, the key as
input), the notebook imports it.
"""

import socket
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

PATIENCE_SECONDS = 5.0
HANDSHAKE = "ABSA-Spline-API-Version"
ANSWERS = {
    401: "the Function does not take the key or token (401): restart the cluster, it may have been renewed",
    403: "the Function refuses this network (403): its access restrictions must allow the driver's subnet",
    404: "there is no producer API at this address (404): LINEAGE_URL ends in /api/producer",
}
MET = (
    (socket.gaierror, "its name is not known here (DNS)"),
    (ssl.SSLError, "TLS fails: a proxy in between, or a certificate that is not trusted"),
    (ConnectionRefusedError, "the connection is refused"),
    (TimeoutError, "no answer in time: a firewall, or no route"),
    (Exception, "the connection breaks"),
)
"""What lies at the bottom of a call without an answer, in words; the first that fits counts."""
LOST = "what this cluster sends is lost until that changes; jobs are not affected"


def look(url: str, sign_in: Mapping[str, str]) -> str:
    """What a HEAD of ``url``/status comes to; ``sign_in`` are the headers with the key or token, or none."""
    try:
        with _opener().open(_request(url, sign_in), timeout=PATIENCE_SECONDS) as answer:
            ours = HANDSHAKE in answer.headers
    except urllib.error.HTTPError as error:
        if error.code == 401 and not sign_in:
            return "the Function answers, and asks for the sign-in that the agent has"
        return f"{ANSWERS.get(error.code, f'the answer is {error.code}')}; {LOST}"
    except Exception as error:
        return f"the Function cannot be reached from this driver: {_met(error)}; {LOST}"
    return "the Function answers" if ours else f"something else answers in the Function's place; {LOST}"


def _request(url: str, sign_in: Mapping[str, str]) -> urllib.request.Request:
    address = f"{url.rstrip('/')}/status"
    return urllib.request.Request(address, headers=dict(sign_in), method="HEAD")  # noqa: S310 (the policy's URL)


def _met(error: Exception) -> str:
    below = getattr(error, "reason", error)
    return next(says for kind, says in MET if isinstance(below, kind) or isinstance(error, kind))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


if __name__ == "__main__":
    key = sys.stdin.read()
    print(look(sys.argv[1], {"x-functions-key": key} if key else {}))
