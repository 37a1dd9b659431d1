"""What was ours until a scan or a person took it over is never written, moved or removed again."""

from typing import Any

import pytest

from lineage.catalogue.curated import curated
from lineage.catalogue.draft import PROCESSES, process_key
from lineage.catalogue.ledger import Ledger
from lineage.catalogue.placeholders import Outgrown, let_go, removable, used, used_by_us
from lineage.catalogue.prune import Verdict, prune
from lineage.catalogue.upkeep import Upkeep
from lineage.errors import Unavailable
from lineage.settings import Settings
from tests.catalogue.line import Answer, Line, embedded
from tests.catalogue.lineages import ORDERS, edge, lineage, path, task
from tests.catalogue.test_placement import RULES, make
from tests.catalogue.test_publish import process_of
from tests.catalogue.test_remedies import refuse_once

pytestmark = [pytest.mark.unit, pytest.mark.long]

PATH = "azure_datalake_gen2_path"
OTHER = path("gold/orders", "id:int")
BY_THE_SCANNER: Any = (PATH, ORDERS.qualified_name, {}, {"description": "by the scanner", "name": "Orders"})
SET = ("azure_datalake_gen2_resource_set", f"{ORDERS.qualified_name}/{{SparkPartitions}}")
ID_OF_ORDERS = ("column", f"{ORDERS.qualified_name}#__tabular_schema//id")
LONG_AFTER = 10**12


def first(key: str, at: int, **facts: Any) -> Any:
    return lineage(key, at, process="a" * 16, **facts)


def second(key: str, at: int, **facts: Any) -> Any:
    given: dict[str, Any] = {"output": OTHER, "columns": (edge("id", (ORDERS, "id")),), **facts}
    return lineage(key, at, process="b" * 16, **given)


def wider() -> Any:
    return second(
        "c", 3_000, inputs=(path("raw/orders", "id:int", "extra:int"),), columns=(edge("x", (ORDERS, "extra")),)
    )


def orders(line: Line) -> Any:
    return line.entity(PATH, ORDERS.qualified_name)


def shared_and_scanned(line: Line) -> Any:
    """Two processes share a placeholder, a run of the second waits to be told, and a scan finds the asset."""
    line.publish(first("a", 1_000), second("b", 1_000))
    line.clock.now += 10
    line.publish(second("b2", 2_000, rows=5))
    line.load(BY_THE_SCANNER)
    return orders(line)


def written(line: Line) -> set[str]:
    return {name for bulk in line.transport.bulks() for _, name in bulk}


@pytest.mark.parametrize("given_up", [True, False])
def test_run_facts_that_waited_do_not_write_what_a_scan_took_over(tmp_path, given_up):
    line = Line(embedded(tmp_path), window=100.0)
    scanned = shared_and_scanned(line)
    line.publisher.matcher.clear()
    if given_up:
        assert line.publisher.rebind(process_key(first("x", 1).process.qualified_name))
    line.clock.now += 200
    line.quiet()
    assert line.publisher.flush() == 1
    assert written(line) == {second("x", 1).process.qualified_name}
    assert orders(line)["attributes"] == scanned["attributes"]
    line.publisher.relink()
    assert (orders(line)["attributes"], orders(line)["labels"]) == (scanned["attributes"], [])
    assert line.inputs(process_of(line, second("x", 1))) == [(PATH, ORDERS.qualified_name)]
    line.close()


def test_what_a_scan_took_over_stays_in_its_collection(tmp_path):
    line = Line(embedded(tmp_path), window=100.0, collection="Lineage", collection_rules=RULES)
    make(line)
    guid = shared_and_scanned(line)["guid"]
    line.client.post("entity/moveTo", params=[("collectionId", "ret123")], body={"entityGuids": [guid]})
    line.publisher.matcher.clear()
    line.publisher.rebind(process_key(first("x", 1).process.qualified_name))
    line.clock.now += 200
    assert line.publisher.flush() == 1
    assert (orders(line)["collectionId"], orders(line)["attributes"]["name"]) == ("ret123", "Orders")
    line.close()


def test_an_instance_that_still_believes_in_the_placeholder_writes_nothing_of_it(line):
    line.publish(first("a", 1_000))
    other = line.another()
    other.publish(second("b", 1_000))
    line.load(BY_THE_SCANNER)
    line.publisher.relink()
    scanned = orders(line)
    line.quiet()
    other.publish(wider())
    assert not any(name.startswith(ORDERS.qualified_name) for name in written(line))
    assert (orders(line)["attributes"], orders(line)["labels"]) == (scanned["attributes"], [])


