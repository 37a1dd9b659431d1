"""Every refusal of the catalogue has its answer: what is tried once, and what is told in the end."""

import json
import random
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError

from lineage.catalogue.outcome import Outcome
from lineage.catalogue.remedies import BY_CODE, BY_STATUS
from lineage.errors import Forbidden, Rejected, Unavailable
from lineage.model import Lineage
from lineage.receipts import State
from tests.catalogue.line import Answer, Line, embedded
from tests.catalogue.lineages import ORDERS, SILVER, edge, lineage, path, task
from tests.catalogue.test_publish import dump, events, process_of

pytestmark = [pytest.mark.unit, pytest.mark.long]

PATH = "azure_datalake_gen2_path"


def is_bulk(request: Any) -> bool:
    return request.method == "POST" and "/entity/bulk" in request.url


def refuse_once(line: Line, status: int, code: str) -> Counter[str]:
    """The next bulk write is refused, later ones are not; counts the bulk writes."""
    seen: Counter[str] = Counter()

    def fault(request: Any, number: int) -> Any:
        if not is_bulk(request):
            return None
        seen["bulk"] += 1
        return Answer(status, {"errorCode": code, "errorMessage": "no"}) if seen["bulk"] == 1 else None

    line.transport.fault = fault
    return seen


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "ATLAS-404-00-009"),
        (404, "ATLAS-404-00-00A"),
        (404, "ATLAS-404-00-005"),
        (404, "ATLAS-404-00-001"),
        (400, "ATLAS-400-00-014"),
        (400, "ATLAS-400-00-023"),
        (400, "ATLAS-400-00-02B"),
        (404, "ATLAS-404-00-007"),
        (400, "ATLAS-400-00-036"),
        (400, "ATLAS-400-00-01A"),
        (413, "ATLAS-413-00-001"),
        (409, "Conflict"),
        (412, "PreconditionFailed"),
    ],
)
def test_one_refusal_is_remedied(line, status, code):
    seen = refuse_once(line, status, code)
    (outcome,) = line.publish(lineage())
    assert outcome.state is State.PUBLISHED
    assert seen["bulk"] == 2
    assert len(line.inputs(process_of(line, lineage()))) == 1
    line.quiet()
    line.transport.fault = None
    assert line.publish(lineage())[0].state is State.UNCHANGED
    assert line.transport.bulks() == []


@pytest.mark.parametrize("status", [400, 404, 409, 413])
def test_a_refusal_that_stays_is_told_after_one_more_try(line, status):
    seen: Counter[str] = Counter()

    def fault(request: Any, number: int) -> Any:
        seen["bulk"] += is_bulk(request)
        return Answer(status, {"errorCode": "X", "errorMessage": "no"}) if is_bulk(request) else None

    line.transport.fault = fault
    with pytest.raises((Rejected, Unavailable)) as caught:
        line.publisher.publish(lineage())
    assert caught.value.status == status
    assert seen["bulk"] == 2
    assert not [key for key in line.store.values if key.startswith("processes/")]


@pytest.mark.parametrize(("status", "kind"), [(401, Forbidden), (403, Forbidden), (500, Unavailable)])
def test_what_no_remedy_can_change_stops_at_once(line, status, kind):
    line.transport.fault = lambda request, number: Answer(status, {}) if is_bulk(request) else None
    with pytest.raises(kind):
        line.publisher.publish(lineage())
    assert line.store.values == {}
    line.transport.fault = None
    assert line.publish(lineage())[0].state is State.PUBLISHED


def test_every_documented_code_has_a_row():
    documented = {
        "ATLAS-404-00-009",
        "ATLAS-404-00-00A",
        "ATLAS-404-00-001",
        "ATLAS-400-00-036",
        "ATLAS-400-00-02B",
        "ATLAS-400-00-023",
    }
    assert documented <= set(BY_CODE)
    assert {400, 404, 409, 413} <= set(BY_STATUS)


def test_a_scanned_asset_that_was_deleted_is_replaced_by_a_placeholder(line):
    line.load((PATH, ORDERS.qualified_name))
    line.publish(lineage("a", 1))
    guid = line.entity(PATH, ORDERS.qualified_name)["guid"]
    line.client.delete(f"entity/guid/{guid}")
    line.publish(lineage("b", 2))
    found = line.entity(PATH, ORDERS.qualified_name)
    assert found["guid"] != guid
    assert found["labels"] == ["lineage-placeholder"]
    assert len(line.inputs(process_of(line, lineage()))) == 1


def test_a_scanned_asset_with_a_new_guid_heals(line):
    line.load((PATH, ORDERS.qualified_name))
    line.publish(lineage("a", 1))
    line.client.delete(f"entity/guid/{line.entity(PATH, ORDERS.qualified_name)['guid']}")
    line.load((PATH, ORDERS.qualified_name))
    line.publish(lineage("b", 2))
    process = process_of(line, lineage())
    assert process["attributes"]["inputs"][0]["guid"] == line.entity(PATH, ORDERS.qualified_name)["guid"]


