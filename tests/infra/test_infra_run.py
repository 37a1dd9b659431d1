"""`make deploy` and its like on a machine that lacks something: one clear message each; and what destroy asks for."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).parents[2] / "infra/run"
FAKE = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$1 $2" in "whoami "*) exit ${WHOAMI:-0};; "stack --show-name") exit ${STACK:-0};; esac
"""


@pytest.fixture
def run(tmp_path):
    def call(*arguments, pulumi=True, **env):
        tools = tmp_path / "tools"
        tools.mkdir()
        for tool in ("bash", "dirname", "sh"):
            (tools / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
        if pulumi:
            (tools / "pulumi").write_text(FAKE)
            (tools / "pulumi").chmod(stat.S_IRWXU)
        calls = tmp_path / "calls"
        calls.touch()
        done = subprocess.run(
            [RUN, *arguments],
            env={"PATH": str(tools), "CALLS": str(calls), **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return done, calls.read_text().splitlines()

    return call


def test_it_is_executable_and_has_unix_line_ends():
    assert os.access(RUN, os.X_OK)
    assert b"\r" not in RUN.read_bytes()


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ({"pulumi": False}, "Pulumi is missing"),
        ({"WHOAMI": "255"}, "pulumi login"),
        ({"STACK": "255"}, "pulumi -C infra stack init dev"),
    ],
)
def test_what_is_missing_ends_in_one_message(run, without, said):
    done, calls = run("up", **without)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr
    assert not [call for call in calls if call.startswith("up")]


def test_up_is_pulumis_own(run):
    done, calls = run("up", "--yes")
    assert (done.returncode, calls[-1]) == (0, "up --yes")


def test_destroy_keeps_the_lineage_unless_it_is_told(run):
    done, calls = run("destroy")
    assert calls[-1] == "destroy --exclude-protected"
    assert "stays" in done.stderr


def test_destroy_deletes_the_lineage_when_it_is_told(run):
    _, calls = run("destroy", DELETE_LINEAGE="yes")
    assert calls[-2:] == ["state unprotect --all --yes", "destroy"]


@pytest.mark.parametrize("target", ["deploy", "preview", "destroy"])
def test_make_without_pulumi_ends_at_once_in_that_message(target):
    path = "/usr/bin:/bin"
    if shutil.which("pulumi", path=path) or not shutil.which("make", path=path):
        pytest.skip("this machine's make and pulumi lie side by side")
    done = subprocess.run(
        ["make", target],
        cwd=RUN.parents[1],
        env={"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode
    said = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert said == ["Pulumi is missing. Install its command line: https://www.pulumi.com/docs/install"]
