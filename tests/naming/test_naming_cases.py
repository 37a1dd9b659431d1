"""Every spelling of every kind has one defined name."""

import json

import pytest

from lineage.errors import MalformedPayload
from lineage.model import Source
from lineage.naming import NamingContext, explain, name_source
from lineage.naming.rules import RULES
from tests.naming.cases import CASES, WORKSPACE, Case

pytestmark = pytest.mark.unit

ALL = [
    pytest.param(case, id=f"{family}-{index}") for family, cases in CASES.items() for index, case in enumerate(cases)
]


@pytest.mark.parametrize("case", ALL)
def test_source_has_its_name(case: Case):
    answer = explain(case.request)

    assert (answer["type_name"], answer["qualified_name"]) == (case.type_name, case.qualified_name), answer["steps"]


def test_every_row_of_the_table_has_a_case():
    hit = {explain(case.request)["rule"] for cases in CASES.values() for case in cases}

    assert hit - {"ignored"} == {rule.name for rule in RULES}


@pytest.mark.parametrize("case", ALL)
def test_naming_the_normalised_uri_gives_the_same_asset(case: Case):
    context = {key: value for key, value in case.request.items() if key in {"workspace_url", "metastore_id"}}
    naming = name_source(Source(case.source), NamingContext(**context)) if isinstance(case.source, str) else None
    for dataset in naming.datasets if naming else ():
        again = name_source(Source(dataset.uri), NamingContext(**context))

        assert again.datasets[0].asset == dataset.asset


@pytest.mark.parametrize("case", ALL)
def test_no_secret_is_in_an_answer(case: Case):
    answer = json.dumps(explain(case.request))

    for secret in ("S/ig", "secret", "p:w", "ret@", "se:c", "u:p@", "x%2Fy", "password=p"):
        assert secret not in answer


def test_steps_can_be_read():
    answer = explain(
        {
            "uri": "dbfs:/mnt/raw/sales/year=2024/part-00000.parquet",
            "mounts": {"/mnt/raw": "abfss://raw@fabrikamlake.dfs.core.windows.net/?sig=S"},
            "workspace_url": WORKSPACE,
        }
    )

    assert answer["steps"] == [
        "mount /mnt/raw → abfss://raw@fabrikamlake.dfs.core.windows.net/",
        "part file cut: /sales/year=2024/part-00000.parquet → /sales/year=2024",
        "partition folders cut: /sales/year=2024 → /sales",
        "spelled abfss://raw@fabrikamlake.dfs.core.windows.net/sales",
        "rule adls_gen2_path",
    ]


def test_query_of_several_tables_names_them_all():
    uri = "jdbc:postgresql://10.2.0.9/app:(select a.x, b.y from hr.a join hr.b on a.i = b.i) q"

    answer = explain({"uri": uri})

    assert [dataset["qualified_name"].rpartition("/")[2] for dataset in answer["datasets"]] == ["a", "b"]
    assert answer["qualified_name"] == answer["datasets"][0]["qualified_name"]


@pytest.mark.parametrize("request_", [{}, {"uri": 5}, {"namespace": "x"}, {"name": "y", "uri": None}])
def test_request_without_a_source_is_malformed(request_):
    with pytest.raises(MalformedPayload):
        explain(request_)


@pytest.mark.parametrize(
    "key", ["mounts", "params", "table_identifier", "symlinks", "workspace_url", "fold_dates", "format"]
)
@pytest.mark.parametrize("value", [None, 7, "x", [], ["a"], {"a": 1}, True])
def test_odd_context_is_no_error(key, value):
    if key == "symlinks" and not isinstance(value, list | dict | None | str):
        value = None
    explain({"namespace": "abfss://c@a.dfs.core.windows.net", "name": "x", key: value})
    explain({"uri": "abfss://c@a.dfs.core.windows.net/x", key: value})
