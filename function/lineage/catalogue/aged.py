"""What was learned from the catalogue and is believed for a while."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Aged(Generic[K, V]):
    """A map whose entries run out; at most ``size`` of them, the oldest go first. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float], size: int = 20_000) -> None:
        self._clock = clock
        self._size = size
        self._entries: dict[K, tuple[float, V]] = {}
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """The value, unless it is not there or has run out."""
        with self._lock:
            ends, value = self._entries.get(key, (float("-inf"), None))
            return value if self._clock() < ends else None

    def put(self, key: K, value: V, seconds: float) -> None:
        """Believe ``value`` for so long."""
        with self._lock:
            self._entries.pop(key, None)
            self._entries[key] = (self._clock() + seconds, value)
            while len(self._entries) > self._size:
                del self._entries[next(iter(self._entries))]

    def drop(self, key: K) -> None:
        """Believe nothing about ``key``."""
        with self._lock:
            self._entries.pop(key, None)

    def clear(self) -> None:
        """Believe nothing."""
        with self._lock:
            self._entries.clear()
