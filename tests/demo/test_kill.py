"""``kill -9`` at many moments of a replay: after a restart nothing that was acknowledged is missing."""

import http.client
import json
import random
import threading
import time
from pathlib import Path

import pytest

from demo import replay
from lineage import receipts, records
from lineage.store.files import FileStore
from local.server import HOST
from tests.atlas_dump import dump
from tests.line import PATIENCE, client, free_port, process, send, served
from tests.line import idle as all_idle

MOMENTS = 12


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """The catalogue after an undisturbed replay."""
    folder = tmp_path_factory.mktemp("quiet")
    with served(folder) as (server, port):
        send(port, replay.load())
        all_idle(server.pipeline)
        return dump(client(folder, port))


def acknowledged_until_killed(port, child, requests, delay):
    """Send until the server dies, ``delay`` seconds after the start; returns what was answered 201."""
    done = []
    killer = threading.Timer(delay, child.kill)
    killer.start()
    try:
        for request, status in replay.send(HOST, port, requests):
            assert status == 201
            done.append(request)
    except (OSError, http.client.HTTPException):
        pass
    finally:
        killer.join()
    return done


def stored_plan_ids(store):
    return {key.split("/")[2] for key in store.list("payloads/plans/")}


def settled(folder):
    """Wait until the restarted line has done all that it can; returns the receipts by plan id and time."""
    store = FileStore(folder / "store")
    plans = stored_plan_ids(store)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if all(
            mark.removeprefix(records.PENDING).split(",")[0] not in plans for mark in list(store.list(records.PENDING))
        ):
            break
        time.sleep(0.05)
    kept = [store.get(key) for key in list(store.list(records.RECEIPTS))]
    return {(one.plan_id, one.timestamp): one for one in (receipts.decode(stored.value) for stored in kept if stored)}


def check(folder, done):
    store = FileStore(folder / "store")
    plans = stored_plan_ids(store)
    found = settled(folder)
    for request in done:
        body = json.loads(request.body)
        if not request.is_event:
            assert body["id"] in plans
            continue
        plan_id = body[0]["planId"]
        if plan_id in plans:
            assert found[plan_id, body[0]["timestamp"]].state.final
        else:  # it waits for its plan, which was never acknowledged
            assert any(store.list(records.pending_of(plan_id)))


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_nothing_acknowledged_is_missing_after_a_kill(moment, quiet, tmp_path: Path):
    requests = replay.load()
    random.Random(moment).shuffle(requests)
    port = free_port()
    with process(tmp_path, port) as child:
        done = acknowledged_until_killed(port, child, requests, delay=0.01 + 0.06 * moment)
    with process(tmp_path, port):
        check(tmp_path, done)
        send(port, requests)  # the agent's jobs run again: what was lost comes, what was there comes twice
        settled(tmp_path)
        found = dump(client(tmp_path, port))
    assert found == quiet
