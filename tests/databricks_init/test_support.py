"""One table for docs, policy, checks and script; and what is generated from it is what lies there."""

import dataclasses
import json
import re
from datetime import date
from pathlib import Path

import pytest

from databricks_init import agent_settings, generate, policy, support
from databricks_init.support import Verdict
from lineage.settings import Settings
from tests.databricks_init.node import policy as variables

pytestmark = pytest.mark.unit

TABLE = support.load()
TODAY = date(2026, 11, 24)


def test_the_script_has_the_tables():
    text = generate.SCRIPT.read_text()
    assert generate.script(text, TABLE) == text


def test_the_docs_have_the_tables():
    text = generate.DOCS.read_text()
    assert generate.docs(text, TABLE) == text


def test_the_matrix_has_every_combination_once():
    rows = list(TABLE.matrix())
    assert len(rows) == len(TABLE.runtimes) * len(TABLE.access_modes) * len(TABLE.languages)
    supported = {
        (runtime.label, mode.name, language.name)
        for runtime, mode, language, answer in rows
        if answer.verdict is Verdict.SUPPORTED
    }
    assert supported == {
        (runtime, "dedicated", language)
        for runtime in ("14.3 LTS", "15.4 LTS", "16.4 LTS, Scala 2.12")
        for language in ("Python", "SQL")
    }
    assert all(answer.why for *_, answer in rows if answer.verdict is not Verdict.SUPPORTED)


def test_every_supported_runtime_is_one_that_the_script_attaches_to():
    for runtime in TABLE.runtimes:
        answer = TABLE.bundle(runtime.spark, runtime.scala, runtime.java)
        assert (answer.verdict is Verdict.SUPPORTED) == (runtime.verdict is Verdict.SUPPORTED), runtime


CLUSTERS = {
    ("15.4.x-scala2.12", "SINGLE_USER"): Verdict.SUPPORTED,
    ("15.4.x-photon-scala2.12", "DATA_SECURITY_MODE_DEDICATED"): Verdict.SUPPORTED,
    ("16.4.x-cpu-ml-scala2.12", "SINGLE_USER"): Verdict.SUPPORTED,
    ("16.4.x-scala2.13", "SINGLE_USER"): Verdict.UNSUPPORTED,
    ("17.3.x-scala2.13", "SINGLE_USER"): Verdict.UNSUPPORTED,
    ("13.3.x-scala2.12", "SINGLE_USER"): Verdict.UNSUPPORTED,
    ("15.4.x-scala2.12", "USER_ISOLATION"): Verdict.UNSUPPORTED,
    ("15.4.x-scala2.12", "NONE"): Verdict.UNTESTED,
    ("15.4.x-scala2.12", "SOMETHING_NEW"): Verdict.UNTESTED,
    ("15.3.x-scala2.12", "SINGLE_USER"): Verdict.UNTESTED,
    ("custom:ours", "SINGLE_USER"): Verdict.UNTESTED,
    ("", ""): Verdict.UNTESTED,
}


@pytest.mark.parametrize("cluster", CLUSTERS, ids=" ".join)
def test_a_cluster_is_judged_by_its_fields(cluster):
    answer = TABLE.cluster(*cluster, TODAY)
    assert answer.verdict is CLUSTERS[cluster]


def test_a_runtime_is_supported_until_its_last_day():
    assert TABLE.cluster("14.3.x-scala2.12", "SINGLE_USER", date(2027, 2, 1)).verdict is Verdict.SUPPORTED
    answer = TABLE.cluster("14.3.x-scala2.12", "SINGLE_USER", date(2027, 2, 2))
    assert (answer.verdict, answer.why) == (Verdict.UNSUPPORTED, "14.3 LTS is out of support since 2027-02-01")


def policy_definition(**changed):
    environment = {name: value for name, value in variables().items() if name.startswith("LINEAGE_")}
    return policy.definition(
        script="/Workspace/Shared/lineage/lineage-init-1a2b.sh", environment=environment, **changed
    )


