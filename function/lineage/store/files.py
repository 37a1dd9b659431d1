"""The store as a folder: one file a key, for one machine and any number of its processes.

What holds when a write has returned, and after a killed process or a power cut at any moment:

* A key is absent or has one whole value: it is written aside and fsynced before it is linked or renamed into place.
* The write is there: the folder that names the file is fsynced, and so is the name of every folder above it. An empty
  value has nothing to sync but its name.
* Only a deletion may come undone, and only by a power cut.

Below the root, ``values/`` holds the keys, ``writing/`` what is being written, ``locks/`` a file for each lock that is
held; what a killed process leaves in the last two goes when the store is opened an hour later. Needs hard links, flock
and timestamps of nanoseconds, as ext4, XFS, Btrfs and APFS have them.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from lineage.errors import Conflict, StoreError
from lineage.store import Stored, layout
from lineage.store.locks import locked, remove_abandoned

_ABANDONED = 3600.0
"""Seconds after which a file in ``writing/`` has no writer any more, and one in ``locks/`` is looked at."""
_BUSY = 30.0
"""Seconds that a write waits for other writes to the same key."""
_REMEMBERED = 10_000
"""Folders that are remembered to have durable names."""
_PRUNED = 100
"""How often a folder may vanish under the write that is about to use it."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A value that is written, but neither synced nor in its place."""

    path: str
    file: int
    etag: str
    empty: bool

    def sync(self) -> None:
        if not self.empty:
            os.fsync(self.file)


