"""``make demo``: a recorded lakehouse, over HTTP, through the whole line, to lineage that you can look at."""

import argparse
import logging
import shutil
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import track

from demo import elsewhere, live, postgres, record, replay
from demo.folder import Refused, held
from demo.jars import Missing, Tools, find_tools
from lineage.catalogue import open_client
from lineage.errors import CatalogueError, Forbidden, LineageError, SettingsError
from lineage.pipeline import Pipeline
from lineage.receipts import Receipt, State
from lineage.settings import Settings
from lineage.show.terminal import print_cut, terminal
from local.server import HOST, Server, counts, refusal

FOLDER = Path("build/demo")
PAGE = FOLDER / "lineage.html"
SHOWN = "gold/daily_revenue"
PATIENCE_SECONDS = 120
NO_DATABASE = (
    "PostgreSQL (initdb and postgres) is not here, or its port is taken: "
    "the write of 04_publish_sql to it will appear as a failed run, and the notebook ends there"
)

MARKS = {
    state: f"[{colour}]{state:<10}[/]"
    for state, colour in (
        (State.PUBLISHED, "green"),
        (State.UNCHANGED, "green"),
        (State.FAILED_RUN, "yellow"),
        (State.SKIPPED, "yellow"),
        (State.PARKED, "red"),
    )
}


def main() -> int:
    """Exit code 0 when every write came through, 1 otherwise, 2 when it could not start."""
    options = _options()
    console = terminal()
    try:
        return _run(console, options)
    except KeyboardInterrupt:
        console.print()
        return 130
    except Forbidden as error:
        console.print(elsewhere.explained(error), markup=False)
        return 2
    except (Missing, Refused, SettingsError, CatalogueError, elsewhere.Declined) as error:
        console.print(str(error), markup=False)
        return 2


def _run(console: Console, options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    if options.catalogue:
        return _elsewhere(console, options)
    with held(FOLDER):
        _listenable(options.port)
        return _here(console, options, find_tools() if options.live or options.record else None)


def _listenable(port: int) -> None:
    refused = refusal(port)
    if refused:
        message = f"{refused}: make demo PORT=8123"
        raise Refused(message)


def _here(console: Console, options: argparse.Namespace, tools: Tools | None) -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    if tools and options.record:
        return _record(console, options.port, tools)
    # Not the settings of this shell, which may name a catalogue and a store that others use. What was recorded is as
    # old as the recording: no reason to call it stale.
    with Server(FOLDER, options.port, Settings(stale_days=0)) as server:
        if tools:
            good = _live(console, server.pipeline, options.port, tools)
        else:
            good = _replay(console, server.pipeline, options.port)
        _show(console, server, PAGE)
        if options.once:
            return 0 if good else 1
        return _serve(console, options.port)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8057)
    parser.add_argument("--once", action="store_true", help="end after the replay")
    parser.add_argument("--catalogue", metavar="URL", help="a Purview account or an Atlas to publish into instead")
    parser.add_argument("--yes", action="store_true", help="do not ask before that")
    parser.add_argument("--live", action="store_true", help="run the notebooks on local Spark with the agent itself")
    parser.add_argument("--record", action="store_true", help="run them to write demo/recording.json anew")
    return parser.parse_args()


def _elsewhere(console: Console, options: argparse.Namespace) -> int:
    _listenable(options.port)
    settings, client = elsewhere.opened(options.catalogue, Settings.from_env())
    folder = elsewhere.folder_for(settings)
    with held(folder):
        console.print(elsewhere.told(elsewhere.contents(client, settings), settings), markup=False)
        client.close()
        elsewhere.agreed(yes=options.yes)
        elsewhere.begun(folder)
        return _into(console, options, settings, folder)


def _into(console: Console, options: argparse.Namespace, settings: Settings, folder: Path) -> int:
    with Server(folder, options.port, settings, before=elsewhere.begin, complete=True) as server:
        good = _replay(console, server.pipeline, options.port)
        stopped = server.pipeline.intake.health().get("publishing")
        if stopped:
            console.print(f"[red]publishing {stopped}[/]")
        _show(console, server, folder / PAGE.name)
        console.print(elsewhere.afterwards(server.settings), markup=False)
        if options.once:
            return 0 if good else 1
        return _serve(console, options.port, "The lineage page")


