"""Texts of 100 kB finish: no pattern backtracks without bound, whatever is repeated."""

import pytest

from lineage.model import Source
from lineage.naming import NamingContext, explain, name_source
from lineage.naming.queries import parse_query
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


def _many(part: str, between: str = ", ", size: int = LONG) -> str:
    """``part`` with numbers for ``#``, so often that the text is of the size."""
    return between.join(part.replace("#", str(number)) for number in range(size // (len(part) + len(between) + 3)))


WIDE = {
    "columns": f"select {_many('coalesce(a.c#, b.d#) * 2 as x#')} from s.t a join s.u b on a.id = b.id",
    "branches": _many("select a#, b from s.t# where x = #", " union all "),
    "stars": _many("select * from s.t#", " union all "),
    "values": f"select a from t where b in ({_many('#')})",
    "conditions": f"select a from t where {_many('c# = #', ' and ')}",
    "cases": f"select case {_many('when a = # then b#', ' ')} end x from t",
    "tables": f"select * from {_many('t#')}",
    "unqualified": f"select {_many('c#', size=LONG // 2)} from {_many('t#', size=LONG // 2)}",
    "keys": f"select a0.x from t a0 {_many('join t# b# using (id)', ' ')}",
    "laterals": f"select a.x from t a {_many('cross apply string_split(a.c#, 0) l#', ' ')}",
    "sub-queries": f"select {_many('(select max(u.v) from u where u.i = a.k#) x#')} from t a, {_many('s#', size=999)}",
    "common tables": f"with {_many('c# as (select id, v from s.t#)')} select * from c0, c1, c2",
    "unread": f"with c as (select a from t), {_many('d# as (select a from c)')} select a from c",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("shape", WIDE)
def test_wide_queries_are_read_to_the_end(shape):
    query = parse_query(WIDE[shape], "tsql", "")

    assert query is not None
    assert query.is_read


@pytest.mark.timeout(60)
def test_queries_that_multiply_columns_end_at_a_stated_number():
    sums = f"select {_many('c#', ' + ', LONG // 2)} x from t"
    query = parse_query(f"select {_many('x + y# z#', size=LONG // 2)} from ({sums}) q cross join u", "tsql", "")

    assert query is not None
    assert [parts[-1].text for parts in query.tables] == ["t", "u"]
    assert not query.is_read
