"""The recording over HTTP, through the whole line, into the embedded catalogue."""

import json
import random
from collections import Counter

import pytest

from demo import replay
from lineage.model import AssetName
from lineage.receipts import State
from tests.atlas_dump import dump, processes
from tests.demo.test_recording import converted
from tests.line import client, idle, send, served
from tests.oracle import expected_writes


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """One replay in order: the dump of the catalogue, its processes, the receipts."""
    folder = tmp_path_factory.mktemp("once")
    with served(folder) as (server, port):
        send(port, replay.load())
        idle(server.pipeline)
        yield dump(client(folder, port)), processes(client(folder, port)), list(server.pipeline.receipts())


def references(values):
    return frozenset(AssetName(one["typeName"], one["uniqueAttributes"]["qualifiedName"]) for one in values)


def test_every_event_has_its_receipt(once):
    _, _, receipts = once
    assert Counter(receipt.state for receipt in receipts) == {State.PUBLISHED: 25, State.FAILED_RUN: 2}


def test_the_catalogue_has_each_write_with_its_exact_inputs_and_output(once):
    _, found, _ = once
    assert len(found) == 15
    for write in expected_writes():
        if write.failed:
            continue
        matching = [
            entity
            for name, entity in found.items()
            if name.startswith(f"{write.owner}/processes/")
            and references(entity["attributes"]["outputs"]) == {write.output}
        ]
        assert len(matching) == 1, write
        assert references(matching[0]["attributes"]["inputs"]) == write.inputs


def test_the_column_mapping_is_the_direct_sources_and_the_columns_own_conditions(once):
    _, found, _ = once
    for lineage in converted():
        mapping = json.loads(found[lineage.process.qualified_name]["attributes"].get("columnMapping") or "[]")
        edges = {
            (pair["DatasetMapping"]["Source"], column["Source"], column["Sink"])
            for pair in mapping
            for column in pair["ColumnMapping"]
            if column["Source"] != "*"
        }
        wanted = {
            (source.dataset.qualified_name, source.column, column.name)
            for column in lineage.columns
            for source in (*column.sources, *column.influences)
        }
        assert edges == (set() if lineage.run.status == "failed" else wanted)


def test_a_write_that_never_succeeded_is_a_process_without_edges(once):
    _, found, _ = once
    (failed,) = [one for one in found.values() if "gold/discount_audit" in one["attributes"]["name"]]
    assert not failed["attributes"]["inputs"]
    assert not failed["attributes"]["outputs"]


def test_replayed_twice_in_any_order_the_catalogue_is_the_same(once, tmp_path):
    expected, _, _ = once
    requests = replay.load() * 2
    random.Random(20261120).shuffle(requests)
    with served(tmp_path) as (server, port):
        send(port, requests)
        idle(server.pipeline)
        assert dump(client(tmp_path, port)) == expected


def test_events_before_their_plans_wait_and_are_woken(once, tmp_path):
    expected, _, _ = once
    requests = replay.load()
    events = [request for request in requests if request.is_event]
    with served(tmp_path) as (server, port):
        send(port, events)
        idle(server.pipeline)
        assert {receipt.state for receipt in server.pipeline.receipts()} == {State.WAITING}
        send(port, [request for request in requests if not request.is_event])
        idle_at_all(server.pipeline)
        assert dump(client(tmp_path, port)) == expected


def idle_at_all(pipeline):
    idle(pipeline)
    for _ in range(200):
        if not any(pipeline.pending()):
            return
        import time

        time.sleep(0.05)
    raise AssertionError(list(pipeline.pending()))
