"""What docs/deploy.md says is what there is: settings, commands, codes."""

import ast
import dataclasses
import json
import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from infra import watch
from infra.app_settings import KEYS, Facts, app_settings, catalogue_url
from infra.commands import backlog, cli, cost, doctor, preflight, smoke
from infra.config import Config, camel
from infra.roles import ROLES
from lineage.catalogue.client import AtlasClient, scope_of
from lineage.cli import cli as lineage
from lineage.settings import PREFIX, Settings

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/deploy.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
OTHERS = {
    "catalogue_scope": "api://a/.default",
    "collection_rules": "[]",
    "ignore_rules": "[]",
    "mounts": "{}",
    "prefer_types": ("t",),
}


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
        elif isinstance(each.default, tuple):
            assert shown == (f"`{json.dumps(each.default)}`" if each.default else "")
        else:
            assert shown == (f"`{each.default}`" if each.default != "" else "")


def test_each_catalogue_of_the_page_is_what_its_endpoint_makes():
    rows = re.findall(r"^\| [^|]+ \| `(https?://\S+)` \| ?(?:`(\S+)`|none)? ?\|$", OPERATIONS, re.M)
    assert len(rows) == 6
    for url, endpoint in rows:
        if "purview" in url:
            given = {"purviewEndpoint": endpoint} if endpoint else {}
            config = Config.of({"location": "westeurope", "purviewAccount": "contoso", **given})
            assert catalogue_url(config) == url
        cloud = next((end for end in (".us", ".cn") if f"azure{end}/" in url), ".net")
        assert scope_of(url) == f"https://purview.azure{cloud}/.default"
        client = AtlasClient(url)
        assert client.purview == ("purview" in url)
        assert client._url("entity/bulk", []).startswith(f"{url}/entity/bulk")
        assert (
            client._url("account/collections", []).split("?")[0]
            == f"{url.split('/datamap')[0].split('/api/')[0]}/account/collections"
        )


def test_every_setting_that_is_named_anywhere_is_one():
    known = {camel(each.name) for each in fields(Config)}
    alone = re.findall(r"config set (?:--\w+ )?'?(\w+)", PAGE)
    together = [
        key for command in re.findall(r"config set-all ([^`]+)`", PAGE) for key in re.findall(r"(\w+)[^ ]*=", command)
    ]
    assert together
    assert {*alone, *together} - {"KEY"} <= known


def test_the_quick_start_is_five_commands_and_sets_what_is_required():
    steps = re.findall(r"^(\d)\. (.*(?:\n   .*)*)", section("From clone to lineage"), re.M)
    assert [number for number, _ in steps] == ["1", "2", "3", "4", "5"]
    assert all(text.startswith("`") for _, text in steps)
    (settings,) = [text for _, text in steps if "config set-all" in text]
    required = {camel(each.name) for each in fields(Config) if each.default is MISSING}
    assert required <= set(re.findall(r"--plaintext '?(\w+)", settings.replace("\n  ", "")))


def test_every_make_target_that_is_named_is_one():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"`make ([a-z-]+)", PAGE)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_command_and_option_that_is_named_is_one():
    named = {name.split()[0] for name in re.findall(r"^\| `(\w+(?: [A-Z_]+)?)` \| [als]", section("Commands"), re.M)}
    assert named == {command.name for command in cli.COMMANDS}
    options = {option for command in cli.COMMANDS for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"`(--[a-z]+)", section("Commands"))) <= options
    called = re.findall(r"\.venv/bin/lineage (\w+)((?: --\w+)*)`", PAGE)
    assert {name for name, _ in called} <= named
    assert {option for _, given in called for option in given.split()} <= options


def test_every_command_that_a_fix_names_is_one():
    known = {*lineage.list_commands(None), "without"}  # the last: "lineage doctor without --smoke"
    fixes = [*(alert.fix for alert in watch.ALERTS), *backlog.FIX.values(), smoke.REFUSED, smoke.LATE]
    named = {name for fix in fixes for name in re.findall(r"\blineage (\w+)", fix)}
    assert {"parked", "doctor", "attach"} <= named <= known


def test_every_code_is_listed():
    codes = re.findall(r"^\| ([PDS]\d\d) \|", section("When something is missing"), re.M)
    checks = {code for code, _ in (*preflight.CHECKS, *doctor.CHECKS)}
    assert set(codes) == checks | {"S01", "S02", "S03"}
    assert codes == sorted(codes, key=lambda code: ("PDS".index(code[0]), code))


