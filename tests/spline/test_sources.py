"""The datasets that a plan reads, and what it writes."""

from typing import Any

import pytest

from lineage.errors import NotConvertible
from lineage.model import Mode, Role, Source
from lineage.spline.relations import recover
from tests.builders import LAKE, PlanBuilder, ref
from tests.spline.seen import codes, columns, influences, look

pytestmark = pytest.mark.unit


def test_several_paths_of_one_read_are_several_inputs() -> None:
    build = PlanBuilder()
    read, (_a,) = build.read("x", "a")
    build.reads[0]["inputSources"] = [f"{LAKE}/b", f"{LAKE}/a", f"{LAKE}/b"]
    seen = look(build.plan(read))

    assert [source.uri for source in seen.inputs] == [f"{LAKE}/a", f"{LAKE}/b"]
    assert columns(seen) == {"a": {"a.a", "b.a"}}


def test_part_files_of_a_folder_are_one_input() -> None:
    build = PlanBuilder()
    read, _ = build.read("x", "a")
    build.reads[0]["inputSources"] = [f"{LAKE}/t/part-{number:05}-ab.snappy.parquet" for number in range(300)]
    build.reads[0]["inputSources"].append(f"{LAKE}/u/part-00000")
    seen = look(build.plan(read))

    assert [source.uri for source in seen.inputs] == [f"{LAKE}/t/part-00000-ab.snappy.parquet", f"{LAKE}/u/part-00000"]


@pytest.mark.parametrize(
    ("identifier", "table"),
    [
        ({"table": "orders", "database": "sales"}, ("sales", "orders")),
        ({"table": "orders", "database": "sales", "catalog": "main"}, ("main", "sales", "orders")),
        ({"table": "orders", "database": "sales", "catalog": "spark_catalog"}, ("sales", "orders")),
        ({"table": "orders"}, ("orders",)),
        ("main.sales.orders", ("main", "sales", "orders")),
        ("spark_catalog.sales.orders", ("sales", "orders")),
        ("main.`odd.name`.`back``quote`", ("main", "odd.name", "back`quote")),
        ("delta.`abfss://lake@contoso.dfs.core.windows.net/t`", ()),
        ("spark_catalog.delta.`/mnt/x`", ()),
        ("", ()),
        (None, ()),
        (17, ()),
    ],
)
def test_table_identifiers(identifier: object, table: tuple[str, ...]) -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a", table={"identifier": identifier, "storage": "Storage(Location: x)"})
    seen = look(build.plan(read, params={"table": {"identifier": identifier}}))

    assert seen.inputs[0].table == table
    assert seen.output.table == table


def test_options_that_name_a_dataset_are_kept_and_no_others() -> None:
    build = PlanBuilder()
    url = "jdbc:postgresql://db.contoso.com:5432/sales"
    read, _ = build.read(f"{url}:public.t", "a", Url=url, dbtable="public.t", user="etl", password="*****", fetchsize=5)
    seen = look(build.plan(read))

    assert seen.inputs[0].options == (("dbtable", "public.t"), ("url", url))


def micro_batch(*steps: str) -> tuple[PlanBuilder, str]:
    """A ``LogicalRDD`` of two columns over steps over the files of a read."""
    build = PlanBuilder()
    read, _ = build.read("in/1.json")
    build.reads[0] |= {
        "output": None,
        "name": "FileScanRDD",
        "inputSources": [f"{LAKE}/in/2.json", f"{LAKE}/in/1.json"],
    }
    child = read
    for step in reversed(steps):
        child = build.operation(step, [child])
    return build, build.operation("LogicalRDD", [child], [build.attribute("a"), build.attribute("b")])


def test_columns_of_a_micro_batch_are_those_of_its_files() -> None:
    build, rdd = micro_batch("SQLExecutionRDD", "MapPartitionsRDD")
    seen = look(build.plan(rdd))

    (source,) = seen.inputs
    assert (source.uri, source.fold_files) == (f"{LAKE}/in/1.json", True)
    assert columns(seen) == {"a": {"in/1.json.a"}, "b": {"in/1.json.b"}}
    assert "columns-of-micro-batch" in codes(seen)


def test_stream_that_computes_before_its_batches_shows_in_files_that_are_read_row_by_row() -> None:
    steps = ("SQLExecutionRDD", "MapPartitionsRDD", "MapPartitionsRDD")
    build, rdd = micro_batch(*steps)
    rows = look(build.plan(rdd))
    build.reads[0]["inputSources"] = [f"{LAKE}/in/part-00000-x.snappy.parquet"]
    by_column = look(build.plan(rdd))

    assert columns(rows) == {"a": set(), "b": set()}
    assert "rows-through-rdd" in codes(rows)
    assert all(columns(by_column).values())


