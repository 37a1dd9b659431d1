"""What a month needs, from events a day: quantities in the units that Azure bills. Prices are the caller's.

The factors are estimates, one row each; the numbers of a running deployment are in its cost analysis.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.config import Config

DAYS = 30
SECONDS = DAYS * 86_400
DOOR_SECONDS = 0.15
"""Of one POST; ``CALLS_AT_ONCE`` share an instance, which is left out: a low load has one call at a time."""
CONVERT_SECONDS = 2.0
"""Of one pointer, most of it the catalogue's answer time."""
SWEEP_SECONDS = 1.0
KILOBYTES = 40
"""Of one stored event with receipt and its share of plans."""
BLOB_WRITES = 8
QUEUE_CALLS = 6
CATALOGUE_CALLS = 12
LOG_KILOBYTES = 15


@dataclass(frozen=True, slots=True)
class Line:
    """``name`` is what a price is given for."""

    name: str
    amount: float
    unit: str

    def cost(self, prices: Mapping[str, float]) -> float | None:
        """In the currency of the prices; ``None`` where none is given."""
        return self.amount * prices[self.name] if self.name in prices else None


def estimate(events_a_day: int, config: Config) -> Iterator[Line]:
    """A month's quantities. A plan and an event are two calls of the door and two pointers."""
    events = events_a_day * DAYS
    gigabytes = config.memory_mb / 1024
    busy = events * 2 * (DOOR_SECONDS + CONVERT_SECONDS) + SECONDS / 60 * SWEEP_SECONDS
    yield Line("executions", (events * 4 + SECONDS / 60) / 1e6, "million")
    yield Line("gb-seconds", busy * gigabytes, "GB-s on demand")
    yield Line("always-ready", config.always_ready * gigabytes * SECONDS, "GB-s of warm instances")
    kept = events_a_day * (config.retention_days or 365)
    yield Line("storage", kept * KILOBYTES / 1e6, "GB once the retention time is full")
    yield Line("blob-writes", events * BLOB_WRITES / 1e4, "ten thousand")
    yield Line("queue-calls", events * QUEUE_CALLS / 1e4, "ten thousand")
    yield Line("logs", min(events * LOG_KILOBYTES / 1e6, config.log_daily_cap_gb * DAYS), "GB")
    yield Line("catalogue", events * CATALOGUE_CALLS / SECONDS / 25, "capacity units on average")
