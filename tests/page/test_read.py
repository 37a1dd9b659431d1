from typing import Any

import pytest

from lineage.errors import Rejected
from lineage.page.read import NotFound, everything, find, neighbourhood, search
from tests.page.atlas_double import AtlasDouble, header

pytestmark = pytest.mark.unit

LAKE = "https://acct.dfs.core.windows.net"


def chain(length):
    """Tables 0 → 1 → 2 …"""
    atlas = AtlasDouble()
    tables = [atlas.dataset(f"{LAKE}/c/t{at}", [("x", "int")]) for at in range(length)]
    for at in range(length - 1):
        atlas.process(f"databricks://h/notebooks/n/processes/{at}", [tables[at]], [tables[at + 1]])
    return atlas, tables


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{LAKE}/silver/orders", "silver/orders"),
        ("silver/orders", "silver/orders"),
        ("SILVER/Orders", "silver/orders"),
        ("sales.orders", "sales.orders@h"),
        ("customers", "raw/customers"),
        ("ustomer", "raw/customers"),
    ],
)
def test_a_name_is_found_in_the_way_that_is_most_likely_meant(text, found):
    atlas = AtlasDouble()
    made = {name: atlas.dataset(f"{LAKE}/{name}") for name in ("raw/orders", "silver/orders", "raw/customers")}
    made["sales.orders@h"] = atlas.dataset("sales.orders@h", type_name="hive_table")
    assert find(atlas, text) == made[found]["guid"]


def test_a_guid_is_taken_at_its_word():
    assert find(AtlasDouble(), "0D7F6C3E-8f6e-4f0a-9c5b-2f1f6b7a8c9d") == "0D7F6C3E-8f6e-4f0a-9c5b-2f1f6b7a8c9d"


def test_several_assets_of_a_name_are_listed():
    atlas = AtlasDouble()
    for place in ("raw", "silver"):
        atlas.dataset(f"{LAKE}/{place}/orders")
    with pytest.raises(NotFound, match=r"2 assets are called 'orders'(?s:.*)/raw/orders(?s:.*)/silver/orders"):
        find(atlas, "orders")


def test_no_asset_of_a_name_is_said():
    with pytest.raises(NotFound, match="no asset is called 'nothing'"):
        find(AtlasDouble(), "nothing")


def test_columns_are_not_assets():
    atlas = AtlasDouble()
    atlas.dataset(f"{LAKE}/raw/orders", [("order_id", "int")])
    assert search(atlas, "order_id") == []


def test_a_neighbourhood_goes_as_deep_as_it_is_asked_to():
    atlas, tables = chain(7)
    answers = neighbourhood(atlas, tables[3]["guid"], 2)
    shown = {atlas.entities[guid]["attributes"]["qualifiedName"] for guid in answers.shown}
    assert {f"{LAKE}/c/t{at}" for at in range(1, 6)} == {name for name in shown if name.startswith(LAKE)}
    assert answers.focus == answers.shown[0] == tables[3]["guid"]


def test_columns_and_owners_are_read_too():
    atlas, tables = chain(2)
    workspace = atlas.owner("databricks_workspace", "databricks://h", "h")
    job = atlas.owner("databricks_job", "databricks://h/jobs/1", "nightly", workspace=workspace)
    task = atlas.owner("databricks_notebook_task", "databricks://h/jobs/1/tasks/t", "t", job=job)
    atlas.process("databricks://h/jobs/1/tasks/t/processes/9", [tables[0]], [tables[1]], owner=task)
    types = {one["typeName"] for one in neighbourhood(atlas, tables[0]["guid"], 1).entities.values()}
    assert {"column", "tabular_schema", "databricks_workspace", "databricks_job"} <= types


def test_an_asset_without_lineage_stands_alone():
    atlas = AtlasDouble()
    table = atlas.dataset(f"{LAKE}/c/alone")
    assert neighbourhood(atlas, table["guid"], 3).shown == (table["guid"],)


def test_the_whole_catalogue_is_read_page_by_page():
    atlas, tables = chain(1203)
    answers = everything(atlas)
    assert len(answers.shown) == 1203 + 1202
    assert answers.cut == ""
    assert atlas.asked.count("search/query") > 2
    assert {table["guid"] for table in tables} <= set(answers.entities)


def test_a_catalogue_beyond_the_limit_is_cut_and_says_so():
    atlas, _ = chain(30)
    answers = everything(atlas, limit=10)
    assert answers.cut == "Only the first 10 processes are shown."
    assert sum(atlas.entities[guid]["typeName"] == "databricks_process" for guid in answers.shown) == 10


class Vanishing(AtlasDouble):
    """Refuses a bulk that names an entity which is gone, as Atlas does."""

    gone = ""

    def _bulk(self, guids: Any) -> Any:
        if self.gone in list(guids):
            raise Rejected("ATLAS-404-00-005", status=404)
        return super()._bulk(guids)


def test_an_entity_that_vanishes_meanwhile_does_not_spoil_the_others():
    atlas = Vanishing()
    tables = [atlas.dataset(f"{LAKE}/c/t{at}") for at in range(9)]
    atlas.process("p", tables[:8], [tables[8]])
    atlas.gone = tables[4]["guid"]
    answers = everything(atlas)
    assert {table["guid"] for at, table in enumerate(tables) if at != 4} <= set(answers.entities)
    assert atlas.gone not in answers.entities


class ApacheAtlas(AtlasDouble):
    """Has a query language instead of Purview's search."""

    def post(self, path: str, **_: Any) -> Any:
        raise Rejected("not here", status=404)

    def get(self, path: str, *, params: Any = ()) -> Any:
        if path != "search/dsl":
            return super().get(path, params=params)
        asked = dict(params)
        start = int(asked["offset"])
        kind = asked["query"].removeprefix("from ").partition(" ")[0]
        found = [header(one) for one in self.entities.values() if kind in ("Asset", one["typeName"])]
        return {"entities": found[start : start + int(asked["limit"])]}


def test_apache_atlas_is_asked_in_its_own_language():
    atlas = ApacheAtlas()
    source, target = atlas.dataset(f"{LAKE}/c/a"), atlas.dataset(f"{LAKE}/c/b")
    atlas.process("p", [source], [target])
    assert len(everything(atlas).shown) == 3
    assert find(atlas, "c/b") == target["guid"]


def test_other_refusals_are_passed_on():
    class Refusing(AtlasDouble):
        def post(self, path: str, **_: Any) -> Any:
            raise Rejected("bad", status=400)

    with pytest.raises(Rejected):
        everything(Refusing())
