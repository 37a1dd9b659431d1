"""Everything that was recorded, beside what scanners found: no twin, the same end whatever came first, and faults."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lineage.model import Dataset, Lineage, Status
from tests.catalogue.corpus import columns_of, corpus, scan, scanned_as
from tests.catalogue.line import Line, embedded
from tests.catalogue.test_publish import dump
from tests.catalogue.test_remedies import Faults, by_eight_workers

pytestmark = pytest.mark.timeout(300)


def everything(line: Line) -> dict[tuple[str, str], Any]:
    return {name: line.client.get(f"entity/guid/{guid}")["entity"] for name, guid in line.everything().items()}


def succeeded() -> list[Lineage]:
    return [one for one in corpus() if one.run.status is not Status.FAILED]


def facts(entity: Any) -> Any:
    """What a scan or a steward said of an asset; edges and the time of the last one are the lineage's."""
    kept = {"attributes", "labels", "classifications", "collectionId", "createdBy", "updatedBy", "guid"}
    return {key: value for key, value in entity.items() if key in kept}


class ScannedFirst:
    """The corpus published beside everything that scanners found; entities by name, before and after."""

    def __init__(self, line: Line) -> None:
        self.columns = columns_of(corpus())
        self.assets = scan(line, self.columns)
        self.before = everything(line)
        line.publish(*corpus())
        self.after = everything(line)
        self._names = {entity["guid"]: name for name, entity in self.after.items()}

    def asset(self, dataset: Dataset) -> tuple[str, str]:
        found = self.assets[dataset.qualified_name]
        return found.type_name, found.qualified_name

    def process(self, one: Lineage) -> Any:
        kinds = ("databricks_process", "lineage_process")
        return next(self.after[key] for kind in kinds if (key := (kind, one.process.qualified_name)) in self.after)

    def ends(self, process: Any, which: str) -> set[tuple[str, str]]:
        return {self._names[reference["guid"]] for reference in process["attributes"][which]}

    def connected(self) -> set[tuple[str, str]]:
        edges = ("inputToProcesses", "outputFromProcesses")
        relations = {name: entity["relationshipAttributes"] for name, entity in self.after.items()}
        return {name for name, related in relations.items() if any(related.get(edge) for edge in edges)}


@pytest.fixture(scope="module")
def scanned_first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScannedFirst]:
    line = Line(embedded(tmp_path_factory.mktemp("scanned")))
    yield ScannedFirst(line)
    line.close()


def test_beside_scanned_assets_nothing_is_made_but_processes(scanned_first: ScannedFirst):
    made = {type_name for type_name, _ in scanned_first.after.keys() - scanned_first.before.keys()}
    owners = {"workspace", "notebook", "job", "job_task", "notebook_task"}
    assert made <= {"databricks_process", "lineage_process", "lineage_application"} | {
        f"databricks_{one}" for one in owners
    }
    assert len(corpus()) >= 150


def test_scanned_assets_stay_as_they_are(scanned_first: ScannedFirst):
    before, after = scanned_first.before, scanned_first.after
    assert {name: facts(after[name]) for name in before} == {name: facts(entity) for name, entity in before.items()}


def test_every_edge_goes_to_the_asset_that_was_scanned(scanned_first: ScannedFirst):
    for one in succeeded():
        process = scanned_first.process(one)
        assert {scanned_first.asset(dataset) for dataset in one.inputs} == scanned_first.ends(process, "inputs")
        assert {scanned_first.asset(one.output)} == scanned_first.ends(process, "outputs")
    wanted = {scanned_first.asset(dataset) for dataset in columns_of(succeeded())}
    assert scanned_first.connected() == wanted
    assert len(wanted) > 100


def test_columns_are_called_as_the_scanned_assets_call_them(scanned_first: ScannedFirst):
    known = {
        scanned_first.asset(dataset)[1]: {*map(str.upper, names)} for dataset, names in scanned_first.columns.items()
    }
    mapped = 0
    for one in succeeded():
        for pair in json.loads(scanned_first.process(one)["attributes"]["columnMapping"] or "[]"):
            source, sink = pair["DatasetMapping"]["Source"], pair["DatasetMapping"]["Sink"]
            for column in pair["ColumnMapping"]:
                assert column["Sink"] in known[sink]
                assert column["Source"] == "*" or column["Source"] in known[source]
                mapped += 1
    assert mapped > 1_000


def test_a_scan_after_the_fact_ends_like_one_before(tmp_path: Path):
    before, after = Line(embedded(tmp_path)), Line(embedded(tmp_path))
    columns = columns_of(corpus())
    scan(before, columns)
    before.publish(*corpus())
    after.publish(*corpus())
    scan(after, columns)
    assert after.publisher.relink() > 50
    mine, other = dump(before), dump(after)
    assert mine.keys() == other.keys()
    assert mine == other
    for line in (before, after):
        line.close()


def test_faults_on_a_third_of_all_calls_change_nothing_of_the_corpus(tmp_path: Path):
    quiet, line = Line(embedded(tmp_path)), Line(embedded(tmp_path))
    calm = by_eight_workers(quiet, corpus())
    faults = Faults(line, 0.3, seed=7)
    line.transport.fault, line.transport.after = faults.before, faults.after
    assert by_eight_workers(line, corpus()) <= 2 * calm
    line.transport.fault = line.transport.after = None
    assert dump(line) == dump(quiet)
    for each in (quiet, line):
        each.close()


def test_the_scanner_meets_every_form():
    found = scanned_as(columns_of(corpus()))
    ends = {asset.qualified_name.partition("/{")[2] for asset in found.values()}
    assert {"SparkPartitions}", "N}"} <= ends
    assert any(asset.qualified_name.endswith("/") for asset in found.values())
    assert any(asset.type_name == "azure_blob_resource_set" for asset in found.values())
