"""Placeholders that were scanned since: every process bound anew, at once; or what that would come to."""

from collections.abc import Iterator
from dataclasses import dataclass

from lineage.catalogue.draft import PROCESSES
from lineage.catalogue.live import LiveMatches
from lineage.catalogue.process_view import view
from lineage.catalogue.publish import Publisher
from lineage.catalogue.stale import filed_at
from lineage.model import AssetName
from lineage.store import Store


@dataclass(frozen=True, slots=True)
class Rebound:
    """A process, and a placeholder of it for which there is a scanned asset now."""

    process: str
    placeholder: str
    asset: AssetName


@dataclass(frozen=True, slots=True)
class Relinked:
    """The processes that were written, by qualified name, and the placeholders that are gone."""

    processes: tuple[str, ...]
    placeholders: tuple[AssetName, ...]


def rehearse(store: Store, matches: LiveMatches) -> Iterator[Rebound]:
    """What the catalogue has now for each placeholder. Writes nothing."""
    for key in list(store.list(PROCESSES)):
        filed = filed_at(store, key)[0]
        published = filed.published if filed else None
        if filed is None or published is None or all(one.scanned for one in published.bindings.values()):
            continue
        bindings = published.bindings
        datasets = [one for one in published.called(view(filed.state)).datasets if one.qualified_name in bindings]
        for match in matches.explain(datasets):
            if match["scanned"] and not bindings[match["dataset"]].scanned:
                asset = AssetName(match["type_name"], match["qualified_name"])
                yield Rebound(filed.state.process.qualified_name, match["dataset"], asset)


def relink(publisher: Publisher, store: Store) -> Relinked:
    """Bind all of them. Raises ``CatalogueError``; what is bound then stays so."""
    publisher.forget()
    written = [key for key in list(store.list(PROCESSES)) if publisher.rebind(key)]
    names = (filed.state.process.qualified_name for key in written if (filed := filed_at(store, key)[0]))
    return Relinked(tuple(names), tuple(sorted(publisher.remove_outgrown())))
