"""The notebook with the real agent: each session's identity in each event, under load, wherever the agent is from."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo import live
from tests.databricks_init.cluster import (
    SOURCES,
    made_by_script,
    on_cluster,
    require_agent,
    translated,
    without_option,
)
from tests.databricks_init.endpoint import Endpoint, endpoint
from tests.databricks_init.node import KEY
from tests.databricks_init.notebooks import WRITE, caller, context, order, play

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

HOSTILE = {
    "plain": "/Repos/data/plain",
    "punctuation": '/Users/a, b "q" \\ back / c, d',
    "umlaut": "/Users/ü ß € 漢字/nötebook",
    "evaluated": "/${sys:user.home}/$jvm/${env:PATH}/\u0024{x}",
    "json": '/{"$js": "session"}',
}


def events(door: Endpoint) -> dict[str, list[dict[str, str] | None]]:
    """Output folder → the ``databricks`` extras of the events of its writes."""
    plans = {
        one.body["id"]: one.body["operations"]["write"]["outputSource"] for one in door.requests if "plans" in one.path
    }
    found: dict[str, list[dict[str, str] | None]] = {}
    for one in door.requests:
        for event in one.body if one.path.endswith("execution-events") else ():
            found.setdefault(plans[event["planId"]], []).append(event["extra"].get("databricks"))
    return found


@pytest.fixture(scope="module")
def tools():
    return require_agent()


def write_to(folder: Path, name: str) -> str:
    return WRITE.format(out=f"file://{folder}/out/{name}")


NAMES, WRITES = ("one", "two"), 15
AT_ONCE = """
import json
from tests.databricks_init.two_notebooks import write_at_once

open({file!r}, "w").write(json.dumps(write_at_once(spark, {folder!r}, {names!r}, {writes})))
"""


@dataclass(frozen=True)
class Driver:
    """What one driver that the script attached has done: its notebooks' tables, its events, what two at once said."""

    folder: Path
    door: Endpoint
    rows: dict[str, dict[str, str]]
    events: dict[str, list[dict[str, str] | None]]
    said: dict[str, list[str]]


@pytest.fixture(scope="module")
def driver(tmp_path_factory, tools):
    """Notebooks with odd paths, one that does not run ours, then two at once."""
    folder = tmp_path_factory.mktemp("driver")
    out = f"file://{folder}/out"
    at_once = AT_ONCE.format(file=str(folder / "said.json"), folder=out, names=NAMES, writes=WRITES)
    with endpoint() as door:
        made = made_by_script(folder / "node", tools, {"LINEAGE_URL": f"{door.url}/api/producer"})
        orders = [
            order(caller(folder, name, times=2, after=write_to(folder, name)), context(path, jobId="1"))
            for name, path in HOSTILE.items()
        ]
        orders += [
            order(caller(folder, "without", after=write_to(folder, "without"), times=0), {}),
            order(caller(folder, "load", after=at_once, times=0), {}),
        ]
        conf = translated(made, tools.jars[1:], " ".join(live.QUICK))
        rows = play(conf, orders, folder, tools, on_cluster(made))
    return Driver(folder, door, rows, events(door), json.loads((folder / "said.json").read_text()))


@pytest.mark.parametrize("name", HOSTILE)
def test_each_event_has_the_identity_of_its_notebook_whatever_is_in_it(driver, name):
    assert driver.rows[name]["agent"] == "attached by the init script"
    assert driver.rows[name]["identity"] == "identity set"
    assert [extra["notebookPath"] for extra in driver.events[f"file:{driver.folder}/out/{name}"]] == [HOSTILE[name]]


def test_a_notebook_without_ours_has_the_clusters_identity(driver):
    assert driver.events[f"file:{driver.folder}/out/without"] == [None]
    posts = [one for one in driver.door.requests if one.path.startswith("/api/producer")]
    assert {one.headers["x-functions-key"] for one in posts} == {KEY}
    runs = [event["extra"]["jobRun"] for one in posts if one.path.endswith("events") for event in one.body]
    assert {run["clusterName"] for run in runs} == {"team-analytics"}


