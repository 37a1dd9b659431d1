"""Nothing that is wrong with lineage changes a job: same results, same failures, with the real agent on real Spark.

Times are measured and written to ``build/harm.json``, never asserted; docs/databricks.md states them.
"""

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from demo import live
from tests.databricks_init.cluster import made_by_script, on_cluster, require_agent, translated, without_option
from tests.databricks_init.node import HOME, KEY, Node

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

MEASURED = Path("build/harm.json")
ROWS = [[0, 1683], [1, 1617], [2, 1650]]
SLOW_SECONDS = 20
SAID = "Cannot send lineage data to http://127.0.0.1"

Answer = Callable[[BaseHTTPRequestHandler], None]


def say(status: int) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def sleep(request: BaseHTTPRequestHandler) -> None:
    time.sleep(SLOW_SECONDS)
    say(201)(request)


class Endpoint:
    """A producer API with one answer to everything; ``gone_after`` requests nothing listens any more."""

    def __init__(self, answer: Answer, gone_after: int = 0) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        endpoint = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self.close_connection = bool(gone_after)
                if gone_after and len(endpoint.requests) == gone_after:
                    return  # no answer: the connection came before the end
                endpoint.requests.append((self.path, {name.lower(): text for name, text in self.headers.items()}))
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True  # the agent has given up
                if len(endpoint.requests) == gone_after:
                    threading.Thread(target=endpoint.close, daemon=True).start()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def endpoint(answer: Answer, gone_after: int = 0) -> Iterator[Endpoint]:
    made = Endpoint(answer, gone_after)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def tools():
    return require_agent()


@pytest.fixture(scope="module")
def measured():
    found: dict[str, dict[str, float]] = {}
    yield found
    MEASURED.parent.mkdir(exist_ok=True)
    earlier = json.loads(MEASURED.read_bytes()) if MEASURED.exists() else {}
    MEASURED.write_text(json.dumps(earlier | found, indent=1))


