"""Every spelling of every kind has one defined name."""

import json

import pytest

from lineage.errors import MalformedPayload
from lineage.model import Source
from lineage.naming import NamingContext, explain, name_source
from lineage.naming.rules import RULES
from tests.naming.cases import CASES, WORKSPACE, Case
from tests.naming.rare import RARE
from tests.naming.variations import VARIATIONS

pytestmark = pytest.mark.unit

FAMILIES = CASES | VARIATIONS | RARE
ALL = [
    pytest.param(case, id=f"{family}-{index}") for family, cases in FAMILIES.items() for index, case in enumerate(cases)
]


@pytest.mark.parametrize("case", ALL)
def test_source_has_its_name(case: Case):
    answer = explain(case.request)

    assert (answer["type_name"], answer["qualified_name"]) == (case.type_name, case.qualified_name), answer["steps"]


def test_every_row_of_the_table_has_a_case():
    hit = {explain(case.request)["rule"] for cases in FAMILIES.values() for case in cases}

    missing = sorted({rule.name for rule in RULES} - hit)
    assert not missing, f"no Case in tests/naming/cases.py is named by {', '.join(missing)}"


@pytest.mark.long
@pytest.mark.parametrize("case", ALL)
def test_naming_the_normalised_uri_gives_the_same_asset(case: Case):
    context = {key: value for key, value in case.request.items() if key in {"workspace_url", "metastore_id"}}
    naming = name_source(Source(case.source), NamingContext(**context)) if isinstance(case.source, str) else None
    for dataset in naming.datasets if naming else ():
        again = name_source(Source(dataset.uri), NamingContext(**context))

        assert again.datasets[0].asset == dataset.asset


@pytest.mark.long
@pytest.mark.parametrize("case", ALL)
def test_no_secret_is_in_an_answer(case: Case):
    answer = json.dumps(explain(case.request))

    for secret in ("S/ig", "SECRET", "secret", "p:w", "ret@", "se:c", "u:p@", "x%2Fy", "password=p"):
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
    ("key", "taken"),
    [
        ("mounts", [{}, {"/a": "b"}]),
        ("params", [{}, {"a": 1}, {"a": None}, {"a": {}}]),
        (
            "table_identifier",
            ["", "x", "`a.b`.c", [], ["a"], [1], {}, {"table": "t"}, {"database": None, "table": "t"}],
        ),
        ("symlinks", [[], ["a"], [{}], [{"name": 1}]]),
        ("workspace_url", ["", "x"]),
        ("metastore_id", ["", "x"]),
        ("format", ["", "x"]),
        ("fold_dates", [True, False]),
        ("fold_files", [True, False]),
    ],
)
def test_what_is_known_besides_has_its_type_or_is_refused(key, taken):
    for source in ({"namespace": "abfss://c@a.dfs.core.windows.net", "name": "x"}, {"uri": "abfss://c@a/x"}):
        for value in [None, *taken]:
            assert explain({**source, key: value})["qualified_name"]
        others = (other for other in ("x", 7, 1.5, ["a"], {"a": 1}, True) if type(other) not in map(type, taken))
        for value in others:
            with pytest.raises(MalformedPayload, match=f"^{key}"):
                explain({**source, key: value})


def test_a_mount_without_a_target_is_refused():
    with pytest.raises(MalformedPayload, match=r"^mounts\./mnt/a: expected text"):
        explain({"uri": "dbfs:/mnt/a/x", "mounts": {"/mnt/a": None}})