def test_a_placeholder_that_was_deleted_is_made_again_with_its_columns(line):
    line.publish(lineage("a", 1))
    schema = ("tabular_schema", f"{SILVER.qualified_name}#__tabular_schema")
    for type_name, name in ((PATH, SILVER.qualified_name), schema):
        line.client.delete(f"entity/guid/{line.entity(type_name, name)['guid']}")
    line.publish(lineage("b", 2))
    assert line.entity(PATH, SILVER.qualified_name)["labels"] == ["lineage-placeholder"]
    assert len(line.entity(*schema)["relationshipAttributes"]["columns"]) == 3


def test_a_workspace_that_was_deleted_is_made_again(line):
    line.publish(lineage("a", 1, owner=task()))
    workspace = next(name for name in line.everything() if name[0] == "databricks_workspace")
    task_name = task().asset
    for name in (workspace, (task_name.type_name, task_name.qualified_name)):
        line.client.delete(f"entity/guid/{line.entity(*name)['guid']}")
    line.publish(lineage("b", 2, owner=task()))
    assert line.entity(*workspace)


def test_a_type_that_the_catalogue_takes_nobody_with_is_not_tried_twice(line):
    """A type that wants more than a name: found out by the refusal, then known."""
    strict: Any = {
        "name": "strict_table",
        "category": "ENTITY",
        "superTypes": ["DataSet"],
        "attributeDefs": [],
    }
    line.client.post("types/typedefs", body={"entityDefs": [strict]})
    line.quiet()

    def fault(request: Any, number: int) -> Any:
        strict_inside = is_bulk(request) and b"strict_table" in request.content
        return Answer(400, {"errorCode": "ATLAS-400-00-02B", "errorMessage": "owner"}) if strict_inside else None

    line.transport.fault = fault
    for at in range(2):
        source = path(f"strict://host/table_{at}", "id", type_name="strict_table")
        line.publish(
            lineage(f"k{at}", at, process=f"{at:016d}", inputs=(source,), columns=(edge("id", (source, "id")),))
        )
        assert line.entity("lineage_dataset", source.qualified_name)["labels"] == ["lineage-placeholder"]
    refused = [bulk for bulk in line.transport.bulks() if any(type_name == "strict_table" for type_name, _ in bulk)]
    assert len(refused) == 1


def test_a_mandatory_attribute_that_the_type_states_is_seen_beforehand(line):
    owner = {"name": "owner_id", "typeName": "string", "isOptional": False}
    strict = {"name": "strict_table", "category": "ENTITY", "superTypes": ["DataSet"], "attributeDefs": [owner]}
    line.client.post("types/typedefs", body={"entityDefs": [strict]})
    line.quiet()
    source = path("strict://host/table", "id", type_name="strict_table")
    line.publish(lineage(inputs=(source,), columns=(edge("id", (source, "id")),)))
    assert len(line.transport.bulks()) == 1
    assert line.entity("lineage_dataset", source.qualified_name)


def test_a_type_that_the_catalogue_lacks_becomes_one_of_ours_with_columns(line):
    source = path("kafka://broker/topic", "key:binary", type_name="no_such_type")
    line.publish(lineage(inputs=(source,), columns=(edge("id", (source, "key")),)))
    found = line.client.get(f"entity/guid/{line.entity('lineage_dataset', source.qualified_name)['guid']}")
    columns = found["entity"]["relationshipAttributes"]["columns"]
    assert [column["displayText"] for column in columns] == ["key"]


def broken(at: int) -> Lineage:
    """Something that the catalogue refuses: its output has no name."""
    import msgspec

    from lineage.model import AssetName

    nameless = msgspec.structs.replace(SILVER, asset=AssetName(PATH, ""))
    return lineage(f"broken{at}", at, process=f"bad{at:013d}", output=nameless)


def test_one_that_is_refused_does_not_keep_its_neighbours_from_being_written(line):
    good = [lineage(f"k{at}", at, process=f"{at:016d}", output=path(f"silver/o{at}", "id")) for at in range(7)]
    some = [*good[:3], broken(1), *good[3:]]
    results = line.publisher.publish_many(some)
    assert isinstance(results[3], Rejected)
    assert [one.state for one in results if isinstance(one, Outcome)] == [State.PUBLISHED] * 7
    assert all(process_of(line, one) for one in good)


def test_all_that_was_not_reached_when_the_line_stops_is_told(line):
    line.transport.fault = lambda request, number: Answer(403, {}) if is_bulk(request) else None
    results = line.publisher.publish_many([lineage("a", 1), lineage("b", 2, process="1111111111111111")])
    assert all(isinstance(one, Forbidden) for one in results)
    assert line.store.values == {}


