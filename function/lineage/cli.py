"""The ``lineage`` command. Results go to standard output, errors to standard error.

Exit codes: 0 done; 1 something was not found or could not be converted; 2 the command line or a setting is wrong; 3 the
catalogue or the store did not answer or refused; 141 nobody reads the output any more.
"""

import functools
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import msgspec

from lineage import __version__
from lineage.errors import CatalogueError, LineageError, MalformedPayload, SettingsError, StoreError, Unavailable
from lineage.operate.commands import COMMANDS

P = ParamSpec("P")
T = TypeVar("T")


def main() -> None:
    """Entry point."""
    cli()


def reports_errors(command: Callable[P, T]) -> Callable[P, T]:
    """Turn the errors of this package into one line on standard error and the exit code of the module's docstring."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except Unavailable as error:
            click.echo(f"lineage: {error}\n{NO_CATALOGUE}", err=True)
            sys.exit(3)
        except (CatalogueError, StoreError) as error:
            click.echo(f"lineage: {error}", err=True)
            sys.exit(3)
        except SettingsError as error:
            click.echo(f"lineage: {error}", err=True)
            sys.exit(2)
        except BrokenPipeError:
            raise
        except (LineageError, OSError) as error:
            click.echo(f"lineage: {error}", err=True)
            sys.exit(1)

    return run


NO_CATALOGUE = "Is a catalogue there? `make demo` starts one; LINEAGE_CATALOGUE names another."
RETRIES = 1
"""So often is a catalogue asked again while a person waits."""
READER_GONE = 141
"""The status of a program whose reader has gone away (128 + SIGPIPE), as in ``lineage convert … | head -1``."""
DEPLOYMENT = ("preflight", "doctor", "cost", "attach")
"""Commands of ``infra``, which a checkout has, and neither the Function nor a bare installation."""


class _Commands(click.Group):
    """Also has the commands of a deployment, which are loaded when one is asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; quietly to an end when nobody reads on."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered
            sys.exit(READER_GONE)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *DEPLOYMENT]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or (_of_deployment(cmd_name) if cmd_name in DEPLOYMENT else None)


def _of_deployment(name: str) -> click.Command:
    try:
        commands: Iterable[click.Command] = importlib.import_module("infra.commands.cli").COMMANDS
    except ModuleNotFoundError as error:
        return _absent(name, error.name or "")
    return next(command for command in commands if command.name == name)


def _absent(name: str, module: str) -> click.Command:
    """In the place of a command that cannot be loaded here: the way to it, in one line."""

    def run(**_: object) -> None:
        message = f"{name} needs a checkout of the project ({module} is missing): run `make dev` there"
        click.echo(f"lineage: {message}, then .venv/bin/lineage {name}", err=True)
        sys.exit(3)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    said = "Not installed here: a command of the project's checkout."
    return click.Command(name, callback=run, short_help=said, context_settings=anything, add_help_option=False)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lineage")
def cli() -> None:
    """Spark lineage from Azure Databricks in Microsoft Purview."""


_HOST = re.compile(r"(?:https?://)?[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?(?::\d{1,5})?(?:/\S*)?", re.I)


