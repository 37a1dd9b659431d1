"""Plain jobs of the recorded traffic, through the whole line: the catalogue has what the jobs' code says."""

import json
from pathlib import Path

import pytest

from demo import replay
from lineage.model import Source
from lineage.naming import NamingContext, name_source
from lineage.recording import convert_recording
from tests.atlas_dump import processes
from tests.line import client, idle, send, served

TRAFFIC = Path("tests/traffic")
JOBS = [
    next(folder.name for folder in TRAFFIC.iterdir() if folder.name.startswith(f"{number}-"))
    for number in ("01", "02", "03", "04", "06", "16", "18", "41", "44", "56")
]
NOWHERE = NamingContext()


def asset(uri):
    return name_source(Source(uri), NOWHERE).datasets[0].qualified_name


def references(values):
    return {one["uniqueAttributes"]["qualifiedName"] for one in values}


def edges(mapping):
    return {
        (column["Sink"], pair["DatasetMapping"]["Source"], column["Source"])
        for pair in json.loads(mapping or "[]")
        for column in pair["ColumnMapping"]
        if column["Source"] != "*"
    }


def conditions(recording):
    """A column's own conditions stand in the mapping beside its direct sources."""
    return {
        (lineage.output.qualified_name, column.name, source.dataset.qualified_name, source.column)
        for lineage in convert_recording(recording, lambda _: NOWHERE)
        for column in lineage.columns
        for source in column.influences
    }


@pytest.mark.parametrize("job", JOBS)
def test_each_write_is_in_the_catalogue_as_its_job_says(job, tmp_path):
    folder = TRAFFIC / job
    expected = json.loads((folder / "expected.json").read_bytes())["writes"]
    own = conditions((folder / "wire.json").read_bytes())
    with served(tmp_path) as (server, port):
        send(port, replay.load(folder / "wire.json"))
        idle(server.pipeline)
        found = processes(client(tmp_path, port)).values()
    assert len(found) == len(expected)
    for write in expected:
        output = asset(write["output"])
        (process,) = [one for one in found if references(one["attributes"]["outputs"]) == {output}]
        assert references(process["attributes"]["inputs"]) == {asset(uri) for uri in write["inputs"]}
        direct = {(name, asset(uri), column) for name, pairs in write["columns"].items() for uri, column in pairs}
        conditional = {edge[1:] for edge in own if edge[0] == output}
        assert direct <= edges(process["attributes"]["columnMapping"]) <= direct | conditional
