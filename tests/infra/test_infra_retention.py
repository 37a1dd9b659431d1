"""Everything that the line writes is either dated, and expires, or is kept on purpose; nothing is overlooked."""

import re

from demo import replay
from lineage.operate.period import ALWAYS
from lineage.operate.replay import Selection
from lineage.operate.replay import replay as again
from lineage.records import DATED, STOPPED, STORED
from tests.line import idle, send, served

KEPT = {
    "payloads/plans/": "a job that has not changed in a year still refers to its plan of then",
    "pending/": "the mark goes when the event is finished",
    "mounts/": "the newest are valid until others come",
    "processes/": "what a process is in the catalogue, for as long as it is there",
    "assets/": "which process has an asset",
    "due/": "the mark goes when the facts are written",
    "outgrown/": "the mark goes when the placeholder does",
    STOPPED: "one value, replaced",
    STORED: "one value, replaced",
}
"""Prefix of what does not expire → why."""


def written(tmp_path):
    with served(tmp_path) as (server, port):
        send(port, replay.load())
        idle(server.pipeline)
        store = server.pipeline.store
        now = 1795400000000
        assert list(again(store, Selection(ALWAYS, only_parked=False), now))
        idle(server.pipeline)
        headers = (("content-type", "application/json"),)
        refused = replay.Request("POST", "/api/producer/execution-plans", headers, b"{", compressed=False)
        ((_, status),) = replay.send("127.0.0.1", port, [refused])
        assert status == 400
        assert server.pipeline.intake.health()["status"] == "ok"
        return list(store.list(""))


def test_each_key_expires_by_its_day_or_is_kept_for_a_reason(tmp_path):
    keys = written(tmp_path)
    for prefix in DATED:
        dated = [key for key in keys if key.startswith(prefix)]
        assert dated, f"nothing under {prefix} was written: is the test still one?"
        assert all(re.match(r"\d{4}-\d\d-\d\d/", key.removeprefix(prefix)) for key in dated), prefix
    rest = [key for key in keys if not key.startswith(DATED)]
    assert [key for key in rest if not key.startswith(tuple(KEPT))] == []
