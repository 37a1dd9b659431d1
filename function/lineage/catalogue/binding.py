"""What a dataset turned out to be in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.model import AssetName


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """An asset that a dataset might have been, by which rule of matching, and whether it is there."""

    asset: AssetName
    rule: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Binding:
    """The asset that stands for a dataset: a ``scanned`` one, which is only ever referenced, or our placeholder.

    ``columns`` are the scanned asset's own column names, ``candidates`` what was looked at, best first, ``note`` what a
    person should know (two equal candidates).
    """

    asset: AssetName
    scanned: bool = False
    rule: str = "placeholder"
    guid: str = ""
    columns: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    note: str = ""

    def spelling(self) -> "Spelling":
        """Column names as the asset spells them."""
        return Spelling({name.casefold(): name for name in reversed(self.columns)}, frozenset(self.columns))

    def explained(self, dataset: AssetName) -> dict[str, Any]:
        """The choice, for a receipt."""
        return {
            "dataset": dataset.qualified_name,
            "type_name": self.asset.type_name,
            "qualified_name": self.asset.qualified_name,
            "guid": self.guid,
            "scanned": self.scanned,
            "rule": self.rule,
            "candidates": [
                {
                    "type_name": one.asset.type_name,
                    "qualified_name": one.asset.qualified_name,
                    "rule": one.rule,
                    "found": one.found,
                }
                for one in self.candidates
            ],
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Spelling:
    """Maps a column's name to the asset's own; a column that the asset does not have keeps its name."""

    folded: Mapping[str, str] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()

    def __call__(self, column: str) -> str:
        """The asset's own name of the column."""
        return column if column in self.exact else self.folded.get(column.casefold(), column)
