"""A table that some name and others write to by its path is one dataset in the catalogue."""

import json
from typing import Any

import msgspec
import pytest

from lineage.catalogue.places import BELIEVED_MS, PLACES, Places
from lineage.catalogue.process_state import merge
from lineage.catalogue.process_view import called, view
from lineage.model import Column, Dataset, Lineage, Status
from lineage.operate.relink import rehearse
from lineage.store.files import FileStore
from tests.catalogue.line import Clock, Line, MemoryStore, embedded
from tests.catalogue.lineages import ORDERS, SILVER, edge, lineage, path
from tests.catalogue.test_publish import process_of

pytestmark = pytest.mark.unit

TABLE = msgspec.structs.replace(
    path(
        "databricks://m1/catalogs/main/schemas/s/tables/orders", "id:int", "amount:double", type_name="databricks_table"
    ),
    name="main.s.orders",
    place=SILVER.asset,
    alternates=(SILVER.asset,),
)
GOLD = path("gold/orders", "id:int")
NAMED = [(TABLE.asset.type_name, TABLE.qualified_name)]
DAY = 86_400_000


def writer(at: int = 1, **more: Any) -> Lineage:
    """Writes to the path."""
    return lineage(f"w{at}", at, process="a" * 16, **more)


def reader(at: int = 2, table: Dataset = TABLE, **more: Any) -> Lineage:
    """Reads the table."""
    given = {"inputs": (table,), "output": GOLD, "columns": (edge("id", (table, "id")),), **more}
    return lineage(f"r{at}", at, process="b" * 16, **given)


def ends(line: Line) -> tuple[Any, Any]:
    return line.outputs(process_of(line, writer())), line.inputs(process_of(line, reader()))


def paths(line: Line) -> list[str]:
    return [name for _, name in line.everything() if name.startswith(SILVER.qualified_name)]


def test_writer_by_path_leads_to_the_table_that_was_named_before(line):
    line.publish(reader(1), writer(2))

    assert ends(line) == (NAMED, NAMED)
    assert paths(line) == []
    mapping = json.loads(process_of(line, writer())["attributes"]["columnMapping"])
    assert {one["DatasetMapping"]["Sink"] for one in mapping} == {TABLE.qualified_name}


def test_writer_that_came_first_is_led_there_by_its_next_run_or_by_relinking(line, tmp_path):
    other = Line(embedded(tmp_path))
    for each in (line, other):
        each.publish(writer(1), reader(2))
        assert ends(each)[0] == [(SILVER.asset.type_name, SILVER.qualified_name)]

    line.publish(writer(3))
    other.publisher.relink()
    for each in (line, other):
        each.publisher.remove_outgrown()
        assert ends(each) == (NAMED, NAMED)
        assert paths(each) == []
    other.close()


def test_both_are_bound_to_what_was_scanned_of_either(tmp_path):
    for scanned in (("azure_datalake_gen2_resource_set", f"{SILVER.qualified_name}/{{SparkPartitions}}"), NAMED[0]):
        line = Line(embedded(tmp_path))
        line.load(scanned)
        line.publish(reader(1), writer(2))
        assert ends(line) == ([scanned], [scanned])
        line.close()


def test_run_that_says_the_same_is_not_written_again(line):
    line.publish(reader(1), writer(2), writer(3))
    line.quiet()
    line.publisher.relink()
    line.publisher.flush(everything=True)
    assert line.transport.bulks() == []
    assert ends(line) == (NAMED, NAMED)


def test_receipt_tells_which_path_is_shown_as_the_table(line):
    line.publish(reader(1))
    (outcome,) = line.publish(writer(2))
    assert [(match["dataset"], match.get("place")) for match in outcome.matches] == [
        (ORDERS.qualified_name, None),
        (TABLE.qualified_name, SILVER.qualified_name),
    ]


