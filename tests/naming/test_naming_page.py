"""``docs/mapping.md`` says what the code does."""

import textwrap

import pytest

from lineage.naming import explain
from lineage.naming.rules import RULES
from tests.naming.mapping import PAGE, code_blocks, example_request, line, row, table

pytestmark = pytest.mark.unit


def test_naming_table_is_the_rules():
    shown, wanted = table("Naming table"), [row(rule) for rule in RULES]

    missing = [line(cells) for cells in wanted if cells not in shown]
    assert not missing, "lines to add, in the order of the rows:\n" + "\n".join(missing)
    assert shown == wanted


@pytest.mark.parametrize("cells", table("Naming table"), ids=lambda cells: cells[0])
def test_example_is_named_by_its_own_row(cells):
    name, example, type_name, qualified_name, confidence = cells

    answer = explain(example_request(example))

    assert (answer["rule"], answer["type_name"], answer["qualified_name"]) == (name, type_name, qualified_name)
    assert answer["confidence"] == confidence
    assert not [note for note in answer["notes"] if note["code"] == "unmapped"] or name == "unmapped"


def test_every_row_of_low_confidence_has_a_way_to_confirm_it():
    listed = [name for cells in table("Unconfirmed rows") for name in cells[0].split(", ")]

    assert sorted(listed) == sorted(rule.name for rule in RULES if rule.confidence == "low")


def test_row_names_are_distinct_and_confidence_is_one_of_three():
    names = [rule.name for rule in RULES]

    assert len(set(names)) == len(names)
    assert {rule.confidence for rule in RULES} <= {"high", "medium", "low"}


def test_worked_example_works():
    scope: dict[str, object] = {}
    blocks = code_blocks("Add a storage kind")
    for block in blocks:
        exec(textwrap.dedent(block), scope)

    assert len(blocks) == 3
    assert "row" in scope


def test_every_note_code_is_explained():
    codes = {cells[0] for cells in table("Notes")}
    used = {
        code
        for path in (PAGE.parent.parent / "function/lineage/naming").glob("*.py")
        for code in _note_codes(path.read_text(encoding="utf-8"))
    }

    assert used == codes


def _note_codes(source: str) -> list[str]:
    return [part.partition('"')[0] for part in source.split('Note("')[1:]]
