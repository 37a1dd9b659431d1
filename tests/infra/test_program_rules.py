"""A steward's rules on their way from the configuration to the Function: checked, passed on, their roles granted."""

import json

import pytest

from infra.app_settings import Facts, app_settings
from infra.config import Config
from infra.errors import ConfigError
from lineage.rules import collection_rules, ignore_rules
from lineage.settings import Settings

LEAST = {"location": "westeurope", "purviewAccount": "contoso"}
FINANCE = {"path": "https://lake.dfs.core.windows.net/finance", "collection": "Finance"}
RULES = json.dumps(
    [FINANCE, {"catalogue": "hr", "collection": "People"}, {"workspace": "adb-1*", "collection": "Finance"}]
)
IGNORE = '[{"notebook": "/Users/*"}]'
FACTS = Facts("https://s/lineage", "https://s", "https://q", "https://t", "client", "abc123", "connection")

unit = pytest.mark.unit


def read(**given):
    found = app_settings(Config.of(LEAST | given), FACTS)
    return Settings.from_env({name: value for name, value in found.items() if name.startswith("LINEAGE_")})


@unit
def test_the_function_reads_what_was_configured():
    settings = read(
        collectionRules=RULES,
        ignoreRules=IGNORE,
        preferTypes='["databricks_table", "hive_table"]',
        relinkHours="0",
        staleDays="30",
    )
    assert collection_rules(settings.collection_rules) == collection_rules(RULES)
    assert ignore_rules(settings.ignore) == ignore_rules(IGNORE)
    assert settings.preferred == ("databricks_table", "hive_table")
    assert (settings.relink_hours, settings.stale_days) == (0, 30)


@unit
def test_the_defaults_are_the_functions_own():
    config = Config.of(LEAST)
    assert (config.relink_hours, config.stale_days) == (Settings().relink_hours, Settings().stale_days)
    names = {
        "LINEAGE_COLLECTION_RULES",
        "LINEAGE_IGNORE",
        "LINEAGE_PREFER",
        "LINEAGE_RELINK_HOURS",
        "LINEAGE_STALE_DAYS",
    }
    assert not names & set(app_settings(config, FACTS))


@unit
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("collectionRules", "Finance"),
        ("collectionRules", '[{"collection": "Finance"}]'),
        ("collectionRules", '[{"folder": "x", "collection": "Finance"}]'),
        ("ignoreRules", "[{}]"),
        ("preferTypes", '["databricks table"]'),
        ("relinkHours", "-1"),
        ("staleDays", "soon"),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_made(key, value):
    with pytest.raises(ConfigError, match=f"{key}: expected"):
        Config.of(LEAST | {key: value})


def test_each_collection_of_the_rules_gets_the_role_once(tmp_path):
    pytest.importorskip("pulumi_azure_native")
    from tests.infra.program import run

    recorder = run(tmp_path, collectionRules=RULES, purviewCollection="Lakehouse")
    roles = [one.inputs for one in recorder.resources if "wanted" in one.inputs]
    assert sorted(one["wanted"] for one in roles) == ["Finance", "Lakehouse", "People"]
    assert {one["role"] for one in roles} == {"data-curator"}
    assert len({one["principal"] for one in roles}) == 1