def test_the_policy_attaches_the_script_and_hides_the_key():
    made = policy_definition()
    assert json.loads(json.dumps(made)) == made
    assert made["init_scripts.0.workspace.destination"] == {
        "type": "fixed",
        "value": "/Workspace/Shared/lineage/lineage-init-1a2b.sh",
    }
    assert made["spark_env_vars.LINEAGE_KEY"]["hidden"] is True
    assert made["spark_env_vars.LINEAGE"]["values"] == ["on", "off"]
    assert "init_scripts.0.volumes.destination" in policy_definition(in_volume=True)


def test_the_policy_never_registers_the_listener_and_refuses_the_mode_that_stops_every_query():
    made = {key: element for key, element in policy_definition().items() if key.startswith("spark_conf.")}
    assert made == {
        "spark_conf.spark.spline.mode": {"type": "allowlist", "values": ["ENABLED", "DISABLED"], "isOptional": True}
    }


def test_what_users_may_set_need_not_be_set():
    """A job's definition without these variables would be refused otherwise."""
    chosen = {
        key for key, element in policy_definition().items() if key.startswith("spark_") and element["type"] != "fixed"
    }
    assert chosen - {"spark_version"} == {key for key in chosen if policy_definition()[key].get("isOptional")}


@pytest.mark.parametrize(
    "version",
    [
        "15.4.x-scala2.12",
        "16.4.x-photon-scala2.12",
        "14.3.x-cpu-ml-scala2.12",
        "16.4.x-scala2.13",
        "17.3.x-scala2.13",
        "13.3.x-scala2.12",
        "115.4.x-scala2.12",
    ],
)
def test_the_policy_allows_the_versions_that_are_supported(version):
    allowed = re.fullmatch(policy_definition()["spark_version"]["pattern"], version) is not None
    assert allowed == (TABLE.cluster(version, "SINGLE_USER", TODAY).verdict is Verdict.SUPPORTED)


def test_the_policy_allows_the_access_modes_that_are_supported():
    assert policy_definition()["data_security_mode"]["values"] == ["SINGLE_USER", "DATA_SECURITY_MODE_DEDICATED"]


@pytest.mark.parametrize(
    ("options", "allowed"), [("{}", True), ("-Xss4m {}", True), ("{} -Dx=1", True), ("", False), ("{}x", False)]
)
def test_the_policy_keeps_the_java_option(options, allowed):
    element = policy_definition()["spark_env_vars.JDK_JAVA_OPTIONS"]
    assert bool(re.fullmatch(element["pattern"], options.format(agent_settings.ADD_OPENS))) is allowed
    assert re.fullmatch(element["pattern"], element["defaultValue"])


def test_the_variables_of_the_table_are_those_that_the_script_reads():
    text = generate.SCRIPT.read_text()
    read = set(re.findall(r"\$\{?(LINEAGE(?:_[A-Z_]+)?|JDK_JAVA_OPTIONS)\b", text))
    assert read == {variable.name for variable in agent_settings.VARIABLES} | {"LINEAGE_ROOT"}


def test_the_listener_is_the_last_setting_and_no_setting_is_a_secret():
    assert agent_settings.SETTINGS[-1].key == agent_settings.LISTENERS
    assert not [each for each in agent_settings.SETTINGS if "KEY" in each.value or "functions-key" in each.key]
    assert not [each for each in agent_settings.SETTINGS if "$js" in each.value or each.key.endswith("spline.mode")]


def test_every_reason_of_the_script_is_in_the_docs():
    page = generate.DOCS.read_text()
    said = re.findall(r'leave "([^"]+)"', generate.SCRIPT.read_text())
    assert len(said) > 20
    for reason in said:
        fixed = [part.strip(" :/") for part in re.split(r"\$\{[^}]*\}|\$\w+|\$\*", reason)]
        longest = max(fixed, key=len)
        assert longest in page, reason


def test_the_docs_name_no_setting_that_is_not_there():
    page = generate.DOCS.read_text()
    known = {variable.name for variable in agent_settings.VARIABLES} | {"LINEAGE_ROOT"}
    known |= {f"LINEAGE_{field.name.upper()}" for field in dataclasses.fields(Settings)}
    assert set(re.findall(r"\bLINEAGE(?:_[A-Z]+)+\b", page)) <= known
    for path in re.findall(r"`(databricks_init/[^`]+)`", page):
        assert Path(path).exists(), path
