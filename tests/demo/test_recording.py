"""The recorded lakehouse, converted and published, is what its notebooks' code says."""

from pathlib import Path

import pytest

from lineage.naming import NamingContext
from lineage.recording import convert_recording
from tests.oracle import as_write, expected_writes

pytestmark = pytest.mark.unit


def converted():
    recording = Path("demo/recording.json").read_bytes()
    return convert_recording(recording, lambda seen: NamingContext(workspace_url=seen.context.workspace_url))


def test_every_write_has_its_exact_inputs_output_mode_and_columns():
    assert {as_write(write) for write in converted()} == set(expected_writes())


def test_a_repeated_run_is_the_same_process():
    names = {}
    for write in converted():
        names.setdefault(write.process.qualified_name, []).append(write)
    assert len(names) == 15  # 12 writes of the job's tasks, 3 of the interactive notebook
    assert sorted(len(writes) for writes in names.values()) == [1, 1, 1] + [2] * 12
