"""Texts of 100 kB finish: no pattern backtracks without bound, whatever is repeated."""

import pytest

from lineage.model import Source
from lineage.naming import NamingContext, explain, name_source
from lineage.naming.uri import LONGEST
from tests.naming.test_naming_uri import SCHEMES

LONG = 100_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "/",
        ":",
        "(",
        "[",
        "{",
        "={",
        ":[",
        ':"',
        "?sig=",
        "..",
        "../",
        "@",
        "%",
        " ",
        ";a=b",
        "a=b/",
        ".a",
        "_",
        "select ",
        ":(select ",
        "ADF_",
        "é",
        "\u0308",
        "*",
        "jdbc:",
        "//",
        "a.b,",
        "2026/11/20/",
    ],
)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_long_texts_take_no_time(scheme, unit):
    text = scheme + unit * (LONG // len(unit))

    answer = explain({"uri": text, "workspace_url": "adb-1.1.azuredatabricks.net"})

    assert answer["qualified_name"] is None or len(answer["qualified_name"]) <= LONGEST + 17


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["-a", ".a", "a", ".s3", "s3.", "@", ".storage", "/"])
@pytest.mark.parametrize(
    "start", ["https://s3", "https://b.s3", "https://storage", "https://", "sb://", "deltasharing://"]
)
def test_long_hosts_take_no_time(start, unit):
    explain({"uri": start + unit * (LONG // len(unit))})


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", [".share#", "#a.b", ";Password=", ";AccountKey", "(host=", ",port=", "address=("])
@pytest.mark.parametrize(
    "start", ["abfss://c@a.dfs.core.windows.net/", "dbfs:/", "jdbc:mysql://", "jdbc:oracle:thin:@"]
)
def test_long_settings_take_no_time(start, unit):
    explain({"uri": start + unit * (LONG // len(unit))})


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", ["(", "[", "Relation(", "jdbc:x:{", "url=", "a,", "s3://"])
def test_long_relation_texts_take_no_time(unit):
    explain({"uri": "SqlDWRelation(" + unit * (LONG // len(unit))})


@pytest.mark.timeout(60)
def test_many_mounts_and_many_files_take_no_time():
    mounts = {f"/mnt/m{number}": f"abfss://c{number}@a.dfs.core.windows.net" for number in range(1_000)}
    context = NamingContext("adb-1.1.azuredatabricks.net", mounts)
    named = {
        name_source(Source(f"dbfs:/mnt/m{number % 1_000}/x/part-{number:05}.parquet"), context).datasets[0].asset
        for number in range(5_000)
    }

    assert len(named) == 1_000
