"""The queue of one machine: pointers handed to threads of this process, and a sweep for whatever they missed.

Nothing here is durable and nothing needs to be: the pending marks in the store are.
"""

import logging
import queue
import threading
from collections.abc import Callable
from types import TracebackType

from lineage.errors import LineageError
from lineage.pipeline import Pipeline

LOG = logging.getLogger(__name__)


class Wakeup:
    """A ``PointerQueue`` that never fails and forgets everything when the process ends."""

    def __init__(self) -> None:
        self._pointers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def send(self, pointer: str) -> None:
        """Hand a pointer to the next free thread."""
        self._pointers.put(pointer)

    def next(self, timeout: float) -> str | None:
        """The next pointer, or ``None`` after ``timeout`` seconds."""
        try:
            return self._pointers.get(timeout=timeout)
        except queue.Empty:
            return None


class Worker:
    """Threads that process pointers, one that sweeps at the start and then every ``sweep_seconds``, and one for the
    upkeep, which comes first after ``upkeep_seconds``."""

    def __init__(
        self,
        pipeline: Pipeline,
        wakeup: Wakeup,
        *,
        threads: int = 2,
        sweep_seconds: float = 10.0,
        upkeep_seconds: float = 300.0,
    ) -> None:
        self._pipeline = pipeline
        self._wakeup = wakeup
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        for name, chore, seconds, wait in (
            ("sweep", pipeline.sweep, sweep_seconds, 0.0),
            ("upkeep", pipeline.upkeep, upkeep_seconds, upkeep_seconds),
        ):
            self._threads.append(threading.Thread(target=self._repeat, args=(name, chore, seconds, wait), daemon=True))

    def __enter__(self) -> "Worker":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=10)

    def _work(self) -> None:
        while not self._stop.is_set():
            pointer = self._wakeup.next(timeout=0.2)
            if pointer is None:
                continue
            try:
                self._pipeline.process(pointer)
            except LineageError as error:
                LOG.warning("%s stays pending: %s", pointer, error)
            except Exception:
                LOG.exception("%s stays pending", pointer)

    def _repeat(self, name: str, chore: Callable[[], object], seconds: float, wait: float) -> None:
        while not self._stop.wait(wait):
            try:
                chore()
            except LineageError as error:
                LOG.warning("%s stopped: %s", name, error)
            except Exception:
                LOG.exception("%s stopped", name)
            wait = seconds
