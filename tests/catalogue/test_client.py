"""The client: addresses, repetition, the budget, what each refusal becomes, and that no secret leaves it."""

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError

from lineage.catalogue.budget import Budget
from lineage.catalogue.client import AtlasClient, open_client
from lineage.errors import CatalogueError, Forbidden, Rejected, SettingsError, Unavailable
from lineage.model import AssetName
from lineage.settings import Settings
from tests.catalogue.line import BASE, Answer, Transport

pytestmark = pytest.mark.unit

ASSET = AssetName("azure_datalake_gen2_path", "https://a.dfs.core.windows.net/c/größe & so/")
SECRET = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.invented"


class Scripted(Transport):
    """Answers one after the other; the last one for ever."""

    def __init__(self, *answers: Any) -> None:
        super().__init__()
        self.urls: list[str] = []
        self._answers = list(answers)

    def send(self, request: Any, **kwargs: Any) -> Any:
        self.calls.append((request.method, request.url, request.content and msgspec.json.decode(request.content)))
        self.headers.append(dict(request.headers))
        self.urls.append(request.url)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def client(*answers: Any, base: str = BASE, **options: Any) -> tuple[AtlasClient, Scripted]:
    transport = Scripted(*answers)
    return AtlasClient(base, transport=transport, **options), transport


OK = Answer(200, {"fine": True})


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        (
            "https://acct.purview.azure.com/datamap/api/atlas/v2",
            "entity/bulk",
            "https://acct.purview.azure.com/datamap/api/atlas/v2/entity/bulk?api-version=2023-09-01",
        ),
        (
            "https://api.purview-service.microsoft.com/datamap/api/atlas/v2/",
            "/search/query",
            "https://api.purview-service.microsoft.com/datamap/api/search/query?api-version=2023-09-01",
        ),
        (
            "https://acct.purview.azure.us/datamap/api/atlas/v2",
            "types/typedefs",
            "https://acct.purview.azure.us/datamap/api/atlas/v2/types/typedefs?api-version=2023-09-01",
        ),
        ("http://localhost:21000/api/atlas/v2", "/entity/bulk", "http://localhost:21000/api/atlas/v2/entity/bulk"),
        ("http://127.0.0.1:8057/api/atlas/v2", "search/query", "http://127.0.0.1:8057/api/search/query"),
    ],
)
def test_addresses(base, path, url):
    made, transport = client(OK, base=base)
    assert made.get(path) == {"fine": True}
    assert transport.urls == [url]


def test_the_api_version_is_a_setting():
    made, transport = client(OK, api_version="2024-03-01-preview")
    made.get("x")
    assert transport.urls[0].endswith("/x?api-version=2024-03-01-preview")


def test_parameters_are_encoded_and_may_repeat():
    made, transport = client(OK, base="http://h/api/atlas/v2")
    made.get("entity/bulk", params=[("guid", "a b"), ("guid", "ü&")])
    assert transport.urls == ["http://h/api/atlas/v2/entity/bulk?guid=a%20b&guid=%C3%BC%26"]


def test_bodies_are_json_and_never_compressed():
    made, transport = client(Answer(200, b""))
    assert made.post("x", body={"a": "ü"}) is None
    assert transport.headers[0]["Content-Type"] == "application/json"
    assert "Content-Encoding" not in transport.headers[0]


