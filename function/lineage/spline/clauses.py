"""The texts of MERGE, UPDATE and DELETE taken apart: expressions, conditions and assignments."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from lineage.spline.bindings import Mention, mention
from lineage.spline.catalyst import Token, TokenKind
from lineage.spline.spelling import spell
from lineage.spline.texts import before_alias, kept, split, tokens_of

Tokens = Sequence[Token]


class Expression(Struct, frozen=True):
    """A text that stands for a value.

    ``tokens`` go up to its alias, if it has one. ``spelled`` is how people write it; ``None`` where it has no columns.
    """

    tokens: Tokens
    mentions: frozenset[Mention]
    spelled: str | None

    @property
    def bare(self) -> frozenset[Mention]:
        """The column that the expression is, if it is nothing else."""
        return self.mentions if len(self.tokens) == 1 else frozenset()


class Clause(Struct, frozen=True):
    """``Update [condition: a, actions: [b]]``: all of it, its conditions, and its assignments by column."""

    whole: Expression
    conditions: tuple[Expression, ...]
    actions: tuple[tuple[str, Expression], ...]


@kept
def read_text(text: str, names: frozenset[str]) -> Expression:
    """``text`` as one expression; ``names`` as ``tokenize`` has them."""
    return _expression(tokens_of(text, names))


@kept
def read_clause(text: str, names: frozenset[str]) -> Clause:
    """``text`` as a clause of a MERGE; ``names`` as ``tokenize`` has them."""
    tokens = tokens_of(text, names)
    parts = list(_labelled(tokens))
    return Clause(
        _expression(tokens),
        tuple([_expression(body) for label, body in parts if label == "condition:"]),
        tuple([action for label, body in parts if label == "actions:" for action in _assignments(body)]),
    )


def _expression(tokens: Tokens) -> Expression:
    value = before_alias(tokens)
    mentions = [mention(token) for token in value if token.kind is TokenKind.ATTRIBUTE]
    return Expression(value, frozenset(mentions), spell(value) if any(token.id for token in tokens) else None)


def _labelled(clause: Tokens) -> Iterator[tuple[str, Tokens]]:
    """``Update [condition: a, actions: [b]]`` → ``condition:`` and a, ``actions:`` and b without its brackets."""
    opening = next((place for place, token in enumerate(clause) if token.text == "["), len(clause))
    for part in split(clause[opening + 1 : -1]):
        if part and part[0].text == "actions:":
            yield "actions:", part[2:-1]
        elif part:
            yield part[0].text, part[1:]


def _assignments(actions: Tokens) -> Iterator[tuple[str, Expression]]:
    """```` `name` = expression ````, separated by commas; a nested field stands for its column."""
    for part in split(actions):
        equals = next((place for place, token in enumerate(part) if token.text == "="), None)
        if equals and part[0].kind is TokenKind.QUOTED:
            yield part[0].name, _expression(part[equals + 1 :])
