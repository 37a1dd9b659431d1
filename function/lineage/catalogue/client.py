"""The Atlas v2 REST API of Purview, of Apache Atlas and of the embedded catalogue, over azure-core's pipeline.

Upserts go by qualified name, so that every call may be repeated: POST is retried like any other method. Request bodies
are never compressed (Apache Atlas answers 500 to that).
"""

import base64
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.core.pipeline import Pipeline, PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import (
    BearerTokenCredentialPolicy,
    HeadersPolicy,
    HTTPPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
    UserAgentPolicy,
)
from azure.core.pipeline.transport import HttpTransport, RequestsTransport
from azure.core.rest import HttpRequest, HttpResponse

from lineage import __version__
from lineage.catalogue.budget import Budget
from lineage.errors import CatalogueError, Forbidden, Rejected, SettingsError, Unavailable
from lineage.model import AssetName
from lineage.redact import redact_text
from lineage.settings import Settings

API_VERSION = "2023-09-01"
"""Of Purview's data map. Apache Atlas ignores it."""

Params = Iterable[tuple[str, str]]
Auth = HTTPPolicy[Any, Any] | SansIOHTTPPolicy[Any, Any]

SCOPE = "https://purview.azure.net/.default"
"""``https://purview.azure.com/.default`` would be answered 401."""
_SCOPES: Mapping[str, str] = {
    ".azure.us": "https://purview.azure.us/.default",
    ".azure.cn": "https://purview.azure.cn/.default",
}
"""Of the sovereign clouds, by the end of the host's name."""
_LONGEST_WAIT = 60.0
"""A server that asks for more seconds than this is down for us: the sweep comes back later."""
_NO_SUCH_TYPE = "ATLAS-400-00-014"
"""Apache Atlas' answer to a type that it does not have; Purview's is a 404."""
_OWN = "errorCode"
"""What a refusal of the catalogue itself has; a 404 without it may be that of a gateway or of another host."""
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
_ROLE = (
    "; the identity needs the role Data Curator on the collection (and on every collection that is written to):"
    " grant it in the Purview portal under Data Map > Collections > Role assignments"
)
_ELSEWHERE = (
    "; the catalogue has this path, so something else answers, or the collection is gone: is LINEAGE_CATALOGUE right?"
)
_ERRORS: Mapping[int, tuple[type[CatalogueError], str]] = {
    401: (Forbidden, "; the token or the password was not accepted"),
    403: (Forbidden, _ROLE),
    408: (Unavailable, ""),
    409: (Unavailable, ""),
    412: (Unavailable, ""),
    425: (Unavailable, ""),
    429: (Unavailable, ""),
}
"""Status to error and hint; any other 4xx is ``Rejected``, any 3xx or 5xx ``Unavailable``. See ``_misled``, too."""


