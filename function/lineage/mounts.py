"""The mounts of a workspace: posted by its notebooks, kept in the store by the time from which they hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from lineage import records
from lineage.errors import MalformedPayload
from lineage.naming.databricks import workspace_host
from lineage.naming.mounts import MountTable
from lineage.redact import redact_text
from lineage.settings import Settings
from lineage.store import Store

REMEMBERED_MS = 60_000
"""So long is a table that was read taken for the newest."""


class _Mount(msgspec.Struct):
    """As ``dbutils.fs.mounts()`` lists it."""

    mountPoint: str  # noqa: N815 - the wire's spelling
    source: str


class _Mounts(msgspec.Struct):
    mounts: dict[str, str] | list[_Mount]
    workspaceUrl: str = ""  # noqa: N815 - the wire's spelling
    workspace: str = ""


def store_mounts(store: Store, body: bytes, headers: Mapping[str, str], clock: Callable[[], int]) -> None:
    """Store ``{"workspaceUrl": …, "mounts": {mount: target}}``, valid from now, where it differs from the newest.

    The mounts may also be a list of objects of ``mountPoint`` and ``source``. Raises ``MalformedPayload``,
    ``StoreError``.
    """
    posted = _decode(body)
    said = posted.workspaceUrl or posted.workspace or headers.get("x-databricks-workspace-url", "")
    folder = records.mounts_folder(workspace_host(said))
    listed = posted.mounts
    pairs = listed.items() if isinstance(listed, dict) else [(one.mountPoint, one.source) for one in listed]
    mounts = {mount: redact_text(target) for mount, target in pairs}
    value = msgspec.json.encode(mounts, order="sorted")
    if _newest(store, folder)[1] == value:  # each driver posts them anew
        return
    with store.lease(folder):  # and several at once where the mounts have changed
        since, newest = _newest(store, folder)
        if newest != value:
            store.put(f"{folder}{max(clock(), since + 1):013d}.json", value)


def load_mounts(store: Store, workspace_url: str, settings: Settings) -> MountTable:
    """The mounts of a workspace over time: what it posted, before that what the setting says."""
    history: list[tuple[int, Mapping[str, str]]] = []
    if settings.mounts:
        history.append((0, msgspec.json.decode(settings.mounts, type=dict[str, str])))
    for key in store.list(records.mounts_folder(workspace_url)):
        stored = store.get(key)
        if stored:
            history.append((_since(key), msgspec.json.decode(stored.value, type=dict[str, str])))
    return MountTable.of(history)


@dataclass(slots=True)
class Mounts:
    """The tables of all workspaces; each is read again once it is ``REMEMBERED_MS`` old."""

    store: Store
    clock: Callable[[], int]
    _read: dict[str, tuple[int, MountTable]] = field(default_factory=dict)

    def of(self, workspace_url: str, settings: Settings, until: int = 0) -> MountTable:
        """See ``load_mounts``; complete up to ``until`` (ms), so far as the clocks agree.

        A notebook posts its mounts and then writes: what was read before the write may lack them.
        """
        read_at, table = self._read.get(workspace_url, (0, MountTable()))
        now = self.clock()
        if until >= read_at or abs(now - read_at) > REMEMBERED_MS:  # the clock may be set back
            table = load_mounts(self.store, workspace_url, settings)
            self._read[workspace_url] = (now, table)
        return table


def _newest(store: Store, folder: str) -> tuple[int, bytes | None]:
    """From when on the newest mounts are valid, and what they are."""
    key = max(store.list(folder), default="")
    stored = store.get(key) if key else None
    return _since(key) if key else 0, stored.value if stored else None


def _since(key: str) -> int:
    """From when on the mounts under a key are valid."""
    return int(key.rpartition("/")[2].removesuffix(".json"))


def _decode(body: bytes) -> _Mounts:
    try:
        return msgspec.json.decode(body, type=_Mounts)
    except msgspec.DecodeError as error:
        raise MalformedPayload("", str(error)) from error
