"""Databricks mounts: which storage a path under ``dbfs:/`` really is, now or when an event happened.

Mounts are case-sensitive, match whole path sections, and the longest one wins. Targets that are no storage URI
(``databricks-datasets``, ``databricks/root``, ``DatabricksRoot``) stand for the workspace's own file system.
"""

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lineage.naming.uri import clean, drop_secrets, path_segments

_ELSEWHERE = ("abfs:", "abfss:", "wasb:", "wasbs:", "adl:", "s3:", "s3a:", "s3n:", "gs:", "jdbc:")
Mounts = Mapping[str, str]
"""Mount point (``/mnt/raw``, no slash at the end but for ``/``) → target as Databricks lists it."""


class Resolved(NamedTuple):
    """The mount that won, and the storage URI of the path."""

    mount: str
    uri: str


@dataclass(frozen=True, slots=True)
class MountTable:
    """The mounts of one workspace over time: ``(valid from, in ms since the epoch; mounts)``, oldest first."""

    history: tuple[tuple[int, Mounts], ...] = ()

    @classmethod
    def of(cls, history: Iterable[tuple[int, Mounts]]) -> "MountTable":
        """From entries in any order; of two that start at one time the later given one holds."""
        by_time = {since: normalise_mounts(mounts) for since, mounts in history}
        return cls(tuple(sorted(by_time.items(), key=lambda entry: entry[0])))

    def at(self, timestamp: int) -> Mounts:
        """The mounts valid at ``timestamp`` (ms). Before the first entry the first holds: better than none."""
        if not self.history:
            return {}
        index = bisect.bisect_right([since for since, _ in self.history], timestamp)
        return self.history[max(index - 1, 0)][1]


def normalise_mounts(mounts: Mounts) -> Mounts:
    """The same mounts in the spelling that ``resolve`` expects, without secrets. Idempotent."""
    if not mounts:
        return {}
    spelled = sorted((_mount_point(str(point)), drop_secrets(clean(str(target)))) for point, target in mounts.items())
    return dict(spelled)


def resolve(segments: tuple[str, ...], mounts: Mounts) -> Resolved | None:
    """Where a path of the workspace's file system lies; ``None`` where no mount to a storage covers it."""
    deepest = max((mount.count("/") for mount in mounts), default=0)
    for length in range(min(len(segments), deepest), -1, -1):
        mount = "/" + "/".join(segments[:length])
        if mount in mounts:
            target = mounts[mount]
            if not is_storage(target):
                return None
            return Resolved(mount, f"{target.rstrip('/')}/{'/'.join(segments[length:])}")
    return None


def may_be_mounted(uri: str) -> bool:
    """Whether ``uri`` may lie in a workspace's own file system, so that its mounts matter. In doubt it does."""
    return not uri.lower().startswith(_ELSEWHERE)


def is_storage(target: str) -> bool:
    """Whether a mount's target is a storage URI, or a place in the workspace's own file system."""
    return "://" in target or target.startswith("dbfs:/")


def _mount_point(text: str) -> str:
    segments = path_segments(clean(text).removeprefix("dbfs:"))
    return "/" + "/".join(segments[1:] if segments[:1] == ("dbfs",) else segments)  # as the driver sees it
