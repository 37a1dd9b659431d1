"""What docs/cli.md shows under a command is what the command prints; a line ``…`` stands for lines left out."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from lineage.cli import cli

pytestmark = pytest.mark.unit

PAGE = Path("docs/cli.md").read_text()
SHOWN = re.findall(r"^```\n\$ \.venv/bin/lineage ([^\n]+)\n```\n\n```json\n(.*?)^```$", PAGE, re.M | re.S)


def test_each_command_is_shown_with_what_it_prints():
    assert len(SHOWN) == PAGE.count("\n$ .venv/bin/lineage ") == 2


@pytest.mark.parametrize(("command", "excerpt"), SHOWN, ids=[command.split()[0] for command, _ in SHOWN])
def test_the_documented_output_is_the_commands(command: str, excerpt: str):
    printed = CliRunner().invoke(cli, shlex.split(command))
    assert printed.exit_code == 0
    shown = re.escape(excerpt)
    left_out = re.sub(r"^(?:\\ )*…\\\n", "(?:.*\\\\n)+?", shown, flags=re.M)
    assert re.fullmatch(left_out, printed.stdout), printed.stdout
