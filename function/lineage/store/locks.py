"""Locks between the threads and processes of one machine, freed by the kernel when their holder ends or dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from lineage.errors import LeaseLost

_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.05
"""Seconds between two attempts: flock has no time limit of its own."""


@contextmanager
def locked(folder: str, name: str, wait: float) -> Iterator[None]:
    """Hold the lock ``name`` for the block; its file in ``folder`` goes with it.

    Raises ``LeaseLost`` after ``wait`` seconds, ``OSError`` when the file cannot be made.
    """
    path = f"{folder}/{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"
    file = _wait_for(path, name, wait)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            os.unlink(path)
        os.close(file)


def remove_abandoned(folder: str, age: float) -> None:
    """Remove the files that killed holders left ``age`` seconds ago or more; one that is held stays."""
    for entry in os.scandir(folder):
        with suppress(OSError):  # it is gone, or not ours to remove
            if time.time() - entry.stat().st_mtime > age:
                _remove(entry.path)


def _remove(path: str) -> None:
    """As its holder does it: with the lock in hand, so that whoever waits for it meanwhile begins anew."""
    file = _try(path)
    if file is not None:
        os.unlink(path)
        os.close(file)


def _wait_for(path: str, name: str, wait: float) -> int:
    deadline = time.monotonic() + wait
    pause = _FIRST_PAUSE
    while (file := _try(path)) is None:
        if time.monotonic() >= deadline:
            message = f"{name}: held by another for more than {wait:g} s"
            raise LeaseLost(message)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return file


def _try(path: str) -> int | None:
    """The open file that holds the lock; ``None`` if another holds it, or has just let go and removed the file."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.stat(path), os.fstat(file)):
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(file)
    return None
