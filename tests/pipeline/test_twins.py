"""Which two reports are of one write."""

import itertools
from pathlib import Path

import pytest

from lineage.convert import convert, join_twins
from lineage.model import Lineage, Mode, Observation, Role, Run, Source
from lineage.naming import NamingContext, name
from lineage.recording import Recording
from lineage.twins import Half, tables_by_insert
from tests.builders import LAKE

pytestmark = pytest.mark.unit


def half(role: Role, at: int, mode: Mode = Mode.OVERWRITE, of: str = "t") -> Half:
    return Half((of,), mode, role, at, f"{of}-{at}")


def pairs(*halves: Half) -> set[tuple[int, int]]:
    """Times of the insert and of its table command, whatever order they are told in."""
    found = {
        frozenset((told[insert].timestamp, told[table].timestamp) for insert, table in tables_by_insert(told).items())
        for told in itertools.permutations(halves)
    }
    (same,) = found
    return set(same)


def test_hive_table_is_created_and_then_appended_to() -> None:
    insert, table = half(Role.INSERT, 10, Mode.APPEND), half(Role.NEW_TABLE, 11)

    assert pairs(insert, table) == {(10, 11)}
    assert pairs(half(Role.INSERT, 10), table) == set()


def test_append_that_creates_its_table_is_written_as_a_whole() -> None:
    table = half(Role.TABLE, 11, Mode.APPEND)

    assert pairs(half(Role.INSERT, 10), table) == {(10, 11)}
    assert pairs(half(Role.INSERT, 9), half(Role.INSERT, 10, Mode.APPEND), table) == {(10, 11)}


def test_overwrite_is_no_append() -> None:
    assert pairs(half(Role.INSERT, 10, Mode.APPEND), half(Role.TABLE, 11)) == set()


def test_command_of_the_same_millisecond_comes_behind_its_insert() -> None:
    insert, table = half(Role.INSERT, 10), half(Role.TABLE, 10)
    assert insert.key == table.key

    assert pairs(insert, table) == {(10, 10)}


def test_key_decides_between_inserts_of_one_millisecond() -> None:
    told = [half(Role.INSERT, 10)._replace(key=key) for key in "ab"] + [half(Role.TABLE, 11)]

    for halves in itertools.permutations(told):
        assert [halves[insert].key for insert in tables_by_insert(halves)] == ["b"]


def test_whole_write_is_no_half() -> None:
    insert, whole = half(Role.INSERT, 10), half(Role.WHOLE, 11)

    assert pairs(insert, whole) == set()
    assert pairs(insert, whole, half(Role.TABLE, 12)) == {(10, 12)}


def test_each_command_has_the_latest_insert_that_is_single() -> None:
    writes = [half(role, at) for at, role in enumerate((Role.INSERT, Role.TABLE, Role.INSERT, Role.INSERT, Role.TABLE))]

    assert pairs(*writes) == {(0, 1), (3, 4)}


METASTORE = "11111111-2222-3333-4444-555555555555"
PATH = f"{LAKE}/__unitystorage/catalogs/c/tables/t"


A = Source(f"{LAKE}/a")


def written(
    role: Role,
    at: int,
    table: tuple[str, ...] = (),
    reads: Source = A,
    mode: Mode = Mode.OVERWRITE,
) -> Lineage:
    observation = Observation(
        output=Source(PATH, table=table),
        inputs=(reads,),
        mode=mode,
        role=role,
        run=Run(key=f"{role}-{at}", timestamp=at, application_id="app-1", rows=at),
    )
    return name(observation, NamingContext(workspace_url="adb-1.2.azuredatabricks.net", metastore_id=METASTORE))


def test_table_of_unity_catalog_is_the_twin_of_its_path() -> None:
    insert, table = written(Role.INSERT, 10), written(Role.TABLE, 11, ("main", "sales", "t"))
    assert insert.output.asset != table.output.asset

    for order in ([insert, table], [table, insert]):
        (joined,) = join_twins(order)
        assert (joined.output.asset, joined.process) == (table.output.asset, table.process)
        assert (joined.run.rows, joined.role) == (10, Role.WHOLE)


def test_joined_write_does_what_its_table_command_says() -> None:
    insert = written(Role.INSERT, 10, ("sales", "t"), mode=Mode.APPEND)
    table = written(Role.NEW_TABLE, 11, ("sales", "t"))

    assert [write.mode for write in join_twins([insert, table])] == [Mode.OVERWRITE]


def test_writes_of_other_inputs_are_no_twins() -> None:
    writes = [written(Role.INSERT, 10, reads=Source(f"{LAKE}/b")), written(Role.TABLE, 11, ("main", "sales", "t"))]

    assert join_twins(writes) == writes


@pytest.mark.parametrize("reads", [Source(PATH), Source(PATH, table=("main", "sales", "t"))])
def test_table_that_is_made_of_itself_is_one_write(reads: Source) -> None:
    insert, table = written(Role.INSERT, 10, reads=reads), written(Role.TABLE, 11, ("main", "sales", "t"), reads)

    (joined,) = join_twins([insert, table])
    assert joined.output.asset == table.output.asset


def test_recorded_halves_are_one_process_where_the_table_is_in_unity_catalog() -> None:
    """The recorded table of the Hive metastore, called as one of Unity Catalog: in a path of its own, so external."""
    text = Path("tests/traffic/19-ctas-parquet/wire.json").read_text()
    recording = Recording.of(
        text.replace(r"\"database\":\"mart\"", r"\"database\":\"mart\",\"catalog\":\"main\"").encode()
    )
    halves = [
        convert(plan, told.event, told.headers, lambda _: NamingContext("adb-1.2.azuredatabricks.net", {}, METASTORE))
        for told in recording.events.values()
        for plan, _ in recording.plans[told.event.plan_id].values()
    ]

    assert [half.output.asset.type_name for half in halves[2:]] == ["azure_datalake_gen2_path", "databricks_table"]
    assert [len({half.process.qualified_name for half in pair}) for pair in (halves[:2], halves[2:])] == [1, 1]
    assert [write.output.name for write in join_twins(halves)] == ["main.mart.paid", "main.mart.paid_ext"]
