"""What another process does with a store: ``python -m tests.store.other_process URL CONNECTION VERB ARGUMENT``."""

import hashlib
import itertools
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lineage.store import Store

SHORTEST_LEASE = 15
"""Seconds that a blob lease lasts at least."""


def opened(url: str, connection: str) -> Store:
    """The store as ``open_store`` makes it, with the shortest lease."""
    if url.startswith("http"):
        from lineage.store.blobs import open_blobs

        return open_blobs(url, connection, lease_seconds=SHORTEST_LEASE)
    from lineage.store.files import FileStore

    return FileStore(Path(url))


def say(line: str) -> None:
    print(line, flush=True)


def whole(value: bytes) -> bool:
    """Whether ``value`` is one that ``sealed`` made, to the last byte."""
    return hashlib.sha256(value[32:]).digest() == value[:32]


def sealed(rng: random.Random) -> bytes:
    """A value that knows its own digest; now and then a large one, so that a kill meets it half written."""
    body = rng.randbytes(rng.choice((0, 100, 20_000, 2_000_000)))
    return hashlib.sha256(body).digest() + body


def write(store: Store, seed: str) -> None:
    """Write without end, by every verb; say each key once its write has returned."""
    rng = random.Random(seed)
    for number in itertools.count():
        key = f"written/{seed}/{number % 40:03d}"
        if number % 3 == 0:
            store.put(key, sealed(rng))
        elif number % 3 == 1:
            store.put_if_absent(key, sealed(rng))
        else:
            store.put_all([(key, sealed(rng)), (f"marks/{seed}/{number % 40:03d}", sealed(rng))])
            say(f"marks/{seed}/{number % 40:03d}")
        say(key)
        if stored := store.get(key):
            store.replace(key, sealed(rng), stored.etag)


def hold(store: Store, name: str) -> None:
    """Hold a lease until killed."""
    with store.lease(name):
        say("held")
        time.sleep(600)


def count(store: Store, times: str) -> None:
    """Count up ``counter`` under a lease, in steps that would lose counts without it."""
    for _ in range(int(times)):
        with store.lease("counter"):
            found = store.get("counter")
            number = int(found.value) if found else 0
            time.sleep(0.002)
            store.put("counter", str(number + 1).encode())


def replace(store: Store, times: str) -> None:
    """Count up ``counter`` by conditional replacement."""
    from lineage.errors import Conflict

    done = 0
    while done < int(times):
        found = store.get("counter")
        try:
            store.replace(
                "counter", str(int(found.value if found else b"0") + 1).encode(), found.etag if found else None
            )
            done += 1
        except Conflict:
            time.sleep(random.random() / 100)


VERBS: dict[str, Callable[[Store, str], None]] = {"write": write, "hold": hold, "count": count, "replace": replace}

if __name__ == "__main__":
    VERBS[sys.argv[3]](opened(sys.argv[1], sys.argv[2]), sys.argv[4])