def test_an_attribute_that_proves_too_long_is_shortened(line):
    """The limit is the catalogue's own, not ours: here it is half as large as Purview's."""
    names = [f"a_rather_long_column_name_{at:04d}" for at in range(300)]
    source, target = path("raw/wide", *names), path("silver/wide", *names)
    wide = lineage(inputs=(source,), output=target, columns=tuple(edge(one, (source, one)) for one in names))

    def fault(request: Any, number: int) -> Any:
        if not is_bulk(request):
            return None
        entities = json.loads(request.content)["entities"]
        size = max(len(str(one["attributes"].get("columnMapping", ""))) for one in entities)
        return Answer(400, {"errorCode": "ATLAS-400-00-01A", "errorMessage": "long"}) if size > 17_000 else None

    line.transport.fault = fault
    line.publish(wide)
    process = process_of(line, wide)
    assert "columns left out" in process["customAttributes"]["shortened"]
    line.quiet()
    line.publish(lineage("b", 2_000, inputs=(source,), output=target, columns=wide.columns))
    assert len(line.transport.bulks()) == 1


class Faults:
    """Throttling, errors, lost requests and lost answers, on a share of all calls."""

    def __init__(self, line: Line, share: float, seed: int) -> None:
        self._line = line
        self._random = random.Random(seed)
        self._share = share

    def before(self, request: Any, number: int) -> Any:
        roll = self._random.random()
        if roll > self._share * 0.75:
            return None
        kinds = [
            lambda: Answer(429, Retry_After="1"),
            lambda: Answer(self._random.choice([500, 502, 503, 504])),
            lambda: Answer(408),
        ]
        if roll < self._share * 0.1:
            raise ServiceRequestError("connection refused")
        return self._random.choice(kinds)()

    def after(self, request: Any, number: int) -> None:
        if self._random.random() < self._share * 0.25:
            raise ServiceResponseError("connection reset by peer")


def many() -> list[Lineage]:
    made = []
    for at in range(24):
        source, target = path(f"raw/in_{at % 5}", "id", f"c{at}"), path(f"silver/out_{at % 7}", "id", f"c{at}")
        columns = (edge("id", (source, "id")), edge(f"c{at}", (source, f"c{at}")))
        for run in range(2):
            made.append(
                lineage(
                    f"k{at}-{run}",
                    at * 10 + run,
                    run=f"r{run}",
                    process=f"{at:016d}",
                    inputs=(source,),
                    output=target,
                    columns=columns,
                    owner=task(key=f"t{at % 3}"),
                    rows=at,
                )
            )
    return [*made, *events()]


def by_eight_workers(line: Line, some: Sequence[Lineage]) -> int:
    """Publish ``some`` in some order through two instances; returns the number of calls."""
    publishers = [line.another() for _ in range(2)]

    def until_done(work: tuple[int, Lineage]) -> None:
        at, one = work
        for _ in range(20):
            try:
                publishers[at % 2].publish(one)
                return
            except Unavailable:
                continue
        raise AssertionError(one.run.key)

    shuffled = list(enumerate(some))
    random.Random(5).shuffle(shuffled)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(until_done, shuffled))
    return len(line.transport.calls)


def test_faults_on_a_third_of_all_calls_change_nothing_but_their_number(tmp_path: Path):
    in_order, quiet, line = (Line(embedded(tmp_path)) for _ in range(3))
    in_order.publish(*many())
    calm = by_eight_workers(quiet, many())
    faults = Faults(line, 0.3, seed=11)
    line.transport.fault, line.transport.after = faults.before, faults.after
    assert by_eight_workers(line, many()) <= 2 * calm
    line.transport.fault = line.transport.after = None
    assert dump(line) == dump(quiet) == dump(in_order)
    for each in (in_order, quiet, line):
        each.close()


def test_one_wrong_value_does_not_make_a_type_unfit_for_others(line):
    """The owner is at fault; placeholders of later processes keep their built-in type."""

    def fault(request: Any, number: int) -> Any:
        wrong = is_bulk(request) and b"wrong" in request.content
        return Answer(404, {"errorCode": "ATLAS-404-00-007", "errorMessage": "jobId"}) if wrong else None

    line.transport.fault = fault
    with pytest.raises(Rejected):
        line.publisher.publish(lineage(owner=task(key="wrong")))
    line.publish(lineage("b", 2, process="1111111111111111"))
    assert line.entity(PATH, SILVER.qualified_name)


def test_run_facts_that_are_refused_do_not_hold_up_the_others(tmp_path):
    line = Line(embedded(tmp_path), window=60.0)
    for at in range(2):
        for process in ("1" * 16, "2" * 16):
            line.publish(lineage(f"{process}{at}", at, process=process))
    line.clock.now += 100

    def fault(request: Any, number: int) -> Any:
        wrong = is_bulk(request) and ("1" * 16).encode() in request.content
        return Answer(400, {"errorCode": "X", "errorMessage": "no"}) if wrong else None

    line.transport.fault = fault
    assert line.publisher.flush() == 1
    line.quiet()
    assert line.publisher.flush() == 0
    assert line.transport.calls == []
    line.clock.now += 100
    line.transport.fault = None
    assert line.publisher.flush() == 1
    line.close()
