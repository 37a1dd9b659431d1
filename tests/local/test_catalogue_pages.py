"""The list of assets and the page of one: for people, with names from anywhere."""

import uuid
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from tests.catalogue_contract.catalogues import COLUMN, DATASET, PROCESS, Catalogue, embedded, entity

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u202egnp.exe"


class Page(HTMLParser):
    """Text and tags of a page."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def links(self) -> list[str]:
        return [str(attributes[key]) for _, attributes in self.tags for key in ("href", "src") if key in attributes]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with embedded(tmp_path_factory.mktemp("pages") / "catalogue.db") as client:
        yield client


@pytest.fixture
def catalogue(shared: httpx.Client) -> Catalogue:
    return Catalogue("embedded", shared, f"pages://{uuid.uuid4().hex}")


def _page(catalogue: Catalogue, path: str, **params: str | int) -> Page:
    answer = catalogue.http.get(catalogue.root + path, params=params)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    page = Page(answer.text)
    assert not [tag for tag, _ in page.tags if tag in ("script", "img", "iframe")]
    assert all(link.startswith(("/", "data:,")) and not link.startswith("//") for link in page.links())
    return page


def _names(page: Page) -> list[str]:
    """What the list links to, in order."""
    links = iter(page.links())
    return [link for link in links if link.startswith("/asset/")]


def test_the_list_is_searched_and_narrowed_to_a_type(catalogue: Catalogue):
    guids = catalogue.datasets("beta", "Alpha")
    process = catalogue.process("load", ["beta"], ["Alpha"]).guids["-1"]
    words = catalogue.prefix
    by_name = [f"/asset/{guid}" for guid in (guids["Alpha"], guids["beta"], process)]
    assert _names(_page(catalogue, "/", q=words)) == by_name
    assert _names(_page(catalogue, "/", q=words, type=PROCESS)) == by_name[2:]
    assert _names(_page(catalogue, "/", q=f"{words} BETA")) == [by_name[1]]
    assert "0 assets" in _page(catalogue, "/", q="no such asset").text[-1]


def test_columns_are_not_listed(catalogue: Catalogue):
    owner = {"dataset": {"guid": "-1", "typeName": DATASET}}
    column = entity(COLUMN, catalogue.qn("t#x"), "-2", relations=owner)
    catalogue.bulk(entity(DATASET, catalogue.qn("t"), "-1"), column)
    assert len(_names(_page(catalogue, "/", q=catalogue.prefix))) == 1


def test_a_long_list_has_pages(catalogue: Catalogue):
    for start in range(0, 230, 50):
        names = [f"d{n:03}" for n in range(start, min(start + 50, 230))]
        catalogue.datasets(*names)
    sizes = [len(_names(_page(catalogue, "/", q=catalogue.prefix, page=page))) for page in (1, 2, 3, 4)]
    assert sizes == [100, 100, 30, 0]
    middle = _page(catalogue, "/", q=catalogue.prefix, page=2)
    assert "230 assets" in "".join(middle.text)
    onward = [link for link in middle.links() if "page=" in link]
    assert [link.rpartition("page=")[2] for link in onward] == ["1", "3"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30, "²", ""])
def test_a_page_number_from_anywhere(catalogue: Catalogue, page: str):
    _page(catalogue, "/", page=page)


def test_an_asset_shows_what_it_has(catalogue: Catalogue):
    guids = catalogue.datasets("in", "out")
    process = catalogue.process("load", ["in"], ["out"], columnMapping='[{"a": 1}]', runs=7).guids["-1"]
    page = _page(catalogue, f"/asset/{process}")
    text = "".join(page.text)
    for expected in (catalogue.qn("load"), "runs", "7", '"a": 1', "inputs", "outputs"):
        assert expected in text
    assert {f"/asset/{guids['in']}", f"/asset/{guids['out']}"} <= set(page.links())
    assert f"/api/atlas/v2/entity/guid/{process}" in page.links()


def test_ill_meant_names_are_shown_as_text(catalogue: Catalogue):
    body = entity(DATASET, catalogue.qn(EVIL), "-1", name=EVIL, description=EVIL, format="{" + EVIL)
    guid = catalogue.bulk({**body, "customAttributes": {"k": EVIL}}).guids["-1"]
    assert EVIL in _page(catalogue, f"/asset/{guid}").text
    assert EVIL in _page(catalogue, "/", q=catalogue.prefix).text
    field = next(attributes for tag, attributes in _page(catalogue, "/", q=EVIL).tags if tag == "input")
    assert field["value"] == EVIL


def test_a_name_of_ten_thousand_characters(catalogue: Catalogue):
    catalogue.bulk(entity(DATASET, catalogue.qn("x" * 10_000), "-1", name="y" * 10_000))
    assert "y" * 10_000 in _page(catalogue, "/", q=catalogue.prefix).text