class AtlasClient:
    """``base_url`` ends in ``/atlas/v2``: ``https://ACCOUNT.purview.azure.com/datamap/api/atlas/v2`` (classic),
    ``https://api.purview-service.microsoft.com/datamap/api/atlas/v2`` (new portal), ``….purview.azure.us/…`` and so on,
    or ``http://HOST:21000/api/atlas/v2`` (Apache Atlas, the embedded catalogue).

    ``api_version`` is sent with every call; by default where the URL has ``/datamap/``. Safe to share between threads.
    ``doubted`` are collections that a write was refused for, and whether it was because there is no such thing; whoever
    resolves their names anew empties it.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        api_version: str | None = None,
        budget: Budget | None = None,
        transport: HttpTransport[Any, Any] | None = None,
        retries: int = 6,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.budget = budget or Budget()
        self.purview = "/datamap/" in self.base_url
        self.doubted: dict[str, bool] = {}
        self._api_version = (API_VERSION if self.purview else "") if api_version is None else api_version
        retry = _Retry(
            retry_total=retries, retry_connect=retries, retry_read=retries, retry_status=retries, retry_backoff_max=30
        )
        policies: list[Any] = [
            UserAgentPolicy(base_user_agent=f"databricks-purview-lineage/{__version__}"),
            HeadersPolicy({"Accept": "application/json"}),
            _Cost(),
            retry,
            *([auth] if auth else []),
            _Charge(self.budget),
        ]
        self._transport = transport or RequestsTransport(connection_timeout=10, read_timeout=90)
        self._pipeline: Pipeline[HttpRequest, HttpResponse] = Pipeline(self._transport, policies)

    @property
    def operations(self) -> int:
        """Operations so far, repeated ones included: one a request, a bulk write one for each entity in it."""
        return self.budget.spent

    def get(self, path: str, *, params: Params = ()) -> Any:
        """The decoded answer; ``None`` where the answer has no body. Raises ``CatalogueError``."""
        return self._send("GET", path, params, None)

    def post(self, path: str, *, params: Params = (), body: Any = None) -> Any:
        """See ``get``."""
        return self._send("POST", path, params, body)

    def put(self, path: str, *, params: Params = (), body: Any = None) -> Any:
        """See ``get``."""
        return self._send("PUT", path, params, body)

    def delete(self, path: str, *, params: Params = (), body: Any = None) -> Any:
        """See ``get``."""
        return self._send("DELETE", path, params, body)

    def find(self, asset: AssetName) -> dict[str, Any] | None:
        """The asset with its relationships (``{"entity": …, "referredEntities": …}``); ``None`` where there is none."""
        path = f"entity/uniqueAttribute/type/{quote(asset.type_name, safe='')}"
        try:
            found = self.get(path, params=[("attr:qualifiedName", asset.qualified_name)])
        except Rejected as error:
            if error.status == 404 or error.code == _NO_SUCH_TYPE:
                return None
            raise
        if not isinstance(found, dict) or found["entity"].get("status") == "DELETED":
            return None
        return found

    def close(self) -> None:
        """Close the pooled connections."""
        self._transport.close()

    def _send(self, method: str, path: str, params: Params, body: Any) -> Any:
        params = list(params)
        content = None if body is None else msgspec.json.encode(body)
        request = HttpRequest(method, self._url(path, params), content=content, headers=_content_type(content))
        try:
            response = self._pipeline.run(request, cost=_cost(path, body), retry_on_methods=_METHODS, timeout=300)
        except ClientAuthenticationError as error:
            raise Forbidden(_words(f"no token for {self.base_url}: {error.message}")) from error
        except AzureError as error:
            raise Unavailable(_words(f"{method} {_place(path)}: {type(error).__name__}: {error}")) from error
        try:
            return _answer(method, path, response.http_response)
        except CatalogueError as error:
            if error.status in (403, 404):
                gone = isinstance(error, Unavailable)
                self.doubted |= {value: gone for name, value in params if name == "collectionId"}
            raise

    def _url(self, path: str, params: Params) -> str:
        pairs = list(params)
        if self._api_version and not any(name == "api-version" for name, _ in pairs):
            pairs.append(("api-version", self._api_version))
        path = path.lstrip("/")
        base = self._base(path)
        return f"{base}/{path}?{urlencode(pairs, quote_via=quote)}" if pairs else f"{base}/{path}"

    def _base(self, path: str) -> str:
        """Purview's own search lies beside the Atlas API, not in it, and its collections at the root of the host."""
        if path.startswith("account/"):
            parts = urlsplit(self.base_url)
            return f"{parts.scheme}://{parts.netloc}"
        return self.base_url.removesuffix("/atlas/v2") if path == "search/query" else self.base_url


def open_client(
    settings: Settings, *, credential: Any = None, transport: HttpTransport[Any, Any] | None = None, retries: int = 6
) -> AtlasClient:
    """The client of the catalogue that the settings name. Raises ``SettingsError``.

    ``credential`` stands in for the default one of azure-identity, ``transport`` for pooled connections. ``retries``
    are fewer where a person waits.
    """
    makers: dict[str, Callable[[], Auth | None]] = {
        "none": lambda: None,
        "basic": lambda: _basic(settings),
        "entra": lambda: _entra(settings, credential),
    }
    if settings.catalogue_auth not in makers:
        raise SettingsError(f"LINEAGE_CATALOGUE_AUTH={settings.catalogue_auth!r}: expected {', '.join(makers)}")
    return AtlasClient(
        settings.catalogue,
        auth=makers[settings.catalogue_auth](),
        api_version=settings.catalogue_api_version or None,
        budget=Budget(settings.catalogue_rate),
        retries=retries,
        transport=transport,
    )


