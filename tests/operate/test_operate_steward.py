"""`lineage relink` and `lineage prune` against the embedded catalogue, and what the report says of stale processes."""

import json
from datetime import date

import click
import pytest
from click.testing import CliRunner

from lineage.errors import Forbidden
from lineage.operate.commands import COMMANDS
from lineage.operate.period import Period
from lineage.operate.report import report
from lineage.operate.text import report_lines
from lineage.receipts import State
from lineage.settings import Settings
from lineage.store.files import FileStore
from tests.atlas_dump import dump
from tests.catalogue.line import Line as CatalogueLine
from tests.catalogue.line import embedded
from tests.catalogue.lineages import ORDERS, lineage, task

pytestmark = pytest.mark.unit

DAY = 86_400_000
SCANNED = ("azure_datalake_gen2_resource_set", f"{ORDERS.qualified_name}/{{SparkPartitions}}")
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
RECENT, OLD = lineage("new", 4_000_000_000_000, process="2" * 16, owner=task("2")), lineage("old", DAY, owner=task("1"))


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A catalogue with two processes, and the store that says so."""
    made = CatalogueLine(embedded(tmp_path))
    made.store = FileStore(tmp_path / "store")
    made.publisher = made.another()
    made.publish(OLD, RECENT)
    monkeypatch.setattr("lineage.catalogue.open_publisher", lambda settings, store: made.another())
    yield made
    made.close()


@pytest.fixture
def run(tmp_path):
    def invoke(*args, **env):
        group = click.Group(commands=list(COMMANDS))
        given = {"LINEAGE_STORE": str(tmp_path / "store"), **env}
        return CliRunner().invoke(group, args, env=given, prog_name="lineage")

    return invoke


def asked(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_relink_shows_first_and_then_does_it(published, run):
    assert asked(run("relink", "--dry-run", "--json")) == {"dry_run": True, "placeholders": []}
    published.load(SCANNED)
    before = dump(published.client)
    would = asked(run("relink", "--dry-run", "--json"))
    assert {one["placeholder"] for one in would["placeholders"]} == {ORDERS.qualified_name}
    assert {one["asset"]["qualified_name"] for one in would["placeholders"]} == {SCANNED[1]}
    assert dump(published.client) == before
    assert "2 processes would be relinked" in run("relink", "--dry-run").stdout
    done = asked(run("relink", "--json"))
    assert set(done["processes"]) == {OLD.process.qualified_name, RECENT.process.qualified_name}
    assert [one["qualified_name"] for one in done["placeholders"]] == [ORDERS.qualified_name]
    assert run("relink").stdout == "0 processes relinked, 0 placeholders removed\n"


def test_prune_shows_first_and_then_does_it(published, run):
    before = dump(published.client)
    would = asked(run("prune", "--json"))
    assert [one["process"] for one in would["processes"]] == [OLD.process.qualified_name]
    assert would["removed"] is False
    assert dump(published.client) == before
    assert "nothing was written" in run("prune").stdout
    done = asked(run("prune", "--yes", "--json"))
    assert [one["verdict"] for one in done["processes"]] == ["removed"]
    assert done["placeholders"] == []
    gone = set(before) - set(dump(published.client))
    assert any(name.endswith(OLD.process.qualified_name) for name in gone)
    assert all("/jobs/1" in name for name in gone), gone
    for nothing in (run("prune"), run("prune", "--yes")):
        assert nothing.stdout == "no process is stale\n"


def test_everything_that_this_store_published_goes_with_zero_days(published, run):
    published.publisher.relink()
    asked(run("prune", "--older-than", "0", "--yes", "--json"))
    assert sorted({name.partition(" ")[0] for name in dump(published.client)}) != []
    left = dump(published.client)
    assert any(RECENT.process.qualified_name in name for name in left), "its run lies in the future"
    assert not any(OLD.process.qualified_name in name for name in left)


def test_how_many_days_must_be_known(published, run):
    result = run("prune", LINEAGE_STALE_DAYS="0")
    assert (result.exit_code, "--older-than DAYS" in result.stderr) == (2, True)
    assert run("prune", "--older-than", "-1").exit_code == 2
    assert run("prune", "--older-than", "x").exit_code == 2
    assert asked(run("prune", "--older-than", "30", "--json", LINEAGE_STALE_DAYS="0"))["processes"]


@pytest.mark.parametrize("args", [("prune", "--yes"), ("relink",), ("relink", "--dry-run")])
def test_a_catalogue_that_refuses_is_one_line_and_an_exit_code(published, run, monkeypatch, args):
    def refuse(*_args, **_options):
        raise Forbidden("403: the identity needs the role Data Curator")

    monkeypatch.setattr(published.client, "_send", refuse)
    published.load = None
    result = run(*args)
    assert (result.exit_code, result.stderr) == (3, "lineage: 403: the identity needs the role Data Curator\n")


def test_the_report_names_what_is_stale(published):
    found = report(published.store, NOVEMBER, 30 * DAY)
    assert [(one.process, one.marked) for one in found.stale] == [(OLD.process.qualified_name, False)]
    text = "\n".join(report_lines(found))
    assert "stale processes: 1" in text
    assert f"last seen 1970-01-02 00:00:00Z, not marked yet: {OLD.process.name}" in text
    assert report(published.store, NOVEMBER).stale == ()


def test_the_report_counts_the_ignored_by_their_rule(line):
    line.pipeline.settings = Settings(ignore='[{"notebook": "/Repos/data/*"}]')
    publish = line.catalogue.publish

    def skipping(lineage):
        from lineage.catalogue import Outcome

        return Outcome(State.SKIPPED, lineage.skip) if lineage.skip else publish(lineage)

    line.catalogue.publish = skipping
    line.all()
    line.sweep()
    found = report(line.store, NOVEMBER)
    assert found.skipped == {"ignored by rule notebook=/Repos/data/*": 27}
    assert found.states == {"skipped": 27}
    assert "ignored by rule notebook=/Repos/data/*" in "\n".join(report_lines(found))
