"""``lineage convert`` and ``lineage explain`` on what people feed them."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from lineage.cli import cli

pytestmark = pytest.mark.unit

REQUESTS = json.loads(Path("tests/traffic/01-csv-to-parquet/wire.json").read_bytes())["requests"]
PLAN, EVENT = (request["body"] for request in REQUESTS)


def run(*arguments, given=None):
    return CliRunner().invoke(cli, list(arguments), input=given)


def written(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    "given",
    [
        PLAN + EVENT,
        f"{PLAN}\n{EVENT}\n",
        EVENT + PLAN,
        json.dumps(REQUESTS),
        json.dumps({"requests": REQUESTS}),
        json.dumps({"requests": REQUESTS * 2}),
        json.dumps([{"method": "HEAD", "path": "/api/producer/status", "body": ""}, *REQUESTS]),
        json.dumps([*REQUESTS, {"path": "/api/databricks/mounts", "body": "{}"}]),
        "\ufeff" + PLAN + "\r\n" + EVENT,
        json.dumps([json.loads(PLAN), json.loads(EVENT)[0]]),
        json.dumps([{"method": "HEAD", "path": "/api/producer/status"}, *REQUESTS]),
        json.dumps([{**one, "path": f"https://lineage.example{one['path']}/?clientId=a#b"} for one in REQUESTS]),
    ],
)
def test_a_plan_and_its_event_in_any_wrapping_are_one_write(given):
    result = run("convert", "--json", "-", given=given)
    assert (result.exit_code, result.stderr) == (0, "")
    (write,) = written(result)
    assert write["run"]["status"] == "succeeded"
    assert write["output"]["qualified_name"] == "https://contosolake.dfs.core.windows.net/curated/bronze/orders"


def test_a_plan_without_an_event_is_unknown_and_says_so():
    (write,) = written(run("convert", "--json", "-", given=PLAN))
    assert write["run"]["status"] == "unknown"
    assert [note["code"] for note in write["notes"]] == ["plan-without-event"]


def test_plans_of_one_write_without_their_events_are_one_write_of_unknown_outcome():
    """What a CTAS that fails sends by Producer API 1.0 and 1.1."""
    posted = json.loads(Path("tests/traffic/19-ctas-parquet/wire.json").read_bytes())["requests"][:4]
    plans = [request for request in posted if request["path"].endswith("execution-plans")]
    for given in (plans, plans[::-1]):
        (write,) = written(run("convert", "--json", "-", given=json.dumps(given)))
        assert (write["run"]["status"], write["output"]["type_name"]) == ("unknown", "hive_table")


def test_an_event_without_its_plan_is_told():
    result = run("convert", "--json", "-", given=EVENT)
    assert result.exit_code == 1
    assert "its plan" in result.stderr


@pytest.mark.parametrize("bad", ["5", '{"operations": 7, "id": "x"}', '"text"', '{"planId": 1}', "[null]"])
def test_one_bad_request_does_not_keep_the_others(bad):
    result = run("convert", "--json", "-", given=json.dumps([*REQUESTS, {"path": "", "body": bad}]))
    assert len(written(result)) == 1
    assert result.exit_code == 1
    assert result.stderr.startswith("lineage: request 2: ")


@pytest.mark.parametrize("behind", ["{", "junk", '{"requests": [', "\x00"])
def test_what_cannot_be_read_does_not_keep_what_stands_before_it(behind):
    result = run("convert", "--json", "-", given=f"{PLAN}\n{EVENT}\n{behind}")
    assert [write["run"]["status"] for write in written(result)] == ["succeeded"]
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("lineage: not JSON: ")


@pytest.mark.parametrize("given", ["", " \n", "{", "{}", "\x00", '{"operations": "\\ud800"}'])
def test_what_is_no_recording_is_one_line_and_exit_code_1(given):
    result = run("convert", "-", given=given)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert not isinstance(result.exception, UnicodeError)


STATUS = {"method": "HEAD", "path": "/api/producer/status", "body": ""}
BARE = {"method": "HEAD", "path": "/api/producer/status"}


@pytest.mark.parametrize("shape", ["writes", "entities"])
@pytest.mark.parametrize("given", [[], {"requests": []}, {"job": "x", "requests": [STATUS]}, [STATUS], [BARE]])
def test_a_recording_of_a_job_that_writes_nothing_is_no_error(given, shape):
    for text in (json.dumps(given), json.dumps(given) * 2):
        result = run("convert", "--as", shape, "-", given=text)
        assert (result.exit_code, result.stdout) == (0, "")
        assert re.fullmatch(r"lineage: .*neither a plan nor an event.*\n", result.stderr)


@pytest.mark.parametrize("given", ['{"requests": {}}', "[1]", '[{"a": 1}]', "[]5", '{"requests": []}{'])
def test_what_holds_neither_plan_nor_event_and_is_no_recording_is_an_error(given):
    result = run("convert", "-", given=given)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("lineage: ")


def test_what_is_no_lineage_is_not_printed_and_its_reason_is_told():
    plan = json.loads(PLAN)
    plan["operations"]["write"]["extra"]["destinationType"] = "noop"
    text = json.dumps(plan) + EVENT
    for result in (run("convert", "--json", "-", given=text), run("convert", "--as", "entities", "-", given=text)):
        assert (result.exit_code, result.stdout) == (0, "")
        assert re.fullmatch(r"lineage: skipped: .+: abfss?://.+\n", result.stderr), result.stderr


def test_a_broken_line_does_not_keep_the_other_names():
    result = run("explain", "--json", "-", given='nonsense\n{"uri": "abfss://a@b.dfs.core.windows.net/c"}\n3\n')
    assert [one["type_name"] for one in written(result)] == ["azure_datalake_gen2_path"]
    assert result.exit_code == 1
    assert [line.partition(":")[2].split(":")[0].strip() for line in result.stderr.splitlines()] == ["line 1", "line 3"]


@pytest.mark.parametrize("content", [b"[1]", b"{", b"", b"\xff", b'{"/mnt/a": 5}'])
@pytest.mark.parametrize("command", ["convert", "explain"])
def test_a_broken_mounts_file_is_a_wrong_command_line(command, content, tmp_path):
    (tmp_path / "mounts.json").write_bytes(content)
    result = run(command, "--mounts", str(tmp_path / "mounts.json"), "-", given=PLAN)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mounts.json is not a JSON object mount → target: " in result.stderr


def test_mounts_name_what_lies_behind_them(tmp_path):
    (tmp_path / "mounts.json").write_text('\ufeff{"/mnt/raw": "abfss://raw@contosolake.dfs.core.windows.net/"}')
    (named,) = written(run("explain", "--json", "--mounts", str(tmp_path / "mounts.json"), "dbfs:/mnt/raw/sales"))
    assert named["qualified_name"] == "https://contosolake.dfs.core.windows.net/raw/sales"


@pytest.mark.parametrize(
    "command", [["show", "x"], ["page", "-o", "{page}"], ["explain", "--live", "s3://a/b"], ["parked"]]
)
def test_a_wrong_setting_is_a_wrong_command_line(command, monkeypatch, tmp_path):
    monkeypatch.setenv("LINEAGE_DEBOUNCE_SECONDS", "x")
    result = run(*[argument.format(page=tmp_path / "page.html") for argument in command])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "lineage: LINEAGE_DEBOUNCE_SECONDS='x': expected a whole number\n"


def test_the_help_names_every_key_of_a_line_and_says_what_each_option_is():
    page = Path("docs/cli.md").read_text().partition("## `lineage explain")[2].partition("A key of another type")[0]
    documented = set(re.findall(r"`([a-z_]+)`", page)) - {"lineage"}
    assert documented >= {"uri", "namespace", "mounts", "symlinks"}
    said = run("explain", "--help").stdout
    assert documented <= set(re.findall(r"[a-z_]+", said))
    assert all(option.help for option in cli.commands["explain"].params if option.param_type_name == "option")


@pytest.mark.parametrize("host", ["not a host", "-x", "a/b c", "http://", "a..", "a\nb", "x:y:z"])
@pytest.mark.parametrize("command", ["convert", "explain"])
def test_a_workspace_that_is_no_host_is_a_wrong_command_line(command, host):
    result = run(command, f"--workspace={host}", "-", given=PLAN + EVENT)
    assert result.exit_code == 2
    assert "is no host" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "host", ["", "adb-1.1.azuredatabricks.net", "https://ADB-1.1.azuredatabricks.net/?o=1", "localhost:8443"]
)
def test_a_workspace_is_a_host_or_a_url(host):
    result = run("convert", "--json", "--workspace", host, "-", given=PLAN + EVENT)
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"uri": "dbfs:/mnt/a/x", "mounts": ["/mnt/a"]}', "line 1: mounts: expected an object mount → target"),
        ('{"uri": "dbfs:/mnt/a/x", "mounts": {"/mnt/a": 5}}', "line 1: mounts./mnt/a: expected text"),
        ('{"uri": "jdbc:x:y", "params": "dbtable=t"}', "line 1: params: expected an object option → value"),
        ('{"uri": "dbfs:/x", "workspace_url": 7}', "line 1: workspace_url: expected text"),
    ],
)
def test_a_wrongly_typed_line_says_what_is_wrong(line, said):
    result = run("explain", "--json", "-", given=f'{line}\n{{"uri": "dbfs:/x"}}\n')
    assert result.exit_code == 1
    assert result.stderr == f"lineage: {said}\n"
    assert len(written(result)) == 1


@pytest.mark.parametrize("command", [["show", "x"], ["page", "-o", "{page}"], ["explain", "--live", "abfss://c@a/x"]])
def test_without_a_catalogue_it_says_what_to_do(command, monkeypatch, tmp_path):
    monkeypatch.setenv("LINEAGE_CATALOGUE", f"http://127.0.0.1:{unused_port()}/api/atlas/v2")
    result = run(*[argument.format(page=tmp_path / "page.html") for argument in command])
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1] == (
        "Is a catalogue there? `make demo` starts one; LINEAGE_CATALOGUE names another."
    )


def unused_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "command",
    [
        ["convert", "--json", *["tests/traffic/01-csv-to-parquet/wire.json"] * 2],
        ["explain", *["abfss://c@a.dfs.core.windows.net/x"] * 400],
    ],
)
def test_it_ends_quietly_when_nobody_reads_on(command):
    lineage = [sys.executable, "-c", "from lineage.cli import main; main()", *command]
    with subprocess.Popen(lineage, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=50) == 141


QUERY = (
    "(select order_id, customer_id, order_date, case when state = 'x' then amount end amount, status, currency from ("
    "select o.*, s.state, row_number() over (partition by o.order_id order by o.version desc) rn "
    "from public.pg_orders o join public.states s on s.id = o.state_id) x where rn = 1) q"
)


def test_what_a_query_tests_and_drops_is_told_as_of_a_plan():
    wire = Path("tests/traffic/33-jdbc-read-table/wire.json").read_text().replace("public.pg_orders", QUERY)
    (write,) = written(run("convert", "--json", "-", given=wire))
    columns = {column["name"]: column for column in write["columns"]}
    orders, states = (
        f"postgresql://contoso-pg.postgres.database.azure.com/salesdb/public/{table}"
        for table in ("pg_orders", "states")
    )
    assert {one["qualified_name"] for one in write["inputs"]} > {orders, states}
    assert columns["amount"]["sources"] == [{"dataset": orders, "column": "amount", "kind": "transformation"}]
    assert columns["amount"]["influences"] == [{"dataset": states, "column": "state"}]
    assert columns["order_id"]["influences"] == []
    keys = [{"dataset": orders, "column": "order_id"}, {"dataset": orders, "column": "version"}]
    assert write["indirect"]["window"] == keys
    assert write["indirect"]["filter"] == keys
    assert write["indirect"]["condition"] == [{"dataset": states, "column": "state"}]
    assert write["notes"] == []


def test_entities_of_a_failed_run_leave_what_a_good_run_has_stated():
    failed = json.loads(EVENT)
    failed[0]["error"] = "it broke"
    good, bad = (
        json.loads(run("convert", "--as", "entities", "--json", "-", given=PLAN + event).stdout)["entities"]
        for event in (EVENT, json.dumps(failed))
    )
    (stated,), (kept,) = (
        [entity["attributes"] for entity in entities if "/processes/" in entity["attributes"]["qualifiedName"]]
        for entities in (good, bad)
    )
    assert stated["qualifiedName"] == kept["qualifiedName"]
    assert stated["inputs"]
    assert stated["outputs"]
    assert stated.keys() - kept.keys() > {"inputs", "outputs", "columnMapping"}
    assert all(kept[key] not in ("", "[]", []) for key in kept)
