"""Drafts → catalogue: composed under the names that their datasets have there, written in bulk, refusals remedied once.

Whatever is referred to is there: a process travels with its placeholders, and what was removed meanwhile is matched
again. What is written as a placeholder is ours: it is read right before that, since a scan may have taken it over.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set

import msgspec

from lineage.catalogue import bulk
from lineage.catalogue.binding import Binding
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.draft import Draft
from lineage.catalogue.entities import Composition, needed_types
from lineage.catalogue.ledger import Addition, Ledger, Share, add, holding, lease_name
from lineage.catalogue.match import Matcher
from lineage.catalogue.placeholders import Outgrown, let_go, used, used_by_us
from lineage.catalogue.placement import Collections
from lineage.catalogue.remedies import TAKEN_OVER, Beliefs, remedy
from lineage.catalogue.stale import label, last_seen
from lineage.catalogue.typedefs import APPLICATION
from lineage.catalogue.vocabulary import TypeCatalogue, Vocabulary
from lineage.errors import CatalogueError, Forbidden, Rejected, StoreError, Unavailable
from lineage.model import AssetName, Dataset
from lineage.store import Store

LOG = logging.getLogger(__name__)

IN_A_ROW = 3
"""Failures one after the other that are not those of single assets or processes: there is no use in going on."""


class TakenOver(Unavailable):
    """``assets``, which were taken for placeholders, are somebody else's; nothing was written."""

    def __init__(self, assets: Iterable[AssetName]) -> None:
        self.assets = frozenset(assets)
        names = ", ".join(sorted(asset.qualified_name for asset in self.assets))
        super().__init__(f"no placeholders any more: {names}", status=409, code=TAKEN_OVER)


