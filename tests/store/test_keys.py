"""Spelling keys: any text, the same order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.errors import StoreError
from lineage.store.keys import LONGEST, read_all, spell, spell_prefix

pytestmark = pytest.mark.unit

TEXTS = st.text(st.sampled_from('a./!~[\\-0 é\x00\x7f😀Z]^}"#./') | st.characters(exclude_categories=()), max_size=12)
TEXTS |= st.text("./~!a", max_size=5)


def order(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")


@settings(max_examples=300)
@given(TEXTS, TEXTS)
def test_spelling_is_reversible_and_keeps_the_order(one, other):
    assert list(read_all([spell(one)], "")) == [one]
    assert (order(one) < order(other)) == (spell(one) < spell(other))


@settings(max_examples=300)
@given(TEXTS, st.lists(TEXTS))
def test_a_prefix_selects_the_keys_that_start_with_it(prefix, keys):
    keys += [prefix + key for key in keys]
    names = [spell(key) for key in keys]
    found = [name for name in names if name.startswith(spell_prefix(prefix))]
    assert list(read_all(found, prefix)) == [key for key in keys if key.startswith(prefix)]


def test_what_is_not_the_name_of_a_key_is_passed_over():
    assert list(read_all(["~leases/ab", "a b", "~FF", "日本", ".DS_Store~", "a//b", "x.", "é", "ok"], "")) == ["ok"]


@settings(max_examples=300)
@given(TEXTS)
def test_a_name_is_printable_ascii_without_parts_that_mean_something_else(key):
    name = spell(key)
    assert all("!" <= character <= "}" or character == "~" for character in name)
    assert "\\" not in name
    for part in name.split("/"):
        assert part
        assert not part.endswith(".")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("payloads/plans/1f92-3c/ab.json", "payloads/plans/1f92-3c/ab.json"),
        ("pending/a%2Fb,2024-01-01,0f", "pending/a%2Fb,2024-01-01,0f"),
        ("a b", "a!20b"),
        ("../x", "...~~/x"),
        ("x.", "x.!"),
        ("", "!"),
        ("é", "~C3~A9"),
    ],
)
def test_plain_keys_are_their_own_names(key, name):
    assert spell(key) == name


def test_a_key_has_a_longest_name():
    assert len(spell("x" * LONGEST)) == LONGEST
    with pytest.raises(StoreError):
        spell("é" * (LONGEST // 6 + 1))
