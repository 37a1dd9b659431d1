"""A process while it is being published, and the full record of it in the store."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from lineage.catalogue.binding import Binding
from lineage.catalogue.entities import Composition, compose
from lineage.catalogue.ledger import Share
from lineage.catalogue.placement import Placement
from lineage.catalogue.process_state import ProcessState, merge
from lineage.catalogue.process_view import View, called, view
from lineage.catalogue.vocabulary import Vocabulary
from lineage.errors import LineageError
from lineage.model import AssetName, Dataset, Lineage
from lineage.store import Stored

PROCESSES = "processes/"
_DAY = 86_400_000


class Published(msgspec.Struct, frozen=True):
    """What the catalogue was last told of a process, at ``at`` (ms), and under which names.

    ``hung`` and ``scale`` are what had to be given up for it to be taken; see ``compose``. ``guids`` go by qualified
    name. ``status`` is that of the last run which it shows. ``tables`` are the tables that datasets are called as,
    by the names which these have in the state.
    """

    core: str
    facts: str
    at: int
    bindings: dict[str, Binding]
    guids: dict[str, str] = {}
    hung: bool = True
    scale: float = 1.0
    status: str = ""
    tables: dict[str, Dataset] = {}

    def called(self, shown: View) -> View:
        """The datasets as they were called."""
        return called(shown, self.tables)


class Filed(msgspec.Struct, frozen=True):
    """The full record of a process.

    ``due`` is when (ms) the run facts are to be written that the catalogue does not have yet; 0: it has the newest.
    ``stale`` is when (ms) it was seen last, where it has the label of a stale process; else 0.
    """

    state: ProcessState
    published: Published | None = None
    due: int | bool = 0
    version: int = 1
    stale: int = 0


def process_key(qualified_name: str) -> str:
    """Where the record of a process is kept."""
    return f"{PROCESSES}{hashlib.sha256(qualified_name.encode()).hexdigest()[:32]}.json"


def process_lease(key: str) -> str:
    """Who publishes the process of this record holds this lease."""
    return "process-" + key.removeprefix(PROCESSES).removesuffix(".json")


@dataclass(slots=True)
class Draft:
    """``before`` is the record as it was read at ``etag``; ``state`` has what is new as well.

    ``news`` is whether a lineage came in now, ``shared`` the assets that others write, too, ``doubted`` those that the
    catalogue may have lost, ``unfit`` types that it may not take from us. ``settled`` is whether the catalogue has what
    it is to have for now, ``write`` whether that takes writing, ``due`` when its run facts are to be written (ms), 0
    where they are there.
    """

    key: str
    before: Filed | None
    etag: str | None
    state: ProcessState
    shown: View
    news: bool = True
    tables: dict[str, Dataset] = field(default_factory=dict)
    bindings: dict[str, Binding] = field(default_factory=dict)
    hung: bool = True
    scale: float = 1.0
    write: bool = False
    due: int = 0
    stale: int = 0
    settled: bool = False
    published: Published | None = None
    shared: tuple[AssetName, ...] = ()
    doubted: set[AssetName] = field(default_factory=set)
    unfit: set[str] = field(default_factory=set)
    remedies: set[str] = field(default_factory=set)
    error: LineageError | None = None

    @classmethod
    def of(cls, key: str, stored: Stored | None, lineages: list[Lineage]) -> "Draft | None":
        """The record with ``lineages`` merged into it; ``None`` where there is neither."""
        before = msgspec.json.decode(stored.value, type=Filed) if stored else None
        draft = cls._merged(key, before, stored, lineages)
        if draft and before:
            draft.published, draft.stale = before.published, before.stale
        if draft and draft.published:
            draft.hung, draft.scale = draft.published.hung, draft.published.scale
        return draft

    @classmethod
    def anew(cls, key: str, stored: Stored | None, lineages: list[Lineage]) -> "Draft | None":
        """``lineages`` alone, to be filed in place of what is stored; ``None`` where there are none."""
        return cls._merged(key, None, stored, lineages)

    @classmethod
    def _merged(cls, key: str, before: Filed | None, stored: Stored | None, lineages: list[Lineage]) -> "Draft | None":
        state = before.state if before else None
        for lineage in lineages:
            state = merge(state, lineage)
        if state is None:
            return None
        return cls(key, before, stored.etag if stored else None, state, view(state), bool(lineages))

    def call(self, tables: Mapping[str, Dataset]) -> None:
        """Call datasets as the tables that lie there."""
        self.tables = dict(tables)
        self.shown = called(self.shown, tables)

    def has_placeholders(self) -> bool:
        """Whether some dataset was not found among the scanned assets."""
        return bool(self.published and not all(one.scanned for one in self.published.bindings.values()))

    def left(self) -> set[AssetName]:
        """The placeholders that the process was bound to before and is no longer; one that is a scan's now included."""
        published = self.before.published if self.before else None
        before = published.bindings.values() if published else ()
        now = {binding.asset for binding in self.bindings.values() if not binding.scanned}
        return {binding.asset for binding in before if not binding.scanned} - now

    def bound_to(self, bindings: Mapping[str, Binding]) -> None:
        """Take the names of the datasets from what matching found."""
        self.bindings = {one.qualified_name: bindings[one.qualified_name] for one in self.shown.datasets}

    def compose(self, vocabulary: Vocabulary) -> Composition:
        """All that the catalogue is to know of the process, under the names that its datasets are bound to."""
        return compose(self.shown, self.bindings, vocabulary, record=self.key, hung=self.hung, scale=self.scale)

    def shares(self, composition: Composition, placement: Placement) -> list[Share]:
        """What the process wants to be known of assets that others use as well, and where they are to go."""
        day, host = self.shown.facts.last_run // _DAY, self.state.host
        owners = [Share(part.asset, day, part=part, collection=placement.of(host)) for part in composition.owners]
        return owners + [
            Share(one.asset, day, placeholder=one, collection=placement.of(host, one.dataset))
            for one in composition.placeholders
        ]

    def wrote(self, composition: Composition, guids: Mapping[AssetName, str], at: int) -> None:
        """The catalogue has taken it."""
        bound = [binding.asset.qualified_name for binding in self.bindings.values()]
        known = dict(self.published.guids) if self.published else {}
        known |= {one.asset.qualified_name: one.guid for one in self.bindings.values() if one.guid}
        known |= {asset.qualified_name: guid for asset, guid in guids.items()}
        named = sorted({composition.process.asset.qualified_name, *bound})
        self.published = Published(
            core=composition.core,
            facts=composition.facts,
            at=at,
            bindings=self.bindings,
            guids={name: known[name] for name in named if name in known},
            hung=self.hung,
            scale=self.scale,
            status=str(self.shown.facts.status),
            tables=self.tables,
        )
        self.settled, self.due = True, 0

    def filed(self) -> Filed:
        """The record as it is to be kept."""
        return Filed(self.state, self.published, self.due, stale=self.stale)