def test_new_columns_are_not_added_to_what_a_scan_took_over_and_it_loses_our_label(line):
    line.publish(second("a", 1_000))
    line.load(BY_THE_SCANNER)
    (outcome,) = line.publish(wider())
    assert next(match for match in outcome.matches if match["dataset"] == ORDERS.qualified_name)["scanned"]
    assert not any(name.startswith(ORDERS.qualified_name) for name in written(line))
    assert orders(line)["labels"] == []


def test_a_scan_keeps_its_columns_and_takes_ours_but_for_those_that_it_spells_in_another_case(line):
    line.publish(second("a", 1_000, inputs=(path("raw/orders", "id:int", "amount:int"),)))
    schema = f"{ORDERS.qualified_name}#__tabular_schema"
    parent = {"composeSchema": {"typeName": "tabular_schema", "uniqueAttributes": {"qualifiedName": schema}}}
    scanned = [("column", f"{schema}//{name}", parent, {"name": name, "type": "int"}) for name in ("ID", "total")]
    line.load(BY_THE_SCANNER, *scanned)
    line.publish(wider())
    assert sorted(line.publisher.matcher.lookup.whole(ORDERS.asset).columns) == ["ID", "amount", "total"]
    assert orders(line)["labels"] == []


def test_a_placeholder_that_is_used_since_it_was_looked_at_is_not_let_go(line):
    line.publish(first("a", 1_000))
    before = line.everything()
    assert not let_go(line.client, ORDERS.asset, ("id", "amount", "country"))
    assert line.everything() == before


def test_a_placeholder_that_is_gone_is_used_by_nobody(line):
    assert not used_by_us(line.client, ORDERS.asset)
    assert not used(line.client, ORDERS.asset)


def test_of_several_that_are_written_together_only_the_one_that_is_concerned_is_bound_anew(line):
    line.publish(second("a", 1_000))
    line.load(BY_THE_SCANNER)
    raw = path("raw/else", "id:int")
    else_ = lineage("d", 1, process="d" * 16, inputs=(raw,), columns=(edge("id", (raw, "id")),))
    results = line.publisher.publish_many([wider(), else_])
    assert [str(one.state) for one in results] == ["published", "published"]
    assert len(line.transport.bulks()) == 1
    assert not any(name.startswith(ORDERS.qualified_name) for name in written(line))
    assert line.inputs(process_of(line, else_)) == [(PATH, raw.qualified_name)]


def test_what_was_refused_is_matched_again_without_forgetting_what_others_wrote(line):
    line.publish(first("a", 1_000), second("b", 1_000))
    before = Ledger(line.store, line.clock).get(ORDERS.asset)
    deleted = []
    delete = line.store.delete
    line.store.delete = lambda key: (deleted.append(key), delete(key))
    seen = refuse_once(line, 409, "Conflict")
    line.publish(first("c", 2_000, columns=(edge("id", (ORDERS, "amount")),)))
    assert seen["bulk"] == 2
    assert not [key for key in deleted if key.startswith("assets/")]
    after = Ledger(line.store, line.clock).get(ORDERS.asset)
    assert (after.collection, set(after.columns)) == (before.collection, set(before.columns))


PEOPLE: list[dict[str, Any]] = [
    {"contacts": {"Expert": [{"id": "u"}], "Owner": []}},
    {"businessAttributes": {"Governance": {"tier": "gold"}}},
    {"customAttributes": {"dpo": "anna"}},
    {"labels": ["lineage-placeholder", "lineage-feed", "reviewed"]},
    {"attributes": {"userDescription": "see the runbook"}},
    {"attributes": {"displayName": "Nightly"}},
    {"attributes": {"description": "as agreed with finance"}},
    {"classifications": [{"typeName": "MICROSOFT.PERSONAL.NAME"}]},
    {"meanings": [{"termGuid": "t", "displayText": "Order"}]},
    {"relationshipAttributes": {"meanings": [{"guid": "t"}]}},
]
NOBODY: list[dict[str, Any]] = [
    {},
    {"contacts": {"Expert": [], "Owner": []}, "businessAttributes": {}, "classifications": [], "meanings": []},
    {"customAttributes": {"runCount": "3", "lastRun": "x", "record": "y"}},
    {"labels": ["lineage-placeholder", "lineage-feed", "lineage-stale"]},
    {"attributes": {"name": "n", "qualifiedName": "q", "userDescription": ""}},
    {"relationshipAttributes": {"meanings": [{"guid": "t", "relationshipStatus": "DELETED"}]}},
]


