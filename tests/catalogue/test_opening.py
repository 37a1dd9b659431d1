"""What the settings choose, and what importing costs."""

import subprocess
import sys

import pytest

from lineage.catalogue import AtlasClient, Publisher, open_publisher
from lineage.errors import SettingsError
from lineage.rules import CollectionRule
from lineage.settings import Settings
from tests.catalogue.line import MemoryStore

pytestmark = pytest.mark.unit


def test_a_publisher_comes_from_the_settings():
    made = open_publisher(Settings(catalogue="http://h/api/atlas/v2", catalogue_rate=25), MemoryStore())
    assert isinstance(made, Publisher)
    assert isinstance(made.client, AtlasClient)
    assert made.client.base_url == "http://h/api/atlas/v2"
    assert made.client.budget.rate == 25


def test_the_stewards_rules_reach_the_publisher():
    rules = '[{"path": "https://lake/x", "collection": "Finance"}]'
    given = Settings(collection="Lineage", collection_rules=rules, prefer="databricks_table, hive_table")
    made = open_publisher(given, MemoryStore())
    assert made.collections.default == "Lineage"
    assert made.collections.rules == (CollectionRule("Finance", path="https://lake/x"),)
    assert made.matcher._prefer == ("databricks_table", "hive_table")


def test_wrong_settings_are_told():
    with pytest.raises(SettingsError):
        open_publisher(Settings(catalogue_auth="magic"), MemoryStore())


def test_an_unknown_name_is_an_attribute_error():
    import lineage.catalogue

    with pytest.raises(AttributeError, match="Nonsense"):
        _ = lineage.catalogue.Nonsense


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("lineage.catalogue", ("azure", "requests", "pyapacheatlas")),
        ("lineage.catalogue.client", ("azure.identity", "pyapacheatlas", "msal")),
        ("lineage.catalogue.process_state", ("azure", "pyapacheatlas", "requests")),
    ],
)
def test_importing_loads_no_more_than_it_needs(module, absent):
    script = f"import sys, {module}; print([name for name in {absent!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
