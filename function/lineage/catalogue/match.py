"""Binding datasets to scanned assets: always by type, exact names first, never a guess between two that are equal."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from lineage.catalogue.aged import Aged
from lineage.catalogue.binding import Binding, Candidate
from lineage.catalogue.candidates import Exact, Search, Tier, tiers
from lineage.catalogue.client import AtlasClient
from lineage.catalogue.lookup import Found, Hits, Lookup
from lineage.catalogue.vocabulary import Vocabulary
from lineage.model import AssetName, Dataset

Key = tuple[AssetName, tuple[AssetName, ...]]


class Matcher:
    """``found_for`` and ``missing_for`` are the seconds that a match, and the lack of one, are believed.

    ``prefer`` are types that win over others, best first (``databricks_table``). Safe to share between threads.
    """

    def __init__(
        self,
        client: AtlasClient,
        *,
        prefer: Sequence[str] = (),
        found_for: float = 600.0,
        missing_for: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lookup = Lookup(client)
        self._prefer = tuple(prefer)
        self._found_for = found_for
        self._missing_for = missing_for
        self._bindings: Aged[Key, Binding] = Aged(clock)
        self._searches: Aged[tuple[tuple[str, ...], str], Hits] = Aged(clock)
        self._searching = threading.Lock()

    def types(self, datasets: Iterable[Dataset]) -> set[str]:
        """The types that matching these datasets may meet."""
        found: set[str] = set()
        for dataset in datasets:
            for tier in tiers(dataset, self._prefer):
                found.update([tier.asset.type_name] if isinstance(tier, Exact) else tier.types)
        return found

    def match(self, datasets: Iterable[Dataset], vocabulary: Vocabulary) -> dict[str, Binding]:
        """By the dataset's own qualified name. ``vocabulary`` must know the types that ``types`` names."""
        bound: dict[str, Binding] = {}
        unknown: list[Dataset] = []
        for dataset in dict.fromkeys(datasets):
            known = self._bindings.get(_key(dataset))
            if known:
                bound[dataset.qualified_name] = _retyped(known, dataset, vocabulary)
            else:
                unknown.append(dataset)
        ranked = {dataset: _known_tiers(tiers(dataset, self._prefer), vocabulary) for dataset in unknown}
        exact = [tier.asset for tier_list in ranked.values() for tier in tier_list if isinstance(tier, Exact)]
        found = self.lookup.read(exact) if exact else {}
        for dataset, tier_list in ranked.items():
            binding = self._bind(dataset, tier_list, found, vocabulary)
            self._bindings.put(_key(dataset), binding, self._found_for if binding.scanned else self._missing_for)
            bound[dataset.qualified_name] = binding
        return bound

    def forget(self, datasets: Iterable[Dataset]) -> None:
        """What was believed about these proved wrong."""
        for dataset in datasets:
            self._bindings.drop(_key(dataset))
        self._searches.clear()

    def clear(self) -> None:
        """Believe nothing any more."""
        self._bindings.clear()
        self._searches.clear()

    def _bind(
        self, dataset: Dataset, tier_list: Sequence[Tier], found: Mapping[AssetName, Found], vocabulary: Vocabulary
    ) -> Binding:
        looked_at: list[Candidate] = []
        notes: list[str] = []
        for tier in tier_list:
            hits = self._hits(tier, found)
            looked_at += _candidates(tier, hits)
            winner = self._choose(tier, hits, notes)
            scanned = self.lookup.whole(winner) if winner else None
            if scanned and not scanned.ours:
                return Binding(
                    scanned.asset, True, tier.rule, scanned.guid, scanned.columns, tuple(looked_at), "; ".join(notes)
                )
        asset = AssetName(vocabulary.dataset_type(dataset.asset.type_name), dataset.qualified_name)
        ours = found.get(asset)
        return Binding(asset, guid=ours.guid if ours else "", candidates=tuple(looked_at), note="; ".join(notes))

    def _hits(self, tier: Tier, found: Mapping[AssetName, Found]) -> tuple[AssetName, ...]:
        if isinstance(tier, Exact):
            return (tier.asset,) if tier.asset in found and not found[tier.asset].ours else ()
        return tuple(asset for asset in self._search(tier).assets if tier.accepts(asset.qualified_name))

    def _search(self, tier: Search) -> Hits:
        """All below the root where that is a few, so that one search serves many datasets; else below the prefix."""
        hits = self._below(tier.types, tier.root)
        return hits if hits.complete or tier.root == tier.prefix else self._below(tier.types, tier.prefix)

    def _below(self, types: tuple[str, ...], prefix: str) -> Hits:
        with self._searching:  # what one thread asks for, the others are about to ask for as well
            hits = self._searches.get((types, prefix))
            if hits is None:
                hits = self.lookup.search(types, prefix)
                self._searches.put((types, prefix), hits, self._missing_for)
            return hits

    def _choose(self, tier: Tier, hits: Sequence[AssetName], notes: list[str]) -> AssetName | None:
        preferred = [asset for type_name in self._prefer for asset in hits if asset.type_name == type_name]
        for some in (hits, preferred[:1]):
            if len(some) == 1:
                return some[0]
        if hits:
            named = ", ".join(f"{asset.type_name} {asset.qualified_name}" for asset in hits[:3])
            notes.append(f"{len(hits)} equal candidates for {tier.rule}, none taken: {named}")
        return None


def _key(dataset: Dataset) -> Key:
    return dataset.asset, dataset.alternates


def _known_tiers(found: Iterable[Tier], vocabulary: Vocabulary) -> list[Tier]:
    """Without what the catalogue has no type for."""
    known: list[Tier] = []
    for tier in found:
        if isinstance(tier, Exact):
            known += [tier] if vocabulary.knows(tier.asset.type_name) else []
            continue
        types = tuple(name for name in tier.types if vocabulary.knows(name))
        if types:
            known.append(Search(types, tier.prefix, tier.root, tier.rule, tier.same))
    return known


def _candidates(tier: Tier, hits: Sequence[AssetName]) -> list[Candidate]:
    if isinstance(tier, Exact):
        return [Candidate(tier.asset, tier.rule, bool(hits))]
    return [Candidate(asset, tier.rule, found=True) for asset in hits[:10]]


def _retyped(binding: Binding, dataset: Dataset, vocabulary: Vocabulary) -> Binding:
    """A placeholder whose type proved to be one that the catalogue does not take."""
    asset = AssetName(vocabulary.dataset_type(dataset.asset.type_name), dataset.qualified_name)
    return binding if binding.scanned or binding.asset == asset else Binding(asset, candidates=binding.candidates)
