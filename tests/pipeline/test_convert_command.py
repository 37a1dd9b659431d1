"""``lineage convert`` and ``lineage explain`` on what people feed them."""

import json
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


@pytest.mark.parametrize("given", ["", "{", "[]", '{"requests": []}', "\x00", '{"operations": "\\ud800"}'])
def test_what_is_no_recording_is_one_line_and_exit_code_1(given):
    result = run("convert", "-", given=given)
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert not isinstance(result.exception, UnicodeError)


def test_what_is_no_lineage_has_its_reason_and_no_edges():
    plan = json.loads(PLAN)
    plan["operations"]["write"]["extra"]["destinationType"] = "noop"
    text = json.dumps(plan) + EVENT
    (write,) = written(run("convert", "--json", "-", given=text))
    assert write["skip"]
    assert (write["columns"], write["indirect"]) == ([], {})
    assert run("convert", "--as", "entities", "--json", "-", given=text).stdout == ""


def test_a_broken_line_does_not_keep_the_other_names():
    result = run("explain", "--json", "-", given='nonsense\n{"uri": "abfss://a@b.dfs.core.windows.net/c"}\n3\n')
    assert [one["type_name"] for one in written(result)] == ["azure_datalake_gen2_path"]
    assert result.exit_code == 1
    assert [line.partition(":")[2].split(":")[0].strip() for line in result.stderr.splitlines()] == ["line 1", "line 3"]


def test_a_broken_mounts_file_is_one_line(tmp_path):
    (tmp_path / "mounts.json").write_text("[1]")
    result = run("convert", "--mounts", str(tmp_path / "mounts.json"), "-", given=PLAN)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
