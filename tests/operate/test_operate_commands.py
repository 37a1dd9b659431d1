"""The commands as an operator types them, and what docs/operations.md says of them."""

import json
import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from lineage.catalogue import reach
from lineage.cli import DEPLOYMENT, cli
from lineage.errors import Rejected
from lineage.operate.commands import COMMANDS
from lineage.operate.period import parse_day, today
from lineage.receipts import State
from lineage.settings import PREFIX, Settings

pytestmark = pytest.mark.unit

DOCS = Path("docs/operations.md").read_text(encoding="utf-8")
ALL = {command.name: command for command in (*cli.commands.values(), *COMMANDS)}


@pytest.fixture
def run(tmp_path, line):
    def invoke(*args, store=None):
        env = {"LINEAGE_STORE": str(store or tmp_path / "store")}
        group = click.Group(commands=list(COMMANDS))
        return CliRunner().invoke(group, args, env=env, prog_name="lineage")

    return invoke


def asked(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_parked_trace_replay_and_the_sweep_bring_an_event_to_its_end(run, line):
    line.catalogue.failure = Rejected("no such type")
    line.one()
    line.sweep()
    (stuck,) = asked(run("parked", "--json"))["events"]
    assert (stuck["state"], stuck["reason"]) == ("parked", "Rejected: no such type")
    traced = asked(run("trace", stuck["event"][:12], "--json"))
    assert traced["receipt"]["reason"] == "Rejected: no such type"

    dry = asked(run("replay", "--only-parked", "--dry-run", "--json"))
    assert dry["dry_run"] is True
    assert {"field": "state", "before": "parked", "after": "published"} in dry["events"][0]["changes"]
    assert line.receipt.state is State.PARKED

    assert asked(run("replay", "--only-parked", "--json"))["events"][0]["verdict"] == "again"
    assert asked(run("replay", "--only-parked", "--json"))["events"][0]["verdict"] == "pending"
    line.catalogue.failure = None
    assert line.sweep() == 0
    assert asked(run("parked", "--json")) == {"events": [], "reasons": {}}
    found = asked(run("report", "--from", "2026-11-22", "--to", "2026-11-22", "--json"))
    assert found["states"] == {"published": 1}


def test_every_command_prints_text_too(run, line):
    line.all()
    line.sweep()
    assert run("parked").stdout == "nothing is stuck\n"
    assert "27 again; 0 would change" in run("replay", "--since", "2026-11-20", "--dry-run").stdout
    assert "25  published" in run("report", "--from", "2026-11-20", "--to", "2026-11-30").stdout
    event = next(line.pipeline.receipts()).event
    assert "guid-of-the-process" in run("trace", event).stdout
    assert run("replay", "--since", "2026-11-20").stdout.endswith("27 again\n")


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("trace", "nobody"), 1, "no event starts with 'nobody'"),
        (("replay",), 2, "say which events"),
        (("replay", "--dry-run"), 2, "say which events"),
        (("replay", "--since", "yesterday"), 2, "is no day"),
        (("replay", "--since", "2026-02-30"), 2, "is no day"),
        (("replay", "--since", "99999d", "--only-parked"), 0, ""),
        (("report", "--from", "2026-11-22", "--to", "2026-11-21"), 2, "is after"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_an_exit_code(run, args, code, says):
    result = run(*args)
    assert result.exit_code == code
    assert says in result.stderr


@pytest.mark.parametrize(
    "args", [("parked",), ("trace", "x"), ("replay", "--only-parked"), ("report",), ("relink",), ("prune",)]
)
def test_a_store_that_is_not_there_is_told_and_not_made(run, tmp_path, args):
    result = run(*args, store=tmp_path / "elsewhere")
    assert result.exit_code == 3
    assert "there is no such folder" in result.stderr
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_help_names_the_store(run, command):
    assert "build/demo/store" in " ".join(run(command.name, "--help").stdout.split())


def test_days_are_dates_or_so_many_days_ago():
    assert parse_day("2026-11-20", date(2026, 11, 24)) == date(2026, 11, 20)
    assert parse_day("7d", date(2026, 11, 24)) == date(2026, 11, 17)
    assert parse_day("0d", today()) == today()
    for wrong in ("", "d", "-1d", "7h", "20261120", "2026-11-20T00:00", "\u0667d"):
        with pytest.raises(ValueError, match=r"time data|unconverted"):
            parse_day(wrong, date(2026, 11, 24))


def commands_in(text):
    """Each ``lineage …`` in code, as its command and options."""
    for span in re.findall(r"`(?:\.venv/bin/)?lineage ([^`\n]+)`|^(?:\.venv/bin/)?lineage (.+)$", text, re.M):
        words = (span[0] or span[1]).split("#")[0].split()
        yield words[0], [word for word in words[1:] if word.startswith("-")]


def test_every_command_and_option_of_the_page_exists():
    found = [(name, options) for name, options in commands_in(DOCS) if name not in DEPLOYMENT]
    for name, options in found:
        known = {option for param in ALL[name].params for option in param.opts}
        assert set(options) <= known, f"lineage {name} {options}"
    assert {name for name, _ in found} >= {command.name for command in COMMANDS}


def test_every_option_of_these_commands_is_on_the_page():
    options = {option for command in COMMANDS for param in command.params for option in param.opts if option[0] == "-"}
    assert {option for option in options if option not in DOCS} == set()


def test_every_state_and_verdict_that_the_page_explains_exists():
    from lineage.catalogue import prune
    from lineage.operate.replay import Verdict
    from lineage.operate.stuck import DAMAGED, STUCK, UNTRIED

    rows = re.findall(r"^\| `([a-z ]+)` \|", DOCS, re.M)
    assert set(rows) == {*map(str, STUCK), UNTRIED, DAMAGED, *map(str, Verdict), *map(str, prune.Verdict)}


CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path("function/lineage").rglob("*.py"))
NOT_OURS = {"Cannot send lineage data to", "429", "LINEAGE_"}
"""What the agent says, the catalogue's status, and the start of any setting."""


def quoted(cells):
    """The fixed parts of what stands in code spans."""
    texts = {text for cell in cells for text in re.findall(r"`([^`]+)`", cell)} - NOT_OURS
    return {part.strip() for text in texts for part in re.split(r"…|\d+|: |, ", text)} - {"", "s", ")"} - NOT_OURS


def test_what_one_is_told_to_see_is_what_is_said():
    section = DOCS.split("## What you see\n")[1].split("\n## ")[0]
    parts = quoted(row.split(" | ")[0] for row in re.findall(r"^\| (.*) \|$", section, re.M))
    assert len(parts) > 40
    assert {part for part in parts if part not in CODE} == set()


def test_each_way_that_the_look_at_the_catalogue_may_end_is_explained():
    texts = [says for _, _, says in reach._MET] + [says for _, says in reach._ANSWERED.values()]
    assert [text for text in texts if f"`{text}`" not in DOCS and f"`{text}`, `" not in DOCS] == []
    assert set(re.findall(r"`(LINEAGE_\w+)`", DOCS)) <= {f"{PREFIX}{one.name.upper()}" for one in fields(Settings)}