class Writer:
    """All that is known of one catalogue, and the only way into it. Safe to share between threads.

    ``outgrown`` are placeholders that processes were moved off; see ``Publisher`` for the rest.
    """

    def __init__(
        self,
        client: AtlasClient,
        store: Store,
        collections: Collections,
        *,
        prefer: Sequence[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.client = client
        self.collections = collections
        self.types = TypeCatalogue(client, clock)
        self.matcher = Matcher(client, prefer=prefer, clock=clock)
        self.ledger = Ledger(store, clock)
        self.outgrown = Outgrown(store)
        self._beliefs = Beliefs(self.types, self.matcher)
        self._store = store
        self._clock = clock

    def vocabulary(self, drafts: Sequence[Draft]) -> Vocabulary:
        """What the catalogue knows of the types that these may use; our own types are made."""
        self.types.ensure()
        names: set[str] = set()
        for draft in drafts:
            names |= needed_types(draft.shown) | self.matcher.types(draft.shown.datasets)
        return self.types.vocabulary(names).without(type_name for draft in drafts for type_name in draft.unfit)

    def match(self, datasets: Sequence[Dataset], vocabulary: Vocabulary) -> dict[str, Binding]:
        """What they are bound to; what was our placeholder until a scan found it is given up before that."""
        found = self.matcher.match(datasets, vocabulary)
        taken = {one.asset for one in found.values() if one.scanned and self.ledger.get(one.asset).own is not None}
        if not taken:
            return found
        for asset in sorted(taken):
            self._let_go(asset)
        self.matcher.forget(one for one in datasets if found[one.qualified_name].asset in taken)
        return self.matcher.match(datasets, vocabulary)

    def write(self, drafts: Sequence[Draft]) -> None:
        """Write them together; where that is refused, by halves, so that one cannot keep the others."""
        if not drafts:
            return
        try:
            self._upsert(drafts)
        except TakenOver as error:
            self._bind_anew(drafts, error)
            self.write([draft for draft in drafts if not draft.error])
        except CatalogueError as error:
            if not isinstance(error, Rejected) and error.status not in (409, 412):
                raise
            if len(drafts) > 1:
                middle = len(drafts) // 2
                self.write(drafts[:middle])
                self.write(drafts[middle:])
            elif remedy(self._beliefs, drafts[0], error):
                self.write(drafts)
            else:
                drafts[0].error = error

    def remove_outgrown(self) -> list[AssetName]:
        """Remove our placeholders that no process is bound to any more, and nobody else uses; returns which.

        Raises what kept one of them after all were looked at, or at once what keeps all of them.
        """
        removed: list[AssetName] = []
        failures: list[Exception] = []
        in_a_row = 0
        for mark in self.outgrown.marks():
            try:
                removed += self.remove(mark)
                in_a_row = 0
            except (CatalogueError, StoreError) as error:
                failures.append(error)
                in_a_row += 1
                if isinstance(error, Forbidden) or in_a_row == IN_A_ROW:
                    raise
                LOG.warning("the placeholder of %s could not be removed: %s", mark, error)
        if failures:
            raise failures[0]
        return removed

    def remove(self, mark: str) -> list[AssetName]:
        """Remove the placeholder of this mark if nobody uses it; it, or nothing where it stays."""
        asset = self.outgrown.asset(mark)
        return [asset] if asset and self._let_go(asset) else []

    def _upsert(self, drafts: Sequence[Draft]) -> None:
        vocabulary = self.vocabulary(drafts)
        made = self._composed(drafts, vocabulary)
        placement = self.collections.placement()
        shares = [draft.shares(composition, placement) for draft, composition in zip(drafts, made, strict=True)]
        of_asset: dict[AssetName, list[Share]] = defaultdict(list)
        for draft, some in zip(drafts, shares, strict=True):
            draft.shared = tuple(share.asset for share in some)
            for share in some:
                of_asset[share.asset].append(share)
        doubted = {asset for draft in drafts for asset in draft.doubted}
        claimed = self._additions(of_asset, vocabulary, doubted, fresh=False)
        with holding(self._store, map(lease_name, claimed)):
            # Somebody else may have written the same while this one waited.
            additions = self._additions({asset: of_asset[asset] for asset in claimed}, vocabulary, doubted, fresh=True)
            self._refuse_taken(additions, of_asset)
            additions |= self._spared(additions, of_asset)
            groups = [
                bulk.Group(
                    [additions[share.asset] for share in some if share.asset in additions],
                    composition.process,
                    placement.of(draft.state.host, draft.shown.output),
                )
                for draft, some, composition in zip(drafts, shares, made, strict=True)
            ]
            guids = bulk.send(self.client, groups)
            for asset, addition in additions.items():
                guid = guids.get(asset) or addition.after.guid
                self.ledger.put(asset, msgspec.structs.replace(addition.after, guid=guid))
        self._confirm(of_asset.keys() - additions.keys(), made)
        for draft, composition in zip(drafts, made, strict=True):
            draft.wrote(composition, guids, int(self._clock() * 1000))
            self._relabel(draft)
            self.types.reject(draft.unfit)
        for placeholder in (placeholder for composition in made for placeholder in composition.placeholders):
            self.matcher.lookup.learn(placeholder.asset)

    def _composed(self, drafts: Sequence[Draft], vocabulary: Vocabulary) -> list[Composition]:
        """Each under the names that its datasets have in the catalogue; those without names are matched."""
        unbound = [dataset for draft in drafts if not draft.bindings for dataset in draft.shown.datasets]
        found = self.match(unbound, vocabulary)
        for draft in drafts:
            if not draft.bindings:
                draft.bound_to(found)
        return [draft.compose(vocabulary) for draft in drafts]

    def _additions(
        self,
        of_asset: Mapping[AssetName, list[Share]],
        vocabulary: Vocabulary,
        doubted: Set[AssetName],
        *,
        fresh: bool,
    ) -> dict[AssetName, Addition]:
        """What the shares add to what was written by now; of ``doubted`` ones it is not known that they are there."""
        added: dict[AssetName, Addition] = {}
        for asset, shares in of_asset.items():
            entry = self.ledger.get(asset, fresh=fresh)
            entry = msgspec.structs.replace(entry, own=None, columns={}) if asset in doubted else entry
            addition = add(entry, shares, vocabulary)
            if addition:
                added[asset] = addition
        return added

    def _spared(
        self, additions: Mapping[AssetName, Addition], of_asset: Mapping[AssetName, list[Share]]
    ) -> dict[AssetName, Addition]:
        """The parts of the hierarchy that others wrote, such as a scanned workspace: noted, and left as they are."""
        owners = [asset for asset, one in additions.items() if one.entities and of_asset[asset][0].part]
        foreign = self.matcher.lookup.foreign(asset for asset in owners if asset.type_name != APPLICATION)
        return {asset: Addition(additions[asset].after) for asset in foreign & additions.keys()}

    def _refuse_taken(self, additions: Mapping[AssetName, Addition], of_asset: Mapping[AssetName, list[Share]]) -> None:
        """Raises ``TakenOver`` where something is to be written of a placeholder that is there and not ours."""
        written = [asset for asset, one in additions.items() if one.entities or one.columns]
        found = self.matcher.lookup.read(asset for asset in written if of_asset[asset][0].placeholder)
        taken = {asset for asset in written if asset in found and not found[asset].ours}
        if taken:
            raise TakenOver(taken)

    def _bind_anew(self, drafts: Sequence[Draft], error: TakenOver) -> None:
        """Those that are bound to what was taken over are to be matched, once each; it loses what is ours of it."""
        for asset in sorted(error.assets):
            self._let_go(asset)
        for draft in drafts:
            if not error.assets.isdisjoint(draft.shared) and not remedy(self._beliefs, draft, error):
                draft.error = error

    def _confirm(self, assets: Set[AssetName], made: Sequence[Composition]) -> None:
        """What was referred to without a lease may have been removed just then: to be matched again."""
        placeholders = {one.asset for composition in made for one in composition.placeholders}
        for asset in sorted(assets & placeholders):
            if self.ledger.get(asset, fresh=True).own is None:
                raise Unavailable(f"{asset.qualified_name} was removed meanwhile", status=409)

    def _relabel(self, draft: Draft) -> None:
        """A stale process that ran again is none; on one that did not, the write may have replaced the labels."""
        guid = draft.published.guids.get(draft.state.process.qualified_name) if draft.published else None
        if draft.stale and guid:
            stale = last_seen(draft.state) <= draft.stale
            label(self.client, guid, stale=stale)
            draft.stale = draft.stale if stale else 0

    def _let_go(self, asset: AssetName) -> bool:
        """Whether it is gone, or is a scan's. The entry goes first: who refers to the asset meanwhile finds that out,
        see ``_upsert``."""
        with self._store.lease(lease_name(asset)):
            if used(self.client, asset):
                self._leave_to_its_users(asset)
                return False
            entry = self.ledger.get(asset, fresh=True)
            self.ledger.forget([asset])
            gone = False
            try:
                gone = let_go(self.client, asset, entry.columns)
            finally:
                if not gone:
                    self.ledger.put(asset, entry)
            if gone:
                self.outgrown.drop(asset)
            return gone

    def _leave_to_its_users(self, asset: AssetName) -> None:
        """While a process of ours uses it nobody needs to look: the one that leaves last puts the mark again, which it
        may have done just now."""
        if used_by_us(self.client, asset):
            self.outgrown.drop(asset)
            if not used_by_us(self.client, asset):
                self.outgrown.put(asset)