def run(made: Node, tools, folder: Path, *, options: str | None = None, env=None, ui: bool = False):
    """The job on a cluster that the script has set up; its report and what Spark logged."""
    conf = translated(made, tools.jars[1:], " ".join(live.QUICK)) | {"spark.ui.enabled": str(ui).lower()}
    if options is not None:
        conf["spark.driver.extraJavaOptions"] = options
    order = folder / "order.json"
    order.write_text(json.dumps({"conf": conf, "folder": str(folder / "out"), "secret": KEY}))
    done = subprocess.run(
        [sys.executable, "-m", "tests.databricks_init.small_job", str(order)],
        env=live.environment(tools) | on_cluster(made) | (env or {}),
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert KEY not in done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def attached(folder: Path, tools, url: str, **env: str) -> Node:
    made = made_by_script(folder / "node", tools, {"LINEAGE_URL": url, **env})
    assert made.conf(), (made.root / "databricks/lineage/status").read_text()
    return made


@pytest.fixture(scope="module")
def unharmed(tools, measured, tmp_path_factory):
    """Tells whether a job ended as the same job without lineage."""
    folder = tmp_path_factory.mktemp("without")
    made = made_by_script(folder / "node", tools, {"LINEAGE": "off"})
    assert made.conf() == {}
    without, _ = run(made, tools, folder)
    measured["no lineage"] = without["times"]
    *rows, failure = without["results"]
    assert rows == ROWS
    assert failure not in ("none", "AnalysisException")  # it failed while it wrote
    return lambda report: report["results"] == without["results"] and report["shown"] == []


def test_healthy_every_write_is_sent_and_nobody_is_shown_the_key(tmp_path, tools, measured, unharmed):
    with endpoint(say(201)) as door:
        made = attached(tmp_path, tools, f"http://127.0.0.1:{door.port}/api/producer/")
        report, _ = run(made, tools, tmp_path, ui=True)
    assert unharmed(report)
    assert [path for path, _ in door.requests] == [
        "/api/producer/execution-plans",
        "/api/producer/execution-events",
    ] * 3
    assert {headers["x-functions-key"] for _, headers in door.requests} == {KEY}
    assert {headers["x-databricks-cluster-kind"] for _, headers in door.requests} == {"interactive"}
    measured["healthy"] = report["times"]


def test_the_docs_have_the_agents_own_words():
    assert SAID.split(" http")[0] in Path("docs/databricks.md").read_text()


ENDPOINTS = {"500": say(500), "401": say(401), "302": say(302), "slow": sleep}


@pytest.mark.parametrize("fault", ENDPOINTS)
def test_a_faulty_endpoint_changes_no_job(tmp_path, tools, measured, unharmed, fault):
    with endpoint(ENDPOINTS[fault]) as door:
        report, log = run(attached(tmp_path, tools, f"http://127.0.0.1:{door.port}/api/producer"), tools, tmp_path)
    assert unharmed(report)
    assert len(door.requests) == 6
    assert (SAID in log) is (fault != "302")  # the agent takes a redirect for success
    measured[fault] = report["times"]


def test_the_agent_gets_a_token_where_the_function_takes_entras(tmp_path, tools, unharmed):
    def answer(request: BaseHTTPRequestHandler) -> None:
        token = json.dumps({"access_token": "invented-token", "expires_in": 3600, "token_type": "Bearer"}).encode()
        body = token if request.path == "/token" else b""
        request.send_response(200 if body else 201)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    with endpoint(answer) as door:
        here = f"http://127.0.0.1:{door.port}"
        entra = {
            "LINEAGE_TOKEN_URL": f"{here}/token",
            "LINEAGE_CLIENT_ID": "1a-2b",
            "LINEAGE_SCOPE": "api://x/.default",
        }
        report, _ = run(attached(tmp_path, tools, f"{here}/api/producer", **entra), tools, tmp_path)
    assert unharmed(report)
    posts = [headers for path, headers in door.requests if path != "/token"]
    assert [headers.get("authorization") for headers in posts] == ["Bearer invented-token"] * 6
    assert not [headers for headers in posts if "x-functions-key" in headers]


def test_down_at_start(tmp_path, tools, measured, unharmed):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    report, log = run(attached(tmp_path, tools, f"http://127.0.0.1:{port}/api/producer"), tools, tmp_path)
    assert unharmed(report)
    assert "Connection refused" in log
    measured["down"] = report["times"]


def test_down_later(tmp_path, tools, measured, unharmed):
    with endpoint(say(201), gone_after=2) as door:
        report, _ = run(attached(tmp_path, tools, f"http://127.0.0.1:{door.port}/api/producer"), tools, tmp_path)
    assert unharmed(report)
    assert len(door.requests) == 2
    measured["down later"] = report["times"]


def test_tls_that_fails(tmp_path, tools, measured, unharmed):
    with endpoint(say(201)) as door:  # speaks no TLS
        report, log = run(attached(tmp_path, tools, f"https://127.0.0.1:{door.port}/api/producer"), tools, tmp_path)
    assert unharmed(report)
    assert door.requests == []
    assert "SSL" in log
    measured["no TLS"] = report["times"]


def test_the_option_is_lost_to_the_users_own_java_options(tmp_path, tools, unharmed):
    if tools.jdk.major < 16:
        pytest.skip(f"Java {tools.jdk.major} does not need the option")
    with endpoint(say(201)) as door:
        made = attached(tmp_path, tools, f"http://127.0.0.1:{door.port}/api/producer")
        options = translated(made, ())["spark.driver.extraJavaOptions"]
        env = {"JDK_JAVA_OPTIONS": made.env["JDK_JAVA_OPTIONS"]}
        report, _ = run(made, tools, tmp_path, options=f"{without_option(options)} -Dtheir.own=1", env=env)
    assert unharmed(report)
    assert len(door.requests) == 6


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
    made = made_by_script(tmp_path / "node", tools, {})
    if fault.endswith("17") and tools.jdk.major < 16:
        pytest.skip(f"Java {tools.jdk.major} does not need the option")
    changed = REFUSED[fault](made)
    ran = made.run(**changed)
    assert (ran.code, len(ran.lines)) == (0, 1)
    off = made_by_script(tmp_path / "off", tools, {"LINEAGE": "off"})
    assert translated(made, tools.jars[1:]) == translated(off, tools.jars[1:])
    if fault == "jar truncated":  # their settings are equal, so that one run speaks for all
        report, _ = run(made, tools, tmp_path)
        assert unharmed(report)
    shutil.rmtree(tmp_path / "off")
