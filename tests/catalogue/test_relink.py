"""A scan that came after the lineage: processes move to the scanned asset, and its placeholder goes."""

import json
from typing import Any

import pytest

from lineage.catalogue.placeholders import removable
from lineage.model import Lineage
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


def test_a_placeholder_that_somebody_elses_process_uses_is_kept(line):
    line.publish(lineage())
    reference = {"typeName": PATH, "uniqueAttributes": {"qualifiedName": ORDERS.qualified_name}}
    other: dict[str, Any] = {"qualifiedName": "adf://copy", "name": "copy", "inputs": [reference], "outputs": []}
    line.client.post("entity/bulk", body={"entities": [{"typeName": "Process", "guid": "-1", "attributes": other}]})
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
