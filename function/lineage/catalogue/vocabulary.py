"""What a catalogue has words for: its types and their attributes, asked for once."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lineage.catalogue.client import AtlasClient
from lineage.catalogue.typedefs import DATASET, OWN, ensure_types, get_type
from lineage.errors import Rejected, SettingsError

BUILTIN_PROCESS = "databricks_process"

_ROOTS = frozenset({"Referenceable", "Asset", "DataSet", "Process", "Infrastructure"})
_ROOT_ATTRIBUTES = frozenset({"qualifiedName", "name", "displayName", "description", "owner", "inputs", "outputs"})
_UNKNOWN_FOR = 300.0
"""Seconds after which a type that was not there is asked for again."""
_FILLED = frozenset({"name", "qualifiedName", "path", "type", "data_type"})
"""Mandatory attributes that we fill; the last two are those of columns."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be said in a catalogue: type name → its attributes. ``unfit`` types want more than we can give."""

    types: Mapping[str, frozenset[str]]
    unfit: frozenset[str] = frozenset()

    def knows(self, type_name: str) -> bool:
        """Whether the catalogue has this type."""
        return type_name in self.types

    def creates(self, type_name: str) -> bool:
        """Whether an entity of this type can be made from a name and a qualified name."""
        return type_name in self.types and type_name not in self.unfit

    def dataset_type(self, type_name: str) -> str:
        """The type of a placeholder that stands for an asset of this type."""
        return type_name if self.creates(type_name) else DATASET

    def attributes(self, type_name: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Those of ``wanted`` that the type has; Purview refuses others, Apache Atlas drops them in silence."""
        has = self.types.get(type_name, frozenset()) | _ROOT_ATTRIBUTES
        return {key: value for key, value in wanted.items() if key in has}

    @property
    def builtin_process(self) -> bool:
        """Whether ``databricks_process`` is there with what is needed of it."""
        return "columnMapping" in self.types.get(BUILTIN_PROCESS, frozenset())

    def without(self, type_names: Iterable[str]) -> "Vocabulary":
        """The same, where these types cannot be made."""
        return Vocabulary(self.types, self.unfit | (frozenset(type_names) - OWN))


@dataclass(slots=True)
class TypeCatalogue:
    """The types of one catalogue, each asked for once. Safe to share between threads."""

    client: AtlasClient
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)
    _absent: dict[str, float] = field(default_factory=dict)
    _unfit: set[str] = field(default_factory=set)
    _ensured: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def ensure(self) -> None:
        """Create our own types, or bring older ones up to date; once in the life of this object.

        Raises ``SettingsError`` where the catalogue refuses them: then it can take no event at all. ``CatalogueError``.
        """
        with self._lock:
            if not self._ensured:
                try:
                    ensure_types(self.client)
                except Rejected as error:
                    raise SettingsError(_refused(error)) from error
                self._ensured = True

    def vocabulary(self, type_names: Iterable[str]) -> Vocabulary:
        """What the catalogue knows of these types, and of our own."""
        names = sorted({*type_names, *OWN, BUILTIN_PROCESS})
        with self._lock:
            types = {name: self._attributes(name) for name in names if self._definition(name) is not None}
            demanding = {name for name in types if name not in OWN and self._demands(name)}
            return Vocabulary(types, frozenset(demanding | self._unfit))

    def reject(self, type_names: Iterable[str]) -> None:
        """The catalogue refused an entity of these types that is as good as we can make it."""
        with self._lock:
            self._unfit |= set(type_names) - OWN

    def forget(self) -> None:
        """Ask for everything again: the catalogue's answer did not fit what was known."""
        with self._lock:
            self._known.clear()
            self._absent.clear()
            self._ensured = False

    def _definition(self, name: str) -> dict[str, Any] | None:
        if name in self._known:
            return self._known[name]
        if self.clock() < self._absent.get(name, float("-inf")):
            return None
        found = get_type(self.client, name)
        if found is None:
            self._absent[name] = self.clock() + _UNKNOWN_FOR
        else:
            self._known[name] = found
        return found

    def _above(self, name: str) -> list[dict[str, Any]]:
        """The definition and those that it inherits from, without the roots that every catalogue has."""
        found = self._definition(name) if name not in _ROOTS else None
        if found is None:
            return []
        return [found, *(each for above in found.get("superTypes") or () for each in self._above(above))]

    def _attributes(self, name: str) -> frozenset[str]:
        return frozenset(each["name"] for one in self._above(name) for each in one.get("attributeDefs") or ())

    def _demands(self, name: str) -> bool:
        return any(
            not each.get("isOptional", True) and each["name"] not in _FILLED
            for one in self._above(name)
            for each in one.get("attributeDefs") or ()
        )


def _refused(error: Rejected) -> str:
    return (
        f"LINEAGE_CATALOGUE: the catalogue refuses the types {', '.join(sorted(OWN))}; {error};"
        " if somebody else made types of these names, remove them (their entities first), or else see in the error what"
        " the catalogue does not take"
    )
