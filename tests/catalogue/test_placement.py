"""Collections by rule: what is ours goes where the settings say, what was scanned stays where it is."""

import logging

import pytest

from lineage.catalogue.bulk import BATCH
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.placement import Collections, Placement
from lineage.errors import Forbidden, SettingsError, Unavailable
from lineage.rules import CollectionRule
from tests.catalogue.line import Answer, Clock, Line, Transport, embedded
from tests.catalogue.lineages import HOST, LAKE, ORDERS, SILVER, edge, lineage, path, task
from tests.catalogue.test_publish import process_of

pytestmark = pytest.mark.unit

PATH = "azure_datalake_gen2_path"
RULES = (
    CollectionRule("Finance", path=f"{LAKE}/silver"),
    CollectionRule("Raw zone", path=f"{LAKE}/raw"),
    CollectionRule("Retail", workspace=HOST),
)
KNOWN = {"fin123": "Finance", "raw123": "Raw zone", "ret123": "Retail", "def123": "Lineage"}


def make(line, known=None):
    for name, title in (known or KNOWN).items():
        url = f"http://catalogue.test/account/collections/{name}"
        line.transport.ask("PUT", url, f'{{"friendlyName": "{title}"}}'.encode())
    line.quiet()


@pytest.fixture
def placed(tmp_path):
    line = Line(embedded(tmp_path), collection="Lineage", collection_rules=RULES)
    make(line)
    yield line
    line.close()


def collection_of(line, asset):
    return line.entity(asset.type_name, asset.qualified_name)["collectionId"]


def column_collections(line, asset):
    schema = line.entity("tabular_schema", f"{asset.qualified_name}#__tabular_schema")
    columns = schema["relationshipAttributes"]["columns"]
    guids = [schema["guid"], *(one["guid"] for one in columns)]
    return {line.client.get(f"entity/guid/{guid}")["entity"]["collectionId"] for guid in guids}, len(columns)


def test_each_thing_goes_into_the_collection_of_the_first_rule_that_fits(placed):
    one = lineage(owner=task())
    placed.publish(one)
    assert collection_of(placed, SILVER.asset) == "fin123"
    assert collection_of(placed, ORDERS.asset) == "raw123"
    assert process_of(placed, one)["collectionId"] == "fin123"
    for owner in (one.process.owner, one.process.owner.parent, one.process.owner.parent.parent):
        assert collection_of(placed, owner.asset) == "ret123"
    assert column_collections(placed, SILVER) == ({"fin123"}, 3)
    assert column_collections(placed, ORDERS) == ({"raw123"}, 3)


def test_what_no_rule_fits_goes_into_the_default(tmp_path):
    line = Line(embedded(tmp_path), collection="Lineage", collection_rules=RULES[:1])
    make(line)
    line.publish(lineage())
    assert collection_of(line, ORDERS.asset) == "def123"
    assert collection_of(line, lineage().process.owner.asset) == "def123"
    line.close()


def test_without_settings_nothing_is_looked_up_and_the_root_takes_it(line):
    line.publish(lineage())
    assert not [path for _, path, _ in line.transport.calls if "/account/" in path or "collectionId" in path]


def test_columns_that_come_later_lie_with_their_placeholder(tmp_path):
    rules = (CollectionRule("Retail", workspace=HOST), CollectionRule("Finance", workspace="other"))
    line = Line(embedded(tmp_path), collection_rules=rules)
    make(line)
    line.publish(lineage())
    wider = path("raw/orders", "id:int", "note:string")
    elsewhere = lineage("b", 2_000, inputs=(wider,), columns=(edge("id", (wider, "id")),), process="9" * 16)
    from msgspec.structs import replace

    context = replace(elsewhere.context, workspace_url="other")
    line.publish(replace(elsewhere, context=context))
    assert column_collections(line, ORDERS) == ({"ret123"}, 4)
    line.close()


