"""A line with a catalogue that takes all, or fails as told, and the recording of `make demo` to send through it."""

from dataclasses import dataclass, field

import msgspec

from demo import replay as recording
from lineage import receipts
from lineage.catalogue import Outcome
from lineage.intake import Intake
from lineage.model import Lineage, Status
from lineage.operate.events import seen
from lineage.pipeline import Pipeline
from lineage.receipts import State
from lineage.records import EventName
from lineage.settings import Settings
from lineage.store.files import FileStore
from lineage.store.queue import NoQueue

DAY = "2026-11-22"
"""Of every event of the recording."""
NOW = 1795400000000
HOUR = 3_600_000
ASSET = "https://northwindlake.dfs.core.windows.net/bronze/orders"


@dataclass
class Catalogue:
    failure: Exception | None = None
    published: list[Lineage] = field(default_factory=list)

    def publish(self, lineage):
        if self.failure:
            raise self.failure
        self.published.append(lineage)
        if lineage.run.status is Status.FAILED:
            return Outcome(State.FAILED_RUN, lineage.run.error)
        match = {
            "dataset": lineage.output.qualified_name,
            "type_name": lineage.output.asset.type_name,
            "qualified_name": lineage.output.qualified_name,
            "scanned": True,
            "rule": "exact",
            "candidates": [{"type_name": "t", "qualified_name": "q", "rule": "exact", "found": True}],
        }
        guids = {lineage.process.qualified_name: "guid-of-the-process"}
        return Outcome(State.PUBLISHED, guids=guids, matches=(match,))

    def flush(self):
        return 0


class Line:
    def __init__(self, folder, store=None):
        self.now = NOW
        self.store = store or FileStore(folder)
        self.catalogue = Catalogue()
        settings = Settings()
        self.intake = Intake(self.store, NoQueue(), settings, lambda: self.now)
        self.pipeline = Pipeline(self.store, self.intake, self.catalogue, settings, lambda: self.now)

    def send(self, requests, *, plans=True):
        for request in requests:
            headers = {key.lower(): value for key, value in request.headers}
            if request.is_event:
                self.intake.accept_events(request.body, headers["content-type"], headers)
            elif plans and request.path.endswith("/execution-plans"):
                self.intake.accept_plan(request.body, headers["content-type"], headers)

    def one(self, **kwargs):
        """The first write of the recording, alone."""
        self.send(recording.load()[:2], **kwargs)

    def all(self):
        self.send(recording.load())

    def sweep(self):
        return self.pipeline.sweep()

    @property
    def marks(self):
        return list(self.pipeline.pending())

    @property
    def receipt(self):
        (receipt,) = self.pipeline.receipts()
        return receipt

    @property
    def seen(self):
        (one,) = seen(self.store)
        return one

    def rewrite(self, receipt, **fields):
        """Make the stored receipt another one, as an older mapper may have left it."""
        key = EventName("", DAY, receipt.event).receipt
        self.store.put(key, receipts.encode(msgspec.structs.replace(receipt, **fields)))

    def damage(self):
        self.store.put(EventName("", self.seen.day, self.seen.key).receipt, b"{not json")

    @property
    def snapshot(self):
        """Everything that the store has, version included."""
        return {key: self.store.get(key) for key in self.store.list("")}