@pytest.mark.parametrize(("said", "expected"), [*((one, True) for one in PEOPLE), *((one, False) for one in NOBODY)])
def test_what_people_said_is_told_from_what_we_wrote(said, expected):
    assert curated(said) is expected
    labels = {"labels": ["lineage-placeholder"], **said}["labels"]
    assert removable({"typeName": PATH, **said, "labels": labels}) is not expected


def answering(line: Line, chosen: Any, said: dict[str, Any]) -> None:
    """The catalogue answers as if ``said`` were said of the assets that are ``chosen``, by their type and name."""

    def add(entity: dict[str, Any]) -> None:
        if chosen(entity["typeName"], entity["attributes"]["qualifiedName"]):
            for key, value in said.items():
                known = entity.get(key)
                merged: Any = {**known, **value} if isinstance(known, dict) else value
                entity[key] = [*known, *value] if isinstance(known, list) else merged

    get = line.client.get

    def changed(address: str, **given: Any) -> Any:
        answer = get(address, **given)
        listed = [(answer or {}).get("entity"), *((answer or {}).get("entities") or ())] if "entity" in address else ()
        for entity in listed:
            if isinstance(entity, dict) and "attributes" in entity:
                add(entity)
        return answer

    line.client.get = changed  # type: ignore[method-assign, assignment]


@pytest.mark.parametrize("said", PEOPLE)
@pytest.mark.parametrize("type_name", ["databricks_process", "databricks_notebook_task", PATH, "column"])
def test_pruning_keeps_what_people_said_something_of(line, said, type_name):
    line.publish(lineage(owner=task()))
    kept = {name for name in (*line.everything(), ID_OF_ORDERS) if name[0] == type_name}
    assert kept
    answering(line, lambda found, _: found == type_name, said)
    verdicts = [one.verdict for one in prune(line.publisher, line.store, LONG_AFTER).processes]
    assert verdicts == [Verdict.USED if type_name == "databricks_process" else Verdict.REMOVED]
    assert all(line.entity(*name) for name in kept)
    assert type_name != "column" or orders(line)


def test_a_placeholder_goes_once_nobody_said_anything_of_its_columns_any_more(line):
    line.publish(lineage())
    get = line.client.get
    answering(line, lambda found, name: found == "column" and name.endswith("//id"), PEOPLE[2])
    line.load(SET)
    line.publisher.relink()
    assert orders(line)
    line.client.get = get
    line.publisher.relink()
    assert orders(line) is None


@pytest.mark.parametrize("type_name", ["databricks_job", "databricks_notebook", "databricks_notebook_task"])
def test_pruning_keeps_a_part_of_the_hierarchy_that_a_scan_took_over(line, type_name):
    line.publish(lineage(owner=task()))
    answering(line, lambda found, _: found == type_name, {"updatedBy": "ServiceAdmin"})
    found = prune(line.publisher, line.store, LONG_AFTER)
    assert [one.verdict for one in found.processes] == [Verdict.REMOVED]
    assert type_name not in {one.type_name for one in found.owners}
    assert type_name in {name for name, _ in line.everything()}


def test_a_process_that_a_scan_took_over_is_not_ours(line):
    line.publish(lineage())
    answering(line, lambda found, _: found == "databricks_process", {"updatedBy": "ServiceAdmin"})
    assert [one.verdict for one in prune(line.publisher, line.store, LONG_AFTER).processes] == [Verdict.FOREIGN]
    assert process_of(line, lineage())


