"""Nothing that is wrong with lineage changes a job: same results, same failures, with the real agent on real Spark.

Times are measured and written to ``build/harm.json``, never asserted; docs/databricks.md states them.
"""

import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from demo import live
from tests.databricks_init.cluster import made_by_script, on_cluster, require_agent, translated
from tests.databricks_init.endpoint import DOWN, GONE, endpoint
from tests.databricks_init.node import HOME, KEY, Node

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

MEASURED = Path("build/harm.json")
ROWS = [[0, 1683], [1, 1617], [2, 1650]]
SAID = "Cannot send lineage data to http"
PLANS, EVENTS = "/api/producer/execution-plans", "/api/producer/execution-events"


@pytest.fixture(scope="module")
def tools():
    return require_agent()


@pytest.fixture(scope="module")
def measured():
    found: dict[str, dict[str, float]] = {}
    yield found
    MEASURED.parent.mkdir(exist_ok=True)
    MEASURED.write_text(json.dumps(found, indent=1))


def run(made: Node, tools, folder: Path, *, phases=("",), switch="", options: str | None = None, env=None, ui=False):
    """The job on a cluster that the script has set up; its report and what Spark logged."""
    conf = translated(made, tools.jars[1:], " ".join(live.QUICK)) | {"spark.ui.enabled": str(ui).lower()}
    if options is not None:
        conf["spark.driver.extraJavaOptions"] = options
    order = folder / "order.json"
    told = {"conf": conf, "folder": str(folder / "out"), "secret": KEY, "phases": phases, "switch": switch}
    order.write_text(json.dumps(told))
    done = subprocess.run(
        [sys.executable, "-m", "tests.databricks_init.small_job", str(order)],
        env=live.environment(tools) | on_cluster(made) | (env or {}),
        capture_output=True,
        text=True,
        timeout=1000,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert KEY not in done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def attached(folder: Path, tools, url: str, **env: str) -> Node:
    made = made_by_script(folder / "node", tools, {"LINEAGE_URL": f"{url}/api/producer", **env})
    assert made.conf(), (made.root / "databricks/lineage/status").read_text()
    return made


@pytest.fixture(scope="module")
def unharmed(tools, measured, tmp_path_factory):
    """Tells whether a job ended as the same job without lineage."""
    folder = tmp_path_factory.mktemp("without")
    made = made_by_script(folder / "node", tools, {"LINEAGE": "off"})
    assert made.conf() == {}
    without, _ = run(made, tools, folder)
    (phase,) = without["phases"].values()
    measured["no lineage"] = _alone(without)
    *rows, failure = phase["results"]
    assert rows == ROWS
    assert failure not in ("none", "AnalysisException")  # it failed while it wrote

    def tell(report, name: str = "") -> bool:
        return bool(report["phases"][name]["results"] == phase["results"] and report["shown"] == [])

    return tell


def _alone(report) -> dict[str, float]:
    """The times of an application with one job."""
    (phase,) = report["phases"].values()
    return {"first session": report["first_session"], "job": phase["job"], "stop": report["stop"]}


FAULTS = (DOWN, "healthy", "500", "401", "302", "broken", GONE, "slow")


@pytest.fixture(scope="module")
def played(tools, measured, tmp_path_factory):
    """One driver whose endpoint is down at its start, then there, then worse: the report, the endpoint, the log."""
    folder = tmp_path_factory.mktemp("played")
    with endpoint(DOWN) as door:
        made = attached(folder, tools, door.url)
        report, log = run(made, tools, folder, phases=FAULTS, switch=door.switch_url, ui=True)
    for name, phase in report["phases"].items():
        measured[f"{name}, later session"] = {"job": phase["job"], "stop": phase["drain"]}
    measured[DOWN] = measured.pop(f"{DOWN}, later session") | {"first session": report["first_session"]}
    measured["slow, later session"]["stop"] = report["stop"]
    return report, door, log


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_endpoint_changes_no_job(played, unharmed, fault):
    report, door, _ = played
    assert unharmed(report, fault)
    paths = [path for path, _ in groupby(one.path for one in door.of(fault))]  # Java itself repeats a broken POST
    assert paths == ([] if fault in (DOWN, GONE) else [PLANS, EVENTS] * 2)  # a failed write is sent as well


def test_every_request_has_key_and_identity_and_nobody_is_shown_the_key(played):
    report, door, _ = played
    assert report["shown"] == []
    assert {one.headers["x-functions-key"] for one in door.requests} == {KEY}
    assert {one.headers["x-databricks-cluster-kind"] for one in door.requests} == {"interactive"}


def test_the_docs_have_the_agents_own_words(played):
    _, _, log = played
    page = Path("docs/databricks.md").read_text()
    for said in (SAID, "Proceeding after an error occurred in an underlying dispatcher: ", "Connection refused"):
        assert said in log
        assert said.removesuffix("http") in page


def test_a_token_in_place_of_the_key_and_the_users_own_java_options(tmp_path, tools, measured, unharmed):
    """Users who set Java options of their own lose the one that the script wrote; the variable keeps it."""
    with endpoint("token") as door:
        entra = {
            "LINEAGE_TOKEN_URL": f"{door.url}/token",
            "LINEAGE_CLIENT_ID": "1a-2b",
            "LINEAGE_SCOPE": "api://x/.default",
        }
        made = attached(tmp_path, tools, door.url, **entra)
        options = " ".join((*live.QUICK, "-Dtheir.own=1"))
        env = {"JDK_JAVA_OPTIONS": made.env["JDK_JAVA_OPTIONS"]}
        report, _ = run(made, tools, tmp_path, options=options, env=env)
    assert unharmed(report)
    measured["healthy"] = _alone(report)
    posts = [one for one in door.requests if one.path != "/token"]
    assert [one.headers.get("authorization") for one in posts] == ["Bearer invented-token"] * 4
    assert not [one for one in posts if "x-functions-key" in one.headers]


def test_tls_that_fails(tmp_path, tools, unharmed):
    with endpoint() as door:  # speaks no TLS
        made = attached(tmp_path, tools, door.url.replace("http:", "https:"))
        report, log = run(made, tools, tmp_path)
    assert unharmed(report)
    assert door.requests == []
    assert "SSL" in log


def break_option(made: Node) -> dict[str, str | None]:
    return {"JDK_JAVA_OPTIONS": None}


def break_version(made: Node) -> dict[str, str | None]:
    made.put("databricks/spark/VERSION", "3.4.1\n")
    return {"LINEAGE_UNTESTED": "on"}


def remove_jar(made: Node) -> dict[str, str | None]:
    next((made.root / HOME).glob("*.jar")).unlink()
    return {}


def truncate_jar(made: Node) -> dict[str, str | None]:
    jar = next((made.root / HOME).glob("*.jar"))
    jar.write_bytes(jar.read_bytes()[:-1000])
    return {}


def remove_key(made: Node) -> dict[str, str | None]:
    return {"LINEAGE_KEY": "{{secrets/lineage/ingest-key}}"}


REFUSED = {
    "no bundle for the Spark of the node": break_version,
    "jar missing": remove_jar,
    "jar truncated": truncate_jar,
    "key missing": remove_key,
    "no option for Java 17": break_option,
}


@pytest.mark.parametrize("fault", REFUSED)
def test_a_cluster_that_cannot_be_attached_starts_as_without_lineage(tmp_path, tools, unharmed, fault):
    """Spark gets the settings and the class path of the application that ``unharmed`` ran without lineage."""
    if fault.endswith("17") and tools.jdk.major < 16:
        pytest.skip(f"Java {tools.jdk.major} does not need the option")
    made = made_by_script(tmp_path / "node", tools, {})
    assert made.conf()
    ran = made.run(**REFUSED[fault](made))
    assert (ran.code, len(ran.lines)) == (0, 1)
    off = made_by_script(tmp_path / "off", tools, {"LINEAGE": "off"})
    assert translated(made, tools.jars[1:]) == translated(off, tools.jars[1:])
