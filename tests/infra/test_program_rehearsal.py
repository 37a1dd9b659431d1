"""The rehearsal's phases, on the smallest package that is taken for one; and what a run ends in that cannot begin."""

import json

import pytest

from tests.infra.program import PROJECT, a_package
from tests.infra.rehearse import rehearsal

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def stack(tmp_path):
    with rehearsal(tmp_path, a_package(tmp_path)) as made:
        yield made


def test_every_phase_ends_as_it_must(stack):
    told = [phase() for _, phase in stack.phases]
    assert all(told)


def test_an_administrator_is_made_only_where_the_setting_says_so(stack):
    assert "admin" not in stack.cloud.state.calls
    stack.engine.config |= {"purviewBootstrapAdmin": "true", "purviewResourceGroup": "rg-purview"}
    assert not stack.engine.up().error
    assert stack.cloud.state.calls.count("admin") == 1


def test_no_secret_is_in_the_clear_in_state_or_in_what_is_said(stack):
    run = stack.engine.up()
    (key,) = stack.cloud.state.keys.values()
    from infra.rehearsal.engine import is_secret

    def in_the_clear(value):
        if is_secret(value):
            return False
        if isinstance(value, dict):
            return any(map(in_the_clear, value.values()))
        if isinstance(value, list):
            return any(map(in_the_clear, value))
        return key in str(value)

    for resource in stack.engine.state.values():
        # The random value itself is marked by its own provider, which is echoed here.
        if not resource.type.startswith("random:"):
            assert not in_the_clear(resource.outputs), resource.name
    assert not in_the_clear(run.outputs)
    assert key not in json.dumps(run.said)


def test_a_wrong_configuration_ends_in_one_message(stack):
    stack.engine.config |= {"alwaysReady": "many", "purviewAcount": "x"}
    run = stack.engine.preview()
    assert run.error.startswith("error: the configuration is wrong:")
    assert "alwaysReady" in run.error
    assert "purviewAcount" in run.error
    assert "Traceback" not in run.error


def test_a_missing_package_ends_in_one_message(stack):
    stack.engine.config["package"] = "nowhere.zip"
    run = stack.engine.preview()
    assert run.error == "error: there is no package at nowhere.zip; build it with: make package"


def test_providers_are_kept_by_reference_not_as_code(stack):
    stack.engine.up()
    pickled = [one.inputs["__provider"] for one in stack.engine.state.values() if "__provider" in one.inputs]
    assert len(pickled) == 4
    assert all(len(one) < 120 for one in pickled)


def test_without_databricks_its_sdk_is_not_loaded(tmp_path):
    import subprocess
    import sys

    code = (
        "import pathlib, sys; from tests.infra.program import run;"
        f"run(pathlib.Path({str(tmp_path)!r})); print('pulumi_databricks' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "False"


def test_the_project_is_the_one_of_the_schema():
    import yaml

    from infra.rehearsal.engine import PROGRAM

    assert yaml.safe_load((PROGRAM / "Pulumi.yaml").read_text())["name"] == PROJECT