class FileStore:
    """A ``Store`` in ``folder``, which is made when it is not there."""

    def __init__(self, folder: str | Path) -> None:
        root = Path(folder).absolute()
        self._values, self._writing, self._locks = (f"{root}/{name}" for name in ("values", "writing", "locks"))
        with _translated(str(root)):
            for path in (self._values, self._writing, self._locks):
                _make(Path(path))
            _remove_abandoned(self._writing)
            remove_abandoned(self._locks, _ABANDONED)
        self._settled = {self._values}

    def put_if_absent(self, key: str, value: bytes) -> bool:
        """See ``Store``. When this returns ``False``, what was there is durable."""
        return self._add([(key, value)]) == (True,)

    def put_all(self, items: Sequence[tuple[str, bytes]]) -> None:
        """See ``Store``. The folders are synced once, after all keys: after a power cut midway any may be there."""
        self._add(items)

    def put(self, key: str, value: bytes) -> str:
        """See ``Store``."""
        with self._changing(key) as (folder, path):
            return self._write(folder, path, value, os.rename)

    def get(self, key: str) -> Stored | None:
        """See ``Store``."""
        _, path = layout.place(self._values, key)
        with _translated(key), suppress(FileNotFoundError), open(path, "rb", buffering=0) as file:
            return Stored(file.readall(), _etag(os.fstat(file.fileno())))
        return None

    def replace(self, key: str, value: bytes, etag: str | None) -> str:
        """See ``Store``."""
        with self._changing(key) as (folder, path):
            found = _version(path)
            if (found and _etag(found)) != etag:
                message = f"{key}: not at version {etag}"
                raise Conflict(message)
            return self._write(folder, path, value, os.link if etag is None else os.rename)

    def delete(self, key: str) -> None:
        """See ``Store``. Folders that it leaves empty go with it."""
        with self._changing(key) as (folder, path), suppress(FileNotFoundError):
            os.unlink(path)
            self._prune(folder)

    def list(self, prefix: str) -> Iterator[str]:
        """See ``Store``. Holds the names of one folder at a time for each level."""
        with _translated(prefix):
            yield from layout.walk(self._values, prefix)

    @contextmanager
    def lease(self, name: str, *, wait: float = 30.0) -> Iterator[None]:
        """See ``Store``. It is free again in the moment in which its holder ends or dies."""
        with ExitStack() as held:
            with _translated(name):
                held.enter_context(locked(self._locks, f"lease {name}", wait))
            yield

    @contextmanager
    def _changing(self, key: str) -> Iterator[tuple[str, str]]:
        """The folder and the path of ``key``, which nobody else replaces or deletes within the block."""
        with _translated(key), locked(self._locks, f"key {key}", _BUSY):
            yield layout.place(self._values, key)

    def _add(self, items: Sequence[tuple[str, bytes]]) -> tuple[bool, ...]:
        """Write what is absent, make all durable; whether each was written."""
        places = [layout.place(self._values, key) for key, _ in items]
        with _translated(", ".join(key for key, _ in items)), ExitStack() as stack:
            drafts = [
                None if _version(path) else stack.enter_context(self._draft(value))
                for (_, path), (_, value) in zip(places, items, strict=True)
            ]
            for written in filter(None, drafts):
                written.sync()
            added = tuple(
                draft is not None and self._name(draft, folder, path, os.link)
                for draft, (folder, path) in zip(drafts, places, strict=True)
            )
            for folder in dict.fromkeys(folder for folder, _ in places):
                self._settle(folder)
            return added

    def _write(self, folder: str, path: str, value: bytes, move: Callable[[str, str], None]) -> str:
        """Write one value as a version of its own; the key is being changed by nobody else."""
        found = _version(path)
        with self._draft(value, after=found.st_mtime_ns if found else 0) as draft:
            draft.sync()
            if not self._name(draft, folder, path, move):
                message = f"{path}: somebody else wrote first"
                raise Conflict(message)
            self._settle(folder)
            return draft.etag

    @contextmanager
    def _draft(self, value: bytes, *, after: int = 0) -> Iterator[_Draft]:
        """Write ``value`` aside; its version is a time of its own (ns), later than ``after``."""
        path = f"{self._writing}/{uuid4().hex}"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            rest = memoryview(value)
            while rest:
                rest = rest[os.write(file, rest) :]
            stamp = max(time.time_ns(), after + 1)
            os.utime(file, ns=(stamp, stamp))
            yield _Draft(path, file, _etag(os.fstat(file)), empty=not value)
        finally:
            os.close(file)
            with suppress(FileNotFoundError):
                os.unlink(path)

    def _name(self, draft: _Draft, folder: str, path: str, move: Callable[[str, str], None]) -> bool:
        """Link or rename the draft into its place; ``False`` if ``move`` links and the key is there."""
        for _ in range(_PRUNED):
            try:
                move(draft.path, path)
            except FileExistsError:
                return False
            except FileNotFoundError:  # the folder is not there yet, or a delete has just pruned it
                self._settled.difference_update(self._above(folder))
                with suppress(FileNotFoundError, FileExistsError):  # pruned once more while it is made
                    os.makedirs(folder, exist_ok=True)
            else:
                return True
        message = f"{folder}: does not stay"
        raise StoreError(message)

    def _settle(self, folder: str) -> None:
        """Make durable what ``folder`` names and, once, its own name and those above it."""
        with suppress(FileNotFoundError):  # pruned: what it named has been deleted since
            _fsync(folder)
        if folder not in self._settled:
            self._settle(os.path.dirname(folder))
            if len(self._settled) > _REMEMBERED:
                self._settled = {self._values}
            self._settled.add(folder)

    def _prune(self, folder: str) -> None:
        """Remove the folders that have become empty, upwards."""
        for path in self._above(folder):
            self._settled.discard(path)
            try:
                os.rmdir(path)
            except OSError:  # it is not empty, or another has removed it
                return

    def _above(self, folder: str) -> Iterator[str]:
        """``folder`` and those above it up to the store's own, innermost first."""
        while folder != self._values:
            yield folder
            folder = os.path.dirname(folder)


def _version(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _etag(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns:x}-{found.st_ino:x}"


def _fsync(folder: str | Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _make(folder: Path) -> None:
    """Make ``folder`` durably, with those above it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        _fsync(path.parent)


def _remove_abandoned(folder: str) -> None:
    for entry in os.scandir(folder):
        with suppress(OSError):  # it is gone, or not ours to remove: who only reads is not kept from it
            if time.time() - entry.stat().st_mtime > _ABANDONED:
                os.unlink(entry.path)


@contextmanager
def _translated(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"{what}: {error.strerror or error}"
        raise StoreError(message) from error