def test_rehearsed_relinking_knows_the_tables(line):
    line.publish(reader(1), writer(2))
    line.load(NAMED[0])

    class Matches:
        def explain(self, datasets):
            return [
                {
                    "dataset": one.qualified_name,
                    "scanned": one.asset == TABLE.asset,
                    "type_name": "t",
                    "qualified_name": "q",
                }
                for one in datasets
            ]

    assert {one.placeholder for one in rehearse(line.store, Matches())} == {TABLE.qualified_name}


def test_table_and_path_in_one_process_are_one_input():
    both = lineage(
        inputs=(SILVER, TABLE), output=GOLD, columns=(edge("id", (SILVER, "id")), edge("load_ts", (TABLE, "amount")))
    )
    shown = called(view(merge(None, both)), {SILVER.qualified_name: TABLE})

    (one,) = shown.inputs
    assert one.asset == TABLE.asset
    assert {column.name for column in one.columns} == {"id", "amount", "load_ts"}
    assert {asset for statement in shown.statements for asset in statement.datasets} == {TABLE.asset}
    assert len(shown.datasets) == 2


def test_self_update_by_path_and_by_table_has_one_end():
    update = lineage(inputs=(SILVER,), output=TABLE, columns=(edge("id", (SILVER, "id")),))
    shown = called(view(merge(None, update)), {SILVER.qualified_name: TABLE})
    assert [one.asset for one in shown.datasets] == [TABLE.asset]


@pytest.fixture(params=["memory", "files"])
def places(request, tmp_path):
    clock = Clock(100.0)
    store = MemoryStore() if request.param == "memory" else FileStore(tmp_path)
    return Places(store, clock), Places(store, clock), clock, store


def test_newest_report_tells_which_table_lies_there(places):
    first, second, _, _ = places
    other = msgspec.structs.replace(TABLE, name="main.s.other")
    for teller, one in ((first, reader(5)), (second, reader(9, other)), (first, reader(7))):
        teller.learn(one)
        teller.clear()

    assert second.tables([SILVER]) == {SILVER.qualified_name: msgspec.structs.replace(other, columns=())}
    assert second.tables([ORDERS, TABLE]) == {}


def test_failed_write_tells_nothing(places):
    first, _, _, _ = places
    first.learn(reader(5, status=Status.FAILED))
    assert first.tables([SILVER]) == {}


def test_table_that_nobody_named_for_long_is_not_believed_and_named_again_it_is(places):
    first, _, clock, _ = places
    first.learn(reader(DAY))
    clock.now = (DAY + BELIEVED_MS) / 1000
    assert first.tables([SILVER])
    clock.now += 301
    assert first.tables([SILVER]) == {}
    first.learn(reader(int(clock.now * 1000)))
    assert first.tables([SILVER])


def test_what_is_told_every_day_is_kept_once_a_week(places):
    first, _, _, store = places
    kept = []
    for day in range(1, 15):
        first.learn(reader(day * DAY))
        kept += [stored.value for key in store.list(PLACES) if (stored := store.get(key)).value not in kept]
    assert len(kept) == 2


def test_damaged_entry_counts_as_none_until_it_is_told_again(places, caplog):
    first, second, _, store = places
    first.learn(reader(5))
    (key,) = store.list(PLACES)
    store.put(key, b"{damaged")
    assert second.tables([SILVER]) == {}
    assert f"the entry {key} of {SILVER.qualified_name} is damaged" in caplog.text
    second.learn(reader(6))
    assert next(iter(second.tables([SILVER]).values())).columns == ()


def test_without_any_table_nothing_is_read(places):
    first, _, _, store = places
    read: list[str] = []
    get = store.get
    store.get = lambda key: read.append(key) or get(key)
    assert first.tables([SILVER, ORDERS]) == {}
    assert read == []


def test_columns_of_the_path_stay_where_the_table_names_none():
    wide = msgspec.structs.replace(SILVER, columns=(Column("id", "int"), Column("extra", "int")))
    shown = called(
        view(merge(None, lineage(output=wide))), {SILVER.qualified_name: msgspec.structs.replace(TABLE, columns=())}
    )
    assert shown.output is not None
    assert {"id", "extra"} <= {column.name for column in shown.output.columns}
