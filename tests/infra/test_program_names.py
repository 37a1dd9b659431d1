"""What the program names is what the Function reads: settings, queue, log lines, function names."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

import infra.app_settings
from infra import names, watch
from infra.app_settings import KEYS, STORAGE, Facts, app_settings
from infra.config import Config
from lineage.settings import PREFIX, Settings

pytestmark = pytest.mark.unit

FUNCTION = Path(__file__).parents[2] / "function"
EVERY = {
    "location": "westeurope",
    "purviewAccount": "contoso",
    "catalogueRate": "25",
    "metastoreId": "m",
    "keepLiterals": "true",
    "collectionRules": '[{"collection": "Finance", "path": "*/finance"}]',
    "ignoreRules": '[{"path": "*/tmp"}]',
    "preferTypes": '["azure_sql_table"]',
    "relinkHours": "0",
    "staleDays": "30",
    "debounceSeconds": "600",
    "waitingHours": "4",
    "foldDates": "false",
    "maxBodyBytes": "2000000",
    "mounts": '{"/mnt/raw": "abfss://raw@lake.dfs.core.windows.net/"}',
    "catalogueApiVersion": "2023-09-01",
    "catalogueScope": "https://purview.azure.us/.default",
    "auth": "entra",
    "entraClientId": "00000000-0000-4000-8000-00000000000a",
    "entraAllowedClients": '["00000000-0000-4000-8000-00000000000b"]',
}
"""Every key that becomes a setting of the Function, away from its default."""


FACTS = Facts("https://s/lineage", "https://s", "https://q", "https://t", "client", "abc123", "connection")


def settings():
    return app_settings(Config.of(EVERY), FACTS)


def test_every_setting_that_the_program_can_make_is_looked_at_here():
    source = Path(infra.app_settings.__file__).read_text()
    fixed = {*re.findall(rf'"({PREFIX}\w+)"', source), f"{PREFIX}SIGN_IN"}
    made = {f"{PREFIX}{name.upper()}" for name in KEYS}
    assert fixed | made == {name for name in settings() if name.startswith(PREFIX)}


def test_what_has_its_default_is_left_to_the_function():
    least = app_settings(Config.of({key: EVERY[key] for key in ("location", "purviewAccount")}), FACTS)
    told = {"STORE", "QUEUE", "QUEUE_ENDPOINT", "CATALOGUE", "CATALOGUE_AUTH", "COLLECTION"}
    assert {name for name in least if name.startswith(PREFIX)} == {PREFIX + name for name in told}


def test_every_setting_is_one_that_the_function_reads_and_takes():
    given = {name: value for name, value in settings().items() if name.startswith(PREFIX)}
    assert {name.removeprefix(PREFIX).lower() for name in given} <= {each.name for each in fields(Settings)}
    read = Settings.from_env(given)
    assert (read.queue, read.catalogue_auth, read.collection) == (names.QUEUE, "entra", "abc123")
    assert read.catalogue == "https://contoso.purview.azure.com/datamap/api/atlas/v2"
    assert (read.catalogue_rate, read.metastore_id, read.keep_literals) == (25, "m", True)
    assert (read.debounce_seconds, read.waiting_hours, read.fold_dates, read.max_body_bytes) == (
        600,
        4,
        False,
        2_000_000,
    )


def test_the_triggers_name_the_connection_and_the_queue_that_are_set():
    source = (FUNCTION / "function_app.py").read_text()
    (connection,) = re.findall(r'^STORAGE = "(\w+)"', source, re.M)
    assert connection == STORAGE
    for setting in re.findall(r'"%(\w+)%', source):
        assert setting in settings()
    assert f'"%LINEAGE_QUEUE%{names.POISON_QUEUE.removeprefix(names.QUEUE)}"' in source


def test_queries_look_for_what_the_function_is_called_and_logs():
    code = "\n".join(path.read_text() for path in FUNCTION.rglob("*.py"))
    queries = [alert.query for alert in watch.ALERTS] + [query for _, query, _ in watch.TILES]
    named = {name for query in queries for name in re.findall(r"OperationName == '(\w+)'", query)}
    assert named == {"poisoned", "receive", "convert"}
    for name in named:
        assert re.search(rf"def {name}\(", (FUNCTION / "function_app.py").read_text()), name
    for text in ('"sweep: %s stays pending: %s"', '"refused %a: %s: %a"', "the catalogue is away", "class Forbidden("):
        assert text in code
    for query in queries:
        for start in re.findall(r"Message startswith '([^']+)'", query):
            assert f'"{start}%' in code, start
