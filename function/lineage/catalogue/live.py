"""What datasets would be bound to in a catalogue at this moment; nothing is written."""

from collections.abc import Iterable, Sequence
from typing import Any

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.match import Matcher
from lineage.catalogue.vocabulary import TypeCatalogue
from lineage.model import Dataset


class LiveMatches:
    """Asks the catalogue about each place once. ``prefer`` are types that win a match."""

    def __init__(self, client: AtlasClient, *, prefer: Sequence[str] = ()) -> None:
        self._types = TypeCatalogue(client)
        self._matcher = Matcher(client, prefer=prefer)

    def explain(self, datasets: Iterable[Dataset]) -> list[dict[str, Any]]:
        """For each dataset the candidates, the rule and the winner, as in a receipt. Raises ``CatalogueError``."""
        some = list(datasets)
        vocabulary = self._types.vocabulary(self._matcher.types(some) | {one.asset.type_name for one in some})
        bound = self._matcher.match(some, vocabulary)
        return [bound[one.qualified_name].explained(one.asset) for one in some]
