"""Days and periods as an operator writes them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_AGO = re.compile(r"(\d{1,5})d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """UTC days from ``first`` to ``last``, both within it; ``None`` is without end."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: str) -> bool:
        return (not self.first or day >= self.first.isoformat()) and (not self.last or day <= self.last.isoformat())


ALWAYS = Period()


def parse_day(text: str, now: date) -> date:
    """``2026-11-20``, or ``7d``: seven days before ``now``. Raises ``ValueError`` or ``OverflowError``."""
    ago = _AGO.fullmatch(text)
    if ago:
        return now - timedelta(days=int(ago[1]))
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()


def today() -> date:
    """The day in UTC, as the keys have it."""
    return datetime.now(UTC).date()
