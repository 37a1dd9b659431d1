"""The init script on fake nodes: what it writes for each, to the byte; and that nothing makes it fail."""

import itertools
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.databricks_init.node import (
    ADD_OPENS,
    AGENT,
    BUNDLES,
    CONF,
    HOME,
    JOB,
    KEY,
    RULES,
    SCRIPT,
    SETTINGS,
    STATUS,
    URL,
    WORKSPACE,
    executable,
    node,
)

JAVA = {"8": "1.8.0_412", "11": "11.0.23", "17": "17.0.11", "21": "21.0.3"}
SPARK = ("3.2.1", "3.3.2", "3.4.1", "3.5.0", "3.5.2", "4.0.0", "4.1.0")
LISTENER = "za.co.absa.spline.harvester.listener.SplineQueryExecutionListener"
NO_SECRET = (None, "", "{{secrets/lineage/ingest-key}}")


def conf_of(root: Path, *, java: str, name: str, kind: str) -> str:
    http = "spark.spline.lineageDispatcher.http"
    own = "spark.spline.postProcessingFilter"
    classes = "za.co.absa.spline.harvester.postprocessing"
    lines = [
        '"spark.spline.lineageDispatcher" = "http"',
        f'"{http}.producer.url" = "{URL}"',
        f'"{http}.apiVersion" = "1.2"',
        f'"{http}.requestCompression" = "true"',
        f'"{http}.timeout.connection" = "2000"',
        f'"{http}.timeout.read" = "10000"',
        f'"{http}.header.x-databricks-workspace-url" = "{WORKSPACE}"',
        f'"{http}.header.x-databricks-workspace-id" = "1234567890123456"',
        f'"{http}.header.x-databricks-cluster-id" = "1120-010003-k3v9qzap"',
        f'"{http}.header.x-databricks-cluster-name" = "{name}"',
        f'"{http}.header.x-databricks-cluster-kind" = "{kind}"',
        f'"{own}" = "lineage"',
        f'"{own}.lineage.className" = "{classes}.CompositePostProcessingFilter"',
        f'"{own}.lineage.filters" = "lineageMeta,default"',
        f'"{own}.lineageMeta.className" = "{classes}.metadata.MetadataCollectingFilter"',
        f'"{own}.lineageMeta.rules" = "file://{root}/{RULES}"',
        *([f'"spark.driver.extraJavaOptions" = "{ADD_OPENS}"'] if java == "17" else []),
        f'"spark.sql.queryExecutionListeners" = "{LISTENER}"',
    ]
    return "[driver] {\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def files_of(root: Path, *, spark: str, java: str, name: str, kind: str) -> dict[str, str]:
    bundle = BUNDLES[spark[:3]]
    facts = (
        f'"workspaceUrl": "{WORKSPACE}", "orgId": "1234567890123456", "clusterId": "1120-010003-k3v9qzap", '
        f'"clusterName": "{name}", "clusterKind": "{kind}"'
    )
    return {
        AGENT: bundle,
        SETTINGS: f"spline.lineageDispatcher.http.header.x-functions-key={KEY}\n",
        CONF: conf_of(root, java=java, name=name, kind=kind),
        RULES: '{"executionEvent": {"extra": {"jobRun": {' + facts + "}}}}\n",
        "databricks/lineage/lineage_notebook/identity.py": "# identity\n",
        "databricks/lineage/lineage_notebook/mounts.py": "# mounts\n",
        STATUS: status("yes", "", spark=spark, java=java, bundle=bundle, url=URL),
    }


def status(attached: str, reason: str, *, spark="3.5.0", scala="2.12", java="8", bundle="", url="", runtime="15.4"):
    facts = {"runtime": runtime, "spark": spark, "scala": scala, "java": java, "bundle": bundle, "url": url}
    return f"attached={attached}\nreason={reason}\n" + "".join(f"{name}={value}\n" for name, value in facts.items())


def refused(made, ran) -> str:
    """The reason, after checking that nothing is attached and that one line says why."""
    assert ran.code == 0, ran.output
    assert len(ran.lines) == 1, ran.output
    assert not (made.root / CONF).is_file()
    assert not (made.root / AGENT).exists()
    assert not (made.root / SETTINGS).exists()
    assert not list(made.root.rglob("*.part"))
    assert KEY not in ran.output
    assert ran.output.startswith("lineage: not attached: ")
    return str(ran.output).removeprefix("lineage: not attached: ").strip()


