"""``lineage explain --live``: which asset a source would be bound to at this moment, and why; nothing is written."""

import json

import pytest
from click.testing import CliRunner

from lineage.catalogue.live import LiveMatches
from lineage.cli import cli
from lineage.errors import Rejected
from lineage.model import AssetName
from tests.catalogue.line import Line
from tests.catalogue.lineages import ORDERS, lineage, path
from tests.line import client, free_port, served

PATH, SET = "azure_datalake_gen2_path", "azure_datalake_gen2_resource_set"
URI = "abfss://raw@northwindlake.dfs.core.windows.net/orders"
RAW = ORDERS.qualified_name


def run(port, *arguments, given=None):
    env = {"LINEAGE_CATALOGUE": f"http://127.0.0.1:{port}/api/atlas/v2", "LINEAGE_PREFER": ""}
    return CliRunner().invoke(cli, ["explain", *arguments], input=given, env=env)


def scanned(type_name, name):
    return {"typeName": type_name, "guid": "-1", "attributes": {"qualifiedName": name, "name": "orders"}}


@pytest.mark.unit
def test_it_says_what_a_publish_then_takes(line: Line):
    line.load((SET, f"{RAW}/{{SparkPartitions}}"), (PATH, RAW), (PATH, f"{RAW}_old"))
    (live,) = LiveMatches(line.client).explain([ORDERS])
    (outcome,) = line.publish(lineage())
    assert live == next(dict(match) for match in outcome.matches if match["dataset"] == RAW)
    assert (live["rule"], live["scanned"]) == ("resource set", True)


@pytest.mark.unit
def test_it_only_reads(line: Line):
    line.load((PATH, RAW))
    before = line.everything()
    line.quiet()
    LiveMatches(line.client).explain([ORDERS, path("oracle://h/s/t", type_name="oracle_table")])
    calls = [(method, called.partition("?")[0]) for method, called, _ in line.transport.calls]
    assert {called for method, called in calls if method != "GET"} <= {"/datamap/api/search/query"}
    assert line.everything() == before


@pytest.mark.unit
def test_two_that_are_equal_are_named_and_a_preference_decides(line: Line):
    place = "mssql://s.database.windows.net/db/dbo"
    view, table = ("azure_sql_view", f"{place}/ORDERS"), ("azure_sql_table", f"{place}/Orders")
    line.load(view, table)
    dataset = path(f"{place}/orders", type_name="azure_sql_table")
    (undecided,) = LiveMatches(line.client).explain([dataset])
    assert (undecided["rule"], undecided["scanned"]) == ("placeholder", False)
    assert "2 equal candidates" in undecided["note"]
    assert {one["qualified_name"] for one in undecided["candidates"] if one["found"]} == {view[1], table[1]}
    (decided,) = LiveMatches(line.client, prefer=["azure_sql_view"]).explain([dataset])
    assert (decided["type_name"], decided["qualified_name"]) == view


def test_the_command_shows_name_candidates_rule_and_winner(tmp_path):
    with served(tmp_path) as (_, port):
        catalogue = client(tmp_path, port)
        catalogue.post("entity/bulk", body={"entities": [scanned(SET, f"{RAW}/{{SparkPartitions}}")]})
        result = run(port, "--live", "--json", URI)
        assert result.exit_code == 0
        answer = json.loads(result.stdout)
        (match,) = answer["matches"]
        assert (answer["qualified_name"], match["dataset"]) == (RAW, RAW)
        assert (match["type_name"], match["qualified_name"]) == (SET, f"{RAW}/{{SparkPartitions}}")
        assert match["candidates"] == [
            {"type_name": SET, "qualified_name": f"{RAW}/{{SparkPartitions}}", "rule": "resource set", "found": True}
        ]
        assert json.loads(run(port, "--live", URI).stdout) == answer
        with pytest.raises(Rejected):  # it did not even make our own types
            catalogue.get("types/entitydef/name/lineage_dataset")
        assert catalogue.find(AssetName(PATH, RAW)) is None


def test_the_command_takes_many_and_what_leaves_nothing_behind(tmp_path):
    query = {
        "uri": "jdbc:sqlserver://s.database.windows.net;databaseName=db:(select a.x from dbo.a join dbo.b on 1=1) q"
    }
    lines = [{"uri": "console:"}, {"uri": "memory:x"}, query, {"nothing": 1}]
    with served(tmp_path) as (_, port):
        result = run(port, "--live", "--json", "-", given="\n".join(map(json.dumps, lines)))
    answers = [json.loads(one) for one in result.stdout.splitlines()]
    assert [len(one["matches"]) for one in answers] == [
        len(one.get("datasets", [])) or int(bool(one["type_name"])) for one in answers
    ]
    assert result.exit_code == 1
    assert "line 4" in result.stderr


def test_a_catalogue_that_does_not_answer_is_told(monkeypatch):
    monkeypatch.setattr("azure.core.pipeline.transport.RequestsTransport.sleep", lambda *_: None)
    result = run(free_port(), "--live", URI)
    assert result.exit_code == 3
    assert "lineage:" in result.stderr
    assert result.stdout == ""
