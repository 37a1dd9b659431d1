"""Which assets a dataset may be, best first. Pure.

For a folder: the set of its part files, a set whose partitions lie below it, the folder with and without a slash; then
the same under the account's other host (``.dfs.`` and ``.blob.``). For a table: its name, then the name in other case.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lineage.catalogue.kinds import Kind, kind_of
from lineage.model import AssetName, Dataset


@dataclass(frozen=True, slots=True)
class Exact:
    """One name."""

    asset: AssetName
    rule: str


@dataclass(frozen=True, slots=True)
class Search:
    """Whatever has one of these types, a name below ``prefix``, and passes ``accepts``. ``root`` is above many such."""

    types: tuple[str, ...]
    prefix: str
    root: str
    rule: str
    same: str = ""
    """The name that a hit must have but for its case; empty: only partitions and tokens after ``prefix``."""

    def accepts(self, qualified_name: str) -> bool:
        """Whether this name stands for the dataset."""
        if self.same:
            return qualified_name.casefold() == self.same.casefold()
        rest = qualified_name.removeprefix(self.prefix)
        return rest != qualified_name and all(map(_PART.fullmatch, rest.strip("/").split("/")))


Tier = Exact | Search

_PART = re.compile(
    r"[^/={}]+=[^/]*"  # a partition: year=2024, year={N}
    r"|(?:part-)?\{[A-Za-z]+\}(?:[-_.:]|\{[A-Za-z]+\})*(?:\.[A-Za-z0-9.]+)?"  # tokens: {Year}-{Month}, part-{N}.parquet
)


def tiers(dataset: Dataset, prefer: Sequence[str] = ()) -> tuple[Tier, ...]:
    """The candidates of a dataset and of its alternates, each once; those of a preferred type come first."""
    assets = sorted((dataset.asset, *dataset.alternates), key=lambda asset: asset.type_name not in prefer)
    found = [tier for asset in assets for tier in _spellings(asset, dataset.asset)]
    first: dict[AssetName | Search, Tier] = {}
    for tier in found:
        first.setdefault(tier.asset if isinstance(tier, Exact) else tier, tier)
    return tuple(first.values())


def _spellings(asset: AssetName, main: AssetName) -> Iterator[Tier]:
    kind = kind_of(asset.type_name)
    if asset != main and asset.type_name in (main.type_name, kind_of(main.type_name).resource_set):
        yield Exact(asset, "alternate")
    elif kind.folder:
        yield from _folder(asset, kind)
        twin = _twin(asset, kind)
        if twin:
            yield from _folder(twin, kind_of(twin.type_name))
    else:
        yield from _table(asset, kind)


def _folder(asset: AssetName, kind: Kind) -> Iterator[Tier]:
    place = asset.qualified_name.rstrip("/")
    container = "/".join(place.split("/")[:4])
    yield Exact(AssetName(kind.resource_set, f"{place}/{{SparkPartitions}}"), "resource set")
    yield Search((kind.resource_set,), f"{place}/", f"{container}/", "resource set of partitions")
    yield Exact(AssetName(asset.type_name, f"{place}/"), "folder")
    yield Exact(AssetName(asset.type_name, place), "path")


def _twin(asset: AssetName, kind: Kind) -> AssetName | None:
    if kind.twin is None:
        return None
    type_name, here, there = kind.twin
    host = urlsplit(asset.qualified_name).netloc
    if here not in host:
        return None
    return AssetName(type_name, asset.qualified_name.replace(host, host.replace(here, there, 1), 1))


def _table(asset: AssetName, kind: Kind) -> Iterator[Tier]:
    types = (asset.type_name, *kind.siblings)
    name = asset.qualified_name
    yield from (Exact(AssetName(one, name), "name") for one in types)
    twin = _twin(asset, kind)
    if twin:
        yield Exact(twin, "twin")
    for variant in _variants(name, kind.fold_case):
        yield from (Exact(AssetName(one, variant), "name in other case") for one in types)
    if kind.fold_case == "any":
        root = _root(name)
        yield Search(types, root, root, "name in any case", same=name)


def _variants(name: str, fold_case: str) -> list[str]:
    """The name in small and in capital letters; scheme and host stay."""
    if not fold_case:
        return []
    root = _root(name)
    rest = name.removeprefix(root)
    variants = [root + rest.lower(), *([root + rest.upper()] if fold_case == "any" else [])]
    return [variant for variant in dict.fromkeys(variants) if variant != name]


def _root(name: str) -> str:
    scheme, separator, rest = name.partition("://")
    return f"{scheme}{separator}{rest.partition('/')[0]}/" if separator else ""
