"""The same commands on a blob container."""

import json
import uuid

import click
import pytest
from click.testing import CliRunner

from lineage.operate.commands import COMMANDS
from lineage.receipts import State
from lineage.store.blobs import open_blobs
from tests.operate.operated import Line

pytestmark = pytest.mark.azurite


def test_an_event_in_a_container_is_replayed_and_traced(azurite):
    url = f"{azurite.blob}/{uuid.uuid4().hex}"
    line = Line(None, store=open_blobs(url, azurite.connection))
    line.one()
    line.sweep()
    env = {"LINEAGE_STORE": url, "LINEAGE_STORAGE_CONNECTION": azurite.connection}

    def asked(*args):
        result = CliRunner().invoke(click.Group(commands=list(COMMANDS)), [*args, "--json"], env=env)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    assert [one["changes"] for one in asked("replay", "--since", "2026-11-20", "--dry-run")["events"]] == [[]]
    assert line.receipt.state is State.PUBLISHED
    assert [one["verdict"] for one in asked("replay", "--since", "2026-11-20")["events"]] == ["again"]
    assert [one["verdict"] for one in asked("replay", "--since", "2026-11-20")["events"]] == ["pending"]
    assert asked("parked")["events"][0]["reason"] == "replayed; was published"
    assert line.sweep() == 0
    assert len(asked("trace", line.receipt.event)["earlier"]) == 1
    assert asked("report", "--from", "2026-11-22", "--to", "2026-11-22")["states"] == {"published": 1}
