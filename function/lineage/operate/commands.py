"""The commands of an operator; ``lineage.cli`` registers them. A store's libraries load when a command runs."""

import functools
import time
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click
import msgspec

from lineage.errors import StoreError
from lineage.operate.period import Period, parse_day, today

if TYPE_CHECKING:
    from lineage.settings import Settings
    from lineage.store import Store

P = ParamSpec("P")
T = TypeVar("T")

_STORE = "The store is the one that LINEAGE_STORE names (build/store without it; `make demo` uses build/demo/store)."
_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of text.")


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> date | None:
    try:
        return None if value is None else parse_day(value, today())
    except (ValueError, OverflowError) as error:
        message = f"{value!r} is no day: 2026-11-20, or 7d for seven days ago"
        raise click.BadParameter(message, ctx, param) from error


def _reports_errors(command: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        from lineage.cli import reports_errors  # it registers these commands, so it cannot be imported above

        return reports_errors(command)(*args, **kwargs)

    return run


@click.command(epilog=_STORE)
@click.option("--since", callback=_day, metavar="DAY", help="Runs of this day and later: 2026-11-20, or 7d.")
@_as_json
@_reports_errors
def parked(since: date | None, as_json: bool) -> None:
    """What is stuck, and why: parked, retrying, waiting for its plan, or not yet tried."""
    from lineage.operate import text
    from lineage.operate.stuck import stuck

    found = stuck(_opened()[0], Period(since))
    _print(text.stuck_lines(found), found, as_json)


@click.command(epilog=_STORE)
@click.argument("event")
@_as_json
@_reports_errors
def trace(event: str, as_json: bool) -> None:
    """Follow one event from the door to the catalogue.

    EVENT is its key or the start of it, as `lineage parked` prints it.
    """
    from lineage.operate import text
    from lineage.operate.trace import trace as traced

    found = traced(_opened()[0], event)
    _print(text.trace_lines(found), found, as_json)


@click.command(epilog=_STORE)
@click.option("--since", callback=_day, metavar="DAY", help="Runs of this day and later: 2026-11-20, or 7d.")
@click.option("--only-parked", is_flag=True, help="Only what is parked.")
@click.option("--dry-run", is_flag=True, help="Convert, show what would be different, and write nothing.")
@_as_json
@_reports_errors
def replay(since: date | None, only_parked: bool, dry_run: bool, as_json: bool) -> None:
    """Have stored events converted and published again, with the mapper of today; the next sweep does it.

    A dry run converts with the version at hand, which should be the one that is deployed, and with the LINEAGE_
    settings of this shell.
    """
    from lineage.operate import text
    from lineage.operate.rehearse import rehearse
    from lineage.operate.replay import Selection
    from lineage.operate.replay import replay as replayed

    if since is None and not only_parked:
        message = "say which events: --since DAY, --only-parked, or both"
        raise click.UsageError(message)
    store, settings = _opened()
    selection, now = Selection(Period(since), only_parked), time.time_ns() // 1_000_000
    if dry_run:
        rehearsed = list(rehearse(store, settings, selection, now))
        _print(text.rehearsal_lines(rehearsed), {"dry_run": True, "events": rehearsed}, as_json)
    else:
        done = list(replayed(store, selection, now))
        _print(text.replay_lines(done), {"dry_run": False, "events": done}, as_json)


@click.command(epilog=_STORE)
@click.option("--from", "first", callback=_day, metavar="DAY", help="First day; seven days before the last without it.")
@click.option("--to", "last", callback=_day, metavar="DAY", help="Last day; today without it.")
@_as_json
@_reports_errors
def report(first: date | None, last: date | None, as_json: bool) -> None:
    """What became of the runs of some days: by state, failed, skipped, without reads, unmapped, refused; and which
    processes are stale."""
    from lineage.operate import text
    from lineage.operate.report import report as reported

    last = last or today()
    first = first or last - timedelta(days=7)
    if first > last:
        message = f"--from {first} is after --to {last}"
        raise click.UsageError(message)
    store, settings = _opened()
    stale = _days_ago(settings.stale_days) if settings.stale_days else 0
    found = reported(store, Period(first, last), stale)
    _print(text.report_lines(found), found, as_json)


@click.command(epilog=_STORE)
@click.option("--dry-run", is_flag=True, help="Show what would be relinked, and write nothing.")
@_as_json
@_reports_errors
def relink(dry_run: bool, as_json: bool) -> None:
    """Bind every process to what was scanned since it was published, and remove the placeholders that stood for it.

    The Function does it by itself, every LINEAGE_RELINK_HOURS. The catalogue is the one that LINEAGE_CATALOGUE names.
    """
    from lineage.catalogue import open_publisher
    from lineage.catalogue.live import LiveMatches
    from lineage.operate import text
    from lineage.operate.relink import rehearse as rehearsed
    from lineage.operate.relink import relink as relinked

    store, settings = _opened()
    publisher = open_publisher(settings, store)
    if dry_run:
        would = list(rehearsed(store, LiveMatches(publisher.client, prefer=settings.preferred)))
        _print(text.rebound_lines(would), {"dry_run": True, "placeholders": would}, as_json)
    else:
        done = relinked(publisher, store)
        _print(text.relink_lines(done), {"dry_run": False, **msgspec.to_builtins(done)}, as_json)


@click.command(epilog=_STORE)
@click.option(
    "--older-than",
    type=click.IntRange(min=0, max=100_000),
    metavar="DAYS",
    help="Processes whose last run is so many days ago; LINEAGE_STALE_DAYS without it.",
)
@click.option("--yes", is_flag=True, help="Remove them; without it nothing is written.")
@_as_json
@_reports_errors
def prune(older_than: int | None, yes: bool, as_json: bool) -> None:
    """Remove processes that were not seen for long, and the placeholders that nothing refers to after that.

    Only what this store published and what carries our mark: never a scanned asset, never a process that ran again.
    """
    from lineage.catalogue import open_publisher
    from lineage.catalogue import prune as pruning
    from lineage.operate import text

    store, settings = _opened()
    days = settings.stale_days if older_than is None else older_than
    if older_than is None and not days:
        message = "LINEAGE_STALE_DAYS is 0: say how many days, with --older-than DAYS"
        raise click.UsageError(message)
    before = _days_ago(days)
    found = pruning.prune(open_publisher(settings, store), store, before) if yes else pruning.rehearse(store, before)
    _print(text.prune_lines(found), found, as_json)


COMMANDS: tuple[click.Command, ...] = (parked, trace, replay, report, relink, prune)


def _days_ago(days: int) -> int:
    return time.time_ns() // 1_000_000 - days * 86_400_000


def _opened() -> "tuple[Store, Settings]":
    """The store of the settings. A folder that is not there is an error: it would be made, and found empty."""
    from lineage.settings import Settings
    from lineage.store import open_store

    settings = Settings.from_env()
    if not settings.store.startswith(("https://", "http://")) and not Path(settings.store).is_dir():
        message = f"LINEAGE_STORE={settings.store}: there is no such folder (`make demo` uses build/demo/store)"
        raise StoreError(message)
    return open_store(settings), settings


def _print(lines: Iterable[str], found: object, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        for line in lines:
            click.echo(line)
