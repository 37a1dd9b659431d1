"""What Purview documents and Apache Atlas 2.1 does not have: search, limits, collections, entity tags.

(Atlas' own basic search needs another index than the one that listens on loopback only.)
"""

from typing import Any

import pytest

from tests.catalogue_contract.catalogues import COLUMN, DATASET, PROCESS, Catalogue, entity, named


def _search(catalogue: Catalogue, *conditions: Any, keywords: str | None = None, **more: Any) -> list[str]:
    """Names found below the test's own prefix."""
    mine = {"attributeName": "qualifiedName", "operator": "startswith", "attributeValue": f"{catalogue.prefix}/"}
    body = {"keywords": keywords, "filter": {"and": [mine, *conditions]}, **more}
    answer = catalogue.call("POST", "search/query", body)
    assert answer.status == 200, answer
    assert answer.body["@search.count"] >= len(answer.body["value"])
    return [hit["qualifiedName"].removeprefix(f"{catalogue.prefix}/") for hit in answer.body["value"]]


def _attribute(name: str, operator: str, value: object) -> dict[str, Any]:
    return {"attributeName": name, "operator": operator, "attributeValue": value}


@pytest.fixture
def assets(purview: Catalogue) -> Catalogue:
    """Orders, orders_2 and lines, the first labelled; a process; a column."""
    first = {**entity(DATASET, purview.qn("raw/Orders"), "-1", description="what came in"), "labels": ["ours"]}
    owner = {"dataset": {"guid": "-1", "typeName": DATASET}}
    purview.bulk(
        first,
        entity(DATASET, purview.qn("raw/orders_2"), "-2", format="delta"),
        entity(DATASET, purview.qn("silver/lines%"), "-3", format="parquet"),
        entity(PROCESS, purview.qn("load"), "-4", runs=7),
        entity(COLUMN, purview.qn("raw/Orders#id"), "-5", relations=owner),
    )
    return purview


ALL = ["raw/Orders", "raw/orders_2", "silver/lines%", "load"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({}, ALL),
        ({"entityType": PROCESS}, ["load"]),
        ({"entityType": "DataSet"}, []),
        ({"typeName": "DataSet", "includeSubTypes": True}, ALL[:3]),
        ({"or": [{"entityType": PROCESS}, _attribute("name", "eq", "ORDERS")]}, ["raw/Orders", "load"]),
        ({"not": {"entityType": PROCESS}}, ALL[:3]),
        ({"label": "ours"}, ["raw/Orders"]),
        ({"not": {"label": "ours"}}, ALL[1:]),
        ({"collectionId": "embedded"}, ALL),
        ({"collectionId": "elsewhere"}, []),
        (_attribute("format", "eq", "delta"), ["raw/orders_2"]),
        (_attribute("format", "ne", "delta"), ["raw/Orders", "silver/lines%", "load"]),
        (_attribute("name", "contains", "rders_"), ["raw/orders_2"]),
        (_attribute("name", "startswith", "ord"), ALL[:2]),
        (_attribute("qualifiedName", "endswith", "/LINES%"), ["silver/lines%"]),
        (_attribute("runs", "gt", 6), ["load"]),
        (_attribute("runs", "eq", 6), []),
    ],
)
def test_search_filters(assets: Catalogue, condition: dict[str, Any], found: list[str]):
    assert _search(assets, condition) == found


@pytest.mark.parametrize(
    ("keywords", "found"),
    [("orders", ALL[:2]), ("came IN", ["raw/Orders"]), ("orders lines", []), ("*", ALL), ("", ALL), (None, ALL)],
)
def test_search_words(assets: Catalogue, keywords: str | None, found: list[str]):
    assert _search(assets, keywords=keywords) == found


def test_a_hit_says_what_it_found(assets: Catalogue):
    body = {"filter": _attribute("qualifiedName", "eq", assets.qn("raw/orders"))}
    (hit,) = assets.call("POST", "search/query", body).body["value"]
    assert hit["id"] == assets.guid(DATASET, "raw/Orders")
    assert (hit["entityType"], hit["name"], hit["label"]) == (DATASET, "Orders", ["ours"])


