"""The deployment's part of the `lineage` command: preflight, doctor, cost, attach. ``COMMANDS`` is added to its group.

Exit codes: 0 nothing wrong (warnings included); 1 a check failed; 2 the command line is wrong; 3 the stack cannot be
read (doctor and attach; preflight tells of it as a finding, and cost takes the defaults).
"""

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from infra.commands import attach as attaching
from infra.commands import cost as costs
from infra.commands import doctor as after
from infra.commands import preflight as before
from infra.commands import smoke as through
from infra.commands.attach import Change
from infra.commands.deployment import Deployment
from infra.commands.finding import Finding, Level, as_json, look, worst
from infra.commands.selected import ROOT, configuration, deployment, ground
from infra.config import Config
from infra.errors import DeployError

logging.getLogger("azure").setLevel(logging.CRITICAL)  # what it has to say is in the findings


def report(findings: Iterable[Finding], as_objects: bool) -> None:
    """Print, and end with the exit code of the module's docstring."""
    seen: list[Finding] = []
    for one in findings:
        seen.append(one)
        if not as_objects:
            click.echo(one.line)
    if as_objects:
        click.echo(as_json(seen))
    if worst(seen) is Level.FAIL:
        sys.exit(1)


def _or_stop(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except DeployError as error:
        click.echo(f"lineage: {error}", err=True)
        sys.exit(3)


_JSON = click.option("--json", "as_objects", is_flag=True, help="An array of objects instead of lines.")


@click.command()
@_JSON
def preflight(as_objects: bool) -> None:
    """Look at everything that a deployment needs, before the first resource; changes nothing."""
    report(look(before.CHECKS, ground()), as_objects)


@click.command()
@_JSON
@click.option("--smoke", is_flag=True, help="Send an invented plan and event, and look for their edge.")
def doctor(as_objects: bool, smoke: bool) -> None:
    """Look at a deployment: Function, key, role, types, alerts, workspaces, clusters."""
    found = _or_stop(deployment)
    findings = [*look(after.CHECKS, found)]
    report([*findings, *(through.smoke(found) if smoke else ())], as_objects)


@click.command()
@click.argument("events_a_day", type=click.IntRange(min=1))
@click.option("--processes", type=click.IntRange(min=1), help="Distinct ones; without, each runs once a day.")
@click.option(
    "--new", type=click.FloatRange(0, 100), default=1, show_default=True, help="Per cent that say something new."
)
@click.option("--price", "prices", multiple=True, metavar="NAME=AMOUNT", help="Price of a unit, as your region has it.")
@click.option("--json", "as_objects", is_flag=True, help="An array of objects instead of lines.")
def cost(events_a_day: int, processes: int | None, new: float, prices: tuple[str, ...], as_objects: bool) -> None:
    """Estimate what a month of EVENTS_A_DAY needs, in the units that Azure bills."""
    given = _priced(prices)
    load = costs.Workload(events_a_day, min(processes or events_a_day, events_a_day), new / 100)
    lines = list(costs.estimate(load, _or_default()))
    if as_objects:
        click.echo(json.dumps([{**asdict(line), "cost": line.cost(given)} for line in lines]))
        return
    for line in lines:
        money = line.cost(given)
        amount = f"{line.amount:,.{2 if line.amount >= 1 else 4}f}"
        click.echo(f"{line.name:14} {amount:>14} {line.unit}" + ("" if money is None else f"   {money:,.2f}"))
    click.echo("\nassumed")
    for line in lines:
        click.echo(f"{line.name:14} {line.assumed}")


def _priced(prices: Iterable[str]) -> dict[str, float]:
    try:
        given = {name: float(amount) for name, _, amount in (one.partition("=") for one in prices)}
    except ValueError:
        raise click.BadParameter("expected NAME=AMOUNT", param_hint="--price") from None
    if unknown := given.keys() - set(costs.PRICED):
        said = f"no such quantity: {', '.join(sorted(unknown))}; there are: {', '.join(costs.PRICED)}"
        raise click.BadParameter(said, param_hint="--price")
    return given


def _or_default() -> Config:
    """The stack's configuration; the defaults, and a line that says so, where it cannot be read."""
    try:
        return configuration()
    except DeployError as error:
        why = " ".join(str(error).partition("\nset a key")[0].split())
        click.echo(f"lineage: with the defaults of every setting, for no stack can be read ({why})", err=True)
        return Config.default()


@click.command()
@click.option("--yes", "do_it", is_flag=True, help="Do it; without, only say what would be done.")
@click.option("--restart", is_flag=True, help="Running clusters, too: they restart.")
@click.option("--undo", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Put back what FILE says.")
def attach(do_it: bool, restart: bool, undo: Path | None) -> None:
    """Put clusters and jobs that exist under the policy; writes a file from which it can be undone."""
    found = _or_stop(deployment)
    if undo:
        _report(_or_stop(partial(_apply, found, _kept(undo), undo=True)), "put back")
        return
    planned: Planned = _or_stop(partial(_planned, found, restart))
    for url, changes in planned.items():
        for change in changes:
            click.echo(f"{url}: {change.line}")
    if not do_it:
        click.echo("nothing was changed; do it with --yes")
        return
    file = _keep(planned)
    click.echo(f"undo it with --undo {os.path.relpath(file)}")
    _report(_or_stop(partial(_apply, found, planned)), "changed")


Planned = dict[str, list[Change]]
"""Workspace → what is to be done there."""


def _planned(found: Deployment, restart: bool) -> Planned:
    sites: Mapping[str, Mapping[str, Any]] = found.outputs.get("databricks") or {}
    return {
        url: list(attaching.plan(found.workspace(url), facts["policyId"], today=found.now.date(), restart=restart))
        for url, facts in sites.items()
    }


def _apply(found: Deployment, planned: Planned, undo: bool = False) -> dict[str, int]:
    return {url: attaching.apply(found.workspace(url), changes, undo=undo) for url, changes in planned.items()}


def _keep(planned: Planned) -> Path:
    """Written before the first change, so that one that fails half-way can be undone, too."""
    file = ROOT / "build/attach" / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({url: [one.as_object() for one in changes] for url, changes in planned.items()}))
    return file


def _kept(file: Path) -> Planned:
    kept = json.loads(file.read_text())
    return {url: [Change(**one) for one in changes] for url, changes in kept.items()}


def _report(counts: Mapping[str, int], what: str) -> None:
    for url, count in counts.items():
        click.echo(f"{url}: {count} {what}")


COMMANDS: tuple[click.Command, ...] = (preflight, doctor, cost, attach)