@pytest.mark.parametrize(("spark", "scala", "java"), list(itertools.product(SPARK, ("2.12", "2.13"), JAVA)))
def test_every_node_gets_exactly_its_files(tmp_path, spark, scala, java):
    attaches = spark[:3] == "3.5" and scala == "2.12" and java in ("8", "11", "17")
    for number, (driver, job, secret) in enumerate(itertools.product((True, False), (True, False), (KEY, *NO_SECRET))):
        made = node(tmp_path / str(number), spark=spark, scala=scala, java=JAVA[java], env=JOB if job else {})
        ran = made.run(DB_IS_DRIVER="TRUE" if driver else "FALSE", LINEAGE_KEY=secret)
        assert ran.code == 0
        if not driver:
            assert (ran.output, made.written()) == ("", {})
        elif attaches and secret == KEY:
            name, kind = (JOB["DB_CLUSTER_NAME"], "job") if job else ("team-analytics", "interactive")
            assert made.written() == files_of(made.root, spark=spark, java=java, name=name, kind=kind)
            assert ran.lines == [
                f"lineage: attached: {BUNDLES['3.5']} on Spark {spark}, Scala {scala}, Java {java}; "
                f"lineage goes to {URL}"
            ]
        else:
            reason = refused(made, ran)
            told = {"spark": spark, "scala": scala, "java": java, "url": URL if attaches else ""}
            assert made.written() == {STATUS: status("no", reason, **told)}
            verdict = "untested" if spark < "3.5" and scala == "2.12" and java not in ("21",) else "unsupported"
            if attaches:
                assert reason == "the secret behind LINEAGE_KEY cannot be read"
            elif not (spark == "3.2.1" and java == "17"):
                assert reason == f"{verdict} runtime: Spark {spark}, Scala {scala}, Java {java}, Databricks 15.4"


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
    watch = f'#!/bin/sh\n{{ printf "%s\\n" "$@"; env; }} >>"{tmp_path}/seen"\nexec python3 "$@"\n'
    executable(made.put("usr/bin/python3", watch))
    made.run()
    assert made.secrets().strip().endswith(KEY)
    assert KEY not in (tmp_path / "seen").read_text()


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
}


@pytest.mark.parametrize("fault", LAYOUTS)
def test_an_unknown_layout_or_a_damaged_jar_is_one_line(tmp_path, fault):
    made = node(tmp_path)
    breaks, reason = LAYOUTS[fault]
    breaks(made)
    assert re.search(reason, refused(made, made.run()))


VARIABLES = {
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
    "token without client": ({"LINEAGE_TOKEN_URL": "https://login.example/token"}, "needs LINEAGE_CLIENT_ID"),
    "token in the clear": ({"LINEAGE_TOKEN_URL": "http://login.example/token"}, "LINEAGE_TOKEN_URL is not https"),
}


@pytest.mark.parametrize("fault", VARIABLES)
def test_a_wrong_variable_is_one_line(tmp_path, fault):
    made = node(tmp_path, java=JAVA["17"])
    changed, reason = VARIABLES[fault]
    assert reason in refused(made, made.run(**changed))


@pytest.mark.parametrize(
    "tags", ['[{"key":"LINEAGE","value":"off"}]', '[{"key": "a", "value": "b"}, {"value": "OFF", "key": "Lineage"}]']
)
def test_a_cluster_tag_switches_lineage_off(tmp_path, tags):
    made = node(tmp_path)
    made.deploy_conf(spark__databricks__clusterUsageTags__clusterAllTags=tags)
    assert refused(made, made.run()) == "switched off for this cluster"


def test_other_tags_do_not(tmp_path):
    made = node(tmp_path)
    made.deploy_conf(spark__databricks__clusterUsageTags__clusterAllTags='[{"key":"NOLINEAGE","value":"off"}]')
    made.run()
    assert made.conf()


