"""What a month needs, from events a day: quantities in the units that Azure bills. Prices are the caller's.

What is written to the catalogue, and when, is as docs/operations.md says; `make bench` measures the operations. The
other factors are estimates, one row each; the numbers of a running deployment are in its cost analysis.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.config import Config

DAYS = 30
DAY = 86_400
SECONDS = DAYS * DAY
DOOR_SECONDS = 0.15
"""Of one POST; an instance takes several at once, which is left out: a low load has one call at a time."""
POINTER_SECONDS = 0.3
"""Of one pointer: read, convert, count."""
PUBLISH_SECONDS = 2.0
"""More for what is new, most of it the catalogue's answer time."""
SWEEP_SECONDS = 1.0
RELINK_SECONDS = 0.5
"""Of one process."""
KILOBYTES = 40
"""Of one stored event with receipt and its share of plans."""
BLOB_WRITES = 8
QUEUE_CALLS = 6
LOG_KILOBYTES = 15
ENTITIES = 3
"""Of one write: the process and two datasets."""
NEW_OPERATIONS = 1.4
"""A new entity, with its share of notebooks and workspaces (measured: ``operations_per_new_entity``)."""
COLUMNS = 18
"""Operations of a new write for columns: eight to each of the two datasets, and what holds them."""
REPEATED_OPERATIONS = 1
"""A process that says the same, once a window (measured: at most a third for each of its three entities)."""
RELINK_OPERATIONS = 1
"""A process, once a round."""
CAPACITY_UNIT = 25
"""Operations a second."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Events a day, the distinct processes that they are runs of, and the share of events that say something new."""

    events: int
    processes: int
    new: float

    def windows(self, debounce_seconds: int) -> float:
        """Writes a day of run facts: one for each process and window, and never more than runs that say the same."""
        repeated = self.events * (1 - self.new)
        if not debounce_seconds:
            return repeated
        return min(repeated, self.processes * DAY / debounce_seconds)


@dataclass(frozen=True, slots=True)
class Line:
    """``name`` is what a price is given for; ``assumed`` is what the amount rests on."""

    name: str
    amount: float
    unit: str
    assumed: str

    def cost(self, prices: Mapping[str, float]) -> float | None:
        """In the currency of the prices; ``None`` where none is given."""
        return self.amount * prices[self.name] if self.name in prices else None


def estimate(load: Workload, config: Config) -> Iterator[Line]:
    """A month's quantities. A plan and an event are two calls of the door and two pointers."""
    events = load.events * DAYS
    yield from _computing(load, config)
    days = config.retention_days or 365
    kept = load.events * days * KILOBYTES / 1e6
    yield Line("storage", kept, "GB once the retention time is full", f"{KILOBYTES} KB an event, {days} days")
    yield Line("blob-writes", events * BLOB_WRITES / 1e4, "ten thousand", f"{BLOB_WRITES} an event")
    yield Line("queue-calls", events * QUEUE_CALLS / 1e4, "ten thousand", f"{QUEUE_CALLS} an event")
    logs = min(events * LOG_KILOBYTES / 1e6, config.log_daily_cap_gb * DAYS)
    yield Line("logs", logs, "GB", f"{LOG_KILOBYTES} KB an event, {config.log_daily_cap_gb} GB a day at most")
    yield _catalogue(load, config)


def _computing(load: Workload, config: Config) -> Iterator[Line]:
    events, gigabytes = load.events * DAYS, config.memory_mb / 1024
    timers = SECONDS / 60 + (SECONDS / 300 if config.relink_hours else 0)
    yield Line(
        "executions", (events * 4 + timers) / 1e6, "million", "4 an event; the sweep every minute, relink every 5"
    )
    busy = events * 2 * (DOOR_SECONDS + POINTER_SECONDS) + events * load.new * PUBLISH_SECONDS
    busy += SECONDS / 60 * SWEEP_SECONDS + _rounds(config) * load.processes * DAYS * RELINK_SECONDS
    assumed = (
        f"an event {2 * (DOOR_SECONDS + POINTER_SECONDS):g} s, a new one {PUBLISH_SECONDS:g} s more, "
        f"a sweep {SWEEP_SECONDS:g} s, a process of a round {RELINK_SECONDS:g} s"
    )
    yield Line("gb-seconds", busy * gigabytes, "GB-s on demand", assumed)
    warm = config.always_ready * gigabytes * SECONDS
    assumed = f"{config.always_ready} always ready, {config.memory_mb} MB each"
    yield Line("always-ready", warm, "GB-s of warm instances", assumed)


def _catalogue(load: Workload, config: Config) -> Line:
    fresh = load.events * load.new * (ENTITIES * NEW_OPERATIONS + COLUMNS)
    repeated = load.windows(config.debounce_seconds) * REPEATED_OPERATIONS
    relinked = _rounds(config) * load.processes * RELINK_OPERATIONS
    assumed = (
        f"a day {load.events:,} events of {load.processes:,} processes, {load.new:.1%} of them new; "
        f"{fresh:,.0f} operations for what is new ({ENTITIES} entities of {NEW_OPERATIONS:g}, columns {COLUMNS}), "
        f"{repeated:,.0f} for what says the same (one a process and window of {config.debounce_seconds} s), "
        f"{relinked:,.0f} for relinking (one a process and round)"
    )
    total = fresh + repeated + relinked
    return Line("catalogue", total / DAY / CAPACITY_UNIT, "capacity units on average", assumed)


def _rounds(config: Config) -> float:
    """Of relinking, a day."""
    return 24 / config.relink_hours if config.relink_hours else 0


PRICED = tuple(line.name for line in estimate(Workload(1, 1, 0), Config.default()))
"""What ``--price`` takes."""
