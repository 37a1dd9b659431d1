"""What is brought to a workspace: named by content, with checksums that the init script reads."""

import hashlib
import re

import pytest

from databricks_init.support import Verdict, load
from infra import agent
from infra.agent import SOURCES, Agent, load_agent
from infra.config import Config
from infra.errors import DeployError

pytestmark = pytest.mark.unit

JAR = "spark-3.5-spline-agent-bundle_2.12-2.2.3.jar"


def config(**more):
    return Config.of({"location": "westeurope", "purviewAccount": "contoso", **more})


@pytest.fixture
def sources(tmp_path):
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "lineage-init.sh").write_text("#!/bin/bash\n")
    (folder / "Spark Lineage Harvest Init.py").write_text("# Databricks notebook source\n")
    return folder


@pytest.fixture
def jar(tmp_path):
    path = tmp_path / JAR
    path.write_bytes(b"PK")
    return path


def test_the_checksums_are_in_the_form_that_the_init_script_reads(sources, jar):
    found = load_agent(config(agentJar=str(jar)), sources=sources)
    (line,) = found.checksums.decode().splitlines()
    assert line == f"{hashlib.sha256(b'PK').hexdigest()}  {JAR}"
    script = (SOURCES / "lineage-init.sh").read_text()
    (pattern,) = re.findall(r'local pattern="(.*)"\n', script)
    for dynamic, value in {
        r"${MINOR//./\\.}": r"3\.5",
        r"${SCALA//./\\.}": r"2\.12",
        r"\$": "$",
    }.items():
        assert dynamic in pattern
        pattern = pattern.replace(dynamic, value)
    assert re.fullmatch(pattern, line)


def test_another_script_has_another_name(jar):
    names = {Agent(script, b"", {}, (jar,)).script_name for script in (b"a", b"b", b"a")}
    assert len(names) == 2


def test_by_default_the_bundles_are_those_that_the_support_table_supports():
    supported = [bundle.spark for bundle in load().bundles if bundle.verdict is Verdict.SUPPORTED]
    assert list(config().agent_spark) == supported
    assert list(agent.coordinates("2.2.3", supported)) == [
        "za.co.absa.spline.agent.spark:spark-3.5-spline-agent-bundle_2.12:2.2.3"
    ]


def test_every_version_of_the_support_table_can_be_asked_for_and_no_other():
    sparks = [bundle.spark for bundle in load().bundles]
    assert [one.split("-")[1] for one in agent.coordinates("2.2.3", sparks)] == sparks
    with pytest.raises(DeployError, match=r"no agent for Spark 4\.0; there is one for 3\.5, 3\.4"):
        list(agent.coordinates("2.2.3", ["4.0"]))


def names_of(sparks):
    return [f"spark-{spark}-spline-agent-bundle_2.12-2.2.3.jar" for spark in sparks]


def test_several_bundles_are_known_to_the_init_script_by_their_checksums(sources, tmp_path, monkeypatch):
    jars = tmp_path / "jars"
    jars.mkdir()
    wanted = names_of(["3.4", "3.5"])
    for name in wanted:
        (jars / name).write_bytes(name.encode())
    monkeypatch.setenv("PATH", "/nowhere")
    by_maven = load_agent(config(agentSpark='["3.4", "3.5"]'), sources=sources, jars=jars)
    from_folder = load_agent(config(agentJar=str(jars)), sources=sources)
    assert by_maven.checksums == from_folder.checksums
    lines = from_folder.checksums.decode().splitlines()
    assert lines == [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}" for name in wanted]
    assert {name: bundle["bytes"] for name, bundle in from_folder.bundles.items()} == {
        name: len(name) for name in wanted
    }


def test_a_folder_without_jars_or_with_two_for_one_spark_is_refused(sources, tmp_path):
    empty = tmp_path / "jars"
    empty.mkdir()
    with pytest.raises(DeployError, match="agentJar: there is no jar in"):
        load_agent(config(agentJar=str(empty)), sources=sources)
    for version in ("2.2.2", "2.2.3"):
        (empty / f"spark-3.5-spline-agent-bundle_2.12-{version}.jar").write_bytes(b"PK")
    with pytest.raises(DeployError, match=r"2\.2\.2\.jar and .*2\.2\.3\.jar are for the same Spark and Scala"):
        load_agent(config(agentJar=str(empty)), sources=sources)


@pytest.mark.parametrize("name", ["nowhere.jar", "agent.jar"])
def test_a_jar_that_is_not_one_is_named(sources, tmp_path, name):
    (tmp_path / "agent.jar").write_bytes(b"PK")
    with pytest.raises(DeployError, match=f"agentJar: .*{name}"):
        load_agent(config(agentJar=str(tmp_path / name)), sources=sources)


def test_without_maven_the_way_out_is_named(sources, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeployError, match="pulumi -C infra config set agentJar"):
        load_agent(config(), sources=sources, jars=tmp_path)


def test_windows_line_ends_are_refused(sources, jar):
    (sources / "lineage-init.sh").write_bytes(b"#!/bin/bash\r\n")
    with pytest.raises(DeployError, match="Windows line ends"):
        load_agent(config(agentJar=str(jar)), sources=sources)
