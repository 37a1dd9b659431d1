"""Nothing makes the init script fail: whatever is wrong is one line, and the cluster starts as usual."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.databricks_init.expected_files import JAVA, refused
from tests.databricks_init.node import BUNDLES, CONF, HOME, RULES, SCRIPT, URL, executable, node

LAYOUTS = {
    "jars": (
        lambda made: shutil.rmtree(made.root / "databricks/jars"),
        "unknown layout: .*/databricks/jars is missing",
    ),
    "conf": (lambda made: shutil.rmtree(made.root / "databricks/driver"), "unknown layout: .*/conf is missing"),
    "version": (lambda made: (made.root / "databricks/spark/VERSION").unlink(), "VERSION has no Spark version"),
    "garbage": (lambda made: made.put("databricks/spark/VERSION", "client.1\n"), "VERSION has no Spark version"),
    "empty": (lambda made: made.put("databricks/spark/VERSION", ""), "VERSION has no Spark version"),
    "java": (lambda made: (made.root / "usr/bin/java").unlink(), "the Java version cannot be told"),
    "silent java": (lambda made: made.put("usr/bin/java", "#!/bin/sh\nexit 1\n"), "the Java version cannot be told"),
    "python": (lambda made: (made.root / "usr/bin/python3").unlink(), "python3 is missing"),
    "broken python": (
        lambda made: [
            (made.root / "usr/bin/python3").unlink(),
            executable(made.put("usr/bin/python3", "#!/bin/false\n")),
        ],
        "the jar with the key cannot be written",
    ),
    "list": (lambda made: (made.root / HOME / "bundles.sha256").unlink(), "bundles.sha256 cannot be read"),
    "empty list": (
        lambda made: made.put(f"{HOME}/bundles.sha256", ""),
        r"has no bundle for Spark 3\.5 and Scala 2\.12",
    ),
    "two bundles": (
        lambda made: made.put(f"{HOME}/bundles.sha256", 2 * f"{'0' * 64}  {BUNDLES['3.5']}\n"),
        r"has more than one bundle for Spark 3\.5",
    ),
    "path in list": (
        lambda made: made.put(f"{HOME}/bundles.sha256", f"{'0' * 64}  spark-3.5-spline-agent-bundle_2.12-../x.jar\n"),
        "has no bundle",
    ),
    "jar": (lambda made: (made.root / HOME / BUNDLES["3.5"]).unlink(), "cannot be copied"),
    "truncated jar": (lambda made: made.put(f"{HOME}/{BUNDLES['3.5']}", "the bytes of spark-3"), "is damaged"),
    "empty jar": (lambda made: made.put(f"{HOME}/{BUNDLES['3.5']}", ""), "is damaged"),
    "other agent": (
        lambda made: made.put("databricks/jars/spark-3.5-spline-agent-bundle_2.12.jar", ""),
        "another Spline agent",
    ),
    "other set-up": (
        lambda made: made.put(
            "databricks/driver/conf/spline.conf", '[driver] {\n "spark.spline.mode" = "ENABLED"\n}\n'
        ),
        r"another Spline set-up is on this node: spline\.conf",
    ),
    "conf is a folder": (lambda made: (made.root / CONF).mkdir(), "cannot be written"),
    "conf cannot be written": (
        lambda made: (made.root / "databricks/driver/conf/.lineage.part").symlink_to("/dev/full"),
        "cannot be written",
    ),
    "rules cannot be written": (
        lambda made: [(made.root / "databricks/lineage").mkdir(), (made.root / RULES).symlink_to("/dev/full")],
        "rules.json cannot be written",
    ),
    "state is a file": (lambda made: made.put("databricks/lineage", "x"), "lineage cannot be written"),
    "jars cannot be written": (lambda made: read_only(made.root / "databricks/jars"), "cannot be copied"),
    "conf cannot be written to": (
        lambda made: read_only(made.root / "databricks/driver/conf"),
        "conf cannot be written",
    ),
}


def read_only(folder: Path) -> None:
    """A folder of the kernel's in its place: root can write everywhere else."""
    shutil.rmtree(folder)
    folder.symlink_to("/proc")


@pytest.mark.parametrize("fault", LAYOUTS)
def test_an_unknown_layout_or_a_damaged_jar_is_one_line(tmp_path, fault):
    made = node(tmp_path)
    breaks, reason = LAYOUTS[fault]
    breaks(made)
    assert re.search(reason, refused(made, made.run()))


TOOLS = ("cat", "cp", "grep", "head", "mv", "sed", "sha256sum", "timeout", "tr", "wc")


@pytest.mark.parametrize("tool", TOOLS)
def test_a_command_that_is_missing_is_one_line(tmp_path, tool):
    made = node(tmp_path / "node")
    path = tmp_path / "path"
    path.mkdir()
    for name in (*TOOLS, "bash", "chmod", "cut", "mkdir", "rm", "tail"):
        if name != tool:
            (path / name).symlink_to(shutil.which(name))
    reason = refused(made, made.run(PATH=str(path)))
    assert reason == f"unknown layout: the command {tool} is missing"


