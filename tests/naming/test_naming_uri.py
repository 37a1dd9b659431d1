"""Normalisation: idempotent on any text, never raises; equal spellings have equal names."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineage.model import AssetName, Source
from lineage.naming import NamingContext, explain, name_source, shape, stub
from lineage.naming.folding import fold
from lineage.naming.rule import Rule
from lineage.naming.rules import RULES
from lineage.naming.uri import LONGEST, clean, decode_once, drop_secrets, normalise

pytestmark = pytest.mark.unit

SCHEMES = [
    "abfss://c@a.dfs.core.windows.net/",
    "wasbs://c@a.blob.core.windows.net/",
    "dbfs:/",
    "/",
    "file:/",
    "s3a://b/",
    "hdfs://nn:8020/",
    "adl://a.azuredatalakestore.net/",
    "https://a.dfs.core.windows.net/c/",
    "gs://b/",
    "x://h/",
    "kafka:",
    "cassandra:",
    "bigquery://",
    "mongodb://",
    "azurekusto://",
    "azurecosmos://",
    "snowflake://",
    "unitycatalog://",
    "hive://",
    "jdbc:sqlserver://h;database=d:",
    "jdbc:postgresql://h/d:",
    "jdbc:oracle:thin:@",
    "jdbc:db2://h/",
    "jdbc:mysql://h/",
    "jdbc:teradata://h/",
    "jdbc:snowflake://h/?db=",
    "jdbc:x:",
    "jdbc:databricks://adb-1.1.azuredatabricks.net/d:",
    "jdbc:h2:mem:",
    "eventhubs://",
    "oss://b/",
    "memory://",
    "unknown:",
]
PIECES = st.sampled_from(
    [
        *" /\\.:;?#&=@*{}[]()'\"`,%+-_$~|<>\n\t\x00\u202e\ud800\u0308",
        "..",
        "a",
        "B",
        "1",
        "year=2024",
        "2026-11-20",
        "2026/11/20",
        "part-00000.csv",
        "_delta_log",
        "Volumes/main/s/",
        "user/hive/warehouse/",
        "mnt/raw/",
        ".share#a.b.c",
        "@v12",
        "sig=s",
        "?sv=1",
        "%20",
        "%2F",
        "select * from t",
        "dbo.t",
        "[a].[b]",
        "password=*****",
        "u:p@",
        "é",
        "ﬁ",
        "İ",
    ]
)
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=60),
    st.builds(lambda scheme, rest: scheme + "".join(rest), st.sampled_from(SCHEMES), st.lists(PIECES, max_size=10)),
)
CONTEXTS = st.builds(
    NamingContext,
    workspace_url=st.sampled_from(["", "adb-1.1.azuredatabricks.net"]),
    mounts=st.sampled_from(
        [
            {},
            {"/": "abfss://r@a.dfs.core.windows.net"},
            {"/a": "wasbs://c@a.blob.core.windows.net/x"},
            {"": ""},
            {"/mnt/raw": "dbfs:/mnt/raw/x", "/": "dbfs:/mnt"},
        ]
    ),
    metastore_id=st.sampled_from(["", "11111111-2222-3333-4444-555555555555"]),
    fold_dates=st.booleans(),
)


@given(TEXTS)
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)

    assert normalise(once) == once
    assert clean(clean(text)) == clean(text)


@given(
    TEXTS,
    CONTEXTS,
    st.booleans(),
    st.lists(TEXTS, max_size=4).map(tuple),
    st.dictionaries(st.sampled_from(["url", "dbtable", "query", "Path", "sfurl"]), TEXTS, max_size=3),
    st.sampled_from(["", "delta", "com.databricks.spark.sqldw"]),
)
def test_naming_never_raises(text, context, files, table, options, source_format):
    source = Source(text, source_format, table, options=tuple(sorted(options.items())), fold_files=files)

    naming = name_source(source, context)

    for dataset in naming.datasets:
        for asset in (dataset.asset, *dataset.alternates):
            asset.qualified_name.encode()
            assert "\n" not in asset.qualified_name
            assert len(asset.qualified_name) <= LONGEST + 17
        assert dataset.name
    assert naming.rule
    assert naming == name_source(source, context)


@given(TEXTS, TEXTS, st.lists(st.dictionaries(st.sampled_from(["namespace", "name", "type"]), TEXTS), max_size=2))
def test_openlineage_identifiers_never_raise(namespace, name, symlinks):
    explain({"namespace": namespace, "name": name, "symlinks": symlinks})


@given(TEXTS)
def test_named_again_it_is_the_same_asset(text):
    context = NamingContext("adb-1.1.azuredatabricks.net")
    for dataset in name_source(Source(text), context).datasets:
        again = name_source(Source(dataset.uri), context)

        assert [one.asset for one in again.datasets] == [dataset.asset] or dataset.rule == "unmapped"


@given(
    st.lists(
        st.sampled_from(["a", "b=c", "2026-11-20", "2026", "11", "20", "part-0", "_delta_log", "x@v1", "f.csv", "*"]),
        max_size=8,
    )
)
def test_folding_is_idempotent_and_never_reaches_the_root(segments):
    left, _ = fold(tuple(segments), dates=True, files=False)

    assert fold(left, dates=True, files=False)[0] == left
    assert left or not segments or "*" in segments[0]
    assert len(left) <= len(segments)


def test_names_of_10_000_characters_stay_distinct():
    uris = [f"abfss://c@a.dfs.core.windows.net/{'x' * 10_000}{end}" for end in "ab"]
    first, second = (name_source(Source(uri), NamingContext()).datasets[0] for uri in uris)

    assert first.asset != second.asset
    assert len(first.qualified_name) == LONGEST + 17
    assert len(first.name) <= 200


def test_hostile_names_are_readable_but_keep_their_identity():
    dataset = name_source(
        Source("abfss://c@a.dfs.core.windows.net/safe/\u202egpj.exe\x07<b>"), NamingContext()
    ).datasets[0]

    assert dataset.name == "safe/gpj.exe%07<b>"
    assert dataset.qualified_name == "https://a.dfs.core.windows.net/c/safe/\u202egpj.exe%07<b>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a%20b", "a b"),
        ("100%25", "100%"),
        ("a%2520b", "a%20b"),
        ("100%", "100%"),
        ("%FF", "%FF"),
        ("%C3%9F", "ß"),
    ],
)
def test_decoding_once(text, expected):
    assert decode_once(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [("mart.d1", "mart.d1"), ("d1", "default.d1"), ("`a.b`", "default.a.b"), ("mart.`a.b`", "mart.a.b")],
)
def test_a_table_in_one_text_is_taken_apart(text, name):
    (dataset,) = name_source(Source("", table=(text,)), NamingContext("adb-1.2.azuredatabricks.net")).datasets
    assert dataset.asset == AssetName("hive_table", f"{name}@adb-1.2.azuredatabricks.net")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abfss://c@a/x?sv=1&sig=a/b", "abfss://c@a/x"),
        ("abfss://c@a/what?/x", "abfss://c@a/what?/x"),
        ("https://h/x?code=1", "https://h/x"),
        ("ftp://u:p@h/x", "ftp://h/x"),
        ("ftp://u:p@h", "ftp://h"),
        ("https://u:s3@c:r3t@h/x", "https://h/x"),
        ("wasbs://u:s3cr3t@c@a/x", "wasbs://c@a/x"),
        ("abfss://c@a/u:p@x", "abfss://c@a/u:p@x"),
        ("x&token=1", "x"),
    ],
)
def test_secrets_are_dropped(text, expected):
    assert drop_secrets(text) == expected


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("weird-scheme://host/thing/12", "weird-scheme://{address}/{path}"),
        ("weird://data@acct.store.example.com:99/a", "weird://{container}@{host}.store.example.com:{port}/{path}"),
        ("weird://10.1.2.3/a", "weird://{address}/{path}"),
        ("odps:a:b", "odps:{1}:{2}"),
        ("odps:/a/b", "odps:/{path}"),
        ("unknown://customers", "unknown://{text}"),
        ("no scheme", "{text}"),
        ("", "{text}"),
    ],
)
def test_shape(uri, expected):
    assert shape(uri) == expected


NAMES = st.from_regex(r"[a-z0-9_-]{1,12}", fullmatch=True)
HOSTS = st.lists(NAMES, min_size=1, max_size=4).map(".".join)
UNKNOWN_URIS = st.one_of(
    st.builds(
        "{}x://{}{}{}".format,
        st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
        st.one_of(
            HOSTS, st.builds("{}@{}".format, NAMES, HOSTS), st.builds("{}:{}".format, HOSTS, st.integers(1, 65535))
        ),
        st.sampled_from(["", "/"]),
        st.lists(NAMES, max_size=3).map("/".join),
    ),
    st.builds("odps:{}".format, st.lists(NAMES, min_size=1, max_size=12).map(":".join)),
    st.builds("odps:/{}".format, NAMES),
    NAMES,
)


@given(UNKNOWN_URIS)
def test_stub_of_any_shape_reads_the_uri_that_it_was_made_from(uri):
    naming = name_source(Source(uri), NamingContext())
    shapes = [note.text for note in naming.notes if note.code == "unmapped"]
    rows: dict[str, Rule] = {}
    for each in shapes:
        exec(f"from lineage.naming.rule import *\nrow = {stub(each).rstrip(',')}", rows)

        assert rows["row"].pattern.fullmatch(naming.datasets[0].uri), each
        assert not name_source(Source(uri), NamingContext(), rules=(rows["row"], *RULES)).notes


PLACES = st.sampled_from(
    [
        "abfss://raw@fabrikamlake.dfs.core.windows.net",
        "wasbs://raw@fabrikamlake.blob.core.usgovcloudapi.net",
        "adl://fabrikamgen1.azuredatalakestore.net",
        "s3://bucket",
        "gs://bucket",
        "oss://bucket",
        "hdfs://nn",
        "dbfs:",
        "file:",
    ]
)
FOLDERS = st.lists(st.sampled_from(["a", "B b", "x.y", "1", "é", "k%20v", "t#1"]), min_size=2, max_size=4)
BELOW = st.sampled_from(
    ["", "/year=2024", "/part-00000.snappy.parquet", "/_delta_log", "/2026-11-20", "/2026/11/20/part-1"]
)


@st.composite
def spellings(draw):
    """One folder, and another way to write it."""
    place, folders = draw(PLACES), draw(FOLDERS)
    scheme, mark, host = place.partition("://")
    port = ":443" if scheme in {"abfss", "wasbs", "adl"} else ""
    changed = [
        draw(
            st.sampled_from(
                [scheme, scheme.upper(), {"abfss": "abfs", "wasbs": "wasb", "s3": "s3a"}.get(scheme, scheme)]
            )
        ),
        mark,
        draw(st.sampled_from([host, host.upper(), host + port])),
    ]
    joints = [draw(st.sampled_from(["/", "//", "/./", "/z/../"])) for _ in folders]
    joints[0] = joints[0] if mark else "/"  # else an authority would follow
    path = "".join(joint + unicodedata.normalize("NFD", folder) for joint, folder in zip(joints, folders, strict=True))
    return f"{place}/{'/'.join(folders)}", "".join(changed) + path + draw(BELOW) + draw(
        st.sampled_from(["", "/", "//"])
    )


@given(spellings(), CONTEXTS)
def test_equal_spellings_have_equal_names(pair, context):
    context = NamingContext(context.workspace_url, {}, context.metastore_id)
    one, other = (name_source(Source(uri), context).datasets[0] for uri in pair)

    assert other.asset == one.asset
    assert other.uri == one.uri