@pytest.mark.parametrize("steps", [("MapPartitionsRDD", "PythonRDD", "SQLExecutionRDD"), ("MapPartitionsRDD",), ()])
def test_columns_of_a_hand_made_rdd_are_not_guessed(steps: tuple[str, ...]) -> None:
    build, rdd = micro_batch(*steps)
    seen = look(build.plan(rdd))

    assert len(seen.inputs) == 1
    assert columns(seen) == {"a": set(), "b": set()}
    assert "rows-through-rdd" in codes(seen)


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("abfss://lake@contoso.dfs.core.windows.net/scans", [f"{LAKE}/scans"]),
        (f"{LAKE}/a,b,dbfs:/mnt/c,/mnt/d", [f"{LAKE}/a,b", "dbfs:/mnt/c", "/mnt/d"]),
        ("WholeTextFileRDD", []),
        ("dbfs:", []),
    ],
)
def test_files_that_are_read_whole_are_known_by_the_name_of_their_rdd(name: str, inputs: list[str]) -> None:
    """``sc.wholeTextFiles(…)`` and ``sc.binaryFiles(…)`` have no read in the plan."""
    build = PlanBuilder()
    files = build.operation(name, [build.operation("WholeTextFileRDD", [])])
    rdd = build.operation("LogicalRDD", [build.operation("PythonRDD", [files])], [build.attribute("a")])
    seen = look(build.plan(rdd))

    assert [source.uri for source in seen.inputs] == sorted(inputs)
    assert columns(seen) == {"a": set()}
    assert ("rows-through-rdd" in codes(seen)) is bool(inputs)


def test_text_files_are_read_once_though_their_rdd_has_their_name_too() -> None:
    build, rdd = micro_batch("MapPartitionsRDD", "PythonRDD", f"{LAKE}/in")
    seen = look(build.plan(rdd))

    assert [(source.uri, source.fold_files) for source in seen.inputs] == [(f"{LAKE}/in/1.json", True)]


FEED = (
    "DeltaCDFRelation(SnapshotWithSchemaMode(Snapshot("
    "path=abfss://lake@contoso.dfs.core.windows.net/t/_delta_log, version=1,"
    "metadata=Metadata(3d3e,null,null,Format(parquet,Map()))"
)


def test_change_feed_is_a_read_of_its_table() -> None:
    build = PlanBuilder()
    output = [build.attribute(name) for name in ("a", "_change_type", "_commit_version", "_commit_timestamp")]
    leaf = build.operation("LogicalRelation", [], output, relation=FEED)
    alias = build.operation("SubqueryAlias", [leaf], None, identifier="spark_catalog.sales.t")
    seen = look(build.plan(alias))

    assert [(source.uri, source.table, source.format) for source in seen.inputs] == [
        (f"{LAKE}/t", ("sales", "t"), "delta")
    ]
    assert columns(seen) == {"a": {"t.a"}, "_change_type": set(), "_commit_version": set(), "_commit_timestamp": set()}
    assert codes(seen) == ["plan-without-event", "relation-recovered"]


@pytest.mark.parametrize(
    ("text", "uri", "options"),
    [
        (
            "SqlDWRelation(Some(x),jdbc:sqlserver://dw.sql.azuresynapse.net:1433;database=dw,dbo.Dim)",
            "jdbc:sqlserver://dw.sql.azuresynapse.net:1433;database=dw:dbo.Dim",
            (("dbtable", "dbo.Dim"), ("url", "jdbc:sqlserver://dw.sql.azuresynapse.net:1433;database=dw")),
        ),
        ("JDBCRelation(jdbc:mysql://h/db)", "jdbc:mysql://h/db", (("url", "jdbc:mysql://h/db"),)),
        ("KustoRelation(https://c.kusto.windows.net, db)", "https://c.kusto.windows.net", ()),
        ("Any(wasbs://c@a.blob.core.windows.net/p,1)", "wasbs://c@a.blob.core.windows.net/p", ()),
    ],
)
def test_relation_is_recovered_from_its_text(text: str, uri: str, options: tuple[tuple[str, str], ...]) -> None:
    build = PlanBuilder()
    seen = look(build.plan(build.operation("LogicalRelation", [], [build.attribute("a")], relation=text)))
    assert [(found.uri, found.options) for found in seen.inputs] == [(uri, options)]
    assert columns(seen)["a"]