def _replay(console: Console, pipeline: Pipeline, port: int) -> bool:
    requests = replay.load()
    plans = sum(not request.is_event for request in requests)
    console.print(
        f"Replaying what a Spline agent sent while two nights of a retail lakehouse ran: "
        f"{plans} plans, {len(requests) - plans} events"
    )
    sent = replay.send(HOST, port, requests)
    refused = [
        (request, status)
        for request, status in track(sent, "sending", total=len(requests), console=console, transient=True)
        if status != 201
    ]
    for request, status in refused:
        console.print(f"[red]{request.method} {request.path} was answered {status}[/]")
    receipts = _finished(pipeline, len(requests) - plans)
    for receipt in receipts:
        print_cut(console, _line(receipt))
    console.print()
    return not refused and len(receipts) == len(requests) - plans and all(r.state is not State.PARKED for r in receipts)


def _live(console: Console, pipeline: Pipeline, port: int, tools: Tools) -> bool:
    complete = _play(console, port, tools)
    receipts = _finished(pipeline, 0)
    for receipt in receipts:
        print_cut(console, _line(receipt))
    console.print()
    return (len(receipts) == live.writes() or not complete) and all(
        receipt.state is not State.PARKED for receipt in receipts
    )


def _record(console: Console, port: int, tools: Tools) -> int:
    with record.Receiver(HOST, port) as receiver:
        _play(console, port, tools)
    for change in record.write(replay.RECORDING, receiver.requests):
        console.print(change)
    console.print(f"{len(receiver.requests)} requests are in {replay.RECORDING}")
    return 0


def _play(console: Console, port: int, tools: Tools) -> bool:
    """Whether everything that the notebooks need was there."""
    console.print(
        "Running the notebooks on local Spark with the Spline agent: two nights of the job, then one interactively\n"
    )
    with postgres.server() as database:
        if database is None:
            console.print(NO_DATABASE)
        for ended in live.play(f"http://{HOST}:{port}/api/producer", FOLDER, tools, database):
            run = f"run {ended.run.run_id}" if ended.run.run_id else "interactive"
            console.print(f"  {run:<11}  {ended.notebook:<18}  {ended.error or 'done'}", markup=False)
    console.print()
    return database is not None


def _finished(pipeline: Pipeline, expected: int) -> list[Receipt]:
    """All receipts by time, once the line is idle; whatever is there when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        receipts = list(pipeline.receipts())
        if len(receipts) >= expected and not any(pipeline.pending()):
            break
        if "publishing" in pipeline.intake.health():
            break
        time.sleep(0.05)
    return sorted(pipeline.receipts(), key=lambda receipt: receipt.timestamp)


def _line(receipt: Receipt) -> str:
    run = f"run {receipt.run_id}" if receipt.run_id else "interactive"
    state = MARKS.get(receipt.state, f"[red]{receipt.state:<10}[/]")
    detail = receipt.reason or f"{receipt.mode}, {receipt.columns} column edges"
    return f"  {run:<11}  {state}  {receipt.process_name}  [dim]{detail}[/]"


def _show(console: Console, server: Server, page: Path) -> None:
    from lineage.page import render_page
    from lineage.show import render, show

    client = open_client(server.settings)
    console.print(f"[bold]lineage show {SHOWN}[/]")
    try:
        print_cut(console, render(show(client, SHOWN)))
        extras = {**counts(server.pipeline), "catalogue": server.catalogue}
        page.write_text(render_page(client, None, extras=extras), encoding="utf-8")
        console.print(f"\nThe lineage page as one file: {page}")
    except LineageError as error:
        console.print(f"{error} (Purview's search finds new assets some minutes later)", markup=False)
    client.close()


def _serve(console: Console, port: int, what: str = "The catalogue and its lineage page") -> int:
    console.print(f"{what}: http://{HOST}:{port}/   (Ctrl-C ends)")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
