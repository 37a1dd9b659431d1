"""A scan that came after the lineage: processes move to the scanned asset, and its placeholder goes."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lineage.catalogue.placeholders import is_foreign, is_ours, removable
from lineage.errors import Unavailable
from lineage.model import Lineage
from lineage.store.files import FileStore
from tests.catalogue.line import Line, embedded
from tests.catalogue.lineages import ORDERS, SILVER, edge, lineage, path
from tests.catalogue.test_publish import dump, events, process_of

pytestmark = pytest.mark.unit

PATH, SET = "azure_datalake_gen2_path", "azure_datalake_gen2_resource_set"
SCANNED = [
    (SET, f"{ORDERS.qualified_name}/{{SparkPartitions}}"),
    (SET, f"{SILVER.qualified_name}/{{N}}/{{SparkPartitions}}"),
]


def scan(line: Line) -> None:
    line.load(*SCANNED)
    line.load_table("azure_sql_table", "azure_sql_column", "mssql://s.database.windows.net/db/dbo/orders", ["ID"])


def corpus() -> list[Lineage]:
    table = path("mssql://s.database.windows.net/db/dbo/Orders", "id", type_name="azure_sql_table")
    columns = (edge("id", (SILVER, "id")),)
    return [*events(), lineage("sql", 9, process="3333333333333333", inputs=(SILVER,), output=table, columns=columns)]


def test_scanning_later_ends_like_scanning_before(tmp_path):
    before, after = Line(embedded(tmp_path)), Line(embedded(tmp_path))
    scan(before)
    before.publish(*corpus())
    after.publish(*corpus())
    scan(after)
    assert after.publisher.relink() == 4
    assert dump(after) == dump(before)
    for line in (before, after):
        line.close()


def test_column_mapping_moves_along(line):
    line.publish(lineage())
    line.load(*SCANNED)
    line.publisher.relink()
    process = process_of(line, lineage())
    (first, _) = json.loads(process["attributes"]["columnMapping"])
    assert first["DatasetMapping"] == {"Source": SCANNED[0][1], "Sink": SCANNED[1][1]}
    assert line.inputs(process) == [SCANNED[0]]


def test_a_second_pass_does_nothing(line):
    line.publish(lineage())
    line.load(*SCANNED)
    assert line.publisher.relink() == 1
    line.quiet()
    assert line.publisher.relink() == 0
    assert line.transport.bulks() == []


def test_a_pass_without_a_scan_writes_nothing(line):
    line.publish(*events())
    line.quiet()
    assert line.publisher.relink() == 0
    assert {method for method, *_ in line.transport.calls} <= {"GET", "POST"}
    assert line.transport.bulks() == []


def test_a_run_afterwards_stays_with_the_scanned_asset(line):
    line.publish(lineage("a", 1))
    line.load(*SCANNED)
    line.publisher.relink()
    line.publish(lineage("b", 2))
    assert line.inputs(process_of(line, lineage())) == [SCANNED[0]]
    assert (PATH, ORDERS.qualified_name) not in line.everything()


def somebody_else_reads_orders(line):
    reference = {"typeName": PATH, "uniqueAttributes": {"qualifiedName": ORDERS.qualified_name}}
    other: dict[str, Any] = {"qualifiedName": "adf://copy", "name": "copy", "inputs": [reference], "outputs": []}
    line.client.post("entity/bulk", body={"entities": [{"typeName": "Process", "guid": "-1", "attributes": other}]})


def test_a_placeholder_that_somebody_elses_process_uses_is_kept(line):
    line.publish(lineage())
    somebody_else_reads_orders(line)
    line.load(*SCANNED)
    line.publisher.relink()
    assert line.entity(PATH, ORDERS.qualified_name)
    assert line.entity(PATH, SILVER.qualified_name) is None


def test_a_placeholder_without_its_label_is_not_ours_to_remove(line):
    line.publish(lineage())
    guid = line.entity(PATH, ORDERS.qualified_name)["guid"]
    line.client.delete(f"entity/guid/{guid}")
    line.load((PATH, ORDERS.qualified_name), *SCANNED)
    line.publisher.relink()
    assert line.entity(PATH, ORDERS.qualified_name)


@pytest.mark.parametrize(
    ("entity", "expected"),
    [
        ({"labels": ["lineage-placeholder"]}, True),
        ({"labels": ["lineage-placeholder"], "relationshipAttributes": {"inputToProcesses": []}}, True),
        ({"labels": []}, False),
        ({}, False),
        (
            {"labels": ["lineage-placeholder"], "relationshipAttributes": {"outputFromProcesses": [{"guid": "x"}]}},
            False,
        ),
        ({"labels": ["lineage-placeholder"], "relationshipAttributes": {"meanings": [{"guid": "term"}]}}, False),
        (
            {
                "labels": ["lineage-placeholder"],
                "relationshipAttributes": {"inputToProcesses": [{"guid": "x", "relationshipStatus": "DELETED"}]},
            },
            True,
        ),
    ],
)
def test_what_may_be_removed(entity, expected):
    assert removable(entity) is expected


SIZED: dict[str, Any] = {"size": 4_096, "isFile": False}


def labels(line: Line, asset: tuple[str, str]) -> list[str]:
    return list(line.entity(*asset)["labels"])


def moved_on(line: Line) -> Lineage:
    """The same write by other code, once nothing that was looked up before is believed any more."""
    line.clock.now += 3_600
    return lineage("b", 2, columns=(edge("note", (ORDERS, "comment")),))


def test_a_scan_under_a_placeholders_own_name_owns_it_from_then_on(line):
    line.publish(lineage("a", 1))
    ours = line.entity(PATH, ORDERS.qualified_name)
    line.load((PATH, ORDERS.qualified_name, {}, SIZED))
    scanned = line.entity(PATH, ORDERS.qualified_name)
    assert (scanned["guid"], scanned["labels"]) == (ours["guid"], ["lineage-placeholder"])
    assert line.publisher.relink() == 1
    after = line.entity(PATH, ORDERS.qualified_name)
    assert (after["guid"], after["labels"], after["attributes"]) == (ours["guid"], [], scanned["attributes"])
    assert line.inputs(process_of(line, lineage())) == [(PATH, ORDERS.qualified_name)]
    line.quiet()
    (outcome,) = line.publish(moved_on(line))
    assert next(match for match in outcome.matches if match["dataset"] == ORDERS.qualified_name)["scanned"]
    written = {name for bulk in line.transport.bulks() for _, name in bulk}
    assert not any(name.startswith(ORDERS.qualified_name) for name in written)
    assert line.publisher.relink() == 0


def test_a_scan_that_owns_a_placeholder_is_never_removed_when_lineage_moves_off_it(line):
    line.publish(lineage())
    line.load((PATH, ORDERS.qualified_name, {}, SIZED), *SCANNED)
    line.publisher.relink()
    assert line.inputs(process_of(line, lineage())) == [SCANNED[0]]
    assert labels(line, (PATH, ORDERS.qualified_name)) == []
    assert line.entity(PATH, SILVER.qualified_name) is None


def test_what_a_steward_writes_into_a_placeholder_does_not_make_it_a_scans(line):
    line.publish(lineage("a", 1))
    line.load((PATH, ORDERS.qualified_name, {}, {"userDescription": "checked", "displayName": "Our orders"}))
    assert line.publisher.relink() == 0
    assert labels(line, (PATH, ORDERS.qualified_name)) == ["lineage-placeholder"]
    line.load(*SCANNED)
    assert line.publisher.relink() == 1
    assert line.entity(PATH, ORDERS.qualified_name)["attributes"]["userDescription"] == "checked"
    assert line.entity(PATH, SILVER.qualified_name) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"labels": ["lineage-placeholder"]}, True),
        ({"labels": ["lineage-placeholder"], "updatedBy": "ServiceAdmin"}, False),
        ({"labels": ["lineage-placeholder"], "attributes": {"modifiedTime": 1}}, False),
        ({"labels": ["lineage-placeholder"], "attributes": {"description": "by the scanner"}}, False),
        ({"labels": ["lineage-placeholder"], "attributes": {"modifiedTime": 0, "isFile": False, "size": None}}, True),
        ({"labels": ["lineage-placeholder"], "attributes": {"columns": [{"guid": "x"}], "db": {"guid": "y"}}}, True),
        ({"labels": ["lineage-placeholder"], "attributes": {"name": "a", "path": "/a", "userDescription": "b"}}, True),
        ({"labels": []}, False),
        ({"typeName": "lineage_dataset", "labels": []}, True),
    ],
)
def test_whose_an_asset_is(said, expected):
    assert is_ours({"typeName": PATH, **said}) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"labels": ["lineage-feed"]}, False),
        ({"labels": ["lineage-feed"], "updatedBy": "a-service-principal"}, False),
        ({"labels": ["lineage-feed"], "updatedBy": "ServiceAdmin"}, True),
        ({"labels": []}, True),
        ({}, True),
    ],
)
def test_whose_a_part_of_the_hierarchy_is(said, expected):
    assert is_foreign({"typeName": "databricks_job", **said}) is expected


def test_a_placeholder_that_new_code_moved_off_goes_with_the_next_pass(line):
    line.publish(lineage("a", 1))
    line.load(*SCANNED)
    line.publish(moved_on(line))
    assert line.entity(PATH, ORDERS.qualified_name)
    assert line.publisher.relink() == 0
    assert line.entity(PATH, ORDERS.qualified_name) is None
    assert line.entity(PATH, SILVER.qualified_name) is None


def test_a_pass_that_was_cut_off_is_finished_by_the_next(line):
    line.publish(lineage())
    line.load(*SCANNED)

    def cut(request: Any, number: int) -> None:
        if request.method == "DELETE":
            raise Unavailable("cut off")

    line.transport.fault = cut
    with pytest.raises(Unavailable):
        line.publisher.relink()
    line.transport.fault = None
    line.publisher = line.another()
    assert line.publisher.relink() == 0
    assert line.entity(PATH, ORDERS.qualified_name) is None
    assert line.entity(PATH, SILVER.qualified_name) is None


def test_a_placeholder_that_is_kept_is_looked_at_again(line):
    line.publish(lineage())
    somebody_else_reads_orders(line)
    line.load(*SCANNED)
    line.publisher.relink()
    line.client.delete(f"entity/guid/{line.entity('Process', 'adf://copy')['guid']}")
    line.publisher.relink()
    assert line.entity(PATH, ORDERS.qualified_name) is None


def test_a_process_that_is_published_while_its_placeholder_is_removed_keeps_its_edge(line):
    """It is written between the last look at the placeholder and the deletion, by an instance that knows no better."""
    line.publish(lineage("a", 1))
    other = line.another()
    other.publish(lineage("b", 2, process="1111111111111111"))
    line.load(*SCANNED)
    late = lineage("c", 3, process="2222222222222222")

    def overtake(request: Any, number: int) -> None:
        if request.method == "DELETE":
            line.transport.fault = None
            other.publish(late)

    line.transport.fault = overtake
    line.publisher.relink()
    process = process_of(line, late)
    assert (line.inputs(process), line.outputs(process)) == ([SCANNED[0]], [SCANNED[1]])
    assert not [name for name in line.everything() if name in {(PATH, ORDERS.qualified_name)}]


def test_passes_and_publishing_at_once_lose_nothing(tmp_path):
    line = Line(embedded(tmp_path))
    line.store = FileStore(tmp_path / "store")
    publishers = [line.another() for _ in range(4)]
    publishers[0].publish(lineage("first", 0))
    line.load(*SCANNED)

    def work(at: int) -> None:
        for number in range(5):
            if at == 0:
                publishers[at].relink()
            else:
                publishers[at].publish(lineage(f"{at}-{number}", at * 10 + number, run=f"r{at}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    publishers[0].relink()
    process = process_of(line, lineage())
    assert (line.inputs(process), line.outputs(process)) == ([SCANNED[0]], [SCANNED[1]])
    assert process["customAttributes"]["runCount"] == "16"
    assert not [name for name in line.everything() if name[0] == PATH]
    line.close()