def test_relation_of_synapse_is_told_from_plain_jdbc() -> None:
    url = "jdbc:sqlserver://dw.sql.azuresynapse.net:1433;database=dw"
    formats = [
        (recover(f"{name}({url},dbo.Dim)") or Source("")).format for name in ("a.b.SqlDWRelation", "JDBCRelation")
    ]
    assert formats == ["com.databricks.spark.sqldw", "jdbc"]


@pytest.mark.parametrize(
    "options",
    [
        {"sfUrl": "acct.snowflakecomputing.com", "sfDatabase": "DB", "sfSchema": "S", "dbtable": "T"},
        {"url": "jdbc:sqlserver://db", "query": "SELECT 1", "prepareQuery": "WITH t AS (SELECT 1)"},
        {"kustoCluster": "c", "kustoDatabase": "d", "kustoTable": "t"},
        {"kafka.bootstrap.servers": "b:9092", "subscribe": "t"},
        {"kafka.bootstrap.servers": "b:9092", "topic": "t"},
        {"spark.cosmos.accountEndpoint": "a", "spark.cosmos.database": "d", "spark.cosmos.container": "c"},
        {"spark.cassandra.connection.host": "h"},
    ],
)
def test_options_of_a_connector_name_what_has_no_location(options: dict[str, str]) -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a", **options, sfRole="r", kustoAadAppSecret="*****")
    build.reads[0]["inputSources"] = []
    seen = look(build.plan(read))

    assert seen.inputs[0].options == tuple(sorted((key.lower(), value) for key, value in options.items()))


def test_relation_that_tells_nothing_is_known_by_its_table() -> None:
    build = PlanBuilder()
    leaf = build.operation("LogicalRelation", [], [build.attribute("a")], relation="CosmosRelation(?)")
    seen = look(build.plan(build.operation("SubqueryAlias", [leaf], None, identifier="spark_catalog.sales.t")))

    assert [(source.uri, source.table) for source in seen.inputs] == [("", ("sales", "t"))]
    assert columns(seen) == {"a": {"sales.t.a"}}


def test_relation_without_any_name_is_noted() -> None:
    assert recover("parquet") is None
    build = PlanBuilder()
    leaf = build.operation("LogicalRelation", [], [build.attribute("a")], relation="CosmosRelation(?)")
    seen = look(build.plan(leaf))

    assert seen.inputs == ()
    assert codes(seen) == ["no-inputs", "plan-without-event", "relation-without-name"]


def test_read_without_location_is_known_by_its_table_or_noted() -> None:
    build = PlanBuilder()
    read, _ = build.read("x", "a", table={"identifier": "main.sales.t"})
    build.reads[0]["inputSources"] = []
    seen = look(build.plan(read))
    assert (seen.inputs[0].uri, seen.inputs[0].table) == ("", ("main", "sales", "t"))

    build.reads[0]["params"] = {}
    seen = look(build.plan(read))
    assert seen.inputs == ()
    assert columns(seen) == {"a": set()}
    assert "read-without-location" in codes(seen)


def written(
    build: PlanBuilder, child: str, name: str, *, by_name: bool, target: list[str], **write: object
) -> dict[str, object]:
    output = [ref(build.attribute(column)) for column in target]
    table = {"identifier": "spark_catalog.sales.t", "output": output}
    return build.plan(child, name=name, params={"table": table, "isByName": by_name} | write)


def test_target_names_apply_by_position() -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "a", "b")
    seen = look(written(build, read, "AppendData", by_name=False, target=["x", "y"]))
    assert columns(seen) == {"x": {"t.a"}, "y": {"t.b"}}
    assert codes(seen) == ["plan-without-event"]


def test_target_names_apply_by_name_and_unfilled_columns_are_noted() -> None:
    build = PlanBuilder()
    read, _ = build.read("t", "B", "a", "new")
    seen = look(written(build, read, "AppendData", by_name=True, target=["a", "b", "generated"]))

    assert columns(seen) == {"a": {"t.a"}, "b": {"t.B"}, "generated": set(), "new": {"t.new"}}
    assert [column.name for column in seen.output.columns] == ["a", "b", "generated", "new"]
    assert "column-not-in-query" in codes(seen)