@pytest.mark.parametrize("again", ["upkeep", "relink", "flush", "flush of everything"])
def test_a_pruning_that_was_killed_is_not_undone_without_a_run(tmp_path, again):
    line = Line(embedded(tmp_path), window=100.0)
    line.publish(first("a", 1_000))
    line.clock.now += 10
    line.publish(first("b", 2_000, rows=3))
    delete = line.store.delete

    def killed(key: str) -> None:
        if key.startswith(PROCESSES):
            raise KeyboardInterrupt
        delete(key)

    line.store.delete = killed
    with pytest.raises(KeyboardInterrupt):
        prune(line.publisher, line.store, LONG_AFTER)
    line.store.delete = delete
    line.clock.now += 1_000
    line.quiet()
    publisher = line.another()
    if again == "upkeep":
        assert Upkeep(publisher, line.store, Settings(stale_days=0), line.clock).turn().done
    elif again == "relink":
        assert publisher.relink() == 0
    else:
        assert publisher.flush(everything=again == "flush of everything") == 0
    assert line.transport.bulks() == []
    assert process_of(line, first("x", 1)) is None
    publisher.publish(first("c", 3_000))
    assert process_of(line, first("x", 1))
    line.close()


def test_the_mark_of_a_placeholder_goes_while_a_process_of_ours_uses_it_and_comes_again(line):
    outgrown = Outgrown(line.store)
    line.publish(first("a", 1_000))
    outgrown.put(ORDERS.asset)
    assert line.publisher.remove_outgrown() == []
    assert (outgrown.marks(), bool(orders(line))) == ([], True)
    line.load(SET)
    line.publisher.relink()
    assert (outgrown.marks(), orders(line)) == ([], None)


def test_a_process_that_leaves_while_its_placeholder_is_looked_at_is_not_missed(line):
    """Its new edge is written, and the mark put, between the look and the removal of the mark."""
    outgrown = Outgrown(line.store)
    line.publish(first("a", 1_000))
    outgrown.put(ORDERS.asset)
    line.load(SET)
    drop = line.store.delete
    other = line.another()

    def overtaken(key: str) -> None:
        if key.startswith("outgrown/"):
            line.store.delete = drop
            other.rebind(process_key(first("x", 1).process.qualified_name))
        drop(key)

    line.store.delete = overtaken
    line.publisher.remove_outgrown()
    assert outgrown.marks()
    assert line.publisher.remove_outgrown() == [ORDERS.asset]
    assert orders(line) is None


@pytest.mark.parametrize("scanned", [True, False])
def test_what_is_known_of_a_placeholder_outlives_a_removal_that_was_refused(line, scanned):
    line.publish(lineage())
    before = Ledger(line.store, line.clock).get(ORDERS.asset)
    line.load(SET, *([BY_THE_SCANNER] if scanned else []))
    line.transport.fault = lambda request, _: Answer(503) if request.method == "DELETE" else None
    with pytest.raises(Unavailable):
        line.publisher.relink()
    assert before.columns
    assert Ledger(line.store, line.clock).get(ORDERS.asset) == before
    line.transport.fault = None
    line.publisher.relink()
    assert Ledger(line.store, line.clock).get(ORDERS.asset).own is None


def test_one_placeholder_that_cannot_be_looked_at_does_not_keep_the_rest(line, caplog):
    outgrown = Outgrown(line.store)
    gone = [path(f"gone/{at}").asset for at in range(5)]
    line.publish(lineage())
    for asset in gone:
        outgrown.put(asset)
    line.store.put("outgrown/0.json", b"")
    first_read = outgrown.asset(outgrown.marks()[1])
    name = first_read.qualified_name.rpartition("/")[2]
    bad = f"gone%2F{name}"
    line.transport.fault = lambda request, _: Answer(500) if bad in request.url and request.method == "GET" else None
    with pytest.raises(Unavailable):
        line.publisher.remove_outgrown()
    assert {outgrown.asset(mark) for mark in outgrown.marks()} == {None, first_read}
    assert "outgrown/0.json is damaged" in caplog.text


def test_a_new_placeholder_costs_one_more_read_and_a_known_one_none(line):
    line.publish(first("a", 1_000), second("b", 1_000))
    raw = [path(f"raw/new_{at}", "id:int") for at in range(20)]
    one = lineage("n", 1, process="e" * 16, inputs=raw, columns=(edge("id", (raw[0], "id")),))
    line.quiet()
    line.publish(one)
    posts = [at for at, (_, address, _) in enumerate(line.transport.calls) if "entity/bulk?" in address]
    address = line.transport.calls[posts[0] - 1][1]
    assert all(f"new_{at}&" in address for at in range(20)), "all of them in one request"
    assert "SparkPartitions" not in address
    line.quiet()
    line.publish(lineage("n2", 2, process="e" * 16, inputs=raw, columns=(edge("id", (raw[1], "id")),)))
    assert [method for method, *_ in line.transport.calls] == ["POST"]