def test_find_returns_the_asset_or_nothing():
    entity = {"entity": {"guid": "g", "status": "ACTIVE"}, "referredEntities": {}}
    assert client(Answer(200, entity))[0].find(ASSET) == entity
    missing = Answer(404, {"errorCode": "ATLAS-404-00-009", "errorMessage": "no"})
    assert client(missing)[0].find(ASSET) is None
    deleted = Answer(200, {"entity": {"guid": "g", "status": "DELETED"}})
    assert client(deleted)[0].find(ASSET) is None
    with pytest.raises(Rejected):
        client(Answer(400, {}))[0].find(ASSET)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, {}, Forbidden, ""),
        (403, {"error": {"code": "Unauthorized", "message": "no role"}}, Forbidden, "Unauthorized"),
        (400, {"errorCode": "ATLAS-400-00-036", "errorMessage": "ends"}, Rejected, "ATLAS-400-00-036"),
        (404, {"errorCode": "ATLAS-404-00-00A", "errorMessage": "gone"}, Rejected, "ATLAS-404-00-00A"),
        (405, b"<html>", Rejected, ""),
        (302, b"", Unavailable, ""),
        (307, b"<html>sign in", Unavailable, ""),
        (404, {"errorCode": "ATLAS-404-00-0FF", "errorMessage": "of a later version"}, Rejected, "ATLAS-404-00-0FF"),
        (404, b"<html>not found</html>", Unavailable, ""),
        (404, [], Unavailable, ""),
        (404, {"error": {"code": "NotFound", "message": "no such site"}}, Unavailable, "NotFound"),
        (409, {"errorCode": "ATLAS-409-00-001", "errorMessage": "exists"}, Unavailable, "ATLAS-409-00-001"),
        (413, b"too large", Rejected, ""),
        (408, b"", Unavailable, ""),
        (429, b"", Unavailable, ""),
        (500, {"errorCode": "ATLAS-500-00-001", "errorMessage": "oops"}, Unavailable, "ATLAS-500-00-001"),
        (503, [], Unavailable, ""),
    ],
)
def test_what_a_refusal_becomes(status, body, kind, code):
    made, _ = client(Answer(status, body))
    with pytest.raises(CatalogueError) as caught:
        made.post("entity/bulk", body={"entities": []})
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.code) == (status, code)


@pytest.mark.parametrize("path", ["types/typedefs", "types/entitydef/name/hive_table"])
def test_a_404_for_the_types_that_is_not_the_catalogues_own_says_nothing_of_the_type(path):
    with pytest.raises(Unavailable, match="is LINEAGE_CATALOGUE right"):
        client(Answer(404, b"<html>"))[0].get(path)
    with pytest.raises(Rejected):
        client(Answer(404, {"errorCode": "ATLAS-404-00-001", "errorMessage": "no"}))[0].get(path)


@pytest.mark.parametrize("path", ["search/query", "account/collections", "entity/guid/x", "lineage/x"])
def test_any_other_path_may_be_missing(path):
    with pytest.raises(Rejected):
        client(Answer(404, b"<html>"))[0].get(path)


def test_a_collection_is_doubted_after_a_write_into_it_was_refused():
    made, _ = client(Answer(403, {}), Answer(404, b""), Answer(400, {}))
    for name in ("abc123", "def123", "ghi123"):
        with pytest.raises(CatalogueError):
            made.post("entity/bulk", params=[("collectionId", name)], body={"entities": []})
    assert made.doubted == {"abc123": False, "def123": True}


def test_forbidden_names_the_role():
    with pytest.raises(Forbidden, match="Data Curator"):
        client(Answer(403, {}))[0].get("x")


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_every_method_is_repeated_with_growing_waits(method, status):
    made, transport = client(Answer(status), Answer(status), Answer(status), OK)
    assert getattr(made, method)("entity/bulk") == {"fine": True}
    assert len(transport.calls) == 4
    assert len(transport.slept) == 3
    assert 0 < transport.slept[0] <= transport.slept[1] <= transport.slept[2]


@pytest.mark.parametrize("status", [429, 503])
def test_the_servers_own_wait_is_kept(status):
    made, transport = client(Answer(status, Retry_After="7"), OK)
    assert made.post("entity/bulk", body={"entities": [{}]}) == {"fine": True}
    assert transport.slept == [7]


def test_a_very_long_wait_is_left_to_the_sweep():
    made, transport = client(Answer(429, Retry_After="3600"), OK)
    with pytest.raises(Unavailable):
        made.get("x")
    assert transport.slept == []


@pytest.mark.parametrize("error", [ServiceRequestError("refused"), ServiceResponseError("reset by peer")])
def test_a_lost_connection_is_repeated_and_then_unavailable(error):
    made, transport = client(error, error, OK)
    assert made.post("x", body={}) == {"fine": True}
    assert len(transport.calls) == 3
    made, transport = client(error, retries=2)
    with pytest.raises(Unavailable):
        made.post("x", body={})
    assert len(transport.calls) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413])
def test_what_repetition_cannot_change_is_not_repeated(status):
    made, transport = client(Answer(status))
    with pytest.raises(CatalogueError):
        made.post("x", body={})
    assert len(transport.calls) == 1


def test_an_answer_that_is_no_json_is_told():
    with pytest.raises(Unavailable, match="base URL"):
        client(Answer(200, b"<html>sign in</html>"))[0].get("x")


class Credential:
    def __init__(self, error: Exception | None = None) -> None:
        self.scopes: list[str] = []
        self._error = error

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        self.scopes += scopes
        if self._error:
            raise self._error
        return AccessToken(SECRET, 4_000_000_000)