@pytest.mark.parametrize(
    ("name", "write", "mode"),
    [
        ("InsertIntoHadoopFsRelationCommand", {"append": True}, Mode.APPEND),
        ("InsertIntoHadoopFsRelationCommand", {"append": False}, Mode.OVERWRITE),
        ("SaveIntoDataSourceCommand", {"params": {"replacewhere": "?"}}, Mode.REPLACE_WHERE),
        ("SaveIntoDataSourceCommand", {"params": {"replaceWhere": "a = 1"}, "append": True}, Mode.APPEND),
        ("ReplaceTableAsSelect", {"params": {"writeOptions": {"replaceWhere": "?"}}}, Mode.REPLACE_WHERE),
        ("SaveIntoDataSourceCommand", {"params": {"partitionoverwritemode": "dynamic"}}, Mode.OVERWRITE),
        ("OverwritePartitionsDynamic", {}, Mode.OVERWRITE),
        ("MergeIntoCommandEdge", {}, Mode.MERGE),
        ("UpdateCommand", {}, Mode.UPDATE),
        ("DeleteCommand", {}, Mode.DELETE),
        ("AppendData", {"append": True, "params": {"table": {"identifier": "sales.t"}}}, Mode.APPEND),
        ("AppendData", {"append": True, "params": {"table": {"identifier": "t"}}}, Mode.OVERWRITE),
    ],
)
def test_modes(name: str, write: dict[str, Any], mode: Mode) -> None:
    build = PlanBuilder()
    assert look(build.plan(build.read("t", "a")[0], name=name, **write)).mode is mode


@pytest.mark.parametrize(
    ("kinds", "mode"),
    [
        ((), Mode.OVERWRITE),
        (("EqualNullSafe",), Mode.OVERWRITE),
        (("And", "EqualNullSafe"), Mode.OVERWRITE),
        (("EqualTo",), Mode.REPLACE_WHERE),
        (("And", "EqualNullSafe", "GreaterThan"), Mode.REPLACE_WHERE),
    ],
)
def test_predicate_of_an_overwrite(kinds: tuple[str, ...], mode: Mode) -> None:
    """``true`` and static partitions overwrite; anything that a user wrote replaces where."""
    build = PlanBuilder()
    read, (a,) = build.read("t", "a")
    expression = build.literal(True)
    for kind in reversed(kinds):
        expression = build.call(kind, a, expression)
    seen = look(build.plan(read, name="OverwriteByExpression", params={"deleteExpr": expression}))

    assert seen.mode is mode
    assert influences(seen) == {}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("InsertIntoHadoopFsRelationCommand", Role.INSERT),
        ("CreateDataSourceTableAsSelectCommand", Role.TABLE),
        ("InsertIntoDataSourceDirCommand", Role.TABLE),
        ("InsertIntoHiveDirCommand", Role.TABLE),
        ("CreateTableAsSelect", Role.TABLE),
        ("AppendData", Role.WHOLE),
        ("SaveIntoDataSourceCommand", Role.WHOLE),
        ("MergeIntoCommand", Role.WHOLE),
    ],
)
def test_roles_of_twin_pairs(name: str, role: Role) -> None:
    build = PlanBuilder()
    assert look(build.plan(build.read("t", "a")[0], name=name)).role is role


def test_rows_for_a_table_that_is_being_created_are_the_insert_half() -> None:
    build = PlanBuilder()
    plan = build.plan(build.read("t", "a")[0], name="AppendData", params={"table": {"identifier": "t"}})
    assert look(plan).role is Role.INSERT


@pytest.mark.parametrize(
    ("name", "to", "destination"),
    [
        ("DropTableCommand", "dbfs:/user/hive/warehouse/v", None),
        ("CollectLimit", "memory://00-11/jvm_1", None),
        ("SomeWrite", "noop:/x", None),
        ("SomeWrite", "x", "noop"),
        ("InsertIntoDataSourceCommand", "dbfs:/user/hive/warehouse/t", "jdbc"),
    ],
)
def test_what_is_no_lineage_is_skipped_with_a_reason(name: str, to: str, destination: str | None) -> None:
    build = PlanBuilder()
    assert look(build.plan(None, name=name, to=to, extra={"destinationType": destination})).skip
    assert not look(build.plan(None, to="x")).skip


def test_insert_into_a_catalogue_table_of_any_other_connector_is_a_write() -> None:
    build = PlanBuilder()
    plan = build.plan(None, name="InsertIntoDataSourceCommand", to="dbfs:/t", extra={"destinationType": "parquet"})
    assert not look(plan).skip


def test_write_without_an_output_is_not_convertible() -> None:
    build = PlanBuilder()
    with pytest.raises(NotConvertible, match="SaveIntoDataSourceCommand names no output"):
        look(build.plan(None, name="SaveIntoDataSourceCommand", to=""))


def test_output_of_a_table_without_location_is_known_by_name() -> None:
    build = PlanBuilder()
    seen = look(build.plan(None, to="", params={"table": {"identifier": "main.sales.t"}}))
    assert seen.output.table == ("main", "sales", "t")
