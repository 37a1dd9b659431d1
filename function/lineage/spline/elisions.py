"""Lists that Spark cuts short in its texts, 25 items at most: ``[order_id#5778,status#5779,... 22 more fields]``.

The ids of a relation's columns follow one another, so those that are left out are known by theirs.
"""

from collections.abc import Sequence

from lineage.spline.catalyst import Token, TokenKind
from lineage.spline.notes import Notes

Tokens = Sequence[Token]
NO_IDS = range(0)


def attributes(tokens: Tokens) -> tuple[list[Token], range]:
    """The attributes that ``tokens`` list, and the ids of those that are left out; none where these cannot be told."""
    columns = [token for token in tokens if token.kind is TokenKind.ATTRIBUTE]
    place = next((place for place, token in enumerate(tokens) if token.kind is TokenKind.ELISION), 0)
    ids = [int(token.id) for token in tokens[:place] if token.kind is TokenKind.ATTRIBUTE]
    if not ids or ids != list(range(ids[0], ids[0] + len(ids))):
        return columns, NO_IDS
    return columns, range(ids[-1] + 1, ids[-1] + 1 + int(tokens[place].name))


def left_out(tokens: Tokens) -> int:
    """How many items the first list of ``tokens`` that is cut short leaves out; 0 where none is."""
    return next((int(token.name) for token in tokens if token.kind is TokenKind.ELISION), 0)


def note_left_out(tokens: Tokens, notes: Notes) -> None:
    """Note that the expression ``tokens`` lacks arguments, if it does."""
    if left_out(tokens):
        notes.add("cut-list", "an expression with more arguments than its text tells")
