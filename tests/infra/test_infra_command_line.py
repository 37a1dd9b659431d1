"""The `lineage` command: the deployment's part of it, loaded when it is asked for; and what docs/cli.md says of all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.commands.cli import COMMANDS
from lineage.cli import DEPLOYMENT, cli

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/cli.md").read_text()
LOADED = "import sys; from lineage.cli import cli; print(any(name.split('.')[0] == 'infra' for name in sys.modules))"
BARE = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("infra", "databricks_init", "pulumi"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from lineage.cli import main
sys.argv[0] = "lineage"
main()
"""


def python(code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_its_table_is_that_of_the_deployment():
    assert {command.name for command in COMMANDS} == set(DEPLOYMENT)
    for command in COMMANDS:
        shown = CliRunner().invoke(cli, [command.name, "--help"])
        assert (shown.exit_code, command.help in re.sub(r"\s+", " ", shown.output)) == (0, True), shown.output


def test_the_deployments_part_is_not_loaded_before_it_is_asked_for():
    assert python(LOADED).stdout.strip() == "False"


@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "--json"], ["cost", "100"], ["attach", "--yes"]])
def test_where_it_is_not_installed_one_line_says_how_to_get_it(arguments):
    done = python(BARE, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1), done.stderr
    assert f"lineage: {arguments[0]} needs a checkout of the project" in done.stderr
    assert "make dev" in done.stderr


def test_where_it_is_not_installed_the_rest_works_and_says_so():
    done = python(BARE, "--help")
    assert done.returncode == 0
    assert done.stdout.count("Not installed here") == len(DEPLOYMENT)
    assert python(BARE, "explain", "abfss://a@b.dfs.core.windows.net/c").returncode == 0
    assert python(BARE, "doktor").returncode == 2


def test_docs_have_each_command_and_name_no_other():
    titles = re.findall(r"^## (.*)$", PAGE, re.M)
    named = {name for title in titles for part in re.findall(r"`([^`]+)`", title) for name in commands_of(part)}
    assert named - {"lineage"} == {*cli.commands, *DEPLOYMENT}


def commands_of(part):
    words = part.split()
    return words[1:2] if words[0] == "lineage" else words[:1]


def test_docs_name_no_option_that_is_none():
    for section in PAGE.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        names = {name for part in re.findall(r"`([^`]+)`", title) for name in commands_of(part)} - {"lineage"}
        known = {
            option for name in names for parameter in cli.get_command(None, name).params for option in parameter.opts
        }
        assert set(re.findall(r"`(--[a-z-]+)", text)) <= known, title
