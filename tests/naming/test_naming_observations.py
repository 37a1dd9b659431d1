"""One write, named."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.model import (
    AssetName,
    Column,
    ColumnRef,
    ColumnSource,
    Dependency,
    Influence,
    Kind,
    Mode,
    Note,
    Observation,
    Role,
    Run,
    Source,
    TargetColumn,
    WorkspaceContext,
)
from lineage.naming import NamingContext, name, name_source

pytestmark = pytest.mark.unit

HOST = "adb-1.1.azuredatabricks.net"
CONTEXT = NamingContext(HOST, {"/mnt/raw": "abfss://raw@lake.dfs.core.windows.net/"})
PATH = "azure_datalake_gen2_path"
RAW = "abfss://raw@lake.dfs.core.windows.net"
OUT = Source(f"{RAW}/out", "delta")
SAME, MADE, SUMMED = Kind.IDENTITY, Kind.TRANSFORMATION, Kind.AGGREGATION


def path(text):
    return AssetName(PATH, f"https://lake.dfs.core.windows.net/raw/{text}")


def observed(*inputs, output=OUT, columns=(), indirect=(), **more):
    context = WorkspaceContext(workspace_url=HOST, notebook_path="/etl/load")
    return Observation(output, Mode.APPEND, inputs=inputs, columns=columns, indirect=indirect, context=context, **more)


def column(target, *refs, influences=()):
    return TargetColumn(
        target, "int", tuple(Dependency(ref, kind) for ref, kind in refs), tuple(influences), f"f({target})"
    )


def test_everything_that_is_not_a_name_comes_through():
    run = Run("k", 5)
    note = Note("x", "y")
    observation = observed(
        Source(f"{RAW}/a"), run=run, role=Role.TABLE, notes=(note,), skip="because", plan_id="p", harvester="h"
    )

    lineage = name(observation, CONTEXT)

    assert (lineage.run, lineage.role, lineage.notes, lineage.skip) == (run, Role.TABLE, (note,), "because")
    assert (lineage.plan_id, lineage.harvester, lineage.mode) == ("p", "h", Mode.APPEND)
    assert lineage.context == observation.context
    assert lineage.process.name == "load: raw/a → raw/out"
    assert lineage.process.qualified_name.startswith(f"databricks://{HOST}/notebooks/etl/load/processes/")
    assert lineage.process.owner.asset.type_name == "databricks_notebook"


def test_inputs_that_are_one_asset_are_one_dataset():
    inputs = [
        Source(f"{RAW}/sales/year=2023", "parquet", columns=(Column("a"), Column("b", "int"))),
        Source("dbfs:/mnt/raw/sales/year=2024/", columns=(Column("a", "string"), Column("c"))),
        Source(f"{RAW}/sales/part-00000.parquet"),
        Source(f"{RAW}/sales/2026-11-20"),
    ]

    (dataset,) = name(observed(*inputs), CONTEXT).inputs

    assert dataset.asset == path("sales")
    assert dataset.name == "raw/sales"
    assert dataset.format == "parquet"
    assert {column.name: column.type for column in dataset.columns} == {"a": "string", "b": "int", "c": ""}
    assert path("sales/year=2023") in dataset.alternates
    assert path("sales/year=2024") in dataset.alternates
    assert len(set(dataset.alternates)) == len(dataset.alternates)


def test_columns_are_named_by_their_datasets():
    inputs = (Source(f"{RAW}/b/year=1"), Source(f"{RAW}/a"), Source(f"{RAW}/b/year=2"))
    columns = (
        column("x", (ColumnRef(0, "k"), SAME), (ColumnRef(2, "k"), MADE), (ColumnRef(1, "k"), SAME)),
        column("y", (ColumnRef(1, "s", "s.t"), SAME), influences=[ColumnRef(2, "f"), ColumnRef(0, "f")]),
        column("z"),
    )
    indirect = ((Influence.FILTER, (ColumnRef(2, "k"), ColumnRef(0, "k"), ColumnRef(1, "m"))),)

    lineage = name(observed(*inputs, columns=columns, indirect=indirect), CONTEXT)

    x, y, z = lineage.columns
    assert x.sources == (ColumnSource(path("a"), "k", SAME), ColumnSource(path("b"), "k", MADE))
    assert y.sources == (ColumnSource(path("a"), "s", SAME, "s.t"),)
    assert y.influences == (ColumnSource(path("b"), "f"),)
    assert (z.sources, z.type, z.expression) == ((), "int", "f(z)")
    assert lineage.indirect == ((Influence.FILTER, (ColumnSource(path("a"), "m"), ColumnSource(path("b"), "k"))),)
    assert lineage.output.columns == (Column("x", "int"), Column("y", "int"), Column("z", "int"))


def test_columns_of_one_name_stay_with_their_datasets():
    same = (Source(f"{RAW}/in/p"), Source("abfss://raw@other.dfs.core.windows.net/in/p"))

    lineage = name(observed(*same, columns=(column("x", (ColumnRef(1, "k"), SAME)),)), CONTEXT)

    assert len(lineage.inputs) == 2
    assert [one.dataset.qualified_name for one in lineage.columns[0].sources] == [
        "https://other.dfs.core.windows.net/raw/in/p"
    ]
    assert lineage.process.name == "load: in/p → raw/out", "people see the names, the catalogue the qualified names"


def test_self_update_has_one_name_at_both_ends():
    by_table = Source("dbfs:/user/hive/warehouse/mart.db/orders", table=("mart", "orders"))
    by_path = Source("dbfs:/user/hive/warehouse/mart.db/orders/year=2024")

    lineage = name(observed(by_path, output=by_table, columns=(column("x", (ColumnRef(0, "x"), SAME)),)), CONTEXT)

    assert lineage.inputs[0].asset == lineage.output.asset == AssetName("hive_table", f"mart.orders@{HOST}")
    assert lineage.inputs[0].name == lineage.output.name == "mart.orders"
    assert lineage.columns[0].sources[0].dataset == lineage.output.asset


def test_external_table_is_called_by_its_identifier_at_both_ends():
    table = Source(f"{RAW}/ext/orders", table=("mart", "orders"))

    lineage = name(observed(Source(f"{RAW}/ext/orders"), output=table), CONTEXT)

    assert lineage.inputs[0].name == lineage.output.name == "mart.orders"
    assert lineage.inputs[0].alternates == lineage.output.alternates
    assert AssetName("hive_table", f"mart.orders@{HOST}") in lineage.output.alternates


def test_spellings_of_sql_server_that_differ_in_case_are_one_dataset():
    sql = "jdbc:sqlserver://s.database.windows.net;database=D:dbo."
    inputs = (Source(f"{sql}Orders"), Source(f"{sql}orders"))
    columns = (column("x", (ColumnRef(0, "k"), SAME), (ColumnRef(1, "k"), SAME)),)

    lineage = name(observed(*inputs, columns=columns), CONTEXT)

    assert len(lineage.inputs) == 1
    assert lineage.columns[0].sources == (ColumnSource(lineage.inputs[0].asset, "k", SAME),)


def test_twins_of_an_account_stay_two():
    inputs = (Source(f"{RAW}/a"), Source("wasbs://raw@lake.blob.core.windows.net/a"))

    lineage = name(observed(*inputs), CONTEXT)

    assert {dataset.asset.type_name for dataset in lineage.inputs} == {PATH, "azure_blob_path"}
    first, second = lineage.inputs
    assert first.asset in second.alternates
    assert second.asset in first.alternates


def test_no_input_is_a_process_without_inputs():
    lineage = name(observed(columns=(column("x"),)), CONTEXT)

    assert lineage.inputs == ()
    assert lineage.process.name == "load: → raw/out"
    assert not lineage.skip


@pytest.mark.parametrize("output", [Source("memory://aa/jvm"), Source("", "noop"), Source("")])
def test_output_that_leaves_nothing_behind_is_skipped(output):
    lineage = name(observed(Source(f"{RAW}/a"), output=output), CONTEXT)

    assert lineage.skip == "the output leaves nothing behind"
    assert lineage.output.asset.type_name == "lineage_dataset"
    assert name(observed(output=output, skip="in memory"), CONTEXT).skip == "in memory"


def test_input_that_leaves_nothing_behind_is_left_out():
    columns = (column("x", (ColumnRef(0, "k"), SAME), (ColumnRef(1, "k"), SAME)),)

    lineage = name(observed(Source("", "rate"), Source(f"{RAW}/a"), columns=columns), CONTEXT)

    assert [dataset.asset for dataset in lineage.inputs] == [path("a")]
    assert lineage.columns[0].sources == (ColumnSource(path("a"), "k", SAME),)


def test_output_of_several_names_takes_the_first():
    output = Source("jdbc:postgresql://h/d:(select * from a, b) q")

    lineage = name(observed(output=output), CONTEXT)

    assert lineage.output.name == "public.a"
    assert [note.code for note in lineage.notes] == ["output-ambiguous"]


def test_dangling_reference_is_noted():
    lineage = name(
        observed(Source(f"{RAW}/a"), columns=(column("x", (ColumnRef(7, "k"), SAME), (ColumnRef(-1, "k"), SAME)),)),
        CONTEXT,
    )

    assert lineage.columns[0].sources == ()
    assert [note.code for note in lineage.notes] == ["column-untold"]


QUERY = Source(
    "jdbc:postgresql://pg.postgres.database.azure.com/app:(select o.id, c.name, sum(o.amount) as total, x "
    "from public.orders o join crm.cust c on c.id = o.cid where o.state = ? group by o.id, c.name) q",
    "jdbc",
    columns=(Column("id", "int"), Column("name", "string"), Column("total", "decimal(12,2)"), Column("x", "int")),
)


def test_query_columns_lead_to_their_tables():
    columns = (
        column("order_id", (ColumnRef(0, "id"), SAME)),
        column("who", (ColumnRef(0, "NAME"), MADE)),
        column("sum", (ColumnRef(0, "total"), SAME)),
        column("lost", (ColumnRef(0, "x"), SAME)),
    )
    indirect = ((Influence.FILTER, (ColumnRef(0, "total"),)),)

    lineage = name(observed(QUERY, columns=columns, indirect=indirect), CONTEXT)

    orders, cust = (
        AssetName("azure_postgresql_table", f"postgresql://pg.postgres.database.azure.com/app/{table}")
        for table in ("public/orders", "crm/cust")
    )
    assert {dataset.asset for dataset in lineage.inputs} == {orders, cust}
    assert lineage.columns[0].sources == (ColumnSource(orders, "id", SAME),)
    assert lineage.columns[1].sources == (ColumnSource(cust, "name", MADE),)
    assert lineage.columns[2].sources == (ColumnSource(orders, "amount", SUMMED),)
    assert lineage.columns[3].sources == ()
    assert [note.code for note in lineage.notes] == ["column-untold"]
    by_kind = {kind: {(one.dataset, one.column) for one in sources} for kind, sources in lineage.indirect}
    assert by_kind == {
        Influence.JOIN: {(cust, "id"), (orders, "cid")},
        Influence.GROUP: {(orders, "id"), (cust, "name")},
        Influence.FILTER: {(orders, "state"), (orders, "amount")},
    }
    types = {dataset.asset: {one.name: one.type for one in dataset.columns} for dataset in lineage.inputs}
    assert types == {orders: {"id": "int", "amount": ""}, cust: {"name": "string"}}


def test_a_column_of_a_query_brings_what_decides_it():
    source = Source(
        "jdbc:postgresql://h/app:(select id, case when state = 1 then amount end as paid, "
        "case when kind = 1 then 2 end as f, row_number() over (partition by cid order by at desc) as rn, unused "
        "from (select *, case when z = 1 then 2 end as unused from orders) o) q",
    )
    columns = (
        column("total", (ColumnRef(0, "paid"), SUMMED), influences=(ColumnRef(0, "f"),)),
        column("id", (ColumnRef(0, "id"), SAME)),
    )
    indirect = ((Influence.FILTER, (ColumnRef(0, "rn"),)), (Influence.CONDITION, (ColumnRef(0, "f"),)))

    lineage = name(observed(source, columns=columns, indirect=indirect), CONTEXT)

    assert [one.column for one in lineage.columns[0].sources] == ["amount"]
    assert {one.column for one in lineage.columns[0].influences} == {"state", "kind"}
    assert lineage.columns[1].influences == ()
    assert {kind: {one.column for one in sources} for kind, sources in lineage.indirect} == {
        Influence.FILTER: {"cid", "at"},
        Influence.WINDOW: {"cid", "at"},
        Influence.CONDITION: {"kind", "state"},
    }, "a CASE that the write does not use decides nothing"
    assert lineage.notes == ()


def test_tables_joined_where_a_name_may_stand_are_all_inputs():
    source = Source(
        "jdbc:sqlserver://h;database=d:dbo.orders o join dbo.customers c on o.cid = c.id where o.state = 1",
        columns=(Column("amount"), Column("name")),
    )

    lineage = name(observed(source, columns=(column("x", (ColumnRef(0, "amount"), SAME)),)), CONTEXT)

    assert [one.name for one in lineage.inputs] == ["dbo.customers", "dbo.orders"]
    assert {kind: {one.column for one in sources} for kind, sources in lineage.indirect} == {
        Influence.JOIN: {"cid", "id"},
        Influence.FILTER: {"state"},
    }
    assert [note.code for note in lineage.notes] == ["column-untold"]


def test_a_table_with_more_behind_it_that_cannot_be_read_is_still_named():
    naming = name_source(Source("jdbc:sqlserver://h;database=d:dbo.orders o join ((("), CONTEXT)

    assert [one.name for one in naming.datasets] == ["dbo.orders"]
    assert [note.code for note in naming.notes] == ["query-unreadable"]


def test_query_with_star_hands_every_column_on():
    source = Source("jdbc:mysql://h/shop:(select * from orders where a > ?) q", columns=(Column("a"), Column("B")))

    lineage = name(observed(source, columns=(column("x", (ColumnRef(0, "B"), SAME)),)), CONTEXT)

    assert [(one.dataset.qualified_name, one.column) for one in lineage.columns[0].sources] == [
        ("mysql://servers/h:3306/dbs/shop/tables/orders", "B")
    ]
    assert [one.name for one in lineage.inputs[0].columns] == ["a", "B"]


def test_unreadable_query_names_the_database():
    source = Source("jdbc:sqlserver://s.database.windows.net;database=d:(select ((( from) q")

    lineage = name(observed(source, columns=(column("x", (ColumnRef(0, "a"), SAME)),)), CONTEXT)

    assert [dataset.asset for dataset in lineage.inputs] == [
        AssetName("azure_sql_db", "mssql://s.database.windows.net/d")
    ]
    assert [note.code for note in lineage.notes] == ["query-unreadable"]


def test_files_of_a_micro_batch_are_their_folder():
    files = [
        Source(f"abfss://landing@lake.dfs.core.windows.net/stream/in/batch{n}.json", fold_files=True) for n in range(3)
    ]
    at_root = Source("abfss://landing@lake.dfs.core.windows.net/batch.json", fold_files=True)
    read_by_name = Source("abfss://landing@lake.dfs.core.windows.net/stream/in/batch1.json")

    assert [one.qualified_name for one in name(observed(*files), CONTEXT).inputs] == [
        "https://lake.dfs.core.windows.net/landing/stream/in"
    ]
    assert name(observed(at_root), CONTEXT).inputs[0].asset.type_name == "azure_datalake_gen2_filesystem"
    assert name(observed(read_by_name), CONTEXT).inputs[0].qualified_name.endswith("/batch1.json")


def test_two_nights_are_one_process_but_not_without_folding():
    nights = [observed(Source(f"{RAW}/orders/2026-11-2{day}/part-00000.csv")) for day in (0, 1)]
    apart = msgspec.structs.replace(CONTEXT, fold_dates=False)

    assert len({name(night, CONTEXT).process.qualified_name for night in nights}) == 1
    assert len({name(night, apart).process.qualified_name for night in nights}) == 2


def test_managed_table_is_never_called_by_an_id():
    managed = "abfss://uc@uc.dfs.core.windows.net/__unitystorage/schemas/5f0c/tables/9d2e"
    source = Source(managed, table=("main", "sales", "orders"))
    known = msgspec.structs.replace(CONTEXT, metastore_id="11111111-2222-3333-4444-555555555555")

    for context in (CONTEXT, known):
        lineage = name(observed(source), context)

        assert lineage.inputs[0].name == "main.sales.orders"
        assert lineage.process.name == "load: main.sales.orders → raw/out"


KNOWN = msgspec.structs.replace(CONTEXT, metastore_id="11111111-2222-3333-4444-555555555555")
MANAGED = "abfss://uc@uc.dfs.core.windows.net/__unitystorage/schemas/5f0c/tables"
OF_METASTORE = "abfss://uc@uc.dfs.core.windows.net/11111111-2222-3333-4444-555555555555/tables"


def process_written(uri, table=(), context=KNOWN):
    return name(observed(Source(f"{RAW}/in"), output=Source(uri, table=table)), context).process.qualified_name


def test_external_table_and_its_path_are_written_by_one_process():
    by_table = name(observed(output=Source(f"{RAW}/out", table=("main", "sales", "orders"))), KNOWN)
    assert by_table.output.asset.type_name == "databricks_table"
    assert by_table.output.place == path("out")

    assert process_written(f"{RAW}/out", ("main", "sales", "orders")) == process_written(f"{RAW}/out")
    assert process_written("dbfs:/mnt/raw/out", ("main", "sales", "orders")) == process_written(f"{RAW}/out/")
    assert process_written(f"{RAW}/out", ("main", "sales", "orders")) != process_written(f"{RAW}/other")


def test_managed_table_that_is_made_anew_keeps_its_process():
    table = ("main", "sales", "orders")
    ids = [f"{digit * 8}-2222-3333-4444-555555555555" for digit in "ab"]
    for uri in (f"{MANAGED}/9d2e", f"{MANAGED}/77aa", *(f"{OF_METASTORE}/{one}" for one in ids)):
        assert process_written(uri, table) == process_written("", table)
    assert process_written(f"{OF_METASTORE}/{ids[0]}x", table) != process_written("", table)


def test_process_does_not_depend_on_whether_the_metastore_is_known():
    table = ("main", "sales", "orders")
    assert process_written(f"{RAW}/out", table) == process_written(f"{RAW}/out", table, CONTEXT)


def test_the_workspace_of_the_write_names_its_files_when_no_other_is_given():
    lineage = name(observed(Source("dbfs:/tmp/x")), NamingContext())

    assert lineage.inputs[0].qualified_name == f"dbfs://{HOST}/tmp/x"


URIS = st.sampled_from(
    [
        f"{RAW}/a",
        f"{RAW}/a/",
        f"{RAW}/a/k=1",
        "dbfs:/mnt/raw/a",
        f"{RAW}/b",
        "memory://x",
        QUERY.uri,
        "weird:x",
        "",
        "jdbc:sqlserver://s.database.windows.net;database=d:T",
        "jdbc:sqlserver://s.database.windows.net;database=d:t",
    ]
)
SOURCES = st.builds(
    Source,
    URIS,
    st.sampled_from(["", "delta"]),
    st.sampled_from([(), ("s", "t"), ("c", "s", "t")]),
    st.lists(st.sampled_from([Column("id"), Column("id", "int"), Column("name", "string")]), max_size=2).map(tuple),
    fold_files=st.booleans(),
)
NAMES = st.sampled_from(["id", "name", "total", "x"])


@st.composite
def observations(draw):
    inputs = tuple(draw(st.lists(SOURCES, max_size=5)))
    refs = st.builds(ColumnRef, st.integers(0, max(len(inputs) - 1, 0)), NAMES, st.sampled_from(["", "id.a"]))
    columns = st.builds(
        TargetColumn,
        NAMES,
        st.just("int"),
        st.lists(st.builds(Dependency, refs, st.sampled_from(Kind)), max_size=4).map(tuple),
        st.lists(refs, max_size=3).map(tuple),
    )
    indirect = [(kind, tuple(draw(st.lists(refs, max_size=3)))) for kind in draw(st.sets(st.sampled_from(Influence)))]
    return observed(
        *inputs, output=draw(SOURCES), columns=tuple(draw(st.lists(columns, max_size=3))), indirect=tuple(indirect)
    )


@settings(max_examples=300)
@given(observations(), st.randoms())
def test_order_and_repetition_of_inputs_change_nothing(observation, random):
    order = list(range(len(observation.inputs)))
    random.shuffle(order)
    doubled = [observation.inputs[at] for at in order] * 2

    def moved(ref):
        at = order.index(ref.input) if order else 0
        return msgspec.structs.replace(ref, input=at + random.choice([0, len(order)]))

    shuffled = msgspec.structs.replace(
        observation,
        inputs=tuple(doubled),
        columns=tuple(
            msgspec.structs.replace(
                each,
                sources=tuple(reversed([Dependency(moved(one.ref), one.kind) for one in each.sources])),
                influences=tuple(moved(ref) for ref in each.influences),
            )
            for each in observation.columns
        ),
        indirect=tuple((kind, tuple(moved(ref) for ref in reversed(refs))) for kind, refs in observation.indirect),
    )

    assert name(shuffled, CONTEXT) == name(observation, CONTEXT)


@given(observations())
def test_every_edge_ends_at_an_input(observation):
    lineage = name(observation, CONTEXT)
    assets = [dataset.asset for dataset in lineage.inputs]

    assert len(set(assets)) == len(assets)
    sources = [one for each in lineage.columns for one in (*each.sources, *each.influences)]
    sources += [one for _, found in lineage.indirect for one in found]
    assert {one.dataset for one in sources} <= set(assets)
    assert [kind for kind, _ in lineage.indirect] == [kind for kind in Influence if kind in dict(lineage.indirect)]
    for each in lineage.columns:
        assert list(each.sources) == sorted(set(each.sources))
        keys = [(one.dataset, one.column, one.path) for one in each.sources]
        assert len(set(keys)) == len(keys)