def test_search_goes_on_from_its_token(purview: Catalogue):
    names = [f"d{n:02}" for n in range(23)]
    purview.datasets(*names)
    mine = _attribute("qualifiedName", "startswith", f"{purview.prefix}/")
    found: list[str] = []
    body: dict[str, Any] = {"filter": mine, "limit": 10}
    for size in (10, 10, 3):
        answer = purview.call("POST", "search/query", body).body
        assert answer["@search.count"] == 23
        assert len(answer["value"]) == size
        found += [hit["name"] for hit in answer["value"]]
        body["continuationToken"] = answer.get("continuationToken")
    assert body["continuationToken"] is None
    assert found == names


def test_what_is_called_so_comes_first(purview: Catalogue):
    word = purview.prefix.rpartition("-")[2]
    names = [f"old/{word}x", f"{word}/other", f"a/{word.upper()}", f"b/{word}", f"late/{word}y"]
    for name in names:
        purview.datasets(name)
    expected = [names[2], names[3], names[0], names[4], names[1]]
    assert _search(purview, keywords=word) == expected
    found: list[str] = []
    token = None
    while len(found) < 5:
        answer = purview.call("POST", "search/query", {"keywords": word, "limit": 2, "continuationToken": token}).body
        found += [hit["qualifiedName"].removeprefix(f"{purview.prefix}/") for hit in answer["value"]]
        token = answer.get("continuationToken")
    assert found == expected


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "ten"},
        {"filter": {"colour": "red"}},
        {"filter": _attribute("name", "resembles", "x")},
        {"filter": _attribute("name') OR 1=1 --", "eq", "x")},
        {"filter": ["x"]},
        {"filter": {"and": {"label": "x"}}},
        {"continuationToken": "nonsense"},
        {"filter": {"not": {"not": {"not": {"and": [{"colour": 1}]}}}}},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(purview: Catalogue, body: dict[str, Any]):
    assert purview.call("POST", "search/query", body).refused == (400, "ATLAS-400-00-01A")


def test_atlas_basic_search(assets: Catalogue):
    mine = {"attributeName": "qualifiedName", "operator": "startsWith", "attributeValue": f"{assets.prefix}/"}
    filters = {"condition": "AND", "criterion": [mine]}
    body = {"typeName": "DataSet", "entityFilters": filters, "limit": 2}
    answer = assets.call("POST", "search/basic", body).body
    assert [each["displayText"] for each in answer["entities"]] == ["Orders", "orders_2"]
    assert answer["approximateCount"] == 3
    by_words = assets.call("GET", "search/basic", None, query=f"{assets.prefix}/load").body["entities"]
    assert [each["typeName"] for each in by_words] == [PROCESS]


