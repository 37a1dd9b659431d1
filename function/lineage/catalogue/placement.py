"""Which collection what is ours goes into: by the settings' rules, their names resolved before anything is written.

A scanned asset is never placed: a write that names a collection moves what is in it.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from lineage.catalogue.client import AtlasClient
from lineage.errors import CatalogueError, Rejected, SettingsError, Unavailable
from lineage.model import Dataset
from lineage.rules import CollectionRule

LOG = logging.getLogger(__name__)

ACCOUNT_API_VERSION = "2019-11-01-preview"
_INTERNAL = re.compile(r"[a-z0-9]{6}")
_WRONG_FOR = 60.0
"""Seconds for which a wrong name stays wrong without asking again: somebody may be making the collection."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Collections by their internal names; an empty one leaves it to the catalogue, which takes its root."""

    default: str = ""
    rules: Sequence[CollectionRule] = ()

    def of(self, workspace: str, dataset: Dataset | None = None) -> str:
        """Where a dataset, or the process that writes it, belongs; without one, what belongs to the workspace alone."""
        found = (rule.collection for rule in self.rules if rule.places(workspace, dataset))
        return next(found, self.default)


@dataclass(slots=True)
class Collections:
    """The collections that the settings name, in one catalogue. Safe to share between threads.

    ``default`` and the rules name each collection as the portal does, or by its internal name.
    """

    client: AtlasClient
    default: str = ""
    rules: Sequence[CollectionRule] = ()
    clock: Callable[[], float] = time.time
    _placement: Placement | None = None
    _wrong: tuple[float, SettingsError] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def placement(self) -> Placement:
        """Asked for once, and again after a write was refused for one of them.

        Raises ``SettingsError`` that names each setting which names no collection, and all there are;
        ``CatalogueError``.
        """
        with self._lock:
            if self.client.doubted:
                self._placement = None
            if self._placement is None:
                if self._wrong and self.clock() - self._wrong[0] < _WRONG_FOR:
                    raise SettingsError(*self._wrong[1].args)
                try:
                    self._placement = self._resolved()
                except SettingsError as error:
                    self._wrong = (self.clock(), error)
                    raise
            return self._placement

    def _resolved(self) -> Placement:
        if not (self.default or self.rules):
            return Placement()
        known = self._known()
        if known is None:
            LOG.warning("%s has no collections: what the settings say of them has no effect", self.client.base_url)
            return Placement()
        self.client.doubted.clear()
        wrong: list[str] = []
        default = known.internal("LINEAGE_COLLECTION", self.default, wrong) if self.default else ""
        rules = [
            replace(rule, collection=known.internal("LINEAGE_COLLECTION_RULES", rule.collection, wrong))
            for rule in self.rules
        ]
        if wrong:
            raise SettingsError("; ".join([*dict.fromkeys(wrong), known.listed()]))
        return Placement(default, tuple(rules))

    def _known(self) -> "_Known | None":
        """``None`` where the catalogue has no collections, as Apache Atlas."""
        try:
            return _Known({one["name"]: one.get("friendlyName") or one["name"] for one in self._pages()})
        except CatalogueError as error:
            if self.client.purview and error.status in (403, 404, 405):
                gone = frozenset(name for name, is_gone in dict(self.client.doubted).items() if is_gone)
                return _Known({}, f"this identity cannot list the collections ({error.status})", self._account(), gone)
            if not self.client.purview and (isinstance(error, Rejected) or _misled(error)):
                return None
            raise

    def _pages(self) -> Iterator[Mapping[str, Any]]:
        params: list[tuple[str, str]] = []
        while True:
            page = self.client.get("account/collections", params=[("api-version", ACCOUNT_API_VERSION), *params])
            yield from page.get("value") or ()
            query = urlsplit(page.get("nextLink") or "").query
            token = re.search(r"(?:^|&)(?:\$|%24)skipToken=([^&]*)", query, re.I)
            if not token:
                return
            params = [("$skipToken", token[1])]

    def _account(self) -> str:
        return (urlsplit(self.client.base_url).hostname or "").partition(".")[0]


@dataclass(frozen=True, slots=True)
class _Known:
    """Collections that may be listed, internal name → what the portal shows; or why not, the root's name, and those
    that were not there when they were written to."""

    titles: Mapping[str, str]
    unlisted: str = ""
    root: str = ""
    gone: frozenset[str] = frozenset()

    def internal(self, setting: str, wanted: str, wrong: list[str]) -> str:
        """The internal name of ``wanted``; where there is none, that is added to ``wrong``."""
        if wanted in self.titles:
            return wanted
        if self.unlisted and wanted not in self.gone and (wanted == self.root or _INTERNAL.fullmatch(wanted)):
            return wanted
        found = [name for name, title in self.titles.items() if title.casefold() == wanted.casefold()]
        if len(found) == 1:
            return found[0]
        several = f"several collections are called {wanted!r}: {', '.join(found)}"
        wrong.append(f"{setting}: " + (several if found else f"there is no collection {wanted!r}"))
        return wanted

    def listed(self) -> str:
        """What there is, for people."""
        if self.unlisted:
            return f"{self.unlisted}, so name them by their internal names, of six characters"
        return "there are: " + ", ".join(sorted(f"{title} ({name})" for name, title in self.titles.items()))


def _misled(error: CatalogueError) -> bool:
    """A page for people, or the way to one."""
    return isinstance(error, Unavailable) and 200 <= error.status < 400
