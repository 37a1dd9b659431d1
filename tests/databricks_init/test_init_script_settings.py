"""What the init script takes from the node: switches, Java, what others have set up, and identity as plain headers."""

import pytest

from tests.databricks_init.expected_files import JAVA, LISTENER, refused
from tests.databricks_init.node import ADD_OPENS, KEY, executable, node

LISTENERS = "spark.sql.queryExecutionListeners"


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
    made.put(
        "databricks/driver/conf/aa.conf",
        '# "spark.sql.queryExecutionListeners" = "com.example.Comment"\n"spark.executor.extraJavaOptions" = "-Dx=1"\n',
    )
    made.run()
    conf = made.conf()
    assert conf["spark.sql.queryExecutionListeners"] == f"com.example.Audit,{LISTENER}"
    assert conf["spark.driver.extraJavaOptions"] == f'-Dfirst="a b" {ADD_OPENS}'
    assert list(conf)[-1] == "spark.sql.queryExecutionListeners"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[driver] { "spark.sql.queryExecutionListeners" = "com.example.Audit" }', LISTENERS),
        ('"spark.sql.queryExecutionListeners" = com.example.Audit', LISTENERS),
        ('"spark.sql.queryExecutionListeners" = "a.B" ${more}', LISTENERS),
        ('"spark.sql.queryExecutionListeners" = "a.B", "spark.ui.port" = "1"', LISTENERS),
        ('spark.sql { queryExecutionListeners = "a.B" }', LISTENERS),
        ('spark.sql.queryExecutionListeners = """a.B"""', LISTENERS),
        ("spark.driver { extraJavaOptions = -Dx=1 }", "spark.driver.extraJavaOptions"),
    ],
)
def test_what_others_have_set_up_and_cannot_be_read_is_left_alone(tmp_path, text, key):
    made = node(tmp_path, java=JAVA["17"])
    made.put("databricks/driver/conf/other.conf", f"[driver] {{\n{text}\n}}\n")
    reason = refused(made, made.run())
    assert reason.startswith(f"{key} of another file in ")
    assert (tmp_path / "databricks/driver/conf/other.conf").read_text() == f"[driver] {{\n{text}\n}}\n"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://adb-7.7.azuredatabricks.net/?o=7", "adb-7.7.azuredatabricks.net"),
        ("adb-7.7.azuredatabricks.net/", "adb-7.7.azuredatabricks.net"),
    ],
)
def test_the_workspace_is_its_host(tmp_path, given, kept):
    made = node(tmp_path)
    made.run(LINEAGE_WORKSPACE_URL=given)
    assert made.conf()["spark.spline.lineageDispatcher.http.header.x-databricks-workspace-url"] == kept


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
