"""What the real runtime finds in ``function/``, and what importing it costs and touches."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.functions_app import FUNCTION, NotStarted, running_functions

pytestmark = pytest.mark.host

HTTP_OUT = {"direction": "OUT", "type": "http", "name": "$return"}


def _http(route: str, level: str, *methods: str) -> list[object]:
    trigger = {"direction": "IN", "type": "httpTrigger", "name": "req", "authLevel": level, "route": route}
    return [{**trigger, "methods": list(methods)}, HTTP_OUT]


def _queue(name: str) -> list[object]:
    trigger = {"direction": "IN", "type": "queueTrigger", "name": "message", "queueName": name}
    return [{**trigger, "connection": "AzureWebJobsStorage"}]


def test_the_runtime_indexes_every_function_without_any_setting(tmp_path):
    with running_functions(tmp_path, {}) as app:
        assert app.functions == {
            "receive": _http("{*path}", "FUNCTION", "GET", "HEAD", "POST"),
            "health": _http("health", "ANONYMOUS", "GET", "HEAD"),
            "version": _http("version", "ANONYMOUS", "GET", "HEAD"),
            "convert": _queue("%LINEAGE_QUEUE%"),
            "poisoned": _queue("%LINEAGE_QUEUE%-poison"),
            "sweep": [
                {
                    "direction": "IN",
                    "type": "timerTrigger",
                    "name": "timer",
                    "schedule": "0 * * * * *",
                    "useMonitor": False,
                }
            ],
            "relink": [
                {
                    "direction": "IN",
                    "type": "timerTrigger",
                    "name": "timer",
                    "schedule": "30 */5 * * * *",
                    "useMonitor": False,
                }
            ],
        }


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import azure.functions as func\nimport no_such_package\n", "No module named 'no_such_package'"),
        ("raise RuntimeError('on import')\n", "RuntimeError: on import"),
        ("app = 1\n", "Could not find top level function app instances"),
        ("def broken(:\n", "SyntaxError"),
    ],
)
def test_an_import_error_is_a_failed_start_that_says_why(tmp_path, code, message):
    (tmp_path / "function_app.py").write_text(code)
    shutil.copy(FUNCTION / "host.json", tmp_path)
    with pytest.raises(NotStarted, match=message), running_functions(tmp_path, folder=tmp_path):
        pass


WATCHED = """
import json, os, sys
touched = []
def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.putenv"):
        touched.append(event)
    if event == "open" and any(letter in (arguments[1] or "") for letter in "wax+"):
        touched.append(f"writes {arguments[0]}")
sys.addaudithook(watch)
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
read = set()
class Environment(dict):
    def __getitem__(self, key): read.add(key); return super().__getitem__(key)
    def get(self, key, default=None): read.add(key); return super().get(key, default)
    def __contains__(self, key): read.add(key); return super().__contains__(key)
os.environ = Environment(os.environ)
import function_app
own = [key for key in read if key.startswith(("LINEAGE", "Azure"))]
print(json.dumps({"touched": touched, "read": own, "loaded": list(sys.modules)}))
"""


@pytest.fixture(scope="module")
def imported():
    """Facts of an interpreter that has imported ``function_app`` and no more, without any environment."""
    command = [sys.executable, "-c", WATCHED, str(FUNCTION)]
    answer = subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_importing_opens_no_connection_and_reads_no_setting(imported):
    assert imported["touched"] == []
    assert imported["read"] == []


def test_importing_loads_only_what_the_door_needs(imported):
    loaded = {name.partition(".")[0] for name in imported["loaded"]} | set(imported["loaded"])
    assert {"azure.functions", "starlette", "lineage.receive"} <= loaded
    heavy = {"pyapacheatlas", "sqlglot", "requests", "azure.core", "azure.identity", "azure.storage.blob", "openpyxl"}
    assert not heavy & loaded
    assert not {name for name in loaded if name.startswith(("lineage.pipeline", "lineage.catalogue", "lineage.naming"))}


def test_host_json_is_what_the_agents_address_and_the_queue_rely_on():
    host = json.loads((FUNCTION / "host.json").read_bytes())
    assert host["version"] == "2.0"
    assert host["extensionBundle"]["version"].startswith("[4.")
    assert host["extensions"]["http"] == {"routePrefix": "api"}
    queues = host["extensions"]["queues"]
    assert queues["maxDequeueCount"] == 5
    assert queues["messageEncoding"] == "base64"
    assert queues["newBatchThreshold"] < queues["batchSize"] <= 32
    excluded = host["logging"]["applicationInsights"]["samplingSettings"]["excludedTypes"]
    assert {"Request", "Exception"} <= set(excluded.split(";"))


def test_the_deploy_root_has_no_package_of_its_own():
    assert not (FUNCTION / "__init__.py").exists()
    ignored = (FUNCTION / ".funcignore").read_text().split()
    assert {"local.settings.json", "__pycache__/", ".venv/"} <= set(ignored)
    assert not any(pattern.startswith((".python_packages", "lineage", "host.json")) for pattern in ignored)