def test_two_notebooks_at_once_lose_and_mix_no_event(driver):
    assert {line for lines in driver.said.values() for line in lines} == {"identity set"}
    assert sum(map(len, driver.said.values())) > 2 * WRITES  # renewed while writing
    found = {name: extras for name, extras in driver.events.items() if name.rpartition("/")[2].isdigit()}
    assert found == {
        f"file:{driver.folder}/out/{name}/{number}": [{"notebookPath": f"/{name}"}]
        for name in NAMES
        for number in range(WRITES)
    }


def library(tmp_path: Path, tools, url: str):
    """A cluster with the agent as a library: no script, no listener; settings in a file, the key in a secret."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "lineage_notebook").symlink_to((SOURCES / "lineage_notebook").resolve())
    settings = {
        "url": f"{url}/api/producer",
        "workspaceUrl": "adb-9.9.azuredatabricks.net",
        "secretScope": "lineage",
        "secretKey": "ingest-key",
    }
    (home / "settings.json").write_text(json.dumps(settings))
    conf = live.spark_conf(tools.jars, " ".join(live.QUICK))
    return conf, {"LINEAGE_HOME": str(home), "TMPDIR": str(tmp_path)}, {"lineage": {"ingest-key": KEY}}


def test_an_agent_from_a_library_is_set_up_by_the_notebook(tmp_path, tools):
    with endpoint() as door:
        conf, env, secrets = library(tmp_path, tools, door.url)
        option = f"{conf['spark.driver.extraJavaOptions']} --add-opens=java.base/sun.net.www.protocol.jar=ALL-UNNAMED"
        orders = [
            order(caller(tmp_path, name, times=2, after=write_to(tmp_path, name)), context(f"/{name}"))
            for name in ("first", "second")
        ]
        rows = play(conf | {"spark.driver.extraJavaOptions": option}, orders, tmp_path, tools, env, secrets)
    assert rows["first"]["agent"] == "installed as a library"
    assert rows["first"]["identity"] == "identity set, with a listener of its own"
    assert events(door) == {
        f"file:{tmp_path}/out/{name}": [
            {"notebookPath": f"/{name}", "user": "dana@northwind.example"},
        ]
        for name in ("first", "second")
    }
    assert {one.headers["x-functions-key"] for one in door.requests} == {KEY}
    assert {one.headers["x-databricks-workspace-url"] for one in door.requests} == {"adb-9.9.azuredatabricks.net"}
    assert KEY not in (tmp_path / live.LOG).read_text()


def test_what_the_agent_refuses_is_a_message_and_the_notebook_goes_on(tmp_path, tools):
    if tools.jdk.major < 16:
        pytest.skip(f"Java {tools.jdk.major} does not need the option")
    with endpoint() as door:
        conf, env, secrets = library(tmp_path, tools, door.url)
        conf["spark.driver.extraJavaOptions"] = without_option(conf["spark.driver.extraJavaOptions"])
        orders = [order(caller(tmp_path, "lacking", after=write_to(tmp_path, "lacking")), context("/x"))]
        rows = play(conf, orders, tmp_path, tools, env, secrets)
    assert rows["lacking"]["identity"].startswith("no identity: Java lacks an option: set JDK_JAVA_OPTIONS=--add-opens")
    assert door.requests == []


def test_a_disabled_agent_stays_disabled(tmp_path, tools):
    with endpoint() as door:
        made = made_by_script(tmp_path / "node", tools, {"LINEAGE_URL": f"{door.url}/api/producer"})
        conf = translated(made, tools.jars[1:], " ".join(live.QUICK)) | {"spark.spline.mode": "DISABLED"}
        orders = [order(caller(tmp_path, "disabled", after=write_to(tmp_path, "disabled")), context("/x"))]
        rows = play(conf, orders, tmp_path, tools, on_cluster(made))
    assert rows["disabled"]["identity"].startswith("no identity: the agent is disabled")
    assert door.requests == []
