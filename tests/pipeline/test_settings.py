"""Settings are read once, and every wrong one is named."""

import pytest

from lineage.errors import SettingsError
from lineage.settings import Settings

pytestmark = pytest.mark.unit


def test_the_defaults_need_no_environment():
    assert Settings.from_env({}) == Settings()


def test_values_are_read_by_their_type():
    env = {"LINEAGE_CATALOGUE": " https://x ", "LINEAGE_WAITING_HOURS": "12", "LINEAGE_FOLD_DATES": "False"}
    settings = Settings.from_env(env)
    assert (settings.catalogue, settings.waiting_hours, settings.fold_dates) == ("https://x", 12, False)


def test_every_wrong_value_is_named_at_once():
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"LINEAGE_MAX_BODY_BYTES": "much", "LINEAGE_KEEP_LITERALS": "perhaps"})
    assert str(raised.value).split("; ") == [
        "LINEAGE_MAX_BODY_BYTES='much': expected a whole number",
        "LINEAGE_KEEP_LITERALS='perhaps': expected true or false",
    ]


def test_in_azure_the_store_cannot_be_the_disk_of_an_instance():
    with pytest.raises(SettingsError, match="LINEAGE_STORE"):
        Settings.from_env({"WEBSITE_SITE_NAME": "func-lineage"})
    store = "https://stlineage.blob.core.windows.net/lineage"
    assert Settings.from_env({"WEBSITE_SITE_NAME": "func-lineage", "LINEAGE_STORE": store}).store == store


def test_mounts_that_are_no_object_are_named_at_the_start():
    with pytest.raises(SettingsError, match="LINEAGE_MOUNTS"):
        Settings.from_env({"LINEAGE_MOUNTS": "[1]"})


def test_rules_that_are_wrong_are_named_at_the_start_all_at_once():
    env = {
        "LINEAGE_COLLECTION_RULES": '[{"collection": "Finance"}]',
        "LINEAGE_IGNORE": '[{"paths": "x"}]',
        "LINEAGE_RELINK_HOURS": "-1",
        "LINEAGE_STALE_DAYS": "many",
    }
    with pytest.raises(SettingsError) as raised:
        Settings.from_env(env)
    for name in env:
        assert name in str(raised.value)
    assert "`$[0]`" in str(raised.value), "which of the rules it is"


def test_preferred_types_are_a_list_in_order():
    assert Settings.from_env({"LINEAGE_PREFER": " databricks_table, hive_table ,"}).preferred == (
        "databricks_table",
        "hive_table",
    )
    assert Settings().preferred == ()
