"""Lineage → catalogue: merged into what is remembered of its process, matched, and written where it says something new.

One process is published by one instance at a time, and so is a placeholder or a part of the hierarchy: by leases, taken
in sorted order. The record is filed after the catalogue has taken it, so that whatever is interrupted is done again,
which is harmless: all writes are upserts by qualified name.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum

import msgspec

from lineage.catalogue import bulk
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.draft import PROCESSES, Draft, Filed, process_key
from lineage.catalogue.entities import Composition, needed_types
from lineage.catalogue.ledger import Addition, Ledger, Share, add, lease_name
from lineage.catalogue.match import Matcher
from lineage.catalogue.outcome import Outcome, outcome_of
from lineage.catalogue.placeholders import remove
from lineage.catalogue.remedies import Beliefs, remedy
from lineage.catalogue.vocabulary import TypeCatalogue, Vocabulary
from lineage.errors import CatalogueError, Conflict, LineageError, Rejected, StoreError
from lineage.model import AssetName, Lineage
from lineage.store import Store, Stored

LOG = logging.getLogger(__name__)

DUE = "due/"
"""Marks of processes whose last run is counted, but not in the catalogue yet; the value is when they were written."""


class Why(Enum):
    """Why a process is looked at: it has news, its run facts are to be written now, or its names may have changed."""

    NEWS = 1
    FLUSH = 2
    RELINK = 3


class Publisher:
    """Publishes into one catalogue. Safe to share between threads.

    ``collection`` is where Purview is to place what is ours. ``window`` is the seconds within which a process whose
    content stays the same is written once; ``prefer`` are types that win a match. ``clock`` gives seconds.
    """

    def __init__(
        self,
        client: AtlasClient,
        store: Store,
        *,
        collection: str = "",
        window: float = 0.0,
        prefer: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.client = client
        self.types = TypeCatalogue(client, clock)
        self.matcher = Matcher(client, prefer=prefer, clock=clock)
        self.ledger = Ledger(store, clock)
        self._beliefs = Beliefs(self.types, self.matcher, self.ledger)
        self._store = store
        self._collection = collection
        self._window = window
        self._clock = clock

    def publish(self, lineage: Lineage) -> Outcome:
        """Raises ``Rejected``, ``Forbidden``, ``Unavailable`` or ``StoreError``; then nothing was counted."""
        (result,) = self.publish_many([lineage])
        if isinstance(result, LineageError):
            raise result
        return result

    def publish_many(self, lineages: Sequence[Lineage]) -> list[Outcome | LineageError]:
        """Publish several together, in fewer calls; one that is refused does not keep the others from being written.

        Raises ``LeaseLost`` where one of their processes is being published elsewhere for too long.
        """
        spent = self.client.operations
        groups: dict[str, list[Lineage]] = defaultdict(list)
        for lineage in lineages:
            if not lineage.skip:
                groups[process_key(lineage.process.qualified_name)].append(lineage)
        drafts = self._publish(groups, Why.NEWS)
        spent = self.client.operations - spent
        return [outcome_of(lineage, drafts, spent) for lineage in lineages]

    def flush(self, *, everything: bool = False) -> int:
        """Write the run facts whose window has passed, or all that wait; returns how many processes were written."""
        written = 0
        for mark in list(self._store.list(DUE)):
            if not (everything or self._window_passed(_time_of(self._store.get(mark)))):
                continue
            key = PROCESSES + mark.removeprefix(DUE)
            draft = self._publish({key: []}, Why.FLUSH if everything else Why.NEWS).get(key)
            if draft is None:
                self._store.delete(mark)
            elif isinstance(draft.error, Rejected):
                LOG.warning("the run facts of %s were refused: %s", draft.state.process.qualified_name, draft.error)
                self._store.put(mark, str(int(self._clock() * 1000)).encode())
            elif draft.error:
                raise draft.error
            else:
                written += draft.write
        return written

    def relink(self) -> int:
        """Bind every process to what was scanned since; remove our placeholders that nothing needs any more.

        Returns how many processes were written. Run it in one instance at a time; two do no harm.
        """
        self.matcher.clear()
        left: set[AssetName] = set()
        written = 0
        for key in list(self._store.list(PROCESSES)):
            draft = self._publish({key: []}, Why.RELINK).get(key)
            if draft and draft.error and not isinstance(draft.error, Rejected):
                raise draft.error
            if draft and draft.settled and draft.write:
                written += 1
                left |= draft.left()
        for asset in sorted(left):
            with self._store.lease(lease_name(asset)):
                if remove(self.client, asset):
                    self.ledger.forget([asset])
        return written

    def _publish(self, groups: Mapping[str, list[Lineage]], why: Why) -> dict[str, Draft]:
        with self._leases(map(_lease_name, groups)):
            drafts = {
                key: draft for key, some in groups.items() if (draft := Draft.of(key, self._store.get(key), some))
            }
            try:
                self._settle(list(drafts.values()), why)
            except (CatalogueError, StoreError) as error:
                for draft in drafts.values():
                    draft.error = draft.error or (None if draft.settled else error)
            for draft in drafts.values():
                if not draft.error:
                    self._file(draft)
        return drafts

    def _settle(self, drafts: Sequence[Draft], why: Why) -> None:
        for draft in drafts:
            self._decide(draft, why)
        self._write([draft for draft in drafts if draft.write])

    def _decide(self, draft: Draft, why: Why) -> None:
        """Whether anything is to be written; if only run facts, under the names that were found before."""
        published = draft.published
        if published is None or any(one.qualified_name not in published.bindings for one in draft.shown.datasets):
            draft.write = True
            return
        vocabulary = self._vocabulary([draft])
        if why is Why.RELINK and draft.has_placeholders():
            draft.bound_to(self.matcher.match(draft.shown.datasets, vocabulary))
        else:
            draft.bound_to(published.bindings)
        made = draft.compose(vocabulary)
        if made.core != published.core:
            draft.write = True
            draft.bindings = draft.bindings if why is Why.RELINK else {}
            return
        changed = made.facts != published.facts
        draft.write = changed and (why is Why.FLUSH or self._window_passed(published.at))
        draft.due = changed and not draft.write
        draft.settled = not draft.write

    def _window_passed(self, at: int) -> bool:
        return self._clock() * 1000 - at >= self._window * 1000

    def _vocabulary(self, drafts: Sequence[Draft]) -> Vocabulary:
        self.types.ensure()
        names: set[str] = set()
        for draft in drafts:
            names |= needed_types(draft.shown) | self.matcher.types(draft.shown.datasets)
        return self.types.vocabulary(names).without(type_name for draft in drafts for type_name in draft.unfit)

    def _write(self, drafts: Sequence[Draft]) -> None:
        """Write them together; where that is refused, by halves, so that one cannot keep the others."""
        if not drafts:
            return
        try:
            self._upsert(drafts)
        except CatalogueError as error:
            if not isinstance(error, Rejected) and error.status not in (409, 412):
                raise
            if len(drafts) > 1:
                middle = len(drafts) // 2
                self._write(drafts[:middle])
                self._write(drafts[middle:])
            elif remedy(self._beliefs, drafts[0], error):
                self._write(drafts)
            else:
                drafts[0].error = error

    def _upsert(self, drafts: Sequence[Draft]) -> None:
        vocabulary = self._vocabulary(drafts)
        made = self._composed(drafts, vocabulary)
        shares = [draft.shares(composition) for draft, composition in zip(drafts, made, strict=True)]
        of_asset: dict[AssetName, list[Share]] = defaultdict(list)
        for draft, some in zip(drafts, shares, strict=True):
            draft.shared = tuple(share.asset for share in some)
            for share in some:
                of_asset[share.asset].append(share)
        claimed = self._additions(of_asset, vocabulary, fresh=False)
        with self._leases(map(lease_name, claimed)):
            # Somebody else may have written the same while this one waited.
            additions = self._additions({asset: of_asset[asset] for asset in claimed}, vocabulary, fresh=True)
            groups = [
                bulk.Group([additions[share.asset] for share in some if share.asset in additions], composition.process)
                for some, composition in zip(shares, made, strict=True)
            ]
            guids = bulk.send(self.client, groups, self._collection)
            for asset, addition in additions.items():
                guid = guids.get(asset) or addition.after.guid
                self.ledger.put(asset, msgspec.structs.replace(addition.after, guid=guid))
        for draft, composition in zip(drafts, made, strict=True):
            draft.wrote(composition, guids, int(self._clock() * 1000))
            self.types.reject(draft.unfit)
        for placeholder in (placeholder for composition in made for placeholder in composition.placeholders):
            self.matcher.lookup.learn(placeholder.asset)

    def _composed(self, drafts: Sequence[Draft], vocabulary: Vocabulary) -> list[Composition]:
        """Each under the names that its datasets have in the catalogue; those without names are matched."""
        unbound = [dataset for draft in drafts if not draft.bindings for dataset in draft.shown.datasets]
        found = self.matcher.match(unbound, vocabulary)
        for draft in drafts:
            if not draft.bindings:
                draft.bound_to(found)
        return [draft.compose(vocabulary) for draft in drafts]

    def _additions(
        self, of_asset: Mapping[AssetName, list[Share]], vocabulary: Vocabulary, *, fresh: bool
    ) -> dict[AssetName, Addition]:
        added = {
            asset: add(self.ledger.get(asset, fresh=fresh), shares, vocabulary) for asset, shares in of_asset.items()
        }
        return {asset: addition for asset, addition in added.items() if addition}

    def _file(self, draft: Draft) -> None:
        filed, mark = draft.filed(), _mark(draft.key)
        try:
            if filed.due and not (draft.before and draft.before.due):
                self._store.put(mark, str(filed.published.at if filed.published else 0).encode())
            if filed != draft.before:
                self._store.replace(draft.key, msgspec.json.encode(filed), draft.etag)
            if not filed.due and ((draft.before and draft.before.due) or not draft.news):
                self._store.delete(mark)
        except Conflict as error:
            # The lease ran out while the catalogue was slow: what it has now may be older than what the other filed.
            self._distrust(draft.key)
            draft.error = error

    def _distrust(self, key: str) -> None:
        stored = self._store.get(key)
        filed = msgspec.json.decode(stored.value, type=Filed) if stored else None
        if stored and filed and filed.published:
            unsure = msgspec.structs.replace(filed.published, core="")
            self._store.put(_mark(key), b"0")
            filed = msgspec.structs.replace(filed, published=unsure, due=True)
            with suppress(Conflict):
                self._store.replace(key, msgspec.json.encode(filed), stored.etag)

    @contextmanager
    def _leases(self, names: Iterable[str]) -> Iterator[None]:
        with ExitStack() as held:
            for name in sorted(set(names)):
                held.enter_context(self._store.lease(name))
            yield


def _lease_name(key: str) -> str:
    return "process-" + key.removeprefix(PROCESSES).removesuffix(".json")


def _mark(key: str) -> str:
    return DUE + key.removeprefix(PROCESSES)


def _time_of(mark: Stored | None) -> int:
    """When the catalogue was told last (ms); a damaged mark is due at once."""
    return int(mark.value) if mark and mark.value.isdigit() else 0
