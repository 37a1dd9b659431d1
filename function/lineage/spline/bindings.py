"""Which column of a MERGE's two sides an attribute in a text is.

Texts have Spark's ids (``name#40626``), plans their own; nothing links them but names, and both sides often have the
same names. What is certain is used, in this order: a name that one side alone has; that an INSERT sees the source
alone; the columns that the plan says a target column is computed from; that one id is one column; and that the ids of
a relation's columns follow one another.
Whatever is left is ambiguous, and is not guessed.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from lineage.spline.catalyst import Token
from lineage.spline.wire import Attribute

Mention = tuple[str, int]
"""A name and Spark's id; a text spells the name as the query does, which need not be as its relation does."""


class Evidence(Struct, frozen=True):
    """A mention, and the columns that it can be where it stands."""

    mention: Mention
    allowed: frozenset[Attribute]


def bind(
    mentions: Iterable[Mention],
    target: Sequence[Attribute],
    source: Sequence[Attribute],
    evidence: Iterable[Evidence],
) -> dict[Mention, frozenset[Attribute]]:
    """The columns that each mention can be: one where it is certain, none where no side has the name."""
    named: dict[str, list[Attribute]] = {}
    for column in (*target, *source):
        named.setdefault(folded(column.name), []).append(column)
    found = {mention: set(named.get(mention[0], ())) for mention in set(mentions)}
    for item in evidence:
        narrowed = found[item.mention] & item.allowed
        if narrowed:
            found[item.mention] = narrowed
    _exclude(found)
    for side in (target, source):
        if any(len(columns) > 1 for columns in found.values()):
            _follow(found, side, whole=side is target)
            _exclude(found)
    return {mention: frozenset(columns) for mention, columns in found.items()}


def mention(token: Token) -> Mention:
    """What an attribute's token mentions."""
    return folded(token.name), int(token.id)


def folded(name: str | None) -> str:
    """``name`` as Spark compares names."""
    return (name or "").lower()


def _exclude(found: dict[Mention, set[Attribute]]) -> None:
    """What is certainly one id's column is not another's."""
    pending = [columns for columns in found.values() if len(columns) == 1]
    uncertain = [columns for columns in found.values() if len(columns) > 1]
    while pending and uncertain:
        (column,) = pending.pop()
        for columns in uncertain:
            if column in columns and len(columns) > 1:
                columns.discard(column)
                if len(columns) == 1:
                    pending.append(columns)


def _follow(found: dict[Mention, set[Attribute]], side: Sequence[Attribute], *, whole: bool) -> None:
    """Where the certain columns of a side have ids in a row, the uncertain ones in the same row are that side's.

    ``whole``: the side is one relation, so that an id outside of the row is not its.
    """
    places = {column: place for place, column in enumerate(side)}
    starts = {
        mention[1] - places[column]
        for mention, columns in found.items()
        if len(columns) == 1
        for column in columns
        if column in places
    }
    if len(starts) != 1:
        return
    start = starts.pop()
    for (_, identity), columns in found.items():
        place = identity - start
        if len(columns) > 1 and 0 <= place < len(side) and side[place] in columns:
            columns &= {side[place]}
        elif len(columns) > 1 and whole:
            columns -= set(side)


def certain(bound: Mapping[Mention, frozenset[Attribute]], mentioned: Iterable[Mention]) -> set[Mention]:
    """The mentions of one text whose columns are known, be it only together.

    Two ids of one name that can each be either of two columns are those two columns, whichever is which.
    """
    groups: dict[frozenset[Attribute], set[Mention]] = {}
    for mention in mentioned:
        groups.setdefault(bound[mention], set()).add(mention)
    return {mention for columns, group in groups.items() if len(columns) <= len(group) for mention in group}
