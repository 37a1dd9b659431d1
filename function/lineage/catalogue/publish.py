"""Lineage → catalogue: merged into what is remembered of its process, matched, and written where it says something new.

One process is published by one instance at a time, and so is a placeholder or a part of the hierarchy: by leases, taken
in sorted order. The record is filed after the catalogue has taken it, so that whatever is interrupted is done again,
which is harmless: all writes are upserts by qualified name.

What a process says (edges, columns, names) is written at once. A run that says the same is counted in the record; the
catalogue is told once a window, by the sweep. A changed status does not wait for the window, see ``STATUS_WINDOW``.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum

import msgspec

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.draft import PROCESSES, Draft, Filed, process_key, process_lease
from lineage.catalogue.due import LATER, Due, mark_of
from lineage.catalogue.ledger import holding
from lineage.catalogue.outcome import Outcome, outcome_of
from lineage.catalogue.placement import Collections
from lineage.catalogue.places import Places
from lineage.catalogue.writer import IN_A_ROW, Writer
from lineage.errors import CatalogueError, Conflict, Forbidden, LineageError, Rejected, StoreError
from lineage.model import AssetName, Lineage
from lineage.rules import CollectionRule
from lineage.store import Store

LOG = logging.getLogger(__name__)

WINDOW = 7200.0
"""Seconds within which the run facts of a process that says the same are written once; half of an hourly job's runs."""
STATUS_WINDOW = 60.0
"""The same for a process whose runs began to fail, or to succeed again."""
FLUSHED = 250
"""So many processes one sweep tells of at most: ten seconds of what a capacity unit buys; the rest is for news."""
AGAIN = 900.0
"""Seconds after which the run facts of a process are tried again that the catalogue could not take."""
_TOGETHER = 10
"""Processes whose run facts are written together."""


class Why(Enum):
    """Why a process is looked at: news, run facts that may be due, or are to be told now, names that may be others."""

    NEWS = 1
    DUE = 2
    FLUSH = 3
    RELINK = 4


