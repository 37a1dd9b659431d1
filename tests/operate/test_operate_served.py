"""The commands beside a running server, on the store that it writes."""

import json

import click
from click.testing import CliRunner

from demo import replay as recording
from lineage.operate.commands import COMMANDS
from lineage.receipts import State
from tests.atlas_dump import dump
from tests.line import client, idle, send, served


def asked(folder, *args):
    group, env = click.Group(commands=list(COMMANDS)), {"LINEAGE_STORE": str(folder / "store")}
    result = CliRunner().invoke(group, [*args, "--json"], env=env)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_replay_of_all_beside_the_server_leaves_the_catalogue_as_it_was(tmp_path):
    with served(tmp_path) as (server, port):
        send(port, recording.load())
        idle(server.pipeline)
        before = dump(client(tmp_path, port))
        rehearsed = asked(tmp_path, "replay", "--since", "2026-11-20", "--dry-run")
        assert [one["changes"] for one in rehearsed["events"]] == [[]] * 27
        replayed = asked(tmp_path, "replay", "--since", "2026-11-20")
        assert [one["verdict"] for one in replayed["events"]] == ["again"] * 27
        server.pipeline.sweep()
        idle(server.pipeline)
        assert dump(client(tmp_path, port)) == before
    receipts = list(server.pipeline.receipts())
    assert {receipt.attempts for receipt in receipts} == {2}
    assert {receipt.state for receipt in receipts} <= {State.UNCHANGED, State.PUBLISHED, State.FAILED_RUN}
    traced = asked(tmp_path, "trace", receipts[0].event)
    assert len(traced["earlier"]) == 1
    assert traced["receipt"]["guids"]
