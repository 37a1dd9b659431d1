"""What is brought to a workspace: named by content, with checksums that the init script reads."""

import hashlib
import re

import pytest

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


def test_bundles_are_those_that_the_support_table_supports():
    assert list(agent.coordinates("2.2.3")) == [
        "za.co.absa.spline.agent.spark:spark-3.5-spline-agent-bundle_2.12:2.2.3"
    ]


@pytest.mark.parametrize("name", ["nowhere.jar", "agent.jar"])
def test_a_jar_that_is_not_one_is_named(sources, tmp_path, name):
    (tmp_path / "agent.jar").write_bytes(b"PK")
    with pytest.raises(DeployError, match=f"agentJar: .*{name}"):
        load_agent(config(agentJar=str(tmp_path / name)), sources=sources)


def test_without_maven_the_way_out_is_named(sources, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeployError, match="pulumi config set agentJar"):
        load_agent(config(), sources=sources, jars=tmp_path)


def test_windows_line_ends_are_refused(sources, jar):
    (sources / "lineage-init.sh").write_bytes(b"#!/bin/bash\r\n")
    with pytest.raises(DeployError, match="Windows line ends"):
        load_agent(config(agentJar=str(jar)), sources=sources)