def test_the_java_that_databricks_chooses_is_the_one_that_counts(tmp_path):
    made = node(tmp_path, java=JAVA["17"])
    for home, version in (("usr/lib/jvm/zulu8-ca-amd64", JAVA["8"]), ("usr/lib/jvm/zulu21", JAVA["21"])):
        executable(made.put(f"{home}/bin/java", f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n"))
    made.run(JNAME="zulu8-ca-amd64", JDK_JAVA_OPTIONS=None)
    assert "spark.driver.extraJavaOptions" not in made.conf()
    made.run(JAVA_HOME="/usr/lib/jvm/zulu8-ca-amd64", JDK_JAVA_OPTIONS=None)
    assert "spark.driver.extraJavaOptions" not in made.conf()
    assert "unsupported runtime" in refused(made, made.run(JAVA_HOME="/usr/lib/jvm/zulu21"))


def test_listeners_and_java_options_that_are_there_stay(tmp_path):
    made = node(tmp_path, java=JAVA["17"])
    made.put(
        "databricks/driver/conf/00-custom-spark.conf",
        '[driver] {\n  "spark.sql.queryExecutionListeners" = "com.example.Audit"\n'
        '  spark.driver.extraJavaOptions = "-Dfirst=\\"a b\\""\n}\n',
    )
    made.put("databricks/driver/conf/zz.conf", '"spark.sql.queryExecutionListeners" = "com.example.Loses"\n')
    made.run()
    conf = made.conf()
    assert conf["spark.sql.queryExecutionListeners"] == f"com.example.Audit,{LISTENER}"
    assert conf["spark.driver.extraJavaOptions"] == f'-Dfirst="a b" {ADD_OPENS}'
    assert list(conf)[-1] == "spark.sql.queryExecutionListeners"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ('my "cluster"', "my _cluster_"),
        ("a,b\\c", "a_b_c"),
        ("${sys:user.home} $(touch /tmp/x) `id`", "__sys:user.home_ _(touch /tmp/x) _id_"),
        ("line\nbreak", "line_break"),
        ("Größe", "Gr____e"),
        ("x" * 300, "x" * 200),
        ("job-1-run-2-a b:(x)+@#=", "job-1-run-2-a b:(x)+@#="),
    ],
)
def test_a_hostile_name_becomes_a_plain_header(tmp_path, name, kept):
    made = node(tmp_path)
    ran = made.run(DB_CLUSTER_NAME=name)
    assert ran.code == 0
    assert made.conf()["spark.spline.lineageDispatcher.http.header.x-databricks-cluster-name"] == kept


def test_identity_comes_from_the_node_where_the_policy_says_nothing(tmp_path):
    made = node(tmp_path)
    made.deploy_conf(
        spark__databricks__workspaceUrl="adb-7.7.azuredatabricks.net",
        spark__databricks__clusterUsageTags__clusterOwnerOrgId="7",
        spark__databricks__clusterUsageTags__clusterId="c-7",
        spark__databricks__clusterUsageTags__clusterName="seven",
    )
    nothing = dict.fromkeys(("LINEAGE_WORKSPACE_URL", "LINEAGE_WORKSPACE_ID", "DB_CLUSTER_ID", "DB_CLUSTER_NAME"))
    made.run(**nothing)
    header = "spark.spline.lineageDispatcher.http.header.x-databricks-"
    found = {key.removeprefix(header): value for key, value in made.conf().items() if key.startswith(header)}
    assert found == {
        "workspace-url": "adb-7.7.azuredatabricks.net",
        "workspace-id": "7",
        "cluster-id": "c-7",
        "cluster-name": "seven",
        "cluster-kind": "interactive",
    }


def test_a_node_without_identity_is_attached_and_says_so(tmp_path):
    made = node(tmp_path)
    (made.root / "databricks/common/conf/deploy.conf").unlink()
    ran = made.run(
        **dict.fromkeys(("LINEAGE_WORKSPACE_URL", "LINEAGE_WORKSPACE_ID", "DB_CLUSTER_ID", "DB_CLUSTER_NAME"))
    )
    assert ran.lines[0] == "lineage: the workspace is not known: set LINEAGE_WORKSPACE_URL"
    assert [key for key in made.conf() if ".header." in key] == [
        "spark.spline.lineageDispatcher.http.header.x-databricks-cluster-kind"
    ]


def test_entra_takes_the_place_of_the_key(tmp_path):
    made = node(tmp_path)
    token = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token"
    made.run(LINEAGE_TOKEN_URL=token, LINEAGE_CLIENT_ID="0a-1b", LINEAGE_SCOPE="api://lineage/.default")
    prefix = "spline.lineageDispatcher.http.authentication"
    assert made.secrets().splitlines() == [
        f"{prefix}.type=OAUTH",
        f"{prefix}.grantType=client_credentials",
        f"{prefix}.clientId=0a-1b",
        f"{prefix}.clientSecret={KEY}",
        f"{prefix}.scope=api://lineage/.default",
        f"{prefix}.tokenUrl={token}",
    ]


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
