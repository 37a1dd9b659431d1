"""JSON over HTTPS with an Entra token, on azure-core's pipeline; every fault becomes a ``CallError``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline import Pipeline, PipelineRequest
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from infra.errors import CallError


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is decoded JSON, or the text where it is none, ``content`` as it came; header names are lower-case."""

    status: int
    body: Any
    headers: Mapping[str, str]
    content: bytes = b""

    def wait(self, otherwise: float) -> float:
        """Seconds that the server asks to wait, else ``otherwise``."""
        try:
            return max(float(self.headers.get("retry-after", "")), 0.0)
        except ValueError:
            return otherwise


def origin(host: str) -> str:
    """``https://host``; plain http for this machine, where only a rehearsal listens."""
    return f"http://{host}" if is_local(f"//{host}") else f"https://{host}"


def is_local(url: str) -> bool:
    """Whether ``url`` is on this machine."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost")


NO_TOKEN = "no token for"  # noqa: S105 - words, not a password
"""How the message starts where nobody is signed in."""


class Bearer(BearerTokenCredentialPolicy[Any, Any]):
    """A token goes over https alone, but for this machine, where a rehearsal listens."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """See ``SansIOHTTPPolicy``."""
        if is_local(request.http_request.url):
            request.context.options["enforce_https"] = False
        super().on_request(request)


class Rest:
    """Calls below ``base``. Safe to repeat: GET, PUT, DELETE are retried on 429, 5xx and broken connections."""

    def __init__(
        self,
        base: str,
        credential: TokenCredential | None = None,
        scope: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        retries: int = 4,
    ) -> None:
        self._headers = {"Accept": "application/json", **(headers or {})}
        self.base = base.rstrip("/")
        retry = RetryPolicy(retry_total=retries, retry_backoff_factor=1, retry_backoff_max=30)
        policies: list[Any] = [UserAgentPolicy(base_user_agent="databricks-purview-lineage"), retry]
        if credential:
            policies.append(Bearer(credential, scope))
        transport = RequestsTransport(connection_timeout=10, read_timeout=300)
        self._pipeline: Pipeline[HttpRequest, HttpResponse] = Pipeline(transport, policies)

    def send(
        self, method: str, path: str, body: Any = None, *, content: bytes | None = None, kind: str = "application/json"
    ) -> Answer:
        """The answer, whatever its status. Raises ``CallError`` where there is none."""
        payload = content if content is not None else None if body is None else json.dumps(body).encode()
        headers = self._headers | ({} if payload is None else {"Content-Type": kind})
        request = HttpRequest(method, f"{self.base}{path}", content=payload, headers=headers)
        try:
            response = self._pipeline.run(request).http_response
            received = response.read()
        except ClientAuthenticationError as error:
            raise CallError(
                f"{NO_TOKEN} {self.base}: {_first_line(error)}\nsign in with: az login", status=401
            ) from error
        except AzureError as error:
            raise CallError(f"{method} {self.base}{_bare(path)}: {_first_line(error)}") from error
        known = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, _decoded(received.decode(errors="replace")), known, received)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded body of a 2xx; raises ``CallError`` for any other."""
        answer = self.send(method, path, body)
        if not 200 <= answer.status < 300:
            raise failed(f"{method} {self.base}{_bare(path)}", answer)
        return answer.body


def failed(what: str, answer: Answer) -> CallError:
    """The error that an answer means."""
    text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    return CallError(f"{what}: {answer.status} {text[:600]}".rstrip(), status=answer.status, body=text)


def _bare(path: str) -> str:
    return path.partition("?")[0]


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _first_line(error: AzureError) -> str:
    return (str(error.message or error).splitlines() or [type(error).__name__])[0][:400]