def _basic(settings: Settings) -> Auth:
    pair = f"{settings.catalogue_user}:{settings.catalogue_password}".encode()
    return HeadersPolicy({"Authorization": f"Basic {base64.b64encode(pair).decode()}"})


def _entra(settings: Settings, credential: Any) -> Auth:
    if not settings.catalogue.lower().startswith("https://"):
        raise SettingsError(f"LINEAGE_CATALOGUE={settings.catalogue!r}: a token is only sent over https")
    if credential is None:
        from azure.identity import DefaultAzureCredential

        credential = DefaultAzureCredential()
    return BearerTokenCredentialPolicy(credential, settings.catalogue_scope or scope_of(settings.catalogue))


def scope_of(url: str) -> str:
    """The scope of an Entra token for the cloud that an account is in."""
    host = (urlsplit(url).hostname or "").lower()
    return next((scope for domain, scope in _SCOPES.items() if host.endswith(domain)), SCOPE)


class _Retry(RetryPolicy[Any, Any]):
    """Exponential with jitter, so that instances that were throttled together do not come back together."""

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        """See ``RetryPolicyBase``; the first repetition waits, too."""
        wait: float = settings["backoff"] * 2.0 ** (len(settings["history"]) - 1)
        return min(float(settings["max_backoff"]), wait) * random.uniform(0.5, 1.0)  # noqa: S311 - not for secrets

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """See ``RetryPolicyBase``."""
        waits = (self.get_retry_after(response) or 0) <= _LONGEST_WAIT
        return waits and response.http_response.status_code != 409 and super().is_retry(settings, response)


class _Cost(SansIOHTTPPolicy[Any, Any]):
    """Keeps what a call costs where every repetition of it finds it."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.context["cost"] = request.context.options.pop("cost", 1)


class _Charge(HTTPPolicy[Any, Any]):
    def __init__(self, budget: Budget) -> None:
        super().__init__()
        self._budget = budget

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        self._budget.charge(request.context["cost"])
        return self.next.send(request)


def _cost(path: str, body: Any) -> int:
    bulk = isinstance(body, dict) and path.strip("/") == "entity/bulk"
    return max(1, len(body["entities"])) if bulk else 1


def _content_type(content: bytes | None) -> dict[str, str]:
    return {} if content is None else {"Content-Type": "application/json"}


def _answer(method: str, path: str, response: HttpResponse) -> Any:
    body = response.content
    if response.status_code >= 300:
        raise _error(method, path, response.status_code, body)
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        message = f"{method} {_place(path)}: the answer is not JSON; is the base URL right?"
        raise Unavailable(message, status=response.status_code) from error


def _error(method: str, path: str, status: int, body: bytes) -> CatalogueError:
    answer = _decoded(body)
    code, text = _reason(answer)
    kind, hint = _ERRORS.get(status, (Rejected if 400 <= status < 500 else Unavailable, ""))
    if _misled(method, path, status, answer):
        kind, hint = Unavailable, _ELSEWHERE
    message = f"{method} {_place(path)}: {status} {code} {text}".rstrip()
    return kind(_words(message) + hint, status=status, code=code)


def _misled(method: str, path: str, status: int, answer: Mapping[str, Any]) -> bool:
    """Whether the catalogue itself would not have answered so: a redirection, or a 404 for what it always has."""
    always = path.strip("/").startswith("types/") or (method == "POST" and path.strip("/") == "entity/bulk")
    return status < 400 or (status == 404 and always and _OWN not in answer)


def _decoded(body: bytes) -> Mapping[str, Any]:
    """The refusal; empty where it is a page, a text or nothing."""
    try:
        answer = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _reason(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Code and message, of Atlas' own shape and of Azure's."""
    nested = answer["error"] if isinstance(answer.get("error"), dict) else answer
    code = answer.get(_OWN) or nested.get("code") or ""
    return str(code), str(answer.get("errorMessage") or nested.get("message") or "")


def _place(path: str) -> str:
    return path.strip("/")


def _words(text: str) -> str:
    """``text`` on one line of bounded length, without credentials that a server or a proxy may have echoed."""
    return redact_text(" ".join(text[:2_000].split()))[:600]
