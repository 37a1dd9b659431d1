"""The configuration: every wrong key at once, and the same keys as the typed schema."""

import contextlib
import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.config import Config, camel
from infra.errors import ConfigError

pytestmark = pytest.mark.unit

SCHEMA = Path(__file__).parents[2] / "infra/Pulumi.yaml"
LEAST = {"location": "westeurope", "purviewAccount": "contoso"}


def test_two_settings_are_enough():
    config = Config.of(LEAST)
    assert (config.location, config.purview_url) == ("westeurope", "https://contoso.purview.azure.com")
    assert config.tag_map == {"application": "databricks-purview-lineage"}


def test_every_wrong_key_is_named_at_once():
    given_keys = {
        "purviewAcount": "contoso",
        "alwaysReady": "many",
        "memoryMb": "1024",
        "databricksWorkspaces": '["http://adb-1.azuredatabricks.net"]',
        "alertEmails": "me",
        "auth": "password",
        "keepLiterals": "yes",
    }
    with pytest.raises(ConfigError) as caught:
        Config.of(given_keys)
    said = str(caught.value)
    for key in (*given_keys, "location", "purviewAccount"):
        assert f"\n  {key}: " in said, key
    assert "did you mean purviewAccount?" in said


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"auth": "entra"}, "entraClientId"),
        ({"auth": "entra"}, "entraAllowedClients"),
        ({"scriptPlace": "volume"}, "volumePath"),
        ({"budgetAmount": "100"}, "alertEmails"),
        ({"purviewBootstrapAdmin": "true"}, "purviewResourceGroup"),
        ({"alwaysReady": "3", "maximumInstances": "2"}, "alwaysReady"),
        ({"databricksWorkspaces": '["https://a.example", "https://a.example/"]'}, "databricksWorkspaces"),
    ],
)
def test_keys_that_do_not_go_together_are_named(more, key):
    with pytest.raises(ConfigError, match=f"{key}: "):
        Config.of(LEAST | more)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mounts", "[]"),
        ("mounts", '{"/mnt/raw": 1}'),
        ("mounts", "{"),
        ("catalogueApiVersion", "latest"),
        ("catalogueScope", "https://purview.azure.net"),
        ("catalogueScope", "/.default"),
        ("catalogueScope", "https://purview azure.net/.default"),
        ("maxBodyBytes", "0"),
        ("waitingHours", "0"),
        ("debounceSeconds", "-1"),
    ],
)
def test_what_the_function_would_refuse_is_refused_here(key, value):
    with pytest.raises(ConfigError, match=f"{key}: expected"):
        Config.of(LEAST | {key: value})


def test_plain_http_is_for_this_machine_alone():
    assert Config.of(LEAST | {"purviewEndpoint": "http://127.0.0.1:8057"}).purview_url == "http://127.0.0.1:8057"
    with pytest.raises(ConfigError, match="purviewEndpoint: expected https"):
        Config.of(LEAST | {"purviewEndpoint": "http://purview.example"})


@given(st.dictionaries(st.sampled_from([camel(each.name) for each in fields(Config)]), st.text(max_size=20)))
def test_whatever_is_given_ends_in_a_config_or_in_one_error(texts):
    with contextlib.suppress(ConfigError):
        assert isinstance(Config.of(texts), Config)


def test_the_typed_schema_has_the_same_keys_types_and_defaults():
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with pulumi")
    schema = yaml.safe_load(SCHEMA.read_text())["config"]
    assert set(schema) == {camel(each.name) for each in fields(Config)} - {"entraClientSecret"}
    assert not any(row.get("secret") for row in schema.values()), "Pulumi refuses a default for a declared secret"
    kinds = {str: "string", int: "integer", bool: "boolean", tuple: "array"}
    for each in fields(Config):
        row = schema.get(camel(each.name))
        if row is None:
            continue
        assert row["description"]
        if each.default is MISSING:
            assert "default" not in row
            continue
        assert row["type"] == kinds[type(each.default)], each.name
        assert row["default"] == (list(each.default) if isinstance(each.default, tuple) else each.default), each.name


def test_docs_say_of_a_key_what_the_schema_says():
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with pulumi")
    page = (SCHEMA.parents[1] / "docs/deploy.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*) \|$", page, re.M))
    for key, row in yaml.safe_load(SCHEMA.read_text())["config"].items():
        assert re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", rows[key]) == row["description"], key
