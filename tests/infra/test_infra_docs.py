"""What docs/deploy.md says is what there is: settings, commands, codes."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from infra import watch
from infra.commands import cli, doctor, preflight
from infra.config import Config, camel
from infra.roles import ROLES

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/deploy.md").read_text()


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_setting_is_listed_with_its_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \| ", section("Settings"), re.M))
    assert set(rows) == {camel(each.name) for each in fields(Config)}
    for each in fields(Config):
        shown = rows[camel(each.name)]
        if each.default is MISSING:
            assert shown == "required"
        elif isinstance(each.default, bool):
            assert shown == f"`{str(each.default).lower()}`"
        else:
            assert shown == (f"`{each.default}`" if each.default not in ("", ()) else "")


def test_every_setting_that_is_named_anywhere_is_one():
    known = {camel(each.name) for each in fields(Config)}
    assert set(re.findall(r"pulumi config set (?:--\w+ )?'?(\w+)", PAGE)) - {"KEY"} <= known


def test_every_make_target_that_is_named_is_one():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make ([a-z-]+)", PAGE)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_command_and_option_that_is_named_is_one():
    named = {name.split()[0] for name in re.findall(r"^\| `(\w+(?: [A-Z_]+)?)` \| [als]", section("Commands"), re.M)}
    assert named == {command.name for command in cli.COMMANDS}
    options = {option for command in cli.COMMANDS for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"`(--[a-z]+)", section("Commands"))) <= options


def test_every_code_is_listed():
    codes = re.findall(r"^\| ([PDS]\d\d) \|", section("When something is missing"), re.M)
    checks = {code for code, _ in (*preflight.CHECKS, *doctor.CHECKS)}
    assert set(codes) == checks | {"P00", "D07", "S01", "S02", "S03"}
    assert codes == sorted(codes, key=lambda code: ("PDS".index(code[0]), code))


def test_roles_and_alerts_are_the_ones_that_are_made():
    made = section("What is made")
    assert all(role.name in made for role in ROLES)
    assert f"{['five', 'six', 'seven'][len(watch.ALERTS) - 5]} alerts" in made