def test_an_attribute_has_at_most_32_kilobytes(purview: Catalogue):
    room = 32 * 1024 - len("columnMapping")
    assert purview.bulk(entity(PROCESS, purview.qn("p"), "-1", columnMapping="x" * room)).status == 200
    too_long = purview.bulk(entity(PROCESS, purview.qn("p"), "-1", columnMapping="x" * (room + 1)))
    assert too_long.refused == (400, "ATLAS-400-00-01A")
    in_bytes = purview.bulk(entity(PROCESS, purview.qn("p"), "-1", columnMapping="ä" * (room // 2 + 1)))
    assert in_bytes.status == 400


def test_an_asset_has_at_most_2_megabytes(purview: Catalogue):
    body = entity(PROCESS, purview.qn("p"), "-1")
    custom = {f"k{n}": "x" * 500 for n in range(4000)}
    assert purview.bulk({**body, "customAttributes": custom}).status == 200
    custom |= {f"l{n}": "x" * 500 for n in range(300)}
    assert purview.bulk({**body, "customAttributes": custom}).status == 413


def test_a_custom_value_has_at_most_500_characters(purview: Catalogue):
    body = entity(DATASET, purview.qn("a"), "-1")
    assert purview.bulk({**body, "customAttributes": {"k": "x" * 500}}).status == 200
    answer = purview.bulk({**body, "customAttributes": {"k": "x" * 501}})
    assert answer.refused == (400, "ATLAS-400-00-08E")


def test_a_stale_tag_is_a_conflict(purview: Catalogue):
    purview.datasets("a")
    read = purview.get(DATASET, "a")["entity"]
    body = entity(DATASET, purview.qn("a"), "-1", description="first")
    assert purview.bulk({**body, "lastModifiedTS": read["lastModifiedTS"]}).status == 200
    body["attributes"]["description"] = "second"
    assert purview.bulk({**body, "lastModifiedTS": read["lastModifiedTS"]}).status == 409
    found = purview.get(DATASET, "a")["entity"]
    assert found["attributes"]["description"] == "first"
    assert found["lastModifiedTS"] != read["lastModifiedTS"]


@pytest.fixture
def finance(purview: Catalogue) -> str:
    body = {"friendlyName": "Finance", "parentCollection": {"referenceName": "embedded"}}
    response = purview.http.put(f"{purview.root}/account/collections/fin123", json=body)
    assert response.status_code == 200
    return "fin123"


def _collection(catalogue: Catalogue, name: str) -> str:
    return str(catalogue.get(DATASET, name)["entity"]["collectionId"])


def test_collections_are_listed(purview: Catalogue, finance: str):
    listed = {each["name"]: each for each in purview.http.get(f"{purview.root}/account/collections").json()["value"]}
    assert listed[finance]["friendlyName"] == "Finance"
    assert listed[finance]["parentCollection"]["referenceName"] == "embedded"
    assert "parentCollection" not in listed["embedded"]


def test_a_collection_is_where_new_assets_go_and_old_ones_move(purview: Catalogue, finance: str):
    purview.datasets("a", "b", "c")
    both = [entity(DATASET, purview.qn("a"), "-1"), entity(DATASET, purview.qn("d"), "-2")]
    answer = purview.bulk(*both, collectionId=finance)
    assert answer.changed("UPDATE") == {purview.qn("a")}
    purview.datasets("a")
    moved = purview.call("POST", "entity/moveTo", {"entityGuids": [purview.guid(DATASET, "c")]}, collectionId=finance)
    assert moved.changed("UPDATE") == {purview.qn("c")}
    assert [_collection(purview, name) for name in "abcd"] == [finance, "embedded", finance, finance]


def test_what_is_only_referred_to_does_not_move(purview: Catalogue, finance: str):
    purview.datasets("a")
    purview.bulk(entity(PROCESS, purview.qn("p"), "-1", inputs=[named(DATASET, purview.qn("a"))]), collectionId=finance)
    assert _collection(purview, "a") == "embedded"


def test_a_collection_that_is_not_there_is_forbidden(purview: Catalogue):
    answer = purview.bulk(entity(DATASET, purview.qn("a"), "-1"), collectionId="Finance")
    assert answer.refused == (403, "ATLAS-403-00-001")
    assert purview.look(DATASET, "a").status == 404


@pytest.mark.parametrize("base", ["/datamap/api/atlas/v2", "/api/atlas/v2"])
def test_both_bases_lead_to_the_same_assets(purview: Catalogue, base: str):
    guid = purview.datasets("a")["a"]
    assert purview.http.get(f"{purview.root}{base}/entity/guid/{guid}").json()["entity"]["guid"] == guid


@pytest.mark.parametrize(
    "path", ["/datamap/api/search/query", "/api/search/query", "/datamap/api/atlas/v2/search/query"]
)
def test_search_lies_beside_the_atlas_api_too(purview: Catalogue, path: str):
    assert (
        purview.http.post(purview.root + path, params={"api-version": "2023-09-01"}, json={"limit": 1}).status_code
        == 200
    )


def test_scanned_assets_stay_as_they_are_when_they_are_referred_to(purview: Catalogue):
    scanned = "azure_datalake_gen2_resource_set"
    name = purview.qn("raw/orders/{SparkPartitions}")
    purview.bulk(entity(scanned, name, "-1", description="scanned", partitionCount=4))
    before = purview.get(scanned, "raw/orders/{SparkPartitions}")["entity"]
    purview.bulk(entity(PROCESS, purview.qn("p"), "-1", inputs=[named("DataSet", name)]))
    after = purview.get(scanned, "raw/orders/{SparkPartitions}")["entity"]
    assert after["attributes"] == before["attributes"]
    assert (after["createdBy"], after["labels"]) == (before["createdBy"], before["labels"])