def test_a_scanned_asset_is_never_moved(placed):
    placed.load((PATH, ORDERS.qualified_name, {}, {"description": "by the scanner"}))
    before = placed.entity(PATH, ORDERS.qualified_name)
    placed.publish(lineage("a", 1), lineage("b", 2, rows=3))
    after = placed.entity(PATH, ORDERS.qualified_name)
    assert after["collectionId"] == before["collectionId"] == "embedded"
    assert (after["attributes"], after["labels"]) == (before["attributes"], before["labels"])
    assert (PATH, ORDERS.qualified_name) not in {name for bulk in placed.transport.bulks() for name in bulk}


def test_the_process_comes_after_what_it_needs_where_they_come_apart(placed):
    placed.publish(lineage())
    bulks = placed.transport.bulks()
    process = next(at for at, bulk in enumerate(bulks) if any(kind == "databricks_process" for kind, _ in bulk))
    placeholders = [at for at, bulk in enumerate(bulks) if any(kind == PATH for kind, _ in bulk)]
    assert max(placeholders) < process
    assert all(len(bulk) <= BATCH for bulk in bulks)


def test_an_interruption_between_the_calls_is_made_good_by_the_next_try(placed):
    def lose(request, number):
        if request.method == "POST" and "collectionId=fin123" in request.url:
            return Answer(500)
        return None

    placed.transport.fault = lose
    with pytest.raises(Unavailable):
        placed.publish(lineage())
    placed.transport.fault = None
    placed.publish(lineage())
    assert collection_of(placed, SILVER.asset) == "fin123"
    assert collection_of(placed, ORDERS.asset) == "raw123"
    assert process_of(placed, lineage())["collectionId"] == "fin123"


def test_a_second_run_costs_no_further_look_up(placed):
    placed.publish(lineage("a", 1))
    assert sum("/account/" in path for _, path, _ in placed.transport.calls) == 1
    placed.publish(lineage("b", 2, rows=4))
    assert sum("/account/" in path for _, path, _ in placed.transport.calls) == 1


def test_wrong_names_are_all_told_with_the_setting_and_what_there_is(tmp_path):
    line = Line(embedded(tmp_path), collection="Lineag", collection_rules=(CollectionRule("Nowhere", workspace="*"),))
    make(line, {"def123": "Lineage"})
    with pytest.raises(SettingsError) as told:
        line.publish(lineage())
    assert str(told.value) == (
        "LINEAGE_COLLECTION: there is no collection 'Lineag'; "
        "LINEAGE_COLLECTION_RULES: there is no collection 'Nowhere'; there are: Lineage (def123), embedded (embedded)"
    )
    assert line.transport.bulks() == []
    line.close()


def test_a_wrong_name_is_not_asked_about_with_every_event_and_found_once_it_is_there(tmp_path):
    line = Line(embedded(tmp_path), collection="Finance")
    for _ in range(5):
        with pytest.raises(SettingsError):
            line.publish(lineage())
    assert sum("/account/" in path for _, path, _ in line.transport.calls) == 1
    make(line, {"fin123": "Finance"})
    line.clock.now += 61
    line.publish(lineage())
    assert collection_of(line, SILVER.asset) == "fin123"
    line.close()


def test_a_name_that_two_collections_have_needs_the_internal_one(tmp_path):
    line = Line(embedded(tmp_path), collection="finance")
    make(line, {"fin123": "Finance", "fin456": "Finance"})
    with pytest.raises(SettingsError, match="several collections are called 'finance': fin123, fin456"):
        line.publish(lineage())
    line.close()


def answering(*answers, url="https://acct.purview.azure.com/datamap/api/atlas/v2", **options):
    transport = Transport()
    left = list(answers)
    transport.fault = lambda request, number: left.pop(0)
    return Collections(AtlasClient(url, transport=transport, retries=0), clock=Clock(), **options), transport


def listed(*names, **more):
    return Answer(200, {"value": [{"name": name, "friendlyName": title} for name, title in names], **more})


