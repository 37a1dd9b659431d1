"""The walks between door and catalogue: what is certain, whatever fails on the way."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from demo import replay
from lineage import records
from lineage.catalogue import Outcome
from lineage.errors import Forbidden, MalformedPayload, Rejected, StoreError, Unavailable
from lineage.intake import PLAN, Intake
from lineage.model import Lineage
from lineage.mounts import Mounts, load_mounts
from lineage.pipeline import ATTEMPTS, Pipeline
from lineage.receipts import State
from lineage.records import EventName
from lineage.settings import Settings
from lineage.store.files import FileStore
from lineage.store.queue import NoQueue

pytestmark = pytest.mark.unit

PLAN_REQUEST, EVENT_REQUEST = replay.load()[:2]
HEADERS = {key.lower(): value for key, value in EVENT_REQUEST.headers}
CONTENT_TYPE = HEADERS["content-type"]
NOW = 1795400000000
HOUR = 3_600_000


@dataclass
class Catalogue:
    """Publishes into a list, or fails as told."""

    failure: Exception | None = None
    published: list[Lineage] = field(default_factory=list)
    flushed: int = 0

    def publish(self, lineage):
        if self.failure:
            raise self.failure
        self.published.append(lineage)
        return Outcome(State.PUBLISHED)

    def flush(self):
        self.flushed += 1
        return 0


@dataclass
class Pointers:
    sent: list[str] = field(default_factory=list)
    down: bool = False

    def send(self, pointer):
        if self.down:
            raise StoreError("the queue is down")
        self.sent.append(pointer)


class Line:
    def __init__(self, folder, queue=None, **settings):
        self.now = NOW
        self.store = FileStore(folder)
        self.queue = queue or NoQueue()
        self.catalogue = Catalogue()
        given = Settings(**settings)
        self.intake = Intake(self.store, self.queue, given, lambda: self.now)
        self.pipeline = Pipeline(self.store, self.intake, self.catalogue, given, lambda: self.now)

    def plan(self, body=PLAN_REQUEST.body):
        return self.intake.accept_plan(body, CONTENT_TYPE, HEADERS)

    def event(self, body=EVENT_REQUEST.body):
        return self.intake.accept_events(body, CONTENT_TYPE, HEADERS)

    @property
    def marks(self):
        return list(self.pipeline.pending())

    @property
    def receipt(self):
        (receipt,) = self.pipeline.receipts()
        return receipt


@pytest.fixture
def line(tmp_path):
    return Line(tmp_path)


def test_a_plan_and_its_event_become_one_published_lineage(line):
    line.plan()
    line.event()
    assert line.pipeline.sweep() == 0
    assert line.marks == []
    assert line.receipt.state is State.PUBLISHED
    assert line.receipt.outputs == ("https://northwindlake.dfs.core.windows.net/bronze/orders",)
    assert len(line.catalogue.published) == 1


def test_the_record_has_the_digest_of_what_was_received_and_no_key(line):
    line.plan()
    (key,) = line.store.list("payloads/plans/")
    stored = line.store.get(key).value
    assert records.decode(stored).sha256 == records.sha256(PLAN_REQUEST.body)
    assert b"demo-functions-key" not in stored


def test_pointers_name_the_plan_and_the_mark(tmp_path):
    line = Line(tmp_path, queue=Pointers())
    plan_id = line.plan()
    line.event()
    assert line.queue.sent == [PLAN + plan_id, *line.marks]


def test_a_queue_that_is_down_does_not_keep_a_payload_from_being_accepted(tmp_path):
    line = Line(tmp_path, queue=Pointers(down=True))
    line.plan()
    line.event()
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PUBLISHED


def test_an_event_waits_for_its_plan_and_the_plan_wakes_it(line):
    line.event()
    assert line.pipeline.sweep() == 1
    assert line.receipt.state is State.WAITING
    plan_id = line.plan()
    line.pipeline.process(PLAN + plan_id)
    assert line.receipt.state is State.PUBLISHED
    assert line.marks == []


def test_a_plan_that_comes_between_the_look_and_the_receipt_is_not_missed(line, monkeypatch):
    """It finds no receipt that says that somebody waits for it."""
    line.event()
    replace = FileStore.replace

    def late(store, key, value, etag):
        if key.startswith(records.RECEIPTS) and not list(line.pipeline.receipts()):
            line.pipeline.process(PLAN + line.plan())
        return replace(store, key, value, etag)

    monkeypatch.setattr(FileStore, "replace", late)
    line.pipeline.process(line.marks[0])
    assert line.receipt.state is State.PUBLISHED
    assert line.marks == []


def test_an_event_whose_plan_never_comes_is_parked_with_the_reason(line):
    line.event()
    line.pipeline.sweep()
    line.now += 49 * HOUR
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PARKED
    assert line.receipt.reason == "its execution plan did not come within 49 hours"


def test_a_redelivered_event_is_published_once(line):
    line.plan()
    for _ in range(3):
        line.event()
        line.pipeline.sweep()
    assert len(line.catalogue.published) == 1
    assert line.marks == []


@pytest.mark.parametrize("failure", [Unavailable("503"), StoreError("no answer")])
def test_what_may_pass_later_stays_pending(line, failure):
    line.plan()
    line.event()
    line.catalogue.failure = failure
    assert line.pipeline.sweep() == 1
    assert line.receipt.state is State.RETRYING
    assert str(failure) in line.receipt.reason
    line.catalogue.failure = None
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PUBLISHED


def test_a_missing_role_stops_the_line_and_loses_nothing(line):
    line.plan()
    line.event()
    line.catalogue.failure = Forbidden("Data Curator is missing", status=403)
    with pytest.raises(Forbidden, match="Data Curator"):
        line.pipeline.sweep()
    assert len(line.marks) == 1
    line.catalogue.failure = None
    assert line.pipeline.sweep() == 0


def test_what_the_catalogue_never_takes_is_parked_with_its_reason(line):
    line.plan()
    line.event()
    line.catalogue.failure = Rejected("ATLAS-400-00-036", status=400)
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PARKED
    assert "ATLAS-400-00-036" in line.receipt.reason


def test_a_failure_that_nobody_foresaw_is_tried_some_times_and_parked(line):
    line.plan()
    line.event()
    line.catalogue.failure = KeyError("attr-7")
    for attempt in range(1, ATTEMPTS):
        assert line.pipeline.sweep() == 1, attempt
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PARKED
    assert "KeyError" in line.receipt.reason


def test_a_plan_of_nonsense_is_parked_when_its_event_comes(line):
    line.plan(b'{"id": "1f923528-4753-5656-8d27-36538d1c82ac", "operations": {"write": 7}}')
    line.event()
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PARKED
    assert "operations.write" in line.receipt.reason


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b'{"operations": {}}', b'{"id": 7, "operations": {}}'])
def test_what_is_no_plan_is_refused_at_the_door(line, body):
    with pytest.raises(MalformedPayload):
        line.plan(body)
    assert list(line.store.list("payloads/")) == []


def test_another_body_under_a_known_plan_id_is_kept_beside_the_first(line):
    line.plan()
    other = json.loads(PLAN_REQUEST.body)
    other["name"] = "another"
    line.now += 1
    line.plan(json.dumps(other).encode())
    assert len(list(line.store.list("payloads/plans/"))) == 2
    line.event()
    line.pipeline.sweep()
    assert line.receipt.state is State.PUBLISHED
    assert "plan-ambiguous" in [code for code, _ in line.receipt.notes]


def test_a_pointer_that_the_queue_gave_up_is_told_and_its_mark_stays(line, caplog):
    line.event()
    (mark,) = line.marks
    line.pipeline.poisoned(mark)
    assert [(entry.levelname, mark in entry.getMessage()) for entry in caplog.records] == [("ERROR", True)]
    assert line.marks == [mark]


@pytest.mark.parametrize(
    ("came", "taken"), [((1, 2, 3), "other"), ((1, 2, 2), "other"), ((1, 3, 2), "orders"), ((2, 3, 1), "orders")]
)
def test_of_two_bodies_the_last_before_the_event_is_taken(line, came, taken):
    other = json.loads(PLAN_REQUEST.body)
    other["operations"]["write"]["outputSource"] = "abfss://bronze@northwindlake.dfs.core.windows.net/other"
    first, second, event = came
    line.now = NOW + first
    line.plan()
    line.now = NOW + second
    line.plan(json.dumps(other).encode())
    line.now = NOW + event
    line.event()
    line.pipeline.sweep()
    assert line.receipt.outputs == (f"https://northwindlake.dfs.core.windows.net/bronze/{taken}",)


def test_several_events_of_one_body_get_a_receipt_each(line):
    line.plan()
    first = json.loads(EVENT_REQUEST.body)[0]
    events = [{**first, "timestamp": first["timestamp"] + index} for index in range(3)]
    assert len(set(line.event(json.dumps(events).encode()))) == 3
    assert line.pipeline.sweep() == 0
    assert [receipt.state for receipt in line.pipeline.receipts()] == [State.PUBLISHED] * 3


def test_a_mark_without_its_payload_was_never_acknowledged_and_goes(line):
    named = records.event_name("p", NOW, "k")
    line.store.put_if_absent(named.mark, b"")
    assert line.pipeline.sweep() == 0
    assert line.marks == []


def test_mounts_hold_from_when_they_were_posted(line):
    plan = json.loads(PLAN_REQUEST.body)
    plan["operations"]["write"]["outputSource"] = "dbfs:/mnt/lake/orders"
    event = json.loads(EVENT_REQUEST.body)[0]
    host = HEADERS["x-databricks-workspace-url"]

    def post(target):
        body = json.dumps({"workspaceUrl": host, "mounts": {"/mnt/lake": target}}).encode()
        line.intake.accept_mounts(body, HEADERS)

    line.plan(json.dumps(plan).encode())
    line.now = event["timestamp"] - HOUR
    post("abfss://old@contosolake.dfs.core.windows.net/")
    line.now = event["timestamp"] + HOUR
    post("abfss://new@contosolake.dfs.core.windows.net/")
    line.event(json.dumps([event, {**event, "timestamp": event["timestamp"] + 2 * HOUR}]).encode())
    line.pipeline.sweep()
    outputs = [lineage.output.qualified_name for lineage in line.catalogue.published]
    assert sorted(outputs) == [
        "https://contosolake.dfs.core.windows.net/new/orders",
        "https://contosolake.dfs.core.windows.net/old/orders",
    ]


def test_mounts_that_were_posted_right_before_a_write_name_it(line):
    """The table of the workspace was read a moment ago, when it had none of them."""
    plan = json.loads(PLAN_REQUEST.body)
    plan["operations"]["write"]["outputSource"] = "dbfs:/mnt/lake/orders"
    event = json.loads(EVENT_REQUEST.body)[0]
    body = {"workspaceUrl": HEADERS["x-databricks-workspace-url"], "mounts": {"/mnt/lake": f"{TARGET}/"}}
    line.plan(json.dumps(plan).encode())
    for at in range(3):
        line.now = event["timestamp"] + 2_000 * at
        if at == 1:
            line.intake.accept_mounts(json.dumps(body).encode(), HEADERS)
        line.event(json.dumps([{**event, "timestamp": line.now}]).encode())
        line.pipeline.sweep()
    first, *later = [lineage.output.qualified_name for lineage in line.catalogue.published]
    assert first.startswith("dbfs://")
    assert later == ["https://contosolake.dfs.core.windows.net/lake/orders"] * 2


TARGET = "abfss://lake@contosolake.dfs.core.windows.net"


def test_mounts_come_in_an_object_or_as_databricks_lists_them(line):
    listed = [{"mountPoint": "/mnt/lake", "source": TARGET, "encryptionType": ""}]
    for at, mounts in enumerate(({"/mnt/lake": TARGET}, listed)):
        body = {"workspace": f"https://adb-{at}.2.azuredatabricks.net/", "mounts": mounts}
        line.intake.accept_mounts(json.dumps(body).encode(), {})
    first, second = (load_mounts(line.store, f"adb-{at}.2.azuredatabricks.net", Settings()) for at in range(2))
    assert first.at(NOW * 2) == second.at(NOW * 2) == {"/mnt/lake": TARGET}


def test_mounts_are_read_anew_though_the_clock_was_set_back(line):
    host = "adb-1.2.azuredatabricks.net"
    mounts = Mounts(line.store, lambda: line.now)

    def target():
        return mounts.of(host, Settings()).at(NOW * 2).get("/mnt/lake")

    def post(container):
        body = {"workspaceUrl": host, "mounts": {"/mnt/lake": f"abfss://{container}@contosolake.dfs.core.windows.net/"}}
        line.intake.accept_mounts(json.dumps(body).encode(), {})

    post("old")
    assert "old@" in target()
    line.now -= 100 * HOUR
    post("new")
    assert "new@" in target()


def test_a_refusal_keeps_its_reason_size_digest_and_safe_headers(line):
    line.intake.refuse(
        reason="not JSON",
        status=400,
        path="",
        size=3,
        sha256="ab" * 32,
        headers={**HEADERS, "authorization": "Bearer x"},
    )
    (key,) = line.store.list(records.REFUSED)
    kept = json.loads(line.store.get(key).value)
    assert (kept["reason"], kept["status"], kept["size"]) == ("not JSON", 400, 3)
    assert "authorization" not in kept["headers"]
    assert "x-functions-key" not in kept["headers"]


def test_the_sweep_flushes_the_run_facts_that_are_due(line):
    line.pipeline.sweep()
    assert line.catalogue.flushed == 1


@pytest.mark.parametrize("plan_id", ["1f92-3c", "a,b/c", "../..", "x" * 500, "größe" * 99, ""])
def test_a_mark_leads_back_to_its_event(plan_id):
    named = records.event_name(plan_id, NOW, "key-1")
    again = EventName.from_mark(named.mark)
    assert (again.payload, again.receipt, again.mark) == (named.payload, named.receipt, named.mark)
    assert named.mark.startswith(records.pending_of(plan_id))


@pytest.mark.parametrize("mark", ["", "pending/", "pending/a", "payloads/x,y,z"])
def test_what_is_no_mark_is_refused(mark):
    with pytest.raises(ValueError, match="pending mark"):
        EventName.from_mark(mark)


@pytest.mark.parametrize("timestamp", [-1, 0, 10**18, -(10**18)])
def test_any_timestamp_has_a_day(timestamp):
    assert len(records.event_name("p", timestamp, "k").day) == 10


def test_a_damaged_receipt_counts_as_none(line):
    line.plan()
    line.event()
    named = EventName.from_mark(line.marks[0])
    line.store.put(named.receipt, b'{"event": ')
    assert list(line.pipeline.receipts()) == []
    assert line.pipeline.sweep() == 0
    assert line.receipt.state is State.PUBLISHED


def test_mounts_are_stored_without_secrets_by_host_and_once(line):
    target = "wasbs://in@contosolake.blob.core.windows.net/?sv=2022-11-02&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D"
    for url in ("https://adb-1.2.azuredatabricks.net/", "ADB-1.2.azuredatabricks.net"):
        body = json.dumps({"workspaceUrl": url, "mounts": {"/mnt/secrets": target}}).encode()
        line.intake.accept_mounts(body, {})
        line.now += 1
    (key,) = line.store.list(records.mounts_folder("adb-1.2.azuredatabricks.net"))
    kept = line.store.get(key).value
    assert b"c2VjcmV0" not in kept
    assert b"wasbs://in@contosolake.blob.core.windows.net/" in kept


def test_many_that_post_changed_mounts_at_once_store_them_once(line):
    host = "adb-1.2.azuredatabricks.net"
    folder = records.mounts_folder(host)

    def post(container):
        line.now += 1
        mounts = {"/mnt/lake": f"abfss://{container}@contosolake.dfs.core.windows.net/"}
        line.intake.accept_mounts(json.dumps({"workspaceUrl": host, "mounts": mounts}).encode(), {})

    for container in ("old", "new"):
        with ThreadPoolExecutor(8) as drivers:
            list(drivers.map(post, [container] * 16))
        line.now -= HOUR  # another machine's clock is behind
    kept = [line.store.get(key).value for key in line.store.list(folder)]
    assert [b"abfss://old@" in kept[0], b"abfss://new@" in kept[1], len(kept)] == [True, True, 2]


def test_a_stray_key_or_a_damaged_payload_does_not_stop_the_sweep(line):
    line.store.put("pending/0", b"")
    line.store.put("payloads/events/2026-01-01/k.json", b"{")
    line.store.put(records.event_name("a", 1767225600000, "k").mark, b"")
    line.plan()
    line.event()
    for _ in range(ATTEMPTS):
        line.pipeline.sweep()
    states = {receipt.event: receipt.state for receipt in line.pipeline.receipts()}
    assert states.pop("k") is State.PARKED
    assert list(states.values()) == [State.PUBLISHED]
