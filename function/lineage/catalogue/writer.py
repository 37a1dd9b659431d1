"""Drafts → catalogue: composed under the names that their datasets have there, written in bulk, refusals remedied once.

Whatever is referred to is there: a process travels with its placeholders, and what was removed meanwhile is matched
again.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set

import msgspec

from lineage.catalogue import bulk
from lineage.catalogue.binding import Binding
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.draft import Draft
from lineage.catalogue.entities import Composition, needed_types
from lineage.catalogue.ledger import Addition, Ledger, Share, add, holding, lease_name
from lineage.catalogue.match import Matcher
from lineage.catalogue.placeholders import Outgrown, let_go, used
from lineage.catalogue.placement import Collections
from lineage.catalogue.remedies import Beliefs, remedy
from lineage.catalogue.stale import label, last_seen
from lineage.catalogue.typedefs import APPLICATION
from lineage.catalogue.vocabulary import TypeCatalogue, Vocabulary
from lineage.errors import CatalogueError, Rejected, Unavailable
from lineage.model import AssetName, Dataset
from lineage.store import Store


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
        self._beliefs = Beliefs(self.types, self.matcher, self.ledger)
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

    def remove_outgrown(self) -> None:
        """Remove our placeholders that no process is bound to any more, and nobody else uses."""
        for asset in self.outgrown.assets():
            self._let_go(asset)

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
        claimed = self._additions(of_asset, vocabulary, fresh=False)
        with holding(self._store, map(lease_name, claimed)):
            # Somebody else may have written the same while this one waited.
            additions = self._additions({asset: of_asset[asset] for asset in claimed}, vocabulary, fresh=True)
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
        self, of_asset: Mapping[AssetName, list[Share]], vocabulary: Vocabulary, *, fresh: bool
    ) -> dict[AssetName, Addition]:
        added = {
            asset: add(self.ledger.get(asset, fresh=fresh), shares, vocabulary) for asset, shares in of_asset.items()
        }
        return {asset: addition for asset, addition in added.items() if addition}

    def _spared(
        self, additions: Mapping[AssetName, Addition], of_asset: Mapping[AssetName, list[Share]]
    ) -> dict[AssetName, Addition]:
        """The parts of the hierarchy that others wrote, such as a scanned workspace: noted, and left as they are."""
        owners = [asset for asset, one in additions.items() if one.entities and of_asset[asset][0].part]
        foreign = self.matcher.lookup.foreign(asset for asset in owners if asset.type_name != APPLICATION)
        return {asset: Addition(additions[asset].after) for asset in foreign & additions.keys()}

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

    def _let_go(self, asset: AssetName) -> None:
        """The entry goes first: who refers to the asset meanwhile finds that out, see ``_upsert``."""
        with self._store.lease(lease_name(asset)):
            if used(self.client, asset):
                return
            entry = self.ledger.get(asset, fresh=True)
            self.ledger.forget([asset])
            if let_go(self.client, asset, entry.columns):
                self.outgrown.drop(asset)
            else:
                self.ledger.put(asset, entry)