def test_collections_are_listed_at_the_account_page_by_page():
    following = "https://acct.purview.azure.com:443/account/collections?api-version=x&%24skipToken=abc"
    first = listed(("acct", "acct"), nextLink=following)
    found, transport = answering(first, listed(("fin123", "Finance")), default="Finance")
    assert found.placement() == Placement("fin123")
    urls = [path for _, path, _ in transport.calls]
    assert urls == [
        "https://acct.purview.azure.com/account/collections?api-version=2019-11-01-preview",
        "https://acct.purview.azure.com/account/collections?api-version=2019-11-01-preview&%24skipToken=abc",
    ]


@pytest.mark.parametrize("status", [403, 404, 405])
def test_where_they_may_not_be_listed_internal_names_are_taken(status):
    rules = (CollectionRule("abc123", path="x"), CollectionRule("acct", path="y"))
    found, _ = answering(Answer(status), rules=rules)
    assert [rule.collection for rule in found.placement().rules] == ["abc123", "acct"]
    found, _ = answering(Answer(status), default="Finance")
    with pytest.raises(SettingsError, match="name them by their internal names"):
        found.placement()


def test_a_missing_sign_in_is_no_wrong_setting():
    found, _ = answering(Answer(401), default="Finance")
    with pytest.raises(Forbidden):
        found.placement()
    found, _ = answering(Answer(503), listed(("fin123", "Finance")), default="Finance")
    with pytest.raises(Unavailable):
        found.placement()
    assert found.placement().default == "fin123"


@pytest.mark.parametrize("answer", [Answer(404), Answer(302), Answer(200, b"<html>")])
def test_a_catalogue_without_collections_says_that_the_settings_have_no_effect(caplog, answer):
    found, _ = answering(answer, url="http://atlas:21000/api/atlas/v2", default="Finance")
    with caplog.at_level(logging.WARNING):
        assert found.placement() == Placement()
    assert "has no collections" in caplog.text


def gone(status, body=b""):
    return lambda request, number: Answer(status, body) if "collectionId=" in request.url else None


REFUSALS = [
    (404, {"error": {"code": "CollectionNotFound"}}, Unavailable),
    (404, b"", Unavailable),
    (403, {"error": {"code": "Unauthorized"}}, Forbidden),
]


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
def test_a_collection_that_was_removed_is_a_wrong_setting_from_then_on(tmp_path, status, body, kind):
    line = Line(embedded(tmp_path), collection="Finance")
    make(line, {"fin123": "Finance"})
    line.publish(lineage())
    with line.app.state.database.writing() as connection:
        connection.execute("DELETE FROM collection WHERE name = 'fin123'")
    line.transport.fault = gone(status, body)
    later = lineage("b", 2_000, process="9" * 16)
    with pytest.raises(kind):
        line.publish(later)
    with pytest.raises(
        SettingsError, match="LINEAGE_COLLECTION: there is no collection 'Finance'; there are: embedded"
    ):
        line.publish(later)
    line.transport.fault = None
    make(line, {"fin456": "Finance"})
    line.clock.now += 61
    line.publish(later)
    assert process_of(line, later)["collectionId"] == "fin456"
    line.close()


@pytest.mark.parametrize(("status", "body", "kind"), REFUSALS)
def test_a_collection_that_is_still_there_is_written_to_again(placed, status, body, kind):
    placed.transport.fault = gone(status, body)
    for _ in range(3):
        with pytest.raises(kind):
            placed.publish(lineage())
    placed.transport.fault = None
    placed.publish(lineage())
    assert collection_of(placed, SILVER.asset) == "fin123"
    placed.quiet()
    placed.publish(lineage("b", 2_000, process="9" * 16))
    assert not [path for _, path, _ in placed.transport.calls if "/account/" in path]


def test_where_they_may_not_be_listed_a_removed_one_is_told_and_tried_again_later():
    found, _ = answering(Answer(403), Answer(404), Answer(403), Answer(403), default="fin123")
    assert found.placement().default == "fin123"
    with pytest.raises(Unavailable):
        found.client.post("entity/bulk", params=[("collectionId", "fin123")], body={"entities": []})
    with pytest.raises(SettingsError, match="there is no collection 'fin123'"):
        found.placement()
    found.clock.now += 61
    assert found.placement().default == "fin123"