def _workspace(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value and not _HOST.fullmatch(value):
        message = f"{value!r} is no host: adb-8765432109876543.7.azuredatabricks.net, or the URL of a workspace"
        raise click.BadParameter(message, ctx, param)
    return value


def _mounts(ctx: click.Context, param: click.Parameter, value: Path | None) -> dict[str, str]:
    if value is None:
        return {}
    try:
        return msgspec.json.decode(value.read_bytes().removeprefix(b"\xef\xbb\xbf"), type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        message = f"{value} is not a JSON object mount → target: {error}"
        raise click.BadParameter(message, ctx, param) from error


_mounts_option = click.option(
    "--mounts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_mounts,
    metavar="FILE",
    help="JSON object mount → target.",
)


@cli.command()
@click.argument("files", nargs=-1, required=True, type=click.File("rb"))
@_mounts_option
@click.option(
    "--workspace",
    default="",
    callback=_workspace,
    metavar="HOST",
    help="Workspace, where the recording's headers name none.",
)
@click.option("--as", "shape", type=click.Choice(["writes", "entities"]), default="writes", help="What to print.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
@reports_errors
def convert(files: tuple[Any, ...], mounts: dict[str, str], workspace: str, shape: str, as_lines: bool) -> None:
    """Convert recordings, or a plan followed by its event ('-' reads standard input); nothing is published."""
    from lineage.convert import as_entities, as_json
    from lineage.model import Observation
    from lineage.naming import NamingContext
    from lineage.naming.mounts import MountTable
    from lineage.recording import Recording

    table = MountTable.of([(0, mounts)]) if mounts else MountTable()

    def context(observation: Observation) -> NamingContext:
        return NamingContext(
            workspace_url=observation.context.workspace_url or workspace, mounts=table.at(observation.run.timestamp)
        )

    recording = Recording.of(b"\n".join(file.read() for file in files))
    reported = recording.convert(context)
    writes = [write for write in reported if not write.skip]
    for write in reported:
        if write.skip:  # no lineage comes of it, but nothing goes without a word
            click.echo(f"lineage: skipped: {write.skip}: {write.output.uri}", err=True)
    print_as = as_entities if shape == "entities" else as_json
    _print((print_as(write) for write in writes), as_lines)
    if not (recording.plans or recording.events or recording.faults):
        nothing = "there is neither a plan nor an event in it"
        if not recording.is_whole:
            recording.faults.append(nothing)
        else:
            click.echo(f"lineage: {nothing}: a job that writes nothing sends none", err=True)
    _end(recording.faults)


def _end(faults: list[str]) -> None:
    for fault in faults:
        click.echo(f"lineage: {fault}", err=True)
    if faults:
        sys.exit(1)


def _print(objects: Iterable[Any], as_lines: bool) -> None:
    for value in objects:
        encoded = msgspec.json.encode(value)
        click.echo(encoded if as_lines else msgspec.json.format(encoded, indent=2))


@cli.command()
@click.argument("uris", nargs=-1, required=True)
@click.option(
    "--workspace",
    default="",
    callback=_workspace,
    metavar="HOST",
    help="Workspace (host or URL), where a line names none.",
)
@_mounts_option
@click.option("--live", is_flag=True, help="Also ask the catalogue which asset would be taken, and why.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
@reports_errors
def explain(uris: tuple[str, ...], workspace: str, mounts: dict[str, str], live: bool, as_lines: bool) -> None:
    """Explain what a source URI is called in the catalogue, and by which rule.

    --live only reads: `matches` has the candidates, best first, the rule and the winner for each dataset. The
    catalogue is that of LINEAGE_CATALOGUE.

    With '-' each line of standard input is a JSON object: uri, or namespace and name, and what else is known of it
    (workspace_url, mounts, metastore_id, table_identifier, params, origin, format, symlinks).
    """
    explained = _explainer(live)
    known: dict[str, Any] = {"workspace_url": workspace} if workspace else {}
    if mounts:
        known["mounts"] = mounts
    faults: list[str] = []
    for uri in uris:
        given = msgspec.json.encode({"uri": uri.encode("utf-8", "replace").decode()})
        for number, line in enumerate(sys.stdin.buffer if uri == "-" else [given], 1):
            try:
                if line.strip():
                    _print([explained({**known, **_object(line)})], as_lines)
            except MalformedPayload as error:
                faults.append(f"line {number}: {error}" if uri == "-" else str(error))
    _end(faults)


def _explainer(live: bool) -> Callable[[dict[str, Any]], dict[str, Any]]:
    from lineage.naming.explain import explain, name_request

    if not live:
        return explain

    from lineage.catalogue import open_client
    from lineage.catalogue.live import LiveMatches
    from lineage.settings import Settings

    settings = Settings.from_env()
    matches = LiveMatches(open_client(settings, retries=RETRIES), prefer=settings.preferred)
    return lambda request: {**explain(request), "matches": matches.explain(name_request(request).datasets)}


def _object(line: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedPayload("", f"not a JSON object: {error}") from error


@cli.command()
@click.argument("name")
@click.option("--downstream", is_flag=True, help="Where it goes to, instead of where it comes from.")
@click.option("--depth", default=3, show_default=True, help="How many processes away.")
@click.option("--columns", is_flag=True, help="The column edges of each process.")
@click.option("--column", default="", metavar="X", help="Follow one column only.")
@reports_errors
def show(name: str, downstream: bool, depth: int, columns: bool, column: str) -> None:
    """Show an asset's upstream (or downstream) as a tree, process by process.

    NAME is a readable name (gold/daily_revenue) or a qualified name; the catalogue is that of LINEAGE_CATALOGUE.
    """
    from lineage.catalogue import open_client
    from lineage.settings import Settings
    from lineage.show import Direction, render
    from lineage.show import show as shown
    from lineage.show.terminal import print_cut, terminal

    direction = Direction.DOWNSTREAM if downstream else Direction.UPSTREAM
    client = open_client(Settings.from_env(), retries=RETRIES)
    tree = shown(client, name, direction=direction, depth=depth, columns=columns, column=column)
    print_cut(terminal(), render(tree))


@cli.command()
@click.argument("name", required=False)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE")
@click.option("--depth", default=3, show_default=True, help="How many datasets before and behind it.")
@reports_errors
def page(name: str | None, output: Path, depth: int) -> None:
    """Write the lineage page of an asset, or of the whole catalogue, as one self-contained HTML file.

    NAME is as for `lineage show`; the catalogue is that of LINEAGE_CATALOGUE.
    """
    from lineage.catalogue import open_client
    from lineage.page import render_page
    from lineage.settings import Settings

    output.write_text(
        render_page(open_client(Settings.from_env(), retries=RETRIES), name, depth=depth), encoding="utf-8"
    )


for operate in COMMANDS:
    cli.add_command(operate)
