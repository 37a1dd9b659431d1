"""The deployment's part of the `lineage` command: preflight, doctor, cost, attach. ``COMMANDS`` is added to its group.

Exit codes: 0 nothing wrong (warnings included); 1 a check failed; 2 the command line is wrong; 3 the stack cannot be
read.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from infra.app_settings import catalogue_url
from infra.clients.rest import Rest
from infra.clients.workspace import SCOPE, Workspace
from infra.commands import attach as attaching
from infra.commands import cost as costs
from infra.commands import doctor as after
from infra.commands import preflight as before
from infra.commands.attach import Change
from infra.commands.finding import Finding, Level, as_json, look, worst
from infra.config import Config
from infra.errors import ConfigError, DeployError
from infra.names import Names
from infra.providers.credentials import credential

logging.getLogger("azure").setLevel(logging.CRITICAL)  # what it has to say is in the findings

ROOT = Path(__file__).parents[2]
PROJECT = "databricks-purview-lineage"


def pulumi(*arguments: str) -> Any:
    """The decoded answer of a pulumi command in infra/. Raises ``DeployError``."""
    try:
        done = subprocess.run(  # noqa: S603
            ["pulumi", *arguments, "--json"],  # noqa: S607 - the user's own
            cwd=ROOT / "infra",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except FileNotFoundError:
        raise DeployError("pulumi is missing: https://www.pulumi.com/docs/install") from None
    if done.returncode:
        raise DeployError(f"pulumi {arguments[0]}: {done.stderr.strip().splitlines()[-1] if done.stderr else 'failed'}")
    return json.loads(done.stdout)


def configuration() -> Config:
    """Of the stack that is selected. Raises ``DeployError``."""
    listed = pulumi("config", "--show-secrets")
    texts = {key.partition(":")[2]: one for key, one in listed.items() if key.startswith(f"{PROJECT}:")}
    return Config.of({key: _raw(one) for key, one in texts.items()})


def _raw(one: Mapping[str, Any]) -> str:
    """A list comes as its JSON text or decoded."""
    return str(one["value"]) if "value" in one else json.dumps(one["objectValue"])


def subscription() -> str:
    """``ARM_SUBSCRIPTION_ID``, else the Azure CLI's. Raises ``DeployError``."""
    if found := os.environ.get("ARM_SUBSCRIPTION_ID"):
        return found
    try:
        done = subprocess.run(
            ["az", "account", "show", "--query", "id", "--output", "tsv"],  # noqa: S607 - the user's own
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except FileNotFoundError:
        raise DeployError("neither ARM_SUBSCRIPTION_ID nor the Azure CLI is here: az login") from None
    if done.returncode:
        raise DeployError("the Azure CLI is not signed in: az login")
    return done.stdout.strip()


def ground() -> before.Ground:
    """What preflight looks at. Raises ``DeployError``."""
    config = configuration()
    stack = pulumi("stack", "ls")
    current = next((one for one in stack if one.get("current")), {"name": "dev"})
    id_ = subscription()
    names = Names.of(project=PROJECT, stack=current["name"].split("/")[-1], subscription=id_)
    return before.Ground(config, names, id_, credential(), ROOT, deployed=bool(current.get("resourceCount")))


def deployment() -> after.Deployment:
    """What doctor looks at. Raises ``DeployError``."""
    config = configuration()
    outputs = pulumi("stack", "output", "--show-secrets")
    if "url" not in outputs:
        raise DeployError("nothing is deployed in this stack: make deploy")
    return after.Deployment(config, outputs, credential(), catalogue_url(config))


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
    try:
        found = ground()
    except ConfigError as error:
        report(before.wrong_configuration(error), as_objects)
        return
    except DeployError as error:
        click.echo(f"lineage: {error}", err=True)
        sys.exit(3)
    report(look(before.CHECKS, found), as_objects)


@click.command()
@_JSON
@click.option("--smoke", is_flag=True, help="Send an invented plan and event, and look for their edge.")
def doctor(as_objects: bool, smoke: bool) -> None:
    """Look at a deployment: Function, key, role, types, alerts, workspaces, clusters."""
    found = _or_stop(deployment)
    findings = [*look(after.CHECKS, found)]
    report([*findings, *(after.smoke(found) if smoke else ())], as_objects)


@click.command()
@click.argument("events_a_day", type=click.IntRange(min=1))
@click.option("--price", "prices", multiple=True, metavar="NAME=AMOUNT", help="Price of a unit, as your region has it.")
@click.option("--json", "as_objects", is_flag=True, help="An array of objects instead of lines.")
def cost(events_a_day: int, prices: tuple[str, ...], as_objects: bool) -> None:
    """Estimate what a month of EVENTS_A_DAY needs, in the units that Azure bills."""
    try:
        given = {name: float(amount) for name, _, amount in (one.partition("=") for one in prices)}
    except ValueError:
        raise click.BadParameter("expected NAME=AMOUNT", param_hint="--price") from None
    lines = list(costs.estimate(events_a_day, _or_stop(configuration)))
    if unknown := given.keys() - {line.name for line in lines}:
        raise click.BadParameter(f"no such quantity: {', '.join(sorted(unknown))}", param_hint="--price")
    if as_objects:
        click.echo(json.dumps([{**asdict(line), "cost": line.cost(given)} for line in lines]))
        return
    for line in lines:
        money = line.cost(given)
        click.echo(f"{line.name:14} {line.amount:14,.2f} {line.unit}" + ("" if money is None else f"   {money:,.2f}"))


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


def _workspace(found: after.Deployment, url: str) -> Workspace:
    return Workspace(Rest(url, found.credential, SCOPE))


def _planned(found: after.Deployment, restart: bool) -> Planned:
    sites: Mapping[str, Mapping[str, Any]] = found.outputs.get("databricks") or {}
    return {
        url: list(attaching.plan(_workspace(found, url), facts["policyId"], today=found.today, restart=restart))
        for url, facts in sites.items()
    }


def _apply(found: after.Deployment, planned: Planned, undo: bool = False) -> dict[str, int]:
    return {url: attaching.apply(_workspace(found, url), changes, undo=undo) for url, changes in planned.items()}


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


@click.group()
def main() -> None:
    """The deployment's part of the `lineage` command."""


for _command in COMMANDS:
    main.add_command(_command)
