"""The init script on fake nodes: what it writes for each, to the byte, and where the key is."""

import itertools
import sys

import pytest

from tests.databricks_init.expected_files import JAVA, files_of, refused, status
from tests.databricks_init.node import AGENT, BUNDLES, JOB, KEY, SETTINGS, STATUS, URL, executable, node

SPARK = ("3.2.1", "3.3.2", "3.4.1", "3.5.0", "3.5.2", "4.0.0", "4.1.0")
ATTACHES = {"3.5": ("8", "11", "17")}
UNTESTED = {"3.2": ("8", "11"), "3.3": ("8", "11", "17"), "3.4": ("8", "11", "17")}
"""Spark → Java, with Scala 2.12."""
NO_SECRET = "{{secrets/lineage/ingest-key}}"


@pytest.mark.parametrize(("spark", "scala", "java"), list(itertools.product(SPARK, ("2.12", "2.13"), JAVA)))
def test_every_node_gets_exactly_its_files(tmp_path, spark, scala, java):
    def among(table) -> bool:
        return scala == "2.12" and java in table.get(spark[:3], ())

    for number, (driver, job, secret) in enumerate(itertools.product((True, False), (True, False), (KEY, NO_SECRET))):
        made = node(tmp_path / str(number), spark=spark, scala=scala, java=JAVA[java], env=JOB if job else {})
        ran = made.run(DB_IS_DRIVER="TRUE" if driver else "FALSE", LINEAGE_KEY=secret)
        assert ran.code == 0
        if not driver:
            assert (ran.output, made.written()) == ("", {})
        elif among(ATTACHES) and secret == KEY:
            name, kind = (JOB["DB_CLUSTER_NAME"], "job") if job else ("team-analytics", "interactive")
            assert made.written() == files_of(made.root, spark=spark, java=java, name=name, kind=kind)
            told = f"{BUNDLES['3.5']} on Spark {spark}, Scala {scala}, Java {java}; lineage goes to {URL}"
            assert ran.lines == [f"lineage: attached: {told}"]
        else:
            reason = refused(made, ran)
            url = URL if among(ATTACHES) else ""
            assert made.written() == {STATUS: status("no", reason, spark=spark, scala=scala, java=java, url=url)}
            verdict = "untested" if among(UNTESTED) else "unsupported"
            assert reason == (
                "the secret behind LINEAGE_KEY cannot be read"
                if among(ATTACHES)
                else f"{verdict} runtime: Spark {spark}, Scala {scala}, Java {java}, Databricks 15.4"
            )


@pytest.mark.parametrize("spark", ["3.2.1", "3.3.2", "3.4.1"])
def test_an_untested_runtime_is_attached_on_request(tmp_path, spark):
    made = node(tmp_path, spark=spark)
    assert "untested runtime" in refused(made, made.run())
    made.run(LINEAGE_UNTESTED="on")
    assert made.written()[AGENT] == BUNDLES[spark[:3]]
    unsupported = node(tmp_path / "other", spark="4.0.0", scala="2.13", java=JAVA["17"])
    assert "unsupported runtime" in refused(unsupported, unsupported.run(LINEAGE_UNTESTED="on"))


def test_a_second_run_changes_nothing(tmp_path):
    made = node(tmp_path, java=JAVA["17"])
    made.run()
    assert made.written()
    made.run()
    assert made.written() == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"LINEAGE": "off"},
        {"LINEAGE_KEY": ""},
        {"LINEAGE_URL": None},
        {"JDK_JAVA_OPTIONS": None},
        {"LINEAGE_HOME": "/no"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_refusal_removes_what_an_earlier_run_attached(tmp_path, changed):
    made = node(tmp_path, java=JAVA["17"])
    made.run()
    assert made.conf()
    refused(made, made.run(**changed))
    assert (made.root / STATUS).read_text().startswith("attached=no\n")


def test_the_key_is_in_one_file_that_only_root_may_read(tmp_path):
    made = node(tmp_path)
    ran = made.run()
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert holding == [tmp_path / SETTINGS]  # stored, not compressed: a search finds it
    assert (tmp_path / SETTINGS).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / AGENT).stat().st_mode & 0o777 == 0o644
    assert KEY not in ran.output


def test_the_key_is_never_on_a_command_line_nor_in_a_childs_environment(tmp_path):
    made = node(tmp_path)
    (tmp_path / "usr/bin/python3").unlink()
    watch = f'#!/bin/sh\n{{ printf "%s\\n" "$@"; env; }} >>"{tmp_path}/seen"\nexec "{sys.executable}" "$@"\n'
    executable(made.put("usr/bin/python3", watch))
    made.run(KEY="somebody's own variable", SHELLOPTS="xtrace")
    assert made.secrets().strip().endswith(KEY)
    assert KEY not in (tmp_path / "seen").read_text()