VARIABLES = {
    "no key": ({"LINEAGE_KEY": None}, "the secret behind LINEAGE_KEY cannot be read"),
    "empty key": ({"LINEAGE_KEY": ""}, "the secret behind LINEAGE_KEY cannot be read"),
    "no url": ({"LINEAGE_URL": None}, "LINEAGE_URL is not set"),
    "plain http": ({"LINEAGE_URL": "http://func.example/api/producer"}, "LINEAGE_URL is not https"),
    "key in url": ({"LINEAGE_URL": f"{URL}?code=abc"}, "LINEAGE_URL is not https"),
    "quote in url": ({"LINEAGE_URL": 'https://x/"a'}, "LINEAGE_URL is not https"),
    "other words in key": ({"LINEAGE_KEY": "no key at all"}, "is no key"),
    "newline in key": ({"LINEAGE_KEY": "abc\nspline.mode=REQUIRED"}, "is no key"),
    "comma in key": ({"LINEAGE_KEY": "a,b"}, "is no key"),
    "interpolation in key": ({"LINEAGE_KEY": "${env:HOME}"}, "is no key"),
    "java 17 without the option": ({"JDK_JAVA_OPTIONS": "-Xss4m"}, "needs the variable JDK_JAVA_OPTIONS"),
    "no java folder": ({"JNAME": "zulu8-ca-amd64"}, "the Java version cannot be told"),
    "off": ({"LINEAGE": "Off"}, "switched off"),
    "false": ({"LINEAGE": "false"}, "switched off"),
    "no home": ({"LINEAGE_HOME": "/Volumes/a b/no"}, "/Volumes/a b/no/bundles.sha256 cannot be read"),
    "token without client": ({"LINEAGE_TOKEN_URL": "https://login.example/token"}, "needs LINEAGE_CLIENT_ID"),
    "token in the clear": ({"LINEAGE_TOKEN_URL": "http://login.example/token"}, "LINEAGE_TOKEN_URL is not https"),
}


@pytest.mark.parametrize("fault", VARIABLES)
def test_a_wrong_variable_is_one_line(tmp_path, fault):
    made = node(tmp_path, java=JAVA["17"])
    changed, reason = VARIABLES[fault]
    assert reason in refused(made, made.run(**changed))


def test_a_signal_in_the_middle_leaves_a_cluster_that_starts(tmp_path):
    made = node(tmp_path)
    (made.root / HOME / "bundles.sha256").unlink()
    os.mkfifo(made.root / HOME / "bundles.sha256")  # the script waits here
    child = subprocess.Popen(
        ["bash", str(SCRIPT)],
        env={"PATH": os.environ["PATH"], "LINEAGE_ROOT": str(made.root)} | made.env,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    writer = os.open(made.root / HOME / "bundles.sha256", os.O_WRONLY)  # returns once the script reads
    os.killpg(child.pid, signal.SIGTERM)
    os.close(writer)
    assert child.wait(30) == 0
    assert not (made.root / CONF).exists()


@pytest.mark.parametrize("runtime", ["16.4", "17.3", "20.1"])
def test_a_runtime_of_java_17_needs_the_option_whatever_java_is_found(tmp_path, runtime):
    made = node(tmp_path)
    changed = {"DATABRICKS_RUNTIME_VERSION": runtime, "JDK_JAVA_OPTIONS": None}
    assert "needs the variable JDK_JAVA_OPTIONS" in refused(made, made.run(**changed))
    executable(made.put("usr/lib/jvm/zulu8/bin/java", "#!/bin/sh\necho 'openjdk version \"1.8.0_1\"' >&2\n"))
    made.run(**changed, JNAME="zulu8")
    assert made.conf()


def test_started_by_another_shell_it_is_the_same(tmp_path):
    made = node(tmp_path)
    ran = made.run(shell="sh")
    assert ran.lines[-1].startswith("lineage: attached: ")
    assert made.conf()


def test_windows_line_ends_are_one_line(tmp_path):
    script = tmp_path / "windows.sh"
    script.write_bytes(SCRIPT.read_bytes().replace(b"\n", b"\r\n"))
    made = node(tmp_path / "node")
    for shell in ("bash", "sh"):
        ran = made.run(shell=shell, script=script)
        assert (ran.code, ran.lines) == (0, ["lineage: not attached: the script has Windows line ends"])
        assert made.written() == {}


def test_a_log_that_nobody_reads_is_no_failure(tmp_path):
    made = node(tmp_path)
    read, write = os.pipe()
    os.close(read)
    env = {"PATH": os.environ["PATH"], "LINEAGE_ROOT": str(made.root)} | made.env
    done = subprocess.run(["bash", str(SCRIPT)], env=env, stdout=write, stderr=write, check=False)
    os.close(write)
    assert done.returncode == 0
    assert made.conf()


def test_nothing_at_all_is_there():
    done = subprocess.run(
        ["bash", str(SCRIPT)],
        env={"PATH": os.environ["PATH"], "LINEAGE_ROOT": "/nonexistent", "DB_IS_DRIVER": "TRUE"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


def test_outside_of_databricks_it_does_nothing():
    done = subprocess.run(["bash", str(SCRIPT)], env={"PATH": os.environ["PATH"]}, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_line_ends_are_unix():
    assert b"\r" not in SCRIPT.read_bytes()
    assert "*.sh text eol=lf" in Path(".gitattributes").read_text().splitlines()


def test_shellcheck_has_no_complaint():
    if shutil.which("shellcheck") is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("shellcheck is not installed", pytrace=False)
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(["shellcheck", str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
