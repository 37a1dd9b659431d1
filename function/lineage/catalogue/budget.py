"""A client-side budget: so many catalogue operations a second, whoever asks. Purview sells them."""

import threading
import time
from collections.abc import Callable

CAPACITY_UNIT = 25.0
"""Operations a second that one capacity unit of Purview buys."""


class Budget:
    """A token bucket of one second's worth. ``rate`` is operations a second; 0 sets no limit, and only counts.

    ``spent`` is what was charged so far. Safe to share between threads.
    """

    def __init__(
        self,
        rate: float = 0.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.rate = rate
        self.spent = 0
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._left = rate
        self._at = clock()

    def charge(self, operations: int) -> None:
        """Take ``operations`` and wait until they are paid for; more than a second's worth is paid in advance."""
        wait = self._take(operations)
        if wait > 0:
            self._sleep(wait)

    def _take(self, operations: int) -> float:
        with self._lock:
            self.spent += operations
            if self.rate <= 0:
                return 0.0
            now = self._clock()
            self._left = min(self.rate, self._left + (now - self._at) * self.rate) - operations
            self._at = now
            return -self._left / self.rate
