"""The page as a server shows it: every request reads the catalogue anew."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from lineage.errors import Unavailable
from lineage.page.routes import page_routes
from tests.page.atlas_double import AtlasDouble
from tests.page.lake import served
from tests.page.looks import ORDERS, REVENUE, names

HOSTILE = "</script><script>x"


@pytest.fixture
def atlas() -> AtlasDouble:
    atlas = AtlasDouble()
    tables = [atlas.dataset(f"https://acct.dfs.core.windows.net/c/t{at}", [("x", "int")]) for at in range(6)]
    for at in range(5):
        atlas.process(f"databricks://h/notebooks/n/processes/{at}", [tables[at]], [tables[at + 1]])
    return atlas


@pytest.fixture
def http(atlas: AtlasDouble) -> Iterator[httpx.Client]:
    with (
        served(Starlette(routes=page_routes(atlas, lambda: {"parked": 2}))) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def data_of(answer):
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', answer.text, re.DOTALL)
    return json.loads(data)


def test_the_root_is_the_whole_catalogue(http):
    data = data_of(http.get("/"))
    assert len(data["datasets"]) == 6
    assert (data["live"], data["extras"]) == (True, {"parked": 2})


def test_what_was_published_meanwhile_is_there_after_a_reload(http, atlas):
    before = data_of(http.get("/"))
    new = atlas.dataset("https://acct.dfs.core.windows.net/c/new")
    atlas.process("databricks://h/notebooks/n/processes/new", [], [new])
    assert len(data_of(http.get("/"))["datasets"]) == len(before["datasets"]) + 1


@pytest.mark.parametrize(
    ("depth", "shown"), [("1", 3), ("2", 5), ("", 6), ("junk", 6), ("-1", 6), ("99999999999999", 6)]
)
def test_an_asset_is_shown_as_deep_as_asked(http, depth, shown):
    data = data_of(http.get("/lineage", params={"asset": "c/t2", "depth": depth}))
    assert len(data["datasets"]) == shown
    assert data["datasets"][data["focus"]]["name"] == "t2"


def test_an_unknown_asset_is_not_found_and_said_as_text(http):
    answer = http.get("/lineage", params={"asset": HOSTILE})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_search_answers_with_names(http):
    found = http.get("/lineage/search", params={"q": "/c/t3"}).json()
    assert [one["name"] for one in found] == ["t3"]
    assert set(found[0]) == {"guid", "name", "qualifiedName"}
    assert http.get("/lineage/search").json() == []


def test_a_catalogue_that_does_not_answer_is_said():
    class Down(AtlasDouble):
        def post(self, path, **_):
            raise Unavailable("throttled")

    with served(Starlette(routes=page_routes(Down()))) as url:
        answer = httpx.get(url, timeout=60)
    assert answer.status_code == 502
    assert "throttled" in answer.text


@pytest.mark.browser
def test_a_live_page_asks_its_server_for_what_it_does_not_have(opened, lakehouse):
    with served(Starlette(routes=page_routes(lakehouse))) as url:
        one = opened(url + "/")
        assert one.page.locator("#browse").is_visible()
        one = opened(f"{url}/lineage?asset=gold/daily_revenue&depth=1")
        assert ORDERS in names(one)
        assert len(names(one)) == 4
        one.page.fill("#query", "bronze")
        one.page.wait_for_selector("#hits li:has-text('bronze/fx_rates')")
        one.page.click("#hits li:has-text('bronze/fx_rates')")
        one.page.wait_for_selector(".card.focus[data-dataset$='bronze/fx_rates']")
        assert "asset=" in one.page.url
        one.page.go_back()
        one.page.wait_for_selector(f'.card.focus[data-dataset="{REVENUE}"]')
        one.page.click("#up-more")
        one.page.wait_for_selector(".card[data-dataset$='bronze/products']")
        assert "depth=2" in one.page.url
        one.page.click("#home")
        one.page.wait_for_selector("#browse:not([hidden])")