def entra(credential: Credential, *answers: Any) -> tuple[AtlasClient, Scripted]:
    settings = Settings(catalogue="https://a.purview.azure.com/datamap/api/atlas/v2", catalogue_auth="entra")
    transport = Scripted(*answers)
    return open_client(settings, credential=credential, transport=transport), transport


def test_a_token_of_the_right_audience_travels_with_every_call():
    credential = Credential()
    made, transport = entra(credential, OK)
    made.get("x")
    made.get("y")
    assert credential.scopes == ["https://purview.azure.net/.default"]
    assert [headers["Authorization"] for headers in transport.headers] == [f"Bearer {SECRET}"] * 2


@pytest.mark.parametrize(
    ("url", "given", "scope"),
    [
        ("https://a.purview.azure.us/datamap/api/atlas/v2", "", "https://purview.azure.us/.default"),
        ("https://A.Purview.Azure.CN/datamap/api/atlas/v2", "", "https://purview.azure.cn/.default"),
        ("https://api.purview-service.microsoft.com/datamap/api/atlas/v2", "", "https://purview.azure.net/.default"),
        ("https://a.purview.azure.us/datamap/api/atlas/v2", "https://x/.default", "https://x/.default"),
    ],
)
def test_the_scope_of_the_token_follows_the_cloud_unless_it_is_set(url, given, scope):
    credential, transport = Credential(), Scripted(OK)
    settings = Settings(catalogue=url, catalogue_auth="entra", catalogue_scope=given)
    open_client(settings, credential=credential, transport=transport).get("x")
    assert credential.scopes == [scope]


def test_no_token_is_forbidden_and_says_so_without_it():
    made, _ = entra(Credential(ClientAuthenticationError(f"nobody: Bearer {SECRET}")), OK)
    with pytest.raises(Forbidden, match="no token") as caught:
        made.get("x")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 500])
def test_a_token_that_the_server_echoes_is_not_told(status):
    echo = Answer(status, {"errorCode": "X", "errorMessage": f"bad header Authorization: Bearer {SECRET}"})
    made, _ = entra(Credential(), echo)
    with pytest.raises(CatalogueError) as caught:
        made.get("x")
    assert SECRET not in str(caught.value)
    assert SECRET.partition(".")[0] not in str(caught.value)
    assert "bad header" in str(caught.value)


def test_a_token_is_never_sent_in_the_clear():
    with pytest.raises(SettingsError, match="https"):
        open_client(
            Settings(catalogue="http://a/datamap/api/atlas/v2", catalogue_auth="entra"), credential=Credential()
        )


def test_basic_authentication():
    settings = Settings(catalogue=BASE, catalogue_auth="basic", catalogue_user="admin", catalogue_password="invented")
    header = base64.b64encode(b"admin:invented").decode()
    transport = Scripted(OK)
    made = open_client(settings, transport=transport)
    made.get("x")
    assert transport.headers[0]["Authorization"] == f"Basic {header}"


def test_an_unknown_way_to_authenticate_is_a_wrong_setting():
    with pytest.raises(SettingsError, match="LINEAGE_CATALOGUE_AUTH"):
        open_client(Settings(catalogue_auth="kerberos"))


class Waiting:
    """A clock that a sleep moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_the_budget_holds_over_any_stretch_of_time():
    clock = Waiting()
    budget = Budget(25, clock=clock, sleep=clock.sleep)
    for _ in range(250):
        budget.charge(1)
    assert clock.now == pytest.approx(9.0)
    assert budget.spent == 250


def test_a_bulk_write_costs_what_is_in_it_and_a_repetition_costs_again():
    clock = Waiting()
    budget = Budget(10, clock=clock, sleep=clock.sleep)
    made, _ = client(Answer(503), OK, budget=budget)
    made.post("entity/bulk", body={"entities": [{}] * 30})
    assert made.operations == 60
    assert clock.now == pytest.approx(5.0)
    made.get("entity/bulk")
    made.post("search/query", body={})
    assert made.operations == 62


def test_an_idle_budget_saves_no_more_than_a_second():
    clock = Waiting()
    budget = Budget(10, clock=clock, sleep=clock.sleep)
    clock.now = 3_600
    budget.charge(20)
    assert clock.now == pytest.approx(3_601)


def test_threads_share_a_budget():
    budget = Budget()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(budget.charge, [1] * 4_000))
    assert budget.spent == 4_000