def test_roles_and_alerts_are_the_ones_that_are_made():
    made = section("What is made")
    assert all(role.name in made for role in ROLES)
    assert f"{['five', 'six', 'seven'][len(watch.ALERTS) - 5]} alerts" in made


def test_every_price_that_can_be_given_is_listed():
    costs = section("What it costs")
    assert re.findall(r"^\| `(\w[a-z-]+)` \|", costs, re.M) == list(cost.PRICED)
    assert set(re.findall(r"--price ([a-z-]+)=", costs)) <= set(cost.PRICED)
    assert f"{cost.ENTITIES * cost.NEW_OPERATIONS:g} operations for a new\nwrite" in costs
    assert f"({cost.NEW_OPERATIONS:g} an entity, measured) and {cost.COLUMNS} for eight columns of each" in costs


# --- the settings of the Function -----------------------------------------------------------------------------------


def shown(default):
    text = str(default).lower() if isinstance(default, bool) else str(default)
    return f"`{text}`" if text else ""


def test_every_setting_of_the_function_is_listed_with_its_default_and_key():
    rows = re.findall(r"^\| `LINEAGE_(\w+)` \| (.*?) ?\| (.*?) ?\| (.+) \|$", OPERATIONS, re.M)
    assert [(name.lower(), default) for name, default, _, _ in rows] == [
        (one.name, shown(one.default)) for one in fields(Settings)
    ]
    made = app_settings(Config.default(), Facts("s", "b", "q", "t", "c", "k", "i")).keys() | {f"{PREFIX}SIGN_IN"}
    for name, _, key, _ in rows:
        if name.lower() in KEYS:
            assert key == f"`{camel(KEYS[name.lower()])}`"
        else:
            assert key.startswith("made") == (f"{PREFIX}{name}" in made), name
            assert set(re.findall(r"`(\w+)`", key)) <= {camel(each.name) for each in fields(Config)}


@pytest.mark.parametrize(("name", "field"), KEYS.items())
def test_a_key_sets_its_setting_and_its_default_sets_none(name, field):
    before = getattr(Config.default(), field)
    value = OTHERS[field] if field in OTHERS else not before if isinstance(before, bool) else type(before)(7)
    facts = Facts("https://s", "b", "q", "t", "c", "k", "i")
    plain, changed = (
        app_settings(config, facts)
        for config in (Config.default(), dataclasses.replace(Config.default(), **{field: value}))
    )
    env = f"{PREFIX}{name.upper()}"
    assert env not in plain
    assert changed.keys() - plain.keys() == {env}
    expected = value[0] if isinstance(value, tuple) else value
    read = Settings.from_env({key: text for key, text in changed.items() if key.startswith(PREFIX)})
    assert getattr(read, name) == expected


# --- the kill switch ------------------------------------------------------------------------------------------------


def called(tree):
    """What is called or read of ``self`` or ``pipeline()``."""
    owners = ("self", "pipeline")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.func if isinstance(node.value, ast.Call) else node.value
            if isinstance(owner, ast.Name) and owner.id in owners:
                yield node.attr


def functions(path):
    tree = ast.parse((ROOT / path).read_text())
    return {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def publishing():
    """The triggers that come to the publisher, or to the upkeep of what is published."""
    methods = {name: set(called(node)) for name, node in functions("function/lineage/pipeline.py").items()}

    def reached(names):
        more = {found for name in names for found in methods.get(name, ())} | names
        return more if more == names else reached(more)

    triggers = {
        name: set(called(node))
        for name, node in functions("function/function_app.py").items()
        if any("trigger" in ast.unparse(one) for one in node.decorator_list)
    }
    assert set(triggers) == {"convert", "poisoned", "sweep", "relink"}
    return {name for name, calls in triggers.items() if reached(calls) & {"publisher", "turn"}}


def test_the_kill_switch_of_publishing_names_every_trigger_that_publishes():
    (row,) = re.findall(r"^\| publishing \| (.*?) \|", OPERATIONS, re.M)
    named = re.findall(r"`AzureWebJobs\.(\w+)\.Disabled`", row)
    assert set(named) == publishing() == set(doctor.PUBLISHERS)