class Publisher:
    """Publishes into one catalogue. Safe to share between threads.

    ``collection`` is where Purview is to place what is ours and no rule of ``collection_rules`` fits. ``window`` is the
    seconds within which a process whose content stays the same is written once, 0 writes every run; ``prefer`` are
    types that win a match. ``clock`` gives seconds.
    """

    def __init__(
        self,
        client: AtlasClient,
        store: Store,
        *,
        collection: str = "",
        collection_rules: Sequence[CollectionRule] = (),
        window: float = WINDOW,
        prefer: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.client = client
        self.collections = Collections(client, collection, collection_rules, clock)
        self.writer = Writer(client, store, self.collections, prefer=prefer, clock=clock)
        self.types = self.writer.types
        self.matcher = self.writer.matcher
        self.ledger = self.writer.ledger
        self._due = Due(store)
        self._places = Places(store, clock)
        self._store = store
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
                self._places.learn(lineage)
                groups[process_key(lineage.process.qualified_name)].append(lineage)
        drafts = self._publish(groups, Why.NEWS)
        spent = self.client.operations - spent
        return [outcome_of(lineage, drafts, spent) for lineage in lineages]

    def flush(self, *, everything: bool = False) -> int:
        """Write the run facts that are due, ``FLUSHED`` processes at most, or all that wait; returns how many."""
        marks = list(self._due.until(LATER if everything else self._now()))[: None if everything else FLUSHED]
        why = Why.FLUSH if everything else Why.DUE
        waiting = [marks[start : start + _TOGETHER] for start in range(0, len(marks), _TOGETHER)]
        written = in_a_row = 0
        while waiting:
            some = waiting.pop(0)
            drafts, failures = self._told([key for _, key in some], why)
            written += sum(self._flushed(mark, drafts.get(key)) for mark, key in some if key not in failures)
            in_a_row = in_a_row + 1 if failures else 0
            failed = [one for one in some if one[1] in failures]
            if len(some) > 1:
                waiting[:0] = [[one] for one in failed]
            elif failed:
                self._postpone(*some[0], drafts)
            for error in failures.values():
                if isinstance(error, Forbidden) or in_a_row == IN_A_ROW:
                    raise error
        return written

    def _told(self, keys: Sequence[str], why: Why) -> tuple[dict[str, Draft], dict[str, LineageError]]:
        """What became of these processes, and which were not told for now, or all of them."""
        try:
            drafts = self._publish({key: [] for key in keys}, why)
        except StoreError as error:
            return {}, dict.fromkeys(keys, error)
        errors = ((key, draft.error) for key, draft in drafts.items())
        return drafts, {key: error for key, error in errors if error and not isinstance(error, Rejected)}

    def _flushed(self, mark: str, draft: Draft | None) -> bool:
        """What became of one mark that was told, refused for good, or that there is no record for."""
        if draft and draft.error:
            LOG.warning("the run facts of %s were refused: %s", draft.state.process.qualified_name, draft.error)
            self._due.put(draft.key, self._now() + int(self._window * 1000))
        if draft is None or draft.error or mark != mark_of(draft.key, draft.due):
            self._due.remove(mark)
        return bool(draft and draft.write and not draft.error)

    def _postpone(self, mark: str, key: str, drafts: Mapping[str, Draft]) -> None:
        """One that cannot be told now does not stand in the way of the others; the mark of one unread stays."""
        draft = drafts.get(key)
        if draft is None or isinstance(draft.error, Forbidden):
            return
        LOG.warning("the run facts of %s wait: %s", draft.state.process.qualified_name, draft.error)
        due_before = int(draft.before.due) if draft.before else 0
        later = max(self._now() + int(AGAIN * 1000), draft.due, due_before)
        self._due.put(key, later)
        if mark != mark_of(key, later):
            self._due.remove(mark)

    def relink(self) -> int:
        """Bind every process to what was scanned since; remove our placeholders that nothing needs any more.

        Returns how many processes were written. Run it in one instance at a time; two do no harm.
        """
        self.forget()
        written = sum(self.rebind(key) for key in list(self._store.list(PROCESSES)))
        self.remove_outgrown()
        return written

    def forget(self) -> None:
        """Believe nothing that was read before, neither of the catalogue's assets nor of tables and their paths."""
        self.matcher.clear()
        self._places.clear()

    def rebind(self, key: str) -> bool:
        """Bind one process, by the key of its record, to what was scanned since; whether it was written."""
        draft = self._publish({key: []}, Why.RELINK).get(key)
        if draft and draft.error and not isinstance(draft.error, Rejected):
            raise draft.error
        return bool(draft and draft.settled and draft.write)

    def remove_outgrown(self) -> list[AssetName]:
        """Remove our placeholders that no process is bound to any more, and nobody else uses; returns which."""
        return self.writer.remove_outgrown()

    def _publish(self, groups: Mapping[str, list[Lineage]], why: Why) -> dict[str, Draft]:
        with holding(self._store, map(process_lease, groups)):
            drafts = {key: draft for key, some in groups.items() if (draft := self._draft(key, some, why))}
            try:
                self._settle(list(drafts.values()), why)
            except (CatalogueError, StoreError) as error:
                for draft in drafts.values():
                    draft.error = draft.error or (None if draft.settled else error)
            for draft in drafts.values():
                if not draft.error:
                    self._file(draft)
        return drafts

    def _draft(self, key: str, lineages: list[Lineage], why: Why) -> Draft | None:
        """A damaged record is begun anew by news: all it knew is in the payloads. Without, there is nothing to do."""
        stored = self._store.get(key)
        try:
            draft = Draft.of(key, stored, lineages)
        except msgspec.DecodeError as error:
            LOG.warning("the record %s is damaged: %s", key, error)
            draft = Draft.anew(key, stored, lineages)
        if draft and why in (Why.NEWS, Why.RELINK):
            draft.call(self._places.tables(draft.shown.datasets))
        elif draft and draft.published:
            draft.call(draft.published.tables)
        return draft

    def _settle(self, drafts: Sequence[Draft], why: Why) -> None:
        for draft in drafts:
            self._decide(draft, why)
        self.writer.write([draft for draft in drafts if draft.write])

    def _decide(self, draft: Draft, why: Why) -> None:
        """Whether anything is to be written; if only run facts, under the names that were found before."""
        published = draft.published
        if published is None and why is not Why.NEWS:
            draft.settled = True  # a pruning was interrupted: only a run brings the process back
            return
        if published is None or any(one.qualified_name not in published.bindings for one in draft.shown.datasets):
            draft.write = True
            return
        vocabulary = self.writer.vocabulary([draft])
        if why is Why.RELINK and draft.has_placeholders():
            draft.bound_to(self.writer.match(draft.shown.datasets, vocabulary))
        else:
            draft.bound_to(published.bindings)
        made = draft.compose(vocabulary)
        if made.core != published.core:
            draft.write = True
            draft.bindings = draft.bindings if why is Why.RELINK else {}
            return
        if made.facts != published.facts:
            urgent = draft.shown.facts.status != published.status
            draft.due = published.at + int(1000 * (min(self._window, STATUS_WINDOW) if urgent else self._window))
            soon = why is Why.DUE or (why is Why.NEWS and (urgent or not self._window))
            draft.write = why is Why.FLUSH or (soon and draft.due <= self._now())
        draft.settled = not draft.write

    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _file(self, draft: Draft) -> None:
        filed, due_before = draft.filed(), int(draft.before.due) if draft.before else 0
        try:
            for asset in draft.left():
                self.writer.outgrown.put(asset)
            if filed.due and filed.due != due_before:
                self._due.put(draft.key, filed.due)
            if filed != draft.before:
                self._store.replace(draft.key, msgspec.json.encode(filed), draft.etag)
            if due_before and due_before != filed.due:
                self._due.drop(draft.key, due_before)
        except Conflict as error:
            # The lease ran out while the catalogue was slow: what it has now may be older than what the other filed.
            self._distrust(draft.key)
            draft.error = error

    def _distrust(self, key: str) -> None:
        stored = self._store.get(key)
        filed = msgspec.json.decode(stored.value, type=Filed) if stored else None
        if stored and filed and filed.published:
            unsure = msgspec.structs.replace(filed.published, core="")
            self._due.put(key, 1)
            filed = msgspec.structs.replace(filed, published=unsure, due=1)
            with suppress(Conflict):
                self._store.replace(key, msgspec.json.encode(filed), stored.etag)
