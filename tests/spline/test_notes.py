"""What could not be known is told in a fixed set of codes."""

import json
import re
from pathlib import Path

import pytest

import lineage.spline
from lineage.spline.notes import CODES, LIMIT, Notes
from tests.spline.test_traffic import JOBS, TRAFFIC, observed

pytestmark = pytest.mark.unit


def test_every_code_has_a_meaning_and_every_meaning_a_code() -> None:
    room = Path(lineage.spline.__file__).parent
    used = {
        code
        for module in room.glob("*.py")
        for code in re.findall(r"notes\.add\(\s*\"([a-z-]+)\"", module.read_text(encoding="utf-8"))
    }
    assert used == CODES.keys()


def test_notes_do_not_depend_on_the_order_they_were_found_in() -> None:
    one, other = Notes(), Notes()
    found = [("no-inputs", "a"), ("dangling-reference", "b"), ("dangling-reference", "a"), ("no-inputs", "a")]
    for code, text in found:
        one.add(code, text)
    for code, text in reversed(found):
        other.add(code, text)

    assert one.listed() == other.listed()
    assert [note.text for note in one.listed()] == ["a", "b", "a"]


def test_notes_are_counted_beyond_the_limit() -> None:
    notes = Notes()
    for number in range(LIMIT + 7):
        notes.add("dangling-reference", f"{number:02}")
    assert len(notes.listed()) == LIMIT + 1
    assert notes.listed()[-1].text == "and 7 more"


ORDINARY = frozenset(
    {
        "column-not-in-query", "columns-of-micro-batch", "cut-list", "merge-by-source", "no-inputs", "opaque-function",
        "plan-without-event", "relation-recovered", "rows-through-rdd", "static-partition",
        "subquery-relation", "subquery-table",
    }
)  # fmt: skip
"""What any job may do; all other codes tell of what is odd in a plan itself."""


@pytest.mark.parametrize("job", JOBS)
def test_nothing_is_called_unknown_that_a_recorded_plan_tells(job: str) -> None:
    requests = json.loads((TRAFFIC / job / "wire.json").read_bytes())["requests"]
    told = {note.code for observation in observed(requests) for note in observation.notes}

    assert told <= ORDINARY
